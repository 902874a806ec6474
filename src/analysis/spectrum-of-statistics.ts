import { plainNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Statistics } from '../shared/statistics';
import type { Spectrum } from '../shared/summary';

/** How far two computations of a number may lie apart, relative to the larger. */
const APART = 1e-6;

/**
 * What only the eigenvalues of a file of statistics show to be wrong: more of them than there are parameters, a largest one
 * that its layers cannot have, products with the mean that no mean of this length has.
 *
 * @throws AnalysisError gradstats/contradiction
 */
export function checkSpectrum({ dump, moments, gram }: Statistics, spectrum: Spectrum): void {
  const { rows: n, parameters } = dump;
  const { meanSquaredNorm: m, meanProducts, scatter, constantParameters } = moments;
  const { eigenvalues, eigenvectors, roundingFloor, partial } = spectrum;
  const trace = scatter / n;
  const largest = eigenvalues[0] ?? 0;
  const rank = Math.min(n - 1, parameters - constantParameters);
  if (partial === undefined || eigenvalues.length >= rank) {
    const possible = eigenvalues.subarray(0, rank).reduce((sum, value) => sum + value, 0);
    if (trace - possible > 1e-9 * trace + n * roundingFloor)
      throw refuse(
        `The ${rank} eigenvalues that ${n} rows and ${parameters - constantParameters} parameters that vary can have add up to ${plainNumber(possible, 6)}, and the trace is ${plainNumber(trace, 6)}`,
        'gram',
      );
  }
  const norms = gram.layers.map(({ spectralNorm }) => spectralNorm);
  const [least, most] = [norms.reduce((a, b) => Math.max(a, b), 0), norms.reduce((a, b) => a + b, 0)];
  const off = APART * trace + n * roundingFloor;
  // of a partial spectrum the largest is a lower bound
  const highest = partial?.upperBound ?? largest;
  if (least > highest + off || largest > most + off)
    throw refuse(
      `With its layers the largest eigenvalue lies between ${plainNumber(least, 6)} and ${plainNumber(most, 6)}, and “gram” makes it ${plainNumber(largest, 6)}`,
      'layer_spectral_norm',
    );
  // the part of the mean that lies along eigenvectors of Σ is no longer than the mean (Bessel)
  const rounded = Math.sqrt(n) * 64 * Number.EPSILON * m;
  let along = 0;
  let slack = 0;
  eigenvectors.forEach((u, k) => {
    const product = Math.abs(u.reduce((sum, value, i) => sum + value * (meanProducts[i] ?? 0), 0));
    const value = eigenvalues[k] ?? 0;
    if (value <= roundingFloor) return;
    along += Math.max(0, product - rounded) ** 2 / (n * (value + roundingFloor));
    slack += (2 * product * rounded + product ** 2 * (roundingFloor / value)) / (n * value);
  });
  // and as long as it, where they are all there are
  if (eigenvectors.length === parameters && along < m * (1 - APART) - slack)
    throw refuse(
      `With “gram” they make a mean of squared length ${plainNumber(along, 6)}, and “mean_squared_norm” is ${plainNumber(m, 6)}`,
      'mean_products',
    );
  const squares = meanProducts.reduce((sum, a) => sum + Math.max(0, Math.abs(a) - rounded) ** 2, 0);
  if (along > m * (1 + APART) || squares > n * (highest + n * roundingFloor) * m * (1 + APART))
    throw refuse(
      `With “gram” they make a mean of squared length ${plainNumber(Math.max(along, squares / (n * highest)), 6)} at least, and “mean_squared_norm” is ${plainNumber(m, 6)}`,
      'mean_products',
    );
}

const refuse = (found: string, array: string): AnalysisError =>
  new AnalysisError({
    code: 'gradstats/contradiction',
    found,
    where: `array “${array}”`,
    remedy: 'Write the statistics again from the dump.',
  });
