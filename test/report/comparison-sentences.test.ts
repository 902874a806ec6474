import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import { Quantities } from '../../src/metrics/quantities';
import { compare } from '../../src/report/comparison/compare';
import type { ComparisonReport, MetricDifference } from '../../src/report/comparison/compare';
import type { MetricResult } from '../../src/shared/report';
import { comparisonLines } from '../../src/report/comparison/text';
import { seededSituations } from '../reference/seeded-situations';
import type { SeededSituation } from '../reference/seeded-situations';
import { saidNumber, says } from './sentence-claims';

type Outcome = MetricResult['outcome'];
interface Case {
  readonly difference: MetricDifference;
  readonly from: Outcome;
  readonly to: Outcome;
  /** Nothing was sampled, or everything. */
  readonly exact: readonly [boolean, boolean];
}

const valueOf = (outcome: Outcome): number | undefined => (outcome.kind === 'value' ? outcome.value : undefined);
const intervalOf = (outcome: Outcome) => (outcome.kind === 'value' ? outcome.interval : undefined);
/** Whether an interval of a difference, or of a ratio, leaves out what equal quantities would have. */
const leavesOut = ({ difference, ratio }: MetricDifference): boolean => {
  const [interval, equal] = ratio ? [ratio.interval, 1] : [difference?.interval, 0];
  return (interval?.lower ?? -Infinity) > equal || (interval?.upper ?? Infinity) < equal;
};
const apart = (a: Outcome, b: Outcome): boolean => {
  const ends = [a, b].map((each) => {
    const [value, interval] = [valueOf(each)!, intervalOf(each)];
    return interval === undefined ? [value, value] : [interval.lower, interval.upper ?? Infinity];
  });
  return ends[0]![1]! < ends[1]![0]! || ends[1]![1]! < ends[0]![0]!;
};
const bothKnown = ({ from, to, exact }: Case): boolean =>
  [from, to].every((outcome, k) => intervalOf(outcome) !== undefined || exact[k]!);
const differ = ({ from, to }: Case): boolean => {
  const [a, b] = [valueOf(from)!, valueOf(to)!];
  return Math.abs(a - b) > 1e-9 * Math.max(Math.abs(a), Math.abs(b));
};

/** What each reason claims. */
const REASONS: Readonly<Record<string, (of: Case) => boolean>> = {
  'The other dump has no value': ({ from, to, difference }) =>
    valueOf(from) !== undefined && valueOf(to) === undefined && !difference.resolved,
  'The baseline has no value': ({ from, difference }) => valueOf(from) === undefined && !difference.resolved,
  'both are exact': (of) => of.exact.every(Boolean) && of.difference.resolved && differ(of),
  'both are exact and the same except for rounding': (of) =>
    of.exact.every(Boolean) && !of.difference.resolved && !differ(of),
  'the interval leaves out 0': (of) => bothKnown(of) && of.difference.resolved && leavesOut(of.difference),
  'the interval of the difference holds 0': (of) =>
    bothKnown(of) && !of.difference.resolved && !leavesOut(of.difference),
  'by their ratio': (of) =>
    bothKnown(of) && of.difference.resolved && (leavesOut(of.difference) || apart(of.from, of.to)),
  'the interval of the ratio holds 1, or has no end': (of) =>
    bothKnown(of) && !of.difference.resolved && !leavesOut(of.difference),
  'neither has an upper end, so the difference has none': ({ from, to, difference }) =>
    intervalOf(from)?.upper === undefined && intervalOf(to)?.upper === undefined && !difference.resolved,
  'One of them has no interval, so nothing says how far chance moves it': (of) =>
    !bothKnown(of) && !of.difference.resolved,
  'the same examples, row by row': ({ difference }) => difference.resolved === leavesOut(difference),
};

function casesOf({ baseline, other, differences }: ComparisonReport): readonly Case[] {
  const quantities = [baseline, other].map(({ summary, settings }) => new Quantities(summary, settings));
  return differences.map((difference) => {
    const { baseline: from, other: to, metric } = difference;
    // facts of settings are exact in both; the mean of whole passes is that of all
    const settings = ['covariance-memory', 'sgd-temperature', 'finite-population-correction', 'linear-scaled-learning-rate', 'square-root-scaled-learning-rate'].includes(metric.id); // prettier-ignore
    const exact = [from, to].map((outcome, k) => {
      if (outcome.kind !== 'value' || outcome.interval !== undefined) return false;
      const whole = metric.id === 'true-gradient-squared-norm' && quantities[k]!.meanIsExact;
      return settings || whole || !quantities[k]!.uncertain;
    });
    return { difference, from, to, exact: [exact[0]!, exact[1]!] };
  });
}

/** Pairs of dumps: of one seed under two readings, of neighboring seeds, and of a dump and itself. */
function pairs(seed: number): readonly (readonly [SeededSituation, SeededSituation])[] {
  const [first, second] = [seededSituations(seed), seededSituations(seed + 1)];
  return first.flatMap((situation, k) => [
    [situation, first[(k + 1) % first.length]!] as const,
    [situation, second[k]!] as const,
    ...(k % 4 === 0 ? [[situation, situation] as const] : []),
  ]);
}

