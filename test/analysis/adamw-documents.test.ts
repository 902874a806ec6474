import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import type { MetricId } from '../../src/metrics';
import { suggestedSettings } from '../../src/shared/settings';
import { compiled } from '../kernel/compiled';

// an analysis takes the kernel that lies next to its script; none lies next to the source
vi.mock('../../src/kernel', () => ({ chooseKernel: () => Promise.resolve(kernel) }));
const kernel = compiled();

// made by test/fixtures/adamw-documents.py, which says how; its NumPy computes from all 1,600 sequences what is true of the training
const FOLDER = path.resolve('test/fixtures/adamw-documents');
type Truth = Record<'simple' | 'adam' | 'share' | 'length' | 'cosine' | 'documents', number>;
const TRUTH = JSON.parse(readFileSync(path.join(FOLDER, 'reference.json'), 'utf8')) as Truth;

async function cardsOf(name: string) {
  const paths = [path.join(FOLDER, `${name}.npy`)];
  const summary = await analyze({ paths, memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }, () => undefined); // prettier-ignore
  const { metrics } = evaluate(summary, suggestedSettings(summary.dump));
  return (id: MetricId): { value: number; lower: number; upper: number } => {
    const outcome = metrics.find((metric) => metric.id === id)?.outcome;
    if (outcome?.kind !== 'value' || outcome.interval?.upper === undefined) throw new Error(`${id} has no interval`);
    return { value: outcome.value, lower: outcome.interval.lower, upper: outcome.interval.upper };
  };
}
const holds = ({ lower, upper }: { lower: number; upper: number }, is: number): boolean => lower <= is && is <= upper;

describe('a training with AdamW, clipped gradients and documents as groups', () => {
  test('has a noise scale of 14.0 by Euclidean lengths, and of 31.9 in the metric of its optimizer', async () => {
    expect([TRUTH.simple, TRUTH.adam].map((value) => value.toFixed(1))).toEqual(['14.0', '31.9']);
    const card = await cardsOf('documents');
    const [simple, adam] = [card('simple-noise-scale'), card('optimizer-noise-scale')];
    expect(holds(simple, TRUTH.simple)).toBe(true);
    expect(holds(adam, TRUTH.adam)).toBe(true);
    // of 160 rows, enough to see that they are two
    expect(simple.upper).toBeLessThan(adam.lower);
  });

  test('steps along 71 % of the length of the mean gradient, where a noise scale takes all of it', async () => {
    expect([TRUTH.share, TRUTH.length, TRUTH.cosine].map((value) => value.toFixed(4))).toEqual(['0.9375', '0.7142', '0.9975']); // prettier-ignore
    const card = await cardsOf('documents');
    expect(holds(card('clipped-share'), TRUTH.share)).toBe(true);
    expect(holds(card('clipped-length'), TRUTH.length)).toBe(true);
    expect(holds(card('clipping-cosine'), TRUTH.cosine)).toBe(true);
    expect(card('clipped-length').upper).toBeLessThan(1);
  });

  test('needs 25.2 sequences in whole documents for as much signal as noise, where 14.0 independent ones do', async () => {
    expect(TRUTH.documents.toFixed(1)).toBe('25.2');
    const card = await cardsOf('sequences');
    expect(holds(card('simple-noise-scale'), TRUTH.simple)).toBe(true);
    expect(holds(card('design-effect'), TRUTH.documents / TRUTH.simple)).toBe(true);
    expect(card('design-effect').lower).toBeGreaterThan(1);
  });
});
