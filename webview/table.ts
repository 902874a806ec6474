import { percent, wholeNumber } from '../src/shared/numbers';
import type { Cell, Table } from '../src/shared/report';
import { h } from './element';
import type { Description } from './element';
import { menuOf } from './export-menu';
import { latexTable } from './export-text';
import { presentSource } from './source';
import { phrases, spokenText } from './text';
import { post } from './vscode';

export interface Sorting {
  readonly column: number;
  readonly descending: boolean;
}

/** How the reader sorted tables, and which are shown whole. */
interface TableView {
  readonly sorting: ReadonlyMap<string, Sorting>;
  readonly sort: (table: string, sorting: Sorting) => void;
  readonly unfolded: ReadonlyMap<string, boolean>;
  readonly unfold: (id: string, open: boolean) => void;
}

/** Rows of a long table that are shown until the reader asks for all. */
const FIRST_ROWS = 8;
/** A table that is hardly longer is shown whole. */
const FEW_ROWS = 12;

export function tableFigure(table: Table, view: TableView): Description {
  const sorting = view.sorting.get(table.id);
  const sort = (by: Sorting): void => view.sort(table.id, by);
  const { id, caption, columns, rows, ownRow, foot, note, sortedBy } = table;
  const order = sorting ?? sortedBy;
  const indexed = rows.map((cells, index) => ({ cells, current: index === ownRow }));
  if (order !== undefined)
    indexed.sort((a, b) => compare(a.cells[order.column], b.cells[order.column]) * (order.descending ? -1 : 1));
  const whole = `table: ${id}`;
  const all = view.unfolded.get(whole) === true || indexed.length <= FEW_ROWS;
  // bars of a column are comparable: the longest of them takes the room there is
  const longest = columns.map((_, index) => Math.max(0, ...rows.map((cells) => cells[index]?.share ?? 0)));
  const kind = (index: number, cell?: Cell): string =>
    [
      columns[index]?.align === 'left' ? 'left' : '',
      columns[index]?.secondary === true ? 'secondary' : '',
      columns[index]?.minor === true ? 'minor' : '',
      cell?.tone ?? '',
      longest[index] ? 'share' : '',
    ]
      .filter(Boolean)
      .join(' ');
  return h(
    'figure.tabular',
    { key: `table-${id}`, 'data-table': id, 'data-vscode-context': menuOf('table', id) },
    h(
      'figcaption',
      {},
      h('b', {}, ...phrases(caption)),
      h(
        'span.tools',
        {},
        h(
          'button',
          {
            type: 'button',
            'aria-label': `Copy LaTeX of the table ${spokenText(caption)}`,
            on: { click: () => post({ kind: 'copy', text: latexTable(table, presentSource()) }) },
          },
          'Copy LaTeX',
        ),
      ),
    ),
    h(
      'div.scrolling',
      { 'data-region': spokenText(caption) },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            columns.map(({ head }, index) => {
              const sorted = order?.column === index;
              const label = phrases(head);
              return h(
                'th',
                {
                  scope: 'col',
                  class: kind(index) || undefined,
                  'aria-sort': sortedBy && (sorted ? (order.descending ? 'descending' : 'ascending') : 'none'),
                },
                sortedBy === undefined
                  ? label
                  : h(
                      'button',
                      {
                        type: 'button',
                        on: { click: () => sort({ column: index, descending: sorted ? !order.descending : true }) },
                      },
                      label,
                    ),
              );
            }),
          ),
        ),
        h(
          'tbody',
          {},
          (all ? indexed : indexed.slice(0, FIRST_ROWS)).map(({ cells, current }) =>
            h(
              'tr',
              { class: current ? 'here' : undefined, 'aria-current': current ? 'true' : undefined },
              cells.map((cell, index) =>
                h(
                  index === 0 ? 'th' : 'td',
                  { scope: index === 0 ? 'row' : undefined, class: kind(index, cell) || undefined },
                  meter(cell, longest[index] ?? 1),
                  range(cell),
                  phrases(cell.text),
                ),
              ),
            ),
          ),
        ),
        foot &&
          h(
            'tfoot',
            {},
            h(
              'tr',
              {},
              foot.map((cell, index) =>
                h(
                  index === 0 ? 'th' : 'td',
                  { scope: index === 0 ? 'row' : undefined, class: kind(index, cell) || undefined },
                  phrases(cell.text),
                ),
              ),
            ),
          ),
      ),
    ),
    indexed.length > FEW_ROWS &&
      h(
        'div.tools',
        {},
        h(
          'button',
          { type: 'button', 'aria-expanded': String(all), on: { click: () => view.unfold(whole, !all) } },
          all ? `The first ${FIRST_ROWS} rows` : `All ${wholeNumber(indexed.length)} rows`,
        ),
      ),
    note && h('p.fine', {}, phrases(note)),
  );
}

const meter = ({ share }: Cell, longest: number): Description | undefined =>
  share === undefined
    ? undefined
    : h('span.meter', { style: { width: `${((70 * share) / longest).toFixed(1)}%` }, title: percent(share) });

/** A point with its interval; what is beyond the axis ends in an arrow. */
function range({ range: drawn }: Cell): Description | undefined {
  if (drawn === undefined) return undefined;
  const { at, lower, upper, zero, resolved } = drawn;
  const within = (value: number): number => Math.min(1, Math.max(0, value));
  const percents = (value: number): string => `${(100 * value).toFixed(1)}%`;
  const [from, to] = [within(lower ?? at), within(upper ?? at)];
  return h(
    'span.range',
    { class: resolved ? 'range resolved' : 'range', 'aria-hidden': 'true' },
    h('i.zero', { style: { left: percents(zero) } }),
    lower !== undefined && h('i.bar', { style: { left: percents(from), width: percents(to - from) } }),
    (lower ?? at) < 0 && h('i.arrow.before', { key: 'before' }),
    (upper ?? at) > 1 && h('i.arrow.after', { key: 'after' }),
    at >= 0 && at <= 1 && h('i.point', { key: 'point', style: { left: percents(at) } }),
  );
}

function compare(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.value !== undefined && b?.value !== undefined) return a.value - b.value;
  const text = (cell: Cell | undefined): string =>
    cell?.text.filter((phrase) => typeof phrase === 'string').join('') ?? '';
  return text(a).localeCompare(text(b), 'en', { numeric: true });
}
