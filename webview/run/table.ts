import type { RunReport } from '../../src/report/evaluate-run';
import { STEP_COLUMNS } from '../../src/report/run/columns';
import { wholeNumber } from '../../src/shared/numbers';
import type { RunPoint } from '../../src/shared/training-run';
import { h } from '../element';
import type { Description } from '../element';
import { math } from '../formula';
import type { Sorting } from '../table';

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
  const column = sorting === undefined || sorting.column === 0 ? undefined : STEP_COLUMNS[sorting.column - 1];
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
            STEP_COLUMNS.map((each, index) => head(each.symbol === undefined ? each.name : math(each.symbol), index + 1, each.secondary)), // prettier-ignore
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
      ? STEP_COLUMNS.map((column) =>
          h(
            'td',
            { class: column.secondary === true ? 'secondary' : undefined },
            summary === undefined ? '' : column.text(each),
          ),
        )
      : [h('td.left', { colspan: STEP_COLUMNS.length }, problem.found)];
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
