import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { brief } from '../../src/worker/brief';

const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const asked = async (file: string, more: object = {}): Promise<string> =>
  brief({
    paths: [path.resolve(file)],
    memoryBudget: 2 ** 28,
    cancelFlag: new SharedArrayBuffer(4),
    said: {},
    ...more,
  });
const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('The answer to a language model', () => {
  test.each(['test/fixtures/ramped-run', 'test/fixtures/ramped-run/ramped-run.gradnorms.jsonl', `${DIGITS}/run.json`])(
    'about the run %s fits into 2 KB, with the next batch size, its reason, and steps from first to last',
    async (file) => {
      const text = await asked(file);
      expect(bytes(text)).toBeLessThanOrEqual(2048);
      expect(text).toMatch(/^Training run “[^”]+”: [\d,]+ steps from 0 to [\d,]+\.\nVerdict: /);
      expect(text).toMatch(
        /Next batch size 32, with the learning rate times 2\.00|The batch of 32 stays|No next batch/,
      );
      expect(text).toMatch(/^Step 0: .*covariance-trace \d/m);
      expect(text.match(/^Step (1,920|1,000): /gm)).toHaveLength(1);
      expect(text.split('\n').at(-1)).toMatch(/^Text between “/);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    },
  );

  test('about a step against a baseline fits into 2 KB, with what is resolved and what chance alone would resolve', async () => {
    const text = await asked(`${DIGITS}/step-001000.npy`, { baseline: path.join(DIGITS, 'step-000000.npy') });
    expect(bytes(text)).toBeLessThanOrEqual(2048);
    expect(text).toMatch(/^Comparison of two gradient dumps: baseline A “step-000000\.npy”, other B “step-001000\.npy”\.\nResolved: \d+ of \d+ differences\. Of the \d+ with an interval, about [\d.]+ would be resolved by chance alone/); // prettier-ignore
    // NumPy: 2.4895068231328357 − 5.0608527215864525
    expect(text).toMatch(
      /^covariance-trace \(Covariance trace\): A 5\.06, B 2\.49, B − A −2\.57 \(.*\), (not )?resolved: /m,
    );
    expect(text).toMatch(/^Differs: step, 0 in A and 1,000 in B\./m);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('says what is wrong with a baseline that does not exist', async () => {
    expect(await asked(`${DIGITS}/step-001000.npy`, { baseline: path.join(DIGITS, 'none.npy') })).toMatch(
      /^No report \(file\//,
    );
  });
});
