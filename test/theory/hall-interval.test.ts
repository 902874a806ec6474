import { describe, expect, test } from 'vitest';
import { hallInterval, hallInverse, hallTransformed } from '../../src/theory/hall-interval';
import { binaryExponent, timesPowerOfTwo } from '../../src/theory/power-of-two';
import { normalRandom } from '../../src/theory/random';
import { sampleMoments } from '../../src/theory/sample-moments';
import { satterthwaiteDegrees } from '../../src/theory/satterthwaite';
import { exceedsStudentT, studentTQuantile } from '../../src/theory/student-t';
import { wilsonHilfertyScore } from '../../src/theory/wilson-hilferty';

describe('a power of two', () => {
  test('is taken out of every double, also of subnormal ones', () => {
    for (let e = -1074; e < 1024; e++) {
      const power = timesPowerOfTwo(1, e);
      expect(binaryExponent(power)).toBe(e);
      if (e > -1022) expect(binaryExponent(-1.75 * power)).toBe(e);
    }
    expect(binaryExponent(Number.MAX_VALUE)).toBe(1023);
    for (const x of [0, NaN, Infinity, -Infinity])
      expect(() => binaryExponent(x)).toThrow(`${x} has no binary exponent`);
  });

  test('multiplies without rounding, also where it is itself no double', () => {
    for (const e of [-2000, -1074, -1, 0, 1, 1023, 1100, 2000]) {
      expect(timesPowerOfTwo(0, e)).toBe(0);
      const x = Math.PI * 2 ** (e > 0 ? -1000 : 1000);
      const result = timesPowerOfTwo(x, e);
      if (Math.abs(e) < 2000) expect(timesPowerOfTwo(result, -e)).toBe(x);
    }
    expect(timesPowerOfTwo(2 ** -1074, 2097)).toBe(2 ** 1023);
    expect(timesPowerOfTwo(1, 1024)).toBe(Infinity);
  });
});

describe('the moments of values', () => {
  test('are those of the formula, by hand', () => {
    // mean 3; deviations −2 −2 −2 6 0: squares 48, cubes 192, fourth powers 1344, each over 5
    const { mean, deviation, skewness, kurtosis } = sampleMoments([1, 1, 1, 9, 3]);
    expect(mean).toBe(3);
    expect(deviation).toBeCloseTo(Math.sqrt(9.6), 14);
    expect(skewness).toBeCloseTo(38.4 / 9.6 ** 1.5, 14);
    expect(kurtosis).toBeCloseTo(268.8 / 9.6 ** 2, 14);
  });

  test('keep their digits when the values are far from 0', () => {
    const values = [1, 1, 1, 9, 3];
    const far = sampleMoments(values.map((value) => value + 2 ** 40));
    const { mean: _, ...near } = sampleMoments(values);
    expect(far).toEqual({ mean: 2 ** 40 + 3, ...near });
  });

  test('scale exactly over the whole range of doubles', () => {
    const values = [0.3, -1.7, 2.9, 0.1, 8.3];
    const { mean, deviation, skewness, kurtosis } = sampleMoments(values);
    for (const e of [-1000, -501, -1, 1, 700, 1018])
      expect(sampleMoments(values.map((value) => value * 2 ** e))).toEqual({
        mean: mean * 2 ** e,
        deviation: deviation * 2 ** e,
        skewness,
        kurtosis,
      });
  });

  test('of equal values are 0 but for the mean, and of no values undefined', () => {
    expect(sampleMoments([7, 7, 7])).toEqual({ mean: 7, deviation: 0, skewness: 0, kurtosis: 0 });
    expect(sampleMoments([0, 0])).toEqual({ mean: 0, deviation: 0, skewness: 0, kurtosis: 0 });
    expect(() => sampleMoments([])).toThrow('no values have no moments');
  });
});

describe('Satterthwaite’s degrees of freedom', () => {
  test.each([
    [16, 3, 1, 15, 2.13144954556],
    [16, 9, 1, 3.93846153846, 2.79363805789],
    [64, 40, 1, 3.27942353883, 3.03441126551],
    [64, 40, 0.5, 13.1176941553, 2.15839994935],
  ])('of %d values of kurtosis %d with a share of %d are %d, and t is %d', (n, kurtosis, share, degrees, t) => {
    const found = satterthwaiteDegrees(n, kurtosis, share);
    expect(found).toBeCloseTo(degrees, 9);
    expect(studentTQuantile(0.975, found)).toBeCloseTo(t, 10);
  });

  test('are never fewer than 2 nor more than n − 1', () => {
    expect(satterthwaiteDegrees(10, 1e6)).toBe(2);
    expect(satterthwaiteDegrees(10, 1)).toBe(9);
    expect(satterthwaiteDegrees(10, 9, 0)).toBe(9);
  });
});

