import { normalRandom } from '../../src/theory/random';

/** Rows of independent standard normal numbers, the same in every run. */
export function noise(rows: number, columns: number, seed: number): number[][] {
  const normal = normalRandom(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, normal));
}
