import type { PlotSpec } from '../../shared/plot';
import type { Cell, ReportBlock, Section, Table } from '../../shared/report';
import { wholeNumber } from '../../shared/numbers';
import { htmlFile, sectionHtml } from '../html-report';
import { number, prose, strong } from '../phrases';
import type { RunReport } from '../evaluate-run';
import { STEP_COLUMNS } from './columns';
import { runPlots } from './plots';

/** A run as one file of HTML without scripts: the verdict, the curves and all steps of the page. */
export function htmlRun(report: RunReport): string {
  const { name, points, convention, notes } = report;
  const [first, last] = [points[0], points.at(-1)];
  const steps = first === undefined || last === undefined ? 'no steps' : `${wholeNumber(points.length)} steps, ${wholeNumber(first.step)} … ${wholeNumber(last.step)}`; // prettier-ignore
  return htmlFile({
    title: name,
    facts: [`${steps} · ${convention}`, 'Bands: 95 %. Open arrow: only a lower bound is known. Nothing is smoothed.'],
    notes,
    body: runSections(report).map((section) => sectionHtml(section, [])),
  });
}

function runSections(report: RunReport): readonly Section[] {
  const { verdict, observations } = report;
  const { leading, multiples, more, constant } = runPlots([report], { unit: 'step', scale: 'linear' });
  const section = (id: string, title: string, blocks: readonly ReportBlock[]): Section => ({ id, short: title, title, blocks }); // prettier-ignore
  const plots = (drawn: readonly PlotSpec[]): ReportBlock => ({ kind: 'figures', figures: drawn.map((plot) => ({ kind: 'plot', plot })) }); // prettier-ignore
  return [
    section('glance', 'The run at a glance', [
      { kind: 'verdict', text: [verdict] },
      plots([leading, ...multiples]),
      ...constant.map(({ title, value }): ReportBlock => ({ kind: 'note', text: prose`${title}: ${number(value)} at every step, so there is no plot.` })), // prettier-ignore
    ]),
    section('steps', 'All steps', [{ kind: 'figures', figures: [{ kind: 'table', table: tableOf(report) }] }]),
    section(
      'observations',
      'Empirical observations',
      observations.map(({ saw, citation, here }): ReportBlock => ({ kind: 'note', text: [strong(`${citation.authors} (${citation.year}): `), saw, ' ', here] })), // prettier-ignore
    ),
    ...(more.length === 0 ? [] : [section('more-quantities', 'More quantities', [plots(more)])]),
  ];
}

/** The newest steps first, because a file of HTML has a limited number of rows. */
function tableOf({ name, points }: RunReport): Table {
  const rows = [...points].reverse().map((point): readonly Cell[] => {
    const { step, summary, problem } = point;
    const failed = (k: number): string => (k === 0 ? (problem?.found ?? '') : '');
    return [
      { text: [wholeNumber(step)] },
      ...STEP_COLUMNS.map((column, k) => ({ text: [summary === undefined ? failed(k) : column.text(point)] })),
    ];
  });
  return {
    id: 'steps',
    caption: [strong(`All steps of ${name}`)],
    columns: [
      { head: ['step'], align: 'left' },
      ...STEP_COLUMNS.map(({ name: head, symbol }) => ({ head: [symbol === undefined ? head : { math: symbol }], align: 'right' as const })), // prettier-ignore
    ],
    rows,
  };
}
