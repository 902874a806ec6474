import { describe, expect, test } from 'vitest';
import { narrow, wide } from '../reference/dumps';
import { naiveSummary, settingsFor } from '../reference/naive';
import { READINGS, seededSituations } from '../reference/seeded-situations';
import { faultsOf, used } from './checked-texts';
import { FIXED } from './fixed-sentences';
import { SENTENCES } from './sentence-claims';

/** With the readings of each: 10,240 situations, in about a minute and a half of a processor. */
const DUMPS = 640;
const CHUNK = 40;

describe('every text of a report holds for its own numbers', () => {
  const chunks = Array.from({ length: DUMPS / CHUNK }, (_, k) => k * CHUNK);

  test.each(chunks)(`of the dumps from %d on, ${READINGS} readings each`, { timeout: 300_000 }, (from) => {
    // one of a kind is enough to see what is wrong
    const faults = new Map<string, string>();
    for (let seed = from; seed < from + CHUNK; seed++)
      for (const { name, summary, settings } of seededSituations(seed))
        for (const fault of faultsOf(summary, settings))
          faults.set(fault.replaceAll(/\d+/g, '#'), `${fault} (${name}, ${JSON.stringify(settings)})`);
    expect([...faults.values()].slice(0, 20)).toEqual([]);
  });

  test('of noise that is the same in every direction', () => {
    for (const rows of [narrow, wide])
      for (const convention of ['population', 'sample'] as const) {
        const summary = naiveSummary(rows);
        expect(faultsOf(summary, settingsFor(summary, { convention, learningRate: 0.1, batchSize: 2 }))).toEqual([]);
      }
  });

  test('there are more than ten thousand of them', () => expect(DUMPS * READINGS).toBeGreaterThanOrEqual(10_000));

  test('every sentence that has a check is said somewhere', () => {
    // without the situations there is nothing to compare with
    if (used.size === 0) return;
    expect(SENTENCES.map(([form]) => form).filter((form) => !used.has(form))).toEqual([]);
  });

  test('no sentence has two checks', () => {
    const forms = [...SENTENCES.map(([form]) => form), ...FIXED];
    expect(new Set(forms).size).toBe(forms.length);
  });
});
