import { expect, test } from 'vitest';
import { nearMinimum, takeuchiInformation } from '../../src/theory/takeuchi';
import { normalRandom } from '../../src/theory/random';

test('ordinary least squares with 5 parameters, 50 rows and variance 0.25 has a gap of σ²d/N = 0.025', () => {
  // loss (y − xθ)²/2: H = E xxᵀ and Σ = σ²H, so tr(H⁻¹Σ) = σ²d
  expect(takeuchiInformation(0.25 * 5, 50)).toBe(0.025);
});

test('it predicts the gap of a simulated fit: the mean of 200 rows, unit noise, one parameter', () => {
  const normal = normalRandom(9);
  const rows = 200;
  const rounds = 20_000;
  let gap = 0;
  for (let round = 0; round < rounds; round++) {
    // the mean of N normal rows is normal with variance 1/N; the training loss at it falls by half its square
    const estimate = normal() / Math.sqrt(rows);
    gap += estimate * estimate; // test loss above the best ½m², training loss below it ½m²
  }
  expect(gap / rounds / takeuchiInformation(1, rows)).toBeCloseTo(1, 1);
});

test('a Newton step that still gains more than the gap is not near the minimum', () => {
  expect(nearMinimum(0.05, 0.025)).toBe(true);
  expect(nearMinimum(0.0501, 0.025)).toBe(false);
});
