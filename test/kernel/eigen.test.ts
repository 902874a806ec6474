import { describe, expect, test } from 'vitest';
import { eigenvector, tridiagonalEigenvalues } from '../../src/kernel/eigen';
import { tridiagonalize } from '../../src/kernel/householder';
import { largestEigenvalue, lanczos } from '../../src/kernel/lanczos';
import { multiply } from '../../src/kernel/symmetric';
import { normalRandom, uniformRandom } from '../../src/theory/random';

const ULP = Number.EPSILON;

/** Spectra of LAPACK's symmetric test matrices (dchkst), each given with random signs and as a positive one. */
const SPECTRA: Readonly<Record<string, (n: number) => number[]>> = {
  zero: (n) => Array.from({ length: n }, () => 0),
  identity: (n) => Array.from({ length: n }, () => 1),
  'evenly spaced': (n) => Array.from({ length: n }, (_, i) => 1 - (i / n) * (1 - ULP)),
  geometric: (n) => Array.from({ length: n }, (_, i) => ULP ** (i / n)),
  'clustered at ε': (n) => Array.from({ length: n }, (_, i) => (i === 0 ? 1 : ULP)),
  'clustered at 1': (n) => Array.from({ length: n }, (_, i) => (i === n - 1 ? ULP : 1)),
  'random in a logarithm': (n) => {
    const uniform = uniformRandom(n);
    return Array.from({ length: n }, () => ULP ** uniform());
  },
};
const FORMS = ['diagonal', 'rotated', 'banded'] as const;
const SIGNS = ['positive', 'of random signs'] as const;
const SCALES = { 'of size 1': 1, 'near overflow': 2 ** 480, 'near underflow': 2 ** -480 } as const;

/** QDQᵀ, by Householder reflections: all of them, or those of a band only. */
function matrixOf(spectrum: readonly number[], form: (typeof FORMS)[number]): Float64Array {
  const n = spectrum.length;
  const a = new Float64Array(n * n);
  spectrum.forEach((value, i) => (a[i * n + i] = value));
  if (form === 'diagonal') return a;
  const normal = normalRandom(n);
  const reach = form === 'banded' ? 3 : n;
  for (let k = 0; k < n - 1; k++) {
    const end = Math.min(n, k + reach);
    const v = new Float64Array(n);
    for (let i = k; i < end; i++) v[i] = normal();
    const length = v.reduce((sum, x) => sum + x * x, 0);
    for (const stride of [n, 1])
      for (let other = 0; other < n; other++) {
        const at = (i: number): number => (stride === n ? i * n + other : other * n + i);
        let along = 0;
        for (let i = k; i < end; i++) along += v[i]! * a[at(i)]!;
        for (let i = k; i < end; i++) a[at(i)]! -= ((2 * along) / length) * v[i]!;
      }
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) a[i * n + j] = a[j * n + i] = (a[i * n + j]! + a[j * n + i]!) / 2;
  return a;
}

const cases = Object.keys(SPECTRA).flatMap((kind) => FORMS.map((form) => ({ kind, form })));

describe('eigenvalues of symmetric matrices', () => {
  test.each(cases)('$kind, $form: those it was made of, to 10 n ulp of the largest', ({ kind, form }) => {
    for (const n of [1, 2, 3, 8, 33, 100])
      for (const sign of SIGNS)
        for (const scale of Object.values(SCALES)) {
          const uniform = uniformRandom(n + 1);
          const spectrum = SPECTRA[kind]!(n).map((x) => scale * (sign === 'positive' || uniform() < 0.5 ? x : -x));
          const { diagonal, offDiagonal } = tridiagonalize(matrixOf(spectrum, form), n);
          const found = tridiagonalEigenvalues(diagonal, offDiagonal);
          const norm = Math.max(...spectrum.map(Math.abs), Number.MIN_VALUE);
          [...spectrum]
            .sort((x, y) => y - x)
            .forEach((value, i) => expect(Math.abs(found[i]! - value) / norm).toBeLessThanOrEqual(10 * n * ULP));
        }
  });

  test.each(cases)('$kind, $form: the leading vectors are orthonormal and belong to their values', ({ kind, form }) => {
    for (const n of [2, 3, 8, 33, 100]) {
      const spectrum = SPECTRA[kind]!(n);
      const matrix = matrixOf(spectrum, form);
      const norm = Math.max(...spectrum, Number.MIN_VALUE);
      const reduced = tridiagonalize(matrix.slice(), n);
      const values = tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal);
      const found: Float64Array[] = [];
      for (const value of values.slice(0, Math.min(n, 4))) found.push(eigenvector(reduced, value, found));
      found.forEach((u, k) => {
        for (const [l, v] of found.entries()) {
          const product = u.reduce((sum, x, i) => sum + x * v[i]!, 0);
          expect(Math.abs(product - (k === l ? 1 : 0))).toBeLessThanOrEqual(10 * n * ULP);
        }
        for (let i = 0; i < n; i++) {
          let image = 0;
          for (let j = 0; j < n; j++) image += matrix[i * n + j]! * u[j]!;
          expect(Math.abs(image - values[k]! * u[i]!) / norm).toBeLessThanOrEqual(10 * n * ULP);
        }
      });
    }
  });

  test.each(cases)('$kind, $form: the largest by itself is the same', ({ kind, form }) => {
    for (const n of [1, 2, 3, 8, 33, 100]) {
      const spectrum = SPECTRA[kind]!(n);
      const matrix = matrixOf(spectrum, form);
      const largest = largestEigenvalue((x, y) => multiply(matrix, n, x, y), n);
      expect(Math.abs(largest - Math.max(...spectrum))).toBeLessThanOrEqual(1e-13 * Math.max(...spectrum));
    }
  });

  test('leading eigenvalues by Lanczos lie within their residuals, with vectors that belong to them', () => {
    const n = 300;
    const uniform = uniformRandom(3);
    const spectrum = Array.from({ length: n }, () => uniform() ** 4).sort((x, y) => y - x);
    const matrix = matrixOf(spectrum, 'rotated');
    const image = new Float64Array(n);
    const found = lanczos(
      n,
      (x, y) => multiply(matrix, n, x, y),
      8,
      1e-6,
      n,
      () => undefined,
    );
    found.values.forEach((value, k) => {
      const u = found.vectors[k]!;
      multiply(matrix, n, u, image);
      const residual = Math.hypot(...image.map((component, i) => component - value * u[i]!));
      expect(residual).toBeLessThanOrEqual(found.residuals[k]! * (1 + 1e-6) + 1e-14);
      expect(Math.abs(value - spectrum[k]!)).toBeLessThanOrEqual(residual + 1e-14);
      expect(value).toBeLessThanOrEqual(spectrum[k]! + 1e-14);
    });
  });

  test('the second-difference matrix has the eigenvalues 2 − 2 cos(kπ/(n+1))', () => {
    const n = 50;
    const found = tridiagonalEigenvalues(new Float64Array(n).fill(2), new Float64Array(n - 1).fill(-1));
    found.forEach((value, k) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((n - k) * Math.PI) / (n + 1)), 13));
  });
});
