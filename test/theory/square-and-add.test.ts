import { describe, expect, test } from 'vitest';
import { covarianceTraceInterval } from '../../src/theory/covariance-trace-interval';
import { hallInterval } from '../../src/theory/hall-interval';
import { pseudoValues } from '../../src/theory/pseudo-values';
import { normalRandom } from '../../src/theory/random';
import { noiseScaleInterval, signalInterval } from '../../src/theory/score-interval';
import { squareAndAdd, squareAndAddRatio } from '../../src/theory/square-and-add';
import { estimatesOf, rowStatisticsOf } from '../reference/row-statistics';

describe('the difference of two estimates', () => {
  test('with symmetric intervals has the usual one', () => {
    const { value, lower, upper, resolved } = squareAndAdd(
      { value: 10, lower: 7, upper: 13 },
      { value: 2, lower: -2, upper: 6 },
    );
    expect([value, lower, upper, resolved]).toEqual([8, 3, 13, true]);
  });

  test('turns around with its estimates', () => {
    const [a, b] = [{ value: 5, lower: 4, upper: 9 }, { value: 3, lower: 1, upper: 4 }]; // prettier-ignore
    const [there, back] = [squareAndAdd(a, b), squareAndAdd(b, a)];
    expect(back).toEqual({ value: -2, lower: -there.upper!, upper: -there.lower!, resolved: there.resolved });
  });

  test('is not resolved when 0 lies inside or the deciding end is missing', () => {
    expect(squareAndAdd({ value: 5, lower: 4, upper: 9 }, { value: 4, lower: 1, upper: 7 }).resolved).toBe(false);
    expect(squareAndAdd({ value: 9, lower: 8 }, { value: 4, lower: 1 })).toEqual({ value: 5, resolved: false });
    expect(squareAndAdd({ value: 1, lower: 0, upper: 2 }, { value: 9, lower: 6 })).toMatchObject({ resolved: true });
    expect(squareAndAdd({ value: 3, lower: 3, upper: 3 }, { value: 3, lower: 3, upper: 3 }).resolved).toBe(false);
  });
});

describe('the ratio of two estimates', () => {
  test('has the interval of the difference of logarithms', () => {
    const { value, lower, upper, resolved } = squareAndAddRatio(
      { value: 8, lower: 1, upper: 64 },
      { value: 2, lower: 2 ** -3, upper: 2 ** 5 },
    );
    // three and four doublings: five
    expect(value).toBe(4);
    expect(lower).toBeCloseTo(2 ** -3, 13);
    expect(upper).toBeCloseTo(2 ** 7, 10);
    expect(resolved).toBe(false);
  });

  test('with an open end is resolved only when the intervals are disjoint', () => {
    expect(squareAndAddRatio({ value: 9, lower: 4 }, { value: 2, lower: 1, upper: 3 })).toEqual({ value: 4.5, resolved: true }); // prettier-ignore
    expect(squareAndAddRatio({ value: 2, lower: 1, upper: 3 }, { value: 9, lower: 4 }).resolved).toBe(true);
    expect(squareAndAddRatio({ value: 9, lower: 2 }, { value: 2, lower: 1, upper: 3 }).resolved).toBe(false);
    expect(squareAndAddRatio({ value: 9, lower: 0, upper: 12 }, { value: 2, lower: 1, upper: 3 })).toEqual({ value: 4.5, resolved: false }); // prettier-ignore
    expect(() => squareAndAddRatio({ value: 0, lower: 0 }, { value: 2, lower: 1 })).toThrow('positive values');
  });
});

describe('the difference between two dumps', () => {
  const normal = normalRandom(77);
  const draw = (n: number, signal: number): number[][] =>
    Array.from({ length: n }, () => {
      const scale = Math.exp(0.4 * normal());
      return Array.from({ length: 6 }, (_, j) => (scale * normal()) / (1 + j) + (j === 0 ? signal : 0));
    });
  const trace = Math.exp(0.32) * [1, 2, 3, 4, 5, 6].reduce((sum, j) => sum + 1 / j ** 2, 0);
  const dumps = 400;

  test('of other examples covers the true one, of the trace, the signal and the noise scale', () => {
    const covered = { trace: 0, signal: 0, ratio: 0 };
    let bounded = 0;
    for (let k = 0; k < dumps; k++) {
      const [a, b] = [rowStatisticsOf(draw(48, 1.5)), rowStatisticsOf(draw(64, 1))];
      const [ea, eb] = [estimatesOf(a), estimatesOf(b)];
      const traces = squareAndAdd(
        { value: ea.trace, ...covarianceTraceInterval(a)! },
        { value: eb.trace, ...covarianceTraceInterval(b)! },
      );
      const signals = squareAndAdd(
        { value: ea.signal, ...signalInterval(a)! },
        { value: eb.signal, ...signalInterval(b)! },
      );
      const ratios = squareAndAddRatio(
        { value: ea.trace / ea.signal, ...noiseScaleInterval(a)! },
        { value: eb.trace / eb.signal, ...noiseScaleInterval(b)! },
      );
      const holds = ({ lower = -Infinity, upper = Infinity }: typeof traces, truth: number): number =>
        lower <= truth && truth <= upper ? 1 : 0;
      covered.trace += holds(traces, 0) / dumps;
      covered.signal += holds(signals, 1.5 ** 2 - 1) / dumps;
      covered.ratio += holds(ratios, 1 / 1.5 ** 2) / dumps;
      bounded += ratios.upper === undefined ? 0 : 1 / dumps;
    }
    // three standard errors below 95 %
    for (const share of Object.values(covered)) expect(share).toBeGreaterThan(0.917);
    expect(bounded).toBeGreaterThan(0.9);
  });

  test('of the same examples covers the true one and resolves more than if they were others', () => {
    const covered = { trace: 0, signal: 0 };
    const resolved = { paired: 0, apart: 0 };
    for (let k = 0; k < dumps; k++) {
      const before = draw(48, 1);
      // every gradient shrinks by a tenth and moves a little
      const after = before.map((row) => row.map((value) => 0.9 * value + 0.1 * normal()));
      const [a, b] = [rowStatisticsOf(before), rowStatisticsOf(after)];
      const [ea, eb] = [estimatesOf(a), estimatesOf(b)];
      const paired = (signal: number, spread: number, difference: number) =>
        hallInterval(difference, pseudoValues(a, signal, spread).map((value, i) => value - pseudoValues(b, signal, spread)[i]!))!; // prettier-ignore
      const traces = paired(0, 1, ea.trace - eb.trace);
      const signals = paired(1, 0, ea.signal - eb.signal);
      const [t, s] = [trace - (0.81 * trace + 0.06), 1 - 0.81];
      covered.trace += traces.lower <= t && t <= traces.upper ? 1 / dumps : 0;
      covered.signal += signals.lower <= s && s <= signals.upper ? 1 / dumps : 0;
      resolved.paired += traces.lower > 0 ? 1 / dumps : 0;
      resolved.apart += squareAndAdd(
        { value: ea.trace, ...covarianceTraceInterval(a)! },
        { value: eb.trace, ...covarianceTraceInterval(b)! },
      ).resolved
        ? 1 / dumps
        : 0;
    }
    expect(covered.trace).toBeGreaterThan(0.917);
    expect(covered.signal).toBeGreaterThan(0.917);
    expect(resolved.paired).toBeGreaterThan(0.9);
    expect(resolved.apart).toBeLessThan(0.1);
  });
});
