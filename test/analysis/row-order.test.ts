import { describe, expect, test } from 'vitest';
import { lengthVariation, slowChange } from '../../src/analysis/row-order';
import { hintsOfRowKind } from '../../src/analysis/suspicions';
import type { DumpMetadata } from '../../src/shared/dump';
import { normalRandom, uniformRandom } from '../../src/theory/random';

type Rows = readonly (readonly number[])[];

/** XXᵀ of centered rows. */
function gramOf(rows: Rows): Float64Array {
  const n = rows.length;
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / n);
  const x = rows.map((row) => row.map((value, j) => value - mean[j]!));
  return Float64Array.from(x.flatMap((a) => x.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0))));
}

const dumpOf = (rows: Rows, name = 'grad.npy', metadata: DumpMetadata = {}) => ({ name, rows: rows.length, layers: [], metadata }); // prettier-ignore
const codes = (rows: Rows, name?: string, metadata?: DumpMetadata): string[] =>
  hintsOfRowKind(dumpOf(rows, name, metadata), { gram: gramOf(rows) }, rows.length).map(({ code }) => code);

/** Two layers with ReLU and softmax, on ten classes of noisy points; gradients of single examples, and steps of SGD. */
class Network {
  readonly #normal: () => number;
  readonly #uniform: () => number;
  readonly #points: { x: number[]; label: number }[];
  readonly w: number[];
  constructor(seed: number) {
    [this.#normal, this.#uniform] = [normalRandom(seed), uniformRandom(seed + 77)];
    const centers = this.#list(10, () => this.#list(INPUTS, this.#normal));
    this.#points = this.#list(600, () => {
      const label = Math.floor(10 * this.#uniform());
      return { label, x: centers[label]!.map((value) => Math.max(0, value + 1.5 * this.#normal())) };
    });
    const first = this.#list(INPUTS * HIDDEN, () => this.#normal() * Math.sqrt(2 / INPUTS));
    this.w = [...first, ...this.#list(HIDDEN * 10, () => this.#normal() * Math.sqrt(2 / HIDDEN))];
  }
  #list = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  gradient(index: number): number[] {
    const { x, label } = this.#points[index]!;
    const second = INPUTS * HIDDEN;
    const hidden = this.#list(HIDDEN, () => 0).map((_, k) => Math.max(0, x.reduce((sum, value, i) => sum + value * this.w[i * HIDDEN + k]!, 0))); // prettier-ignore
    const logits = this.#list(10, () => 0).map((_, c) => hidden.reduce((sum, value, k) => sum + value * this.w[second + k * 10 + c]!, 0)); // prettier-ignore
    const most = Math.max(...logits);
    const total = logits.reduce((sum, z) => sum + Math.exp(z - most), 0);
    const error = logits.map((z, c) => Math.exp(z - most) / total - (c === label ? 1 : 0));
    const back = hidden.map((value, k) => (value > 0 ? error.reduce((sum, e, c) => sum + e * this.w[second + k * 10 + c]!, 0) : 0)); // prettier-ignore
    return [...x.flatMap((value) => back.map((b) => value * b)), ...hidden.flatMap((value) => error.map((e) => value * e))]; // prettier-ignore
  }
  /** Mean gradient of so many examples, drawn independently. */
  batch(size: number): number[] {
    const sum = this.w.map(() => 0);
    for (let k = 0; k < size; k++) this.gradient(Math.floor(600 * this.#uniform())).forEach((g, j) => (sum[j]! += g / size)); // prettier-ignore
    return sum;
  }
  step(rate: number, size: number): number[] {
    const gradient = this.batch(size);
    gradient.forEach((g, j) => (this.w[j]! -= rate * g));
    return gradient;
  }
  rows(count: number, make: () => number[]): number[][] {
    return this.#list(count, make);
  }
}
const [INPUTS, HIDDEN] = [12, 10];

describe('the order of rows', () => {
  test('by hand: the share of the two slowest waves in a straight line of 32 rows', () => {
    const rows = Array.from({ length: 32 }, (_, i) => [i - 15.5]);
    const wave = (k: number): number => rows.reduce((sum, [x], i) => sum + x! * 0.25 * Math.cos((Math.PI * k * (i + 0.5)) / 32), 0); // prettier-ignore
    const spread = rows.reduce((sum, [x]) => sum + x! * x!, 0);
    const found = slowChange(gramOf(rows), 32)!;
    expect(found.side).toBe('more');
    expect(found.ratio).toBeCloseTo(((wave(1) ** 2 + wave(2) ** 2) / spread) * (31 / 2), 10);
  });

  test('is called unlike a random one for at most 4 of 400 dumps of independent rows', () => {
    const alarms = Array.from({ length: 400 }, (_, seed) => {
      const [normal, uniform] = [normalRandom(seed), uniformRandom(seed + 9000)];
      const n = 32 + Math.floor(40 * uniform());
      const rows = Array.from({ length: n }, () => {
        const heavy = seed % 2 === 0 ? 1 / Math.hypot(normal(), normal(), normal()) : 1;
        const error = normal() ** 3;
        return Array.from({ length: 12 }, () =>
          seed % 4 < 2 ? heavy * normal() : error * Math.max(0, normal() - 0.5),
        );
      });
      return slowChange(gramOf(rows), n);
    }).filter((found) => found !== undefined);
    expect(alarms.length).toBeLessThanOrEqual(4);
  });

  test('is called unlike a random one for most trajectories from the start of training, and some of later ones', () => {
    const found = [0, 60].map(
      (before) =>
        Array.from({ length: 8 }, (_, seed) => {
          const network = new Network(seed);
          const rate = [0.05, 0.2][seed % 2]!;
          for (let k = 0; k < before; k++) network.step(rate, 32);
          const rows = network.rows(80, () => network.step(rate, 32));
          return slowChange(gramOf(rows), rows.length);
        }).filter((change) => change !== undefined).length,
    );
    if (process.env['MEASURED']) process.stdout.write(`trajectories found, of 8: ${found.join(' and ')}\n`);
    expect(found[0]).toBeGreaterThanOrEqual(6);
    expect(found[1]).toBeGreaterThanOrEqual(1);
  });
});

describe('the lengths of rows', () => {
  test('vary as Gaussian noise for means of many examples, and far more for single ones of a trained network', () => {
    let [means, singles] = [0, 0];
    for (let seed = 20; seed < 28; seed++) {
      const network = new Network(seed);
      for (let k = 0; k < 150; k++) network.step(0.1, 16);
      const averaged = lengthVariation(gramOf(network.rows(60, () => network.batch(32))), 60)!;
      const single = lengthVariation(gramOf(network.rows(60, () => network.batch(1))), 60)!;
      if (averaged >= 0.5 && averaged <= 1.5) means++;
      if (single >= 0.5 && single <= 1.5) singles++;
    }
    if (process.env['MEASURED'])
      process.stdout.write(`means hinted: ${means} of 8, single examples: ${singles} of 8\n`);
    expect(means).toBeGreaterThanOrEqual(5);
    expect(singles).toBeLessThanOrEqual(1);
  });
});

describe('hints what a row is', () => {
  const single = new Network(3);
  const rows = single.rows(60, () => single.batch(1));

  test.each([
    ['batch_grads.npy', ['rows/name']], ['mean-gradients.npz', ['rows/name']], ['grads_per_step.npy', ['rows/name']],
    ['grad_step.npy', ['rows/name']], ['step_grads.pt', ['rows/name']], ['gradient_history.npy', ['rows/name']],
    ['grad-step-000020.npy', []], ['grad_batch_3.npy', []], ['grad.npy', []], ['stepwise.npy', []], ['meaningful_grads.npy', []],
  ])('from the name %s: %j', (name, expected) => expect(codes(rows, name).filter((code) => code === 'rows/name')).toEqual(expected)); // prettier-ignore

  test('are given only where nothing says what a row is', () => {
    const trend = rows.map((row, i) => row.map((value) => value + i));
    expect(codes(trend, 'batch_grads.npy')).toEqual(['rows/name', 'rows/order']);
    for (const metadata of [{ rows: 'example' }, { rows: { meanOf: 4 } }, { convention: 'population' }] as const)
      expect(codes(trend, 'batch_grads.npy', metadata)).toEqual([]);
  });
});
