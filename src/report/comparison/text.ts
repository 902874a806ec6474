import { plainNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { ComparisonReport, MetricDifference } from './compare';
import { conventionWords } from '../phrases';
import type { MetricResult } from '../../shared/report';
import { markdown } from '../run/text';

/** A comparison for a terminal, or as a table; what is resolved comes first. */
export function comparisonLines(report: ComparisonReport, table?: 'markdown' | 'csv'): string[] {
  const { baseline, other, settings, differences, pair, pairing, chance } = report;
  const known = differences.filter(({ difference }) => difference !== undefined);
  if (table === 'csv')
    return [
      'metric,baseline,other,difference,lower,upper,resolved,reason',
      ...known.map(
        ({ metric, baseline: from, other: to, difference, resolved, reason }) =>
        [metric.id, full(from), full(to), difference?.value ?? '', difference?.interval?.lower ?? '', difference?.interval?.upper ?? '', resolved, `"${reason}"`].join(), // prettier-ignore
      ),
    ];
  const resolved = known.filter((each) => each.resolved);
  const verdict = `${wholeNumber(resolved.length)} of ${wholeNumber(known.length)} differences are resolved; of the ${wholeNumber(chance.intervals)} with an interval, about ${trimmed(chance.expected, 2)} would be by chance alone.`; // prettier-ignore
  const head = ['', 'baseline', 'other', 'difference', ''];
  const rows = known.map((each) => [each.metric.name, shown(each.baseline), shown(each.other), change(each), each.resolved ? 'resolved' : 'not resolved']); // prettier-ignore
  const differing = settings.differing.map(({ name, baseline: from, other: to }) => `${name}: ${from} → ${to}`);
  const about = [...differing, `${wholeNumber(settings.agreeing)} settings agree`].join(' · ');
  if (table === 'markdown')
    return [
      `## ${markdown(baseline.summary.dump.name)} → ${markdown(other.summary.dump.name)}`,
      '',
      markdown(verdict),
      '',
      ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(markdown).join(' | ')} |`),
    ];
  const widths = head.map((_, k) => Math.max(...[head, ...rows].map((row) => row[k]?.length ?? 0)));
  return [
    `${baseline.summary.dump.name} → ${other.summary.dump.name}`,
    about,
    `baseline: ${conventionWords(baseline.settings)}`,
    `other: ${conventionWords(other.settings)}`,
    pairing,
    '',
    verdict,
    '',
    ...[head, ...rows].map((row) => `  ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0))).join('  ')}`.trimEnd()), // prettier-ignore
    '',
    ...pair.flatMap(({ name, outcome }) =>
      outcome.kind === 'value' ? [`  ${name}: ${plainNumber(outcome.value)}`] : [],
    ),
  ];
}

const full = (outcome: MetricResult['outcome']): number | '' => (outcome.kind === 'value' ? outcome.value : '');
const shown = (outcome: MetricResult['outcome']): string =>
  outcome.kind === 'value' ? plainNumber(outcome.value) : '–';

function change({ difference, ratio }: MetricDifference): string {
  if (ratio?.interval !== undefined) return `× ${plainNumber(ratio.value)} ${ends(ratio.interval)}`;
  if (difference === undefined) return '–';
  return `${plainNumber(difference.value)}${difference.interval === undefined ? '' : ` ${ends(difference.interval)}`}`;
}

const ends = ({ lower, upper }: { readonly lower?: number; readonly upper?: number }): string =>
  `[${lower === undefined ? '−∞' : plainNumber(lower)}, ${upper === undefined ? '∞' : plainNumber(upper)}]`;
