/** How often 95 % intervals of tr Σ covered the truth over gradients of networks. */
export interface Coverage {
  /** On average over the networks; absent where no sample was like this one. */
  readonly average?: number;
  /** For the hardest network. */
  readonly worst: number;
}

/** From so many rows on; by the share of the largest row: below 10 %, 25 %, 50 %, and above. */
const MEASURED: readonly {
  readonly rows: number;
  readonly average: readonly (number | undefined)[];
  readonly worst: number;
}[] = [
  { rows: 256, average: [0.95, 0.98, 1, undefined], worst: 0.89 },
  { rows: 128, average: [0.94, 0.96, 0.98, 0.98], worst: 0.85 },
  { rows: 64, average: [0.93, 0.97, 0.96, 0.91], worst: 0.85 },
  { rows: 32, average: [0.9, 0.94, 0.93, 0.86], worst: 0.75 },
  { rows: 16, average: [0.91, 0.92, 0.87, 0.78], worst: 0.56 },
  { rows: 8, average: [undefined, 0.9, 0.82, 0.72], worst: 0.36 },
];

/**
 * What 95 % intervals of tr Σ achieved on samples like this one: averages over the gradients of twelve networks (multilayer
 * perceptrons, CNNs, a transformer, at several steps) with as many rows, of which the largest had as much of the noise.
 *
 * It says nothing about one dump: samples of heavy-tailed noise that look clean are the ones whose intervals fail, and no
 * interval of a mean holds for every distribution. Lower ends of tr Σ and B_simple missed in at most 5 % of all cases.
 *
 * @param n rows
 * @param largestShare W = max hᵢ/Σhᵢ, in (0, 1]
 * @returns undefined below 8 rows
 * @see Bahadur & Savage 1956; the figures were simulated with these intervals
 * @example intervalCoverage(64, 0.3) // => { average: 0.96, worst: 0.85 }
 */
export function intervalCoverage(n: number, largestShare: number): Coverage | undefined {
  const measured = MEASURED.find(({ rows }) => n >= rows);
  if (measured === undefined) return undefined;
  const column = [0.1, 0.25, 0.5].filter((share) => largestShare >= share).length;
  const average = measured.average[column];
  return { ...(average !== undefined && { average }), worst: measured.worst };
}

/**
 * W = max hᵢ/Σhᵢ, the part of the noise that the largest row carries.
 *
 * @param centeredSquaredNorms [n] hᵢ = ‖xᵢ‖²
 * @returns undefined when nothing varies
 * @example largestShare([1, 2, 5]) // => 0.625
 */
export function largestShare(centeredSquaredNorms: ArrayLike<number>): number | undefined {
  let most = 0;
  for (let i = 0; i < centeredSquaredNorms.length; i++) most = Math.max(most, centeredSquaredNorms[i] ?? 0);
  if (most === 0) return undefined;
  // relative to the largest, so that the sum stays within the range of doubles
  let sum = 0;
  for (let i = 0; i < centeredSquaredNorms.length; i++) sum += (centeredSquaredNorms[i] ?? 0) / most;
  return 1 / sum;
}
