import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { covarianceTraceInterval } from '../../src/theory/covariance-trace-interval';
import { noiseScaleInterval, signalInterval } from '../../src/theory/score-interval';
import type { RowStatistics } from '../../src/theory/row-statistics';
import { squareAndAdd, squareAndAddRatio } from '../../src/theory/square-and-add';
import type { OpenEnds } from '../../src/theory/test-inversion';
import drawn from '../fixtures/intervals/networks.json';
import { jackknifeIntervals } from '../reference/jackknife-intervals';
import { estimatesOf } from '../reference/row-statistics';

const { rows: n, samples, networks } = drawn;
type Network = keyof typeof networks;
const names = Object.keys(networks) as Network[];

/** Samples of n gradients each: hᵢ, pᵢ, ‖ḡ‖² and the participation ratio, float32 in a .npy file of version 1. */
function samplesOf(name: Network): RowStatistics[] {
  const bytes = readFileSync(join(import.meta.dirname, `../fixtures/intervals/${name}.npy`));
  const header = 10 + bytes.readUInt16LE(8);
  const numbers = Float64Array.from({ length: (bytes.length - header) / 4 }, (_, i) =>
    bytes.readFloatLE(header + 4 * i),
  );
  return Array.from({ length: samples }, (_, k) => {
    const own = numbers.subarray(k * (2 * n + 2), (k + 1) * (2 * n + 2));
    return {
      centeredSquaredNorms: own.subarray(0, n),
      meanProducts: own.subarray(n, 2 * n),
      meanSquaredNorm: own[2 * n]!,
      participationRatio: own[2 * n + 1]!,
      parameters: networks[name].parameters,
      meanOf: 1,
      traceFactor: 1,
      meanFactor: 1,
    };
  });
}

function counted(
  name: Network,
  intervals: (rows: RowStatistics) => Record<'trace' | 'signal' | 'noiseScale', OpenEnds>,
) {
  const { trace, signal } = networks[name];
  const truth = { trace, signal, noiseScale: trace / signal };
  const count = { trace: 0, signal: 0, noiseScale: 0, bounded: 0 };
  const above = { trace: 0, noiseScale: 0 };
  for (const rows of samplesOf(name)) {
    const found = intervals(rows);
    for (const key of ['trace', 'signal', 'noiseScale'] as const) {
      const { lower, upper = Infinity } = found[key];
      if (lower <= truth[key] && truth[key] <= upper) count[key]++;
    }
    if (found.noiseScale.upper !== undefined) count.bounded++;
    if (found.trace.lower > trace) above.trace++;
    if (found.noiseScale.lower > truth.noiseScale) above.noiseScale++;
  }
  return { count, above };
}
const ours = (rows: RowStatistics) => ({
  trace: covarianceTraceInterval(rows)!,
  signal: signalInterval(rows)!,
  noiseScale: noiseScaleInterval(rows)!,
});

describe(`intervals from ${n} gradients of a trained network`, () => {
  const results = names.map((name) => ({
    name,
    ...counted(name, ours),
    usual: counted(name, jackknifeIntervals).count,
  }));

  test.each(results)('of $name cover as often as those of a second program, sample for sample', ({ name, count }) =>
    expect(count).toEqual(networks[name].covered),
  );

  // a CNN that has learned nearly all digits: a few rows carry the noise, and half of the samples hold none of them
  const HARDEST: Network = 'cnn-1500';

  test.each(results.filter(({ name }) => name !== HARDEST))(
    'of $name cover in at least 89 % of the samples',
    ({ count }) => {
      // 95 % less three standard errors of 200 samples would be 90.4 %
      for (const key of ['trace', 'signal', 'noiseScale'] as const)
        expect(count[key] / samples, key).toBeGreaterThan(0.89);
    },
  );

  test('cover the trace more often than the jackknife with Student’s t, most of all where that fails', () => {
    const sum = (f: (result: (typeof results)[number]) => number): number => results.reduce((all, r) => all + f(r), 0);
    expect(sum(({ count }) => count.trace)).toBeGreaterThan(sum(({ usual }) => usual.trace) + 50);
    // where rows differ little in length, both are right; one sample in a hundred decides otherwise
    for (const { count, usual } of results) expect(count.trace).toBeGreaterThanOrEqual(usual.trace - 0.01 * samples);
    const hardest = results.find(({ name }) => name === HARDEST)!;
    expect(hardest.usual.trace / samples).toBeLessThan(0.5);
    expect(hardest.usual.signal / samples).toBeLessThan(0.65);
    expect(hardest.count.trace / samples).toBeGreaterThan(0.57);
    expect(hardest.count.signal / samples).toBeGreaterThan(0.85);
  });

  test('have lower ends that may be trusted everywhere, also where the upper ones fail', () => {
    // 2.5 % and three standard errors are 5.8 %; the transformer's noise scale missed in 7 % of these and 3.5 % of 2,000 samples
    for (const { above } of results) {
      expect(above.trace / samples).toBeLessThan(0.058);
      expect(above.noiseScale / samples).toBeLessThan(0.075);
    }
  });
});

describe('differences between two networks', () => {
  test('cover the true ones, and say which noise scale is larger', () => {
    const [a, b] = ['transformer-0', 'transformer-1500'] as const;
    const [first, second] = [samplesOf(a), samplesOf(b)];
    let [signals, ratios, resolved] = [0, 0, 0];
    first.forEach((rows, k) => {
      const other = second[k]!;
      const [e, f] = [estimatesOf(rows), estimatesOf(other)];
      const difference = squareAndAdd({ value: e.signal, ...signalInterval(rows)! }, { value: f.signal, ...signalInterval(other)! }); // prettier-ignore
      const truth = networks[a].signal - networks[b].signal;
      if (difference.lower! <= truth && truth <= difference.upper!) signals++;
      const ratio = squareAndAddRatio(
        { value: e.trace / e.signal, ...noiseScaleInterval(rows)! },
        { value: f.trace / f.signal, ...noiseScaleInterval(other)! },
      );
      const times = networks[b].signal / networks[a].signal;
      if (ratio.lower! <= times && times <= ratio.upper!) ratios++;
      if (ratio.resolved) resolved++;
    });
    expect(signals / samples).toBeGreaterThan(0.904);
    expect(ratios / samples).toBeGreaterThan(0.904);
    expect(resolved).toBe(samples);
  });
});