/** Everything that is wrong in one comparison. */
function faultsOf(report: ComparisonReport): readonly string[] {
  const faults: string[] = [];
  for (const of of casesOf(report)) {
    const { difference: each, from, to } = of;
    const check = REASONS[each.reason];
    if (check?.(of) !== true) faults.push(`reason | ${each.metric.id} | ${each.reason}`);
    const [a, b] = [valueOf(from), valueOf(to)];
    const { difference, ratio } = each;
    if (a === undefined || b === undefined ? difference !== undefined : difference?.value !== b - a)
      faults.push(`difference | ${each.metric.id} | ${difference?.value}`);
    for (const [value, interval] of [[difference?.value, difference?.interval], [ratio?.value, ratio?.interval]] as const) {
      if (interval !== undefined && interval.lower === undefined && interval.upper === undefined) faults.push(`no end | ${each.metric.id}`);
      // an estimate of ‖G‖² below 0 lies below its interval
      if (interval !== undefined && (a ?? 0) >= 0 && (b ?? 0) >= 0 && ((interval.lower ?? -Infinity) > value! + 1e-9 * Math.abs(value!) || (interval.upper ?? Infinity) < value! - 1e-9 * Math.abs(value!))) faults.push(`outside its interval | ${each.metric.id} | ${value} ${JSON.stringify(interval)}`);
    }
    if (ratio !== undefined && Math.abs(ratio.value * a! - b!) > 1e-12 * Math.abs(b!)) faults.push(`ratio | ${each.metric.id}`);
  } // prettier-ignore

  const known = report.differences.filter(({ difference }) => difference !== undefined);
  const resolved = known.filter((each) => each.resolved).length;
  const intervals = known.filter(({ difference, ratio }) => difference?.interval ?? ratio?.interval).length;
  if (report.differences.slice(0, resolved).some((each) => !each.resolved)) faults.push('resolved ones are not first');
  const lines = comparisonLines(report);
  const numbers = lines
    .map((line) => /^([\d,]+) of ([\d,]+) differences are resolved; of the ([\d,]+) with an interval, about ([\d.,]+) would be by chance alone\.$/.exec(line))
    .find((match) => match !== null)
    ?.slice(1)
    .map((text) => saidNumber(text)); // prettier-ignore
  const wanted = [resolved, known.length, intervals, 0.05 * intervals];
  if (numbers === undefined || !wanted.every((count, k) => says(numbers[k]!, count)))
    faults.push(`count | ${wanted.join()}`);
  // a number that is 0 or below has no logarithm, and a text no NaN
  if (lines.some((line) => /NaN|undefined|Infinity/.test(line))) faults.push(`no number | ${lines.find((line) => /NaN|undefined|Infinity/.test(line))}`); // prettier-ignore

  const [one, two] = [report.baseline, report.other].map(({ summary }) => summary.dump);
  const labels = [one!, two!].map(({ metadata }) => metadata.labels);
  const same = labels[0] !== undefined && labels[1] !== undefined && JSON.stringify(labels[0]) === JSON.stringify(labels[1]); // prettier-ignore
  const said = report.pairing;
  if (/^Rows are compared one by one/.test(said) && !same) faults.push(`pairing | ${said}`);
  if (/labels differ/.test(said) && same) faults.push(`pairing | ${said}`);
  if (/no labels/.test(said) && labels.every((each) => each !== undefined)) faults.push(`pairing | ${said}`);
  if (/there are/.test(said) && (one!.rows === two!.rows || !said.includes(`${one!.rows} and ${two!.rows}`))) faults.push(`pairing | ${said}`); // prettier-ignore
  return faults;
}

describe('what is said of two dumps', () => {
  const found = new Map<string, string>();
  const reasons = new Set<string>();
  let comparisons = 0;
  test.each(Array.from({ length: 12 }, (_, k) => k * 4))('holds for its own numbers: dumps from %d on', { timeout: 300_000 }, (from) => {
    for (let seed = from; seed < from + 4; seed++)
      for (const [a, b] of pairs(seed)) {
        const report = compare(a, b);
        comparisons++;
        for (const { reason } of report.differences) reasons.add(reason);
        for (const fault of faultsOf(report)) found.set(fault.replaceAll(/\d+/g, '#'), `${fault} (${a.name}; ${b.name})`);
      }
    expect([...found.values()].slice(0, 10)).toEqual([]);
  }); // prettier-ignore

  test('every reason is said somewhere, over some 1,700 comparisons of 60 metrics', () => {
    if (comparisons === 0) return;
    expect(comparisons).toBeGreaterThan(1700);
    expect(METRICS.length).toBeGreaterThan(55);
    const rare = ['the same examples, row by row', 'neither has an upper end, so the difference has none'];
    expect(Object.keys(REASONS).filter((reason) => !reasons.has(reason) && !rare.includes(reason))).toEqual([]);
  });
});
