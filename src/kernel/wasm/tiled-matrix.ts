import type { Moments } from '../../shared/summary';
import { exponentOf } from '../exponent';
import type { Multiply } from '../uncentered';
import { eachTile } from './operations';
import type { Pass } from './pass';
import { TILE, tileAt, tilesAlong } from './task';
import type { MatrixLayout } from './task';

/** ‖A‖_F, of a matrix of any scale. */
export function frobeniusNorm(pass: Pass, matrix: MatrixLayout): number {
  const { engine } = pass.hands;
  const squared = (): number => {
    let sum = 0;
    eachTile(matrix, ({ at, m, n, diagonal }) => {
      sum += engine.squaredNorm(at, matrix.pitch, m, n, diagonal);
    });
    return sum;
  };
  const sum = squared();
  if (sum > 2 ** -900 && sum < 2 ** 900) return Math.sqrt(sum);
  // a layer may be as much smaller than the others as doubles allow
  const exponent = exponentOf(largestRowSum(pass, matrix));
  scaleAll(pass, matrix, 2 ** exponent);
  const norm = Math.sqrt(squared()) * 2 ** -exponent;
  scaleAll(pass, matrix, 2 ** -exponent);
  return norm;
}

function scaleAll({ hands }: Pass, matrix: MatrixLayout, factor: number): void {
  eachTile(matrix, ({ at, m, n }) => hands.engine.scaleTile(at, matrix.pitch, m, n, factor));
}

/** y = A·x by tiles; symmetric, so that each is read once. */
export function multiplication({ task, hands }: Pass, matrix: MatrixLayout): Multiply {
  const { engine, doubles } = hands;
  const { rows: n } = task.view;
  const x = task.gram!.vectors;
  const y = x + tilesAlong(matrix.padded) * TILE * 8;
  return (input, output) => {
    doubles.fill(0, x / 8, x / 8 + 2 * tilesAlong(matrix.padded) * TILE);
    doubles.set(input, x / 8);
    eachTile(matrix, ({ at, I, J, m, n: width, diagonal }) => {
      const [i, j] = [I * TILE * 8, J * TILE * 8];
      engine.multiplyTile(at, matrix.pitch, m, width, diagonal, x + i, y + i, x + j, y + j);
    });
    output.set(doubles.subarray(y / 8, y / 8 + n));
  };
}

/** y = A·x/n */
export function divided(pass: Pass, matrix: MatrixLayout, n: number): Multiply {
  const times = multiplication(pass, matrix);
  return (x, y) => {
    times(x, y);
    for (let i = 0; i < y.length; i++) y[i]! /= n;
  };
}

/** maxᵢ Σⱼ|Aᵢⱼ| */
export function largestRowSum({ task, hands }: Pass, matrix: MatrixLayout): number {
  const sums = task.gram!.vectors;
  const length = tilesAlong(matrix.padded) * TILE;
  hands.doubles.fill(0, sums / 8, sums / 8 + length);
  eachTile(matrix, ({ at, I, J, m, n, diagonal }) =>
    hands.engine.absoluteSums(at, matrix.pitch, m, n, diagonal, sums + I * TILE * 8, sums + J * TILE * 8),
  );
  return hands.doubles.subarray(sums / 8, sums / 8 + length).reduce((most, sum) => Math.max(most, sum), 0);
}

/** A → factor·A, a power of two, so that no bit changes. */
export function multiplyAll(pass: Pass, factor: number): void {
  if (factor !== 1) scaleAll(pass, pass.task.gram!.matrix, factor);
}

/** The moments know the diagonal in double precision: then the eigenvalues add up to the trace, to all digits. */
export function setDiagonal({ task, hands }: Pass, { centeredSquaredNorms }: Moments, scale: number): void {
  const { matrix } = task.gram!;
  for (const [i, squared] of centeredSquaredNorms.entries()) {
    const tile = Math.floor(i / TILE);
    const within = i % TILE;
    hands.doubles[(tileAt(matrix, tile, tile) + within * matrix.pitch) / 8 + within] = squared * scale;
  }
}

/**
 * A ← JAJ with J = I − 11ᵀ/n. Centered rows add up to 0, so what their products show along 1 is rounding; rows that share many
 * elements, such as the zeros of ReLU networks, share their rounding, and it adds up there and nowhere else.
 */
export function removeCommonRounding(pass: Pass): void {
  const { task, hands } = pass;
  const { matrix } = task.gram!;
  const { rows: n } = task.view;
  const shift = new Float64Array(n);
  multiplication(pass, matrix)(new Float64Array(n).fill(1), shift);
  let total = 0;
  for (let i = 0; i < n; i++) total += shift[i]! /= n;
  for (let i = 0; i < n; i++) shift[i]! -= total / n / 2;
  eachTile(matrix, ({ at, I, J }) => {
    for (let i = I * TILE; i < Math.min(n, (I + 1) * TILE); i++) {
      const row = (at + (i - I * TILE) * matrix.pitch) / 8 - J * TILE;
      for (let j = Math.max(i, J * TILE); j < Math.min(n, (J + 1) * TILE); j++)
        hands.doubles[row + j]! -= shift[i]! + shift[j]!;
    }
  });
}

/** [n, n], both triangles, times a factor; only of a matrix that is kept in whole rows. */
export function copyOf({ task, hands }: Pass, factor: number): Float64Array {
  const { matrix } = task.gram!;
  const { rows: n } = task.view;
  const copy = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      copy[i * n + j] = copy[j * n + i] = hands.doubles[(matrix.at + i * matrix.pitch) / 8 + j]! * factor;
  return copy;
}

/** Elements (i, j ≥ i), tile by tile. */
export function upperElements({ task, hands }: Pass, use: (i: number, j: number, value: number) => void): void {
  const { matrix } = task.gram!;
  const { rows: n } = task.view;
  eachTile(matrix, ({ at, I, J }) => {
    for (let i = I * TILE; i < Math.min(n, (I + 1) * TILE); i++)
      for (let j = Math.max(i, J * TILE); j < Math.min(n, (J + 1) * TILE); j++)
        use(i, j, hands.doubles[(at + (i - I * TILE) * matrix.pitch) / 8 + j - J * TILE]!);
  });
}

/** Row i from the diagonal on, times a factor. */
export function setUpper({ task, hands }: Pass, row: Float64Array, i: number, factor: number): void {
  const { matrix } = task.gram!;
  const I = Math.floor(i / TILE);
  for (let j = i; j < row.length; j++) {
    const J = Math.floor(j / TILE);
    const start = (tileAt(matrix, I, J) + (i - I * TILE) * matrix.pitch) / 8;
    hands.doubles[start + j - J * TILE] = row[j]! * factor;
  }
}
