import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { evaluateNormLog, evaluateRun } from '../../src/report/evaluate-run';
import type { JsonRun } from '../../src/report/run/json';
import { suggestedView } from '../../src/shared/settings';
import { runCommand } from '../../src/terminal/command';
import { runState } from '../page/runs';

const RUN = path.resolve('test/fixtures/ramped-run');
const LOG = path.join(RUN, 'ramped-run.gradnorms.jsonl');
const folder = mkdtempSync(path.join(tmpdir(), 'ramped-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function printed(...argv: string[]): Promise<string> {
  let [output, errors] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (output += text) }, { write: (text) => (errors += text) });
  expect([code, errors]).toEqual([0, '']);
  return output;
}

/** What the page computes from what the host sends it. */
async function ofPage(file: string): Promise<JsonRun['nextBatch']> {
  const { name, points, log } = await runState(file);
  const view = suggestedView({ rows: NaN, metadata: {} });
  return (log === undefined ? evaluateRun({ name, path: '', notes: [] }, points) : evaluateNormLog(log, view))
    .nextBatch;
}

describe('A run of 25 dumps whose batch grows in the middle', () => {
  test('has its batch size at every step, and the one that it was trained with before and after', async () => {
    const { steps } = JSON.parse(await printed('analyze', RUN, '--json')) as JsonRun;
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 25 }, (_, k) => 80 * k));
    expect(steps.map(({ settings }) => settings?.batchSize)).toEqual([...Array<number>(12).fill(4), ...Array<number>(13).fill(16)]); // prettier-ignore
  });

  test.each([
    ['its dumps', RUN],
    ['its norm log alone', LOG],
  ])(
    'has the same next batch size with its reason on the page, in every form of the terminal and as HTML, from %s',
    async (_, file) => {
      const html = path.join(folder, 'run.html');
      const { nextBatch, verdict } = JSON.parse(await printed('analyze', file, '--json', '--html', html)) as JsonRun;
      expect(nextBatch).toMatchObject({ advice: 'double', batchSize: 32, rateFactor: 2 });
      expect(nextBatch.sentence).toMatch(/^Next batch size 32, with the learning rate times 2\.00: the noise scale is at least [\d.]+, more than twice the batch of 16 \(/); // prettier-ignore
      expect(verdict).toContain(nextBatch.sentence);
      expect(await ofPage(file)).toEqual(nextBatch);
      expect(readFileSync(html, 'utf8')).toContain(`<p class="verdict">${verdict}</p>`);
      expect(await printed('analyze', file)).toContain(verdict);
      expect(await printed('analyze', file, '--markdown')).toContain(verdict.replaceAll('_', String.raw`\_`));
    },
  );
});
