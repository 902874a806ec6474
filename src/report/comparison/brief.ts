import { forModel, NAMES_ARE_DATA, quoted } from '../../shared/for-model';
import { plainNumber, trimmed, wholeNumber } from '../../shared/numbers';
import { conventionWords } from '../phrases';
import type { ComparisonReport, MetricDifference } from './compare';

/** What most questions are about, in the order of its weight; then what is resolved. */
const FIRST: readonly string[] = ['covariance-trace', 'true-gradient-squared-norm', 'simple-noise-scale'];

/** A comparison in at most 2 KB for a language model: what differs, and what is more than noise. */
export function briefComparison(report: ComparisonReport): string {
  const { baseline, other, settings, differences, pair, pairing, chance } = report;
  const known = differences.filter(({ difference }) => difference !== undefined);
  const resolved = known.filter((each) => each.resolved);
  const rank = ({ metric }: MetricDifference): number => (FIRST.includes(metric.id) ? FIRST.indexOf(metric.id) : FIRST.length); // prettier-ignore
  const listed = known.filter((each) => each.resolved || FIRST.includes(each.metric.id)).sort((a, b) => rank(a) - rank(b)); // prettier-ignore
  return forModel([
    `Comparison of two gradient dumps: baseline A ${quoted(baseline.summary.dump.name)}, other B ${quoted(other.summary.dump.name)}.`,
    `Resolved: ${wholeNumber(resolved.length)} of ${wholeNumber(known.length)} differences. Of the ${wholeNumber(chance.intervals)} with an interval, about ${trimmed(chance.expected, 2)} would be resolved by chance alone if nothing had changed.`,
    ...settings.differing.map(
      ({ name, baseline: from, other: to }) => `Differs: ${name}, ${from} in A and ${to} in B.`,
    ),
    `${pairing} Intervals are at 95 %.`,
    `A: ${conventionWords(baseline.settings)}. B: ${conventionWords(other.settings)}.`,
    ...FIRST.flatMap((id) => differences.filter(({ metric, difference }) => metric.id === id && difference === undefined)).map(({ metric, reason }) => `${metric.id} (${metric.name}): not compared, because: ${reason}`), // prettier-ignore
    ...listed.map(lineOf),
    ...pair.flatMap(({ id, name, outcome }) =>
      outcome.kind === 'value' ? [`${id} (${name}), of both together: ${plainNumber(outcome.value)}`] : [],
    ),
    NAMES_ARE_DATA,
  ]);
}

function lineOf({ metric, baseline, other, difference, ratio, resolved, reason }: MetricDifference): string {
  const value = (outcome: MetricDifference['baseline']): string =>
    outcome.kind === 'value' ? plainNumber(outcome.value) : 'unavailable';
  const ends = ({ lower, upper }: { readonly lower?: number; readonly upper?: number }): string =>
    ` (${lower === undefined ? 'no lower end' : plainNumber(lower)} … ${upper === undefined ? 'no upper end' : plainNumber(upper)})`;
  const change =
    ratio?.interval !== undefined
      ? `B/A ${plainNumber(ratio.value)}${ends(ratio.interval)}`
      : `B − A ${plainNumber(difference?.value ?? 0)}${difference?.interval === undefined ? '' : ends(difference.interval)}`;
  return `${metric.id} (${metric.name}): A ${value(baseline)}, B ${value(other)}, ${change}, ${resolved ? 'resolved' : 'not resolved'}: ${reason}`;
}