test('a value exceeds a quantile of Student’s t exactly when it is larger', () => {
  for (const degrees of [2, 2.7, 15, 1000, 9999, 20000])
    for (const probability of [0.6, 0.975]) {
      const t = studentTQuantile(probability, degrees);
      expect(exceedsStudentT(t * (1 + 1e-11), probability, degrees)).toBe(true);
      expect(exceedsStudentT(t * (1 - 1e-11), probability, degrees)).toBe(false);
      expect(exceedsStudentT(-t, probability, degrees)).toBe(false);
    }
});

// python3 -c "from scipy.stats import chi2, norm; print([(v, (chi2.ppf(p,v)-v)/(2*v)**.5, norm.ppf(p)) for v in (3,30) for p in (.05,.975)])"
test.each([
  [3, -1.081104213664444, -1.6448536269514729],
  [3, 2.5917249187101787, 1.959963984540054],
  [30, -1.4855910792019005, -1.6448536269514729],
  [30, 2.1920107480319944, 1.959963984540054],
])('Wilson’s and Hilferty’s score of a χ² value with %d degrees at %d is nearly normal: %d', (degrees, deviation, z) =>
  expect(Math.abs(wilsonHilfertyScore(deviation, degrees) - z)).toBeLessThan(0.15 / degrees),
);

describe('Hall’s transformation', () => {
  test.each([
    [2, 1, 16, 1.7046994019],
    [-2, 1, 16, -2.54220010728],
    [2, 3.5, 16, 1.29944834034],
    [-2, 3.5, 16, -6.7111320898],
    [4.302652729911275, 7, 64, 2.28883423138],
    [-4.302652729911275, 7, 64, -8.3136016238],
  ])('of %d at skewness %d and %d values is undone by %d', (x, g, n, t) => {
    expect(hallInverse(x, g, n)).toBeCloseTo(t, 10);
    expect(hallTransformed(t, g, n)).toBeCloseTo(x, 9);
  });

  test('is undone everywhere, mirrors with the skewness and never turns around', () => {
    for (const g of [-7, -1, -1e-9, 0, 1e-6, 0.5, 4, 7.9])
      for (const n of [4, 64, 1e6]) {
        let before = -Infinity;
        for (let x = -20; x <= 20; x += 0.5) {
          const t = hallInverse(x, g, n);
          expect(hallTransformed(t, g, n)).toBeCloseTo(x, 9);
          expect(hallInverse(-x, -g, n) + t).toBe(0);
          expect(t).toBeGreaterThan(before);
          before = t;
        }
      }
  });
});

describe('Hall’s interval', () => {
  test('of three values is that of the formula, by hand', () => {
    // 1, 2, 3: no skewness, kurtosis 3/2, so 2 degrees, of which t = √2·0.95/√(1 − 0.95²); se = √(2/3)/√2
    const { lower, upper } = hallInterval(2, [1, 2, 3])!;
    const t = (0.95 * Math.SQRT2) / Math.sqrt(1 - 0.95 ** 2);
    expect(upper).toBeCloseTo(2 + t / Math.sqrt(3), 12);
    expect(lower).toBeCloseTo(2 - t / Math.sqrt(3), 12);
  });

  test('reaches further on the side of a long tail', () => {
    const { lower, upper } = hallInterval(2, [1, 1, 1, 1, 1, 1, 1, 9])!;
    expect(upper - 2).toBeGreaterThan(3 * (2 - lower));
    const mirrored = hallInterval(-2, [-1, -1, -1, -1, -1, -1, -1, -9])!;
    expect(mirrored).toEqual({ lower: -upper, upper: -lower });
  });

  test('scales exactly with powers of two and moves with the estimate', () => {
    const normal = normalRandom(3);
    const values = Array.from({ length: 20 }, () => normal() ** 2);
    const { lower, upper } = hallInterval(1, values)!;
    for (const e of [-900, -3, 800])
      expect(hallInterval(2 ** e, values.map((value) => value * 2 ** e))).toEqual({ lower: lower * 2 ** e, upper: upper * 2 ** e }); // prettier-ignore
    const reversed = hallInterval(1, [...values].reverse())!;
    expect(reversed.lower).toBeCloseTo(lower, 13);
    expect(reversed.upper).toBeCloseTo(upper, 13);
  });

  test('does not exist where nothing varies but rounding, or nothing is uncertain', () => {
    expect(hallInterval(1, [1, 1, 1])).toBeUndefined();
    expect(hallInterval(1, [1, 1 + 2 ** -52, 1])).toBeUndefined();
    expect(hallInterval(0, [0, 0, 0])).toBeUndefined();
    expect(hallInterval(2, [1, 2, 3], 0)).toBeUndefined();
    expect(() => hallInterval(2, [1, 3])).toThrow('an interval from 2 values; it needs at least 3');
  });

  test('shrinks with the share of a finite data set that was not seen', () => {
    const whole = hallInterval(2, [1, 1, 1, 1, 6])!;
    const half = hallInterval(2, [1, 1, 1, 1, 6], 0.5)!;
    expect(half.upper - 2).toBeCloseTo((whole.upper - 2) / 2, 12);
    expect(2 - half.lower).toBeCloseTo((2 - whole.lower) / 2, 12);
  });
});
