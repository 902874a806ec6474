import { describe, expect, test } from 'vitest';
import { labelAlignment } from '../../src/theory/label-alignment';
import { normalRandom, uniformRandom } from '../../src/theory/random';

type Rows = readonly (readonly number[])[];
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, j) => x * b[j]!));

/** H A H, with H = 1 − 11ᵀ/n. */
function centered(matrix: Rows): Rows {
  const means = matrix.map((row) => sum(row) / row.length);
  const all = sum(means) / means.length;
  return matrix.map((row, i) => row.map((value, j) => value - means[i]! - means[j]! + all));
}
const frobenius = (a: Rows, b: Rows): number => sum(a.map((row, i) => dot(row, b[i]!)));

/** From the two kernels themselves. */
function directly(rows: Rows, labels: readonly number[]): { product: number; labels: number } {
  const K = centered(rows.map((a) => rows.map((b) => dot(a, b) / rows.length)));
  const L = centered(labels.map((a) => labels.map((b) => (a === b ? 1 : 0))));
  return { product: frobenius(K, L), labels: Math.sqrt(frobenius(L, L)) };
}

function byClasses(rows: Rows, labels: readonly number[]) {
  const mean = (some: Rows): number[] => rows[0]!.map((_, j) => sum(some.map((row) => row[j]!)) / some.length);
  const all = mean(rows);
  const away = (row: readonly number[]): number[] => row.map((x, j) => x - all[j]!);
  const classes = [...new Set(labels)].map((label) => rows.filter((_, i) => labels[i] === label));
  const distances = classes.map((some) => dot(away(mean(some)), away(mean(some))));
  const scatter = sum(rows.map((row) => dot(away(row), away(row))));
  return labelAlignment(
    classes.map(({ length }) => length),
    distances,
    scatter,
  );
}

describe('the alignment of gradients with labels', () => {
  const F: Rows = [[3, 1], [1, 0], [2, -2], [2, 3]]; // prettier-ignore

  test('is 0.755928946018 or 0.377964473009 of four rows, by which two share a label', () => {
    for (const [labels, expected] of [
      [[0, 1, 1, 0], 0.755928946018],
      [[0, 1, 0, 1], 0.377964473009],
    ] as const) {
      const found = byClasses(F, labels);
      expect(found.product / found.labels / Math.sqrt(1 / 4 + 1 / 8 + 169 / 16)).toBeCloseTo(expected, 12);
    }
  });

  test('from the means of classes is that of the two centered kernels', () => {
    const [normal, uniform] = [normalRandom(4), uniformRandom(5)];
    const rows = Array.from({ length: 40 }, () => Array.from({ length: 6 }, () => 1 + normal()));
    const labels = rows.map(() => Math.floor(5 * uniform() ** 2));
    const [found, expected] = [byClasses(rows, labels), directly(rows, labels)];
    expect(found.product).toBeCloseTo(expected.product, 12);
    expect(found.labels).toBeCloseTo(expected.labels, 12);
  });

  test('with labels shuffled in every way has the mean that is told', () => {
    const labels = [0, 0, 1, 2];
    const orders = F.flatMap((_, a) => F.flatMap((_, b) => F.flatMap((_, c) => F.map((_, d) => [a, b, c, d])))).filter((order) => new Set(order).size === 4); // prettier-ignore
    const products = orders.map(
      (order) =>
        byClasses(
          F,
          order.map((k) => labels[k]!),
        ).product,
    );
    expect(products).toHaveLength(24);
    expect(sum(products) / 24).toBeCloseTo(byClasses(F, labels).chance, 12);
  });
});
