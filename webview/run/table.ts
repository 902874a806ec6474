import type { RunReport } from '../../src/report/evaluate-run';
import { inWords } from '../../src/report/run/in-words';
import { plainNumber, trimmed, wholeNumber } from '../../src/shared/numbers';
import type { RunPoint, StepValue } from '../../src/shared/training-run';
import { h } from '../element';
import type { Description } from '../element';
import { math } from '../formula';
import type { Sorting } from '../table';

interface Column {
  readonly name: string;
  /** TeX, where the head is a symbol. */
  readonly symbol?: string;
  readonly secondary?: boolean;
  /** What is sorted by. */
  readonly number: (point: RunPoint) => number | undefined;
  readonly text: (point: RunPoint) => string;
}

const value = (id: string, name: string, symbol?: string, secondary = false): Column => ({
  name,
  secondary,
  ...(symbol !== undefined && { symbol }),
  number: ({ summary }) => summary?.metrics[id]?.[0] ?? summary?.metrics[id]?.[1],
  text: ({ summary }) => short(summary?.metrics[id]),
});

/** Without its interval, which has a column of its own where it matters. */
function short(found: StepValue | undefined): string {
  if (found === undefined) return '–';
  const [number, lower] = found;
  return number === null ? `≥ ${plainNumber(lower ?? 0)}` : plainNumber(number);
}

const plain = (
  name: string,
  number: Column['number'],
  write: (value: number) => string,
  secondary = false,
): Column => ({
  name,
  secondary,
  number,
  text: (point) => {
    const found = number(point);
    return found === undefined ? '–' : write(found);
  },
});

const COLUMNS: readonly Column[] = [
  plain('loss', ({ summary }) => summary?.loss, plainNumber),
  plain('η', ({ summary }) => summary?.training.learningRate, trimmed, true),
  plain('B', ({ summary }) => summary?.training.batchSize, wholeNumber, true),
  value('covariance-trace', 'covariance trace', String.raw`\operatorname{tr}\Sigma`),
  value('true-gradient-squared-norm', 'squared norm of the gradient', String.raw`\lVert G\rVert^2`),
  value('simple-noise-scale', 'noise scale'),
  {
    name: '95 %',
    secondary: true,
    number: ({ summary }) => summary?.metrics['simple-noise-scale']?.[1],
    text: ({ summary }) => {
      const scale = summary?.metrics['simple-noise-scale'];
      return typeof scale?.[0] === 'number' && scale[1] !== undefined ? (/\((.*)\)/.exec(inWords(scale))?.[1] ?? '') : ''; // prettier-ignore
    },
  },
  value('spectral-norm', 'largest eigenvalue', String.raw`\lambda_1`, true),
];

export interface RunTableView {
  readonly sorting: Sorting | undefined;
  readonly sort: (sorting: Sorting) => void;
  readonly all: boolean;
  readonly showAll: (all: boolean) => void;
  /** The reader points at a step, or leaves it. */
  readonly point: (step: number | undefined) => void;
  readonly open: ((point: RunPoint) => void) | undefined;
}

/** Rows that are shown at first, the newest ones. */
const FIRST = 200;

/** All steps of a run: what the plots show, for everybody. A row leads to the report of its dump. */
export function runTable({ name, points }: RunReport, id: string, view: RunTableView): Description {
  const { sorting, sort, all, showAll, point, open } = view;
  const shown = all ? points : points.slice(-FIRST);
  const column = sorting === undefined || sorting.column === 0 ? undefined : COLUMNS[sorting.column - 1];
  const by = (each: RunPoint): number => (column === undefined ? each.step : (column.number(each) ?? -Infinity));
  const rows = [...shown].sort((a, b) => (by(a) - by(b)) * ((sorting?.descending ?? false) ? -1 : 1));
  const head = (label: Description | string, index: number, secondary = false): Description => {
    const sorted = index === (sorting?.column ?? 0);
    const descending = sorting?.descending ?? false;
    return h(
      'th',
      { scope: 'col', class: secondary ? 'secondary' : undefined, 'aria-sort': sorted ? (descending ? 'descending' : 'ascending') : 'none' }, // prettier-ignore
      h('button', { type: 'button', on: { click: () => sort({ column: index, descending: sorted && !descending }) } }, label), // prettier-ignore
    );
  };
  return h(
    'figure.tabular.steps',
    { key: `table-${id}`, 'data-table': `steps-${id}` },
    h('figcaption', {}, h('b', {}, `All steps of ${name}`), open && ' A step opens its report beside'),
    h(
      'div.scrolling',
      { 'data-region': `All steps of ${name}`, on: { pointerleave: () => point(undefined) } },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            head('step', 0),
            COLUMNS.map((each, index) => head(each.symbol === undefined ? each.name : math(each.symbol), index + 1, each.secondary)), // prettier-ignore
          ),
        ),
        h(
          'tbody',
          {},
          rows.map((each) => row(each, point, open)),
        ),
      ),
    ),
    points.length > FIRST &&
      h(
        'div.tools',
        {},
        h(
          'span',
          {},
          `Showing ${all ? 'all' : `the last ${wholeNumber(FIRST)} of`} ${wholeNumber(points.length)} steps`,
        ),
        h('button', { type: 'button', on: { click: () => showAll(!all) } }, all ? `The last ${wholeNumber(FIRST)}` : 'Show all'), // prettier-ignore
      ),
  );
}

function row(each: RunPoint, point: RunTableView['point'], open: RunTableView['open']): Description {
  const { step, file, summary, problem } = each;
  const label = wholeNumber(step);
  const cells =
    problem === undefined
      ? COLUMNS.map((column) =>
          h(
            'td',
            { class: column.secondary === true ? 'secondary' : undefined },
            summary === undefined ? '' : column.text(each),
          ),
        )
      : [h('td.left', { colspan: COLUMNS.length }, problem.found)];
  return h(
    'tr',
    { key: `${step} ${file}`, 'data-step': step, on: { pointerenter: () => point(step), click: () => open?.(each) } },
    h(
      'th',
      { scope: 'row' },
      open === undefined
        ? label
        : h('button', { type: 'button', title: file, on: { focus: () => point(step), click: (event) => { event.stopPropagation(); open(each); } } }, label), // prettier-ignore
    ),
    cells,
  );
}
