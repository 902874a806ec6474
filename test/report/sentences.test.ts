import { describe, expect, test } from 'vitest';
import { normalRandom } from '../../src/theory/random';
import { naiveWeighted } from '../reference/companions';
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

  test('of an Adam whose batch of one is mostly noise', () => {
    const random = normalRandom(5);
    const rows = Array.from({ length: 60 }, () => Array.from({ length: 6 }, () => 0.5 + 1.5 * random()));
    const companions = { secondMoments: { path: 'v.npy', summary: naiveWeighted(rows, [1, 4, 0.5, 2, 0.25, 1]) } };
    const summary = { ...naiveSummary(rows), companions };
    const settings = settingsFor(summary, { convention: 'sample', optimizer: 'adam', batchSize: 1 });
    expect(faultsOf(summary, settings)).toEqual([]);
    expect(used).toContain('In the metric of Adam a batch of # is mostly noise: # times the signal@.');
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
