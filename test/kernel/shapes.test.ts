import { describe, expect, test } from 'vitest';
import { plainKernel } from '../../src/kernel/plain';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { compiled } from './compiled';
import { solve } from './run';
import { stored } from './stored';

type Rows = readonly (readonly number[])[];

/** tr Σ, ‖Σ‖_F and Σ's power sums tr Σ³, entry by entry in double precision: no eigen-solver in common with the kernels. */
function naive(rows: Rows): { readonly trace: number; readonly squares: number; readonly cubes: number } {
  const [N, d] = [rows.length, rows[0]!.length];
  const mean = Array.from({ length: d }, (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / N);
  const x = rows.map((row) => row.map((value, j) => value - mean[j]!));
  // the smaller of K and Σ, whose non-zero eigenvalues are the same
  const side = N <= d ? x : mean.map((_, j) => x.map((row) => row[j]!));
  const n = side.length;
  const matrix = side.map((a) => side.map((b) => a.reduce((sum, value, k) => sum + value * b[k]!, 0) / N));
  let [trace, squares, cubes] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    trace += matrix[i]![i]!;
    for (let j = 0; j < n; j++) {
      squares += matrix[i]![j]! ** 2;
      let product = 0;
      for (let k = 0; k < n; k++) product += matrix[i]![k]! * matrix[k]![j]!;
      cubes += product * matrix[j]![i]!;
    }
  }
  return { trace, squares, cubes };
}

describe('200 seeded dense and sparse dumps have the power sums of their covariance, entry by entry', () => {
  const fast = compiled({ parallel: 2 });
  test.each([
    ['the reference kernel', plainKernel],
    ['the WebAssembly kernel', fast],
  ] as const)(
    '%s',
    async (_, kernel) => {
      const uniform = uniformRandom(11);
      const normal = normalRandom(12);
      for (let run = 0; run < 200; run++) {
        const [N, d] = [2 + Math.floor(30 * uniform()), 1 + Math.floor(60 * uniform() ** 2)];
        const share = [1, 0.5, 0.2, 0.05][run % 4]!;
        const element = run % 3 === 0 ? 'f8' : 'f4';
        const rows = Array.from({ length: N }, () =>
          Array.from({ length: d }, () => (uniform() < share ? Math.fround(normal()) : 0)),
        );
        const expected = naive(rows);
        const { moments, spectrum } = await solve(stored(rows, { element, order: run % 2 === 0 ? 'C' : 'F' }), kernel);
        const sum = (power: number): number => spectrum.eigenvalues.reduce((all, value) => all + value ** power, 0);
        const within = 1e-12 * (expected.trace || 1);
        expect(Math.abs(moments.scatter / N - expected.trace), `run ${run}`).toBeLessThanOrEqual(within);
        expect(Math.abs(sum(1) - expected.trace), `run ${run}`).toBeLessThanOrEqual(within);
        expect(Math.abs(sum(2) - expected.squares), `run ${run}`).toBeLessThanOrEqual(within * expected.trace);
        expect(Math.abs(sum(3) - expected.cubes), `run ${run}`).toBeLessThanOrEqual(within * expected.trace ** 2);
        expect(Math.abs(spectrum.frobeniusNorm ** 2 - expected.squares)).toBeLessThanOrEqual(within * expected.trace);
        expect(spectrum.eigenvalues.at(-1)).toBeGreaterThanOrEqual(0);
        expect(spectrum.eigenvalues.length).toBe(Math.min(N, d));
      }
    },
    240_000,
  );
});
