import { expect, test } from 'vitest';
import { normalKurtosisBand } from '../../src/theory/anscombe-glynn';
import { excessKurtosis } from '../../src/theory/kurtosis';
import { normalRandom } from '../../src/theory/random';

// computed with 40 digits; SciPy's kurtosistest gives ∓1.96 at these ends
test.each([
  [8, -1.7042905931, 1.0261780751],
  [16, -1.3820076831, 1.5918677203],
  [64, -0.8416758514, 1.2533554985],
  [256, -0.4914321552, 0.6663585551],
])('the kurtoses of %d normal values lie between %d and %d', (n, lower, upper) => {
  const band = normalKurtosisBand(n)!;
  expect(band.lower).toBeCloseTo(lower, 10);
  expect(band.upper).toBeCloseTo(upper, 10);
});

test('19 of 20 samples of normal values have such a kurtosis', () => {
  const normal = normalRandom(8);
  const band = normalKurtosisBand(64)!;
  const samples = 2000;
  let inside = 0;
  for (let k = 0; k < samples; k++) {
    const excess = excessKurtosis(Array.from({ length: 64 }, normal))!;
    if (band.lower <= excess && excess <= band.upper) inside++;
  }
  // over 200,000 samples: 94.6 %; four standard errors of 2,000
  expect(Math.abs(inside / samples - 0.946)).toBeLessThan(0.02);
});

test('there is no band below 8 values, and it closes around 0 with many', () => {
  expect(normalKurtosisBand(7)).toBeUndefined();
  const { lower, upper } = normalKurtosisBand(1e8)!;
  expect(lower * Math.sqrt(1e8 / 24)).toBeCloseTo(-1.96, 2);
  expect(upper * Math.sqrt(1e8 / 24)).toBeCloseTo(1.96, 2);
});
