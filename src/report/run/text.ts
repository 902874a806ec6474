import { csvCell, visible } from '../../shared/foreign-text';
import { plainNumber, wholeNumber } from '../../shared/numbers';
import type { RunReport } from '../evaluate-run';
import type { RunPoint, StepValue } from '../../shared/training-run';

/** Metrics of the short table; the others are in the report as JSON and CSV. */
const SHOWN = [
  ['covariance-trace', 'tr Σ'],
  ['true-gradient-squared-norm', '‖G‖²'],
  ['simple-noise-scale', 'B_simple'],
  ['spectral-norm', 'λ₁'],
] as const;

/** Rows of the table that are printed in a terminal: the newest, which people wait for. */
const MOST_ROWS = 24;

/** A run for a terminal, or as a table, which the page copies and saves, too. */
export function runLines(report: RunReport, table?: 'markdown' | 'csv'): string[] {
  if (table === 'csv') return csvLines(report);
  const { name, points, convention, verdict, observations, notes } = report;
  const head = ['step', 'loss', 'η', 'B', ...SHOWN.map(([, symbol]) => symbol)];
  const rows = points.map((point) => rowOf(point));
  if (table === 'markdown')
    return [
      `## ${markdown(name)}`,
      '',
      markdown(convention),
      '',
      markdown(verdict),
      '',
      ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(markdown).join(' | ')} |`),
      ...notes.map((note) => `\n> ${markdown(note)}`),
    ].flatMap((line) => line.split('\n'));
  const newest = rows.slice(-MOST_ROWS);
  const widths = head.map((cell, k) => Math.max(cell.length, ...newest.map((row) => row[k]?.length ?? 0)));
  const [first, last] = [points[0], points.at(-1)];
  return [
    `${name}: ${wholeNumber(points.length)} steps, ${wholeNumber(first?.step ?? 0)} … ${wholeNumber(last?.step ?? 0)}`,
    convention,
    ...notes.map((note) => `note: ${note}`),
    '',
    verdict,
    '',
    ...(rows.length > newest.length ? [`showing the last ${newest.length} of ${wholeNumber(rows.length)} steps: --csv`] : []), // prettier-ignore
    ...[head, ...newest].map((row) => `  ${row.map((cell, k) => cell.padStart(widths[k] ?? 0)).join('  ')}`.trimEnd()),
    '',
    'Empirical observations',
    ...observations.map(
      ({ saw, citation, here }) => `  ${shortAuthors(citation.authors)} ${citation.year}: ${saw} ${here}`,
    ),
    '',
    'All other numbers: --json or --csv',
  ];
}

/** As text cites them: all of two, or the first of more. */
function shortAuthors(authors: string): string {
  const [first = '', ...others] = authors.split(/, | and /);
  return others.length < 2 ? authors : `${first} et al.`;
}

function rowOf({ step, summary }: RunPoint): string[] {
  if (summary === undefined) return [wholeNumber(step), 'failed', '', '', ...SHOWN.map(() => '')];
  const { training, loss, metrics } = summary;
  const optional = (value: number | undefined): string => (value === undefined ? '–' : plainNumber(value));
  return [wholeNumber(step), optional(loss), optional(training.learningRate), optional(training.batchSize), ...SHOWN.map(([id]) => cell(metrics[id]))]; // prettier-ignore
}

function cell(value: StepValue | undefined): string {
  const [number, lower, upper] = value ?? [];
  if (typeof number !== 'number') return lower === undefined ? '–' : `≥ ${plainNumber(lower)}`;
  if (lower === undefined) return plainNumber(number);
  return `${plainNumber(number)} [${plainNumber(lower)}, ${typeof upper === 'number' ? plainNumber(upper) : '∞'}]`;
}

/** Every metric at every step, in full precision: value, lower and upper end. */
function csvLines({ points, series }: RunReport): string[] {
  const number = (value: number | null | undefined): string => (value === undefined || value === null ? '' : String(value)); // prettier-ignore
  const head = ['step', 'file', 'loss', 'learning-rate', 'batch-size', ...series.flatMap(({ metric: { id } }) => [id, `${id}.lower`, `${id}.upper`]), 'problem']; // prettier-ignore
  const rows = points.map(({ step, file, summary, problem }, t) => [
    String(step),
    csvCell(file),
    number(summary?.loss),
    number(summary?.training.learningRate),
    number(summary?.training.batchSize),
    ...series.flatMap(({ values }) => [0, 1, 2].map((k) => number(values[t]?.[k]))),
    problem === undefined ? '' : csvCell(problem.found),
  ]);
  return [head, ...rows].map((row) => row.join(','));
}

export const markdown = (text: string): string => visible(text).replaceAll(/[\\|`*_<>[\]#]/g, '\\$&');
