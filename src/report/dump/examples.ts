import { influences } from '../../metrics/influence';
import type { ExampleInfluence } from '../../metrics/influence';
import { duplicateRows } from '../../metrics/row-products';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { percent, wholeNumber } from '../../shared/numbers';
import type { ReportBlock, Cell, Column, Figure, Phrase, Table, Text } from '../../shared/report';
import type { SectionDefinition } from '../definition';
import { column, math, number, strong } from '../phrases';
import { conflictBlocks, groupBlocks } from './groups';
import { layersAreUneven } from './layers';

/** Rows of the table: the most influential ones. */
const MOST_ROWS = 200;
/** Pairs of equal rows that are named. */
const NAMED_PAIRS = 5;

export const examples: SectionDefinition = {
  id: 'examples',
  short: 'Examples',
  title: 'Examples',
  folded: ({ quantities }) => layersAreUneven(quantities),
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ quantities, plots }) => {
      const table = ifKnown(() => influenceTable(quantities));
      const figures: readonly Figure[] = plots('examples');
      return { kind: 'figures', figures: table === undefined ? figures : [...figures, { kind: 'table', table }] };
    },
    ({ quantities, plots }) => ({
      kind: 'figures',
      figures: [
        ...(quantities.summary.spectrum?.gram === undefined ? [] : plots('pairs of examples')),
        ...plots('example shares'),
      ],
    }),
    ({ quantities }) => {
      const { spectrum } = quantities.summary;
      if (spectrum === undefined || spectrum.gram !== undefined) return undefined;
      const text = `The cosines between all pairs are drawn for up to 512 rows; this dump has ${wholeNumber(quantities.rows)}.`;
      return { kind: 'note', text: [text] };
    },
    ({ quantities }) => equalRows(quantities),
    () => ({
      kind: 'theory',
      title: 'What one example changes',
      paragraphs: [
        [
          'Without row ',
          math('i'),
          ' the mean moves by ',
          math(String.raw`x_i/(n-1)`),
          ' and the scatter loses a little more than the squared length of that row:',
        ],
        {
          formula: String.raw`\bar g_{-i}=\bar g-\frac{x_i}{n-1},\qquad\sum_{j\ne i}\lVert g_j-\bar g_{-i}\rVert^2=\sum_j\lVert x_j\rVert^2-\frac n{n-1}\lVert x_i\rVert^2,\qquad x_i=g_i-\bar g.`,
        },
        [
          'So the influence of every row on ',
          math(tex.trace),
          ' and ',
          math(tex.noiseScale),
          ' is exact and needs no second pass. It adds up to nothing in particular: two rows may hide each other’s influence. The intervals of this page are made from the same two numbers of each row, its squared length and its product with the mean.',
        ],
        [
          'A row with a large part of the noise may be a wrong label, a rare class, or an example the model has not learned; the covariance cannot tell which. A row that points against the mean is not wrong: near a minimum half of them do.',
        ],
      ],
    }),
    ...groupBlocks,
    ...conflictBlocks,
  ],
};

function finding(quantities: Quantities): Text {
  if (quantities.moments.scatter === 0)
    return [strong('All examples have the same gradient'), ': leaving one out changes nothing.'];
  const all = influences(quantities);
  const sorted = all.toSorted((a, b) => b.share - a.share);
  const tenth = Math.max(1, Math.round(all.length / 10));
  const part = sorted.slice(0, tenth).reduce((sum, { share }) => sum + share, 0);
  const [first] = sorted;
  const against = all.filter(({ cosine }) => cosine !== undefined && cosine < 0).length;
  const begin: Text = [
    strong(
      tenth === 1
        ? `One row carries ${percent(Math.min(1, part))} of the noise`
        : `The noisiest ${wholeNumber(tenth)} of ${wholeNumber(all.length)} rows carry ${percent(Math.min(1, part))} of the noise`,
    ),
    tenth > 1 && first !== undefined ? `; row ${first.row} alone has ${percent(first.share)}.` : '.',
  ];
  if (quantities.moments.meanSquaredNorm === 0) return begin;
  return [...begin, ` ${wholeNumber(against)} of ${wholeNumber(all.length)} point against the mean gradient.`];
}

interface Field {
  readonly column: Column;
  readonly cell: (entry: ExampleInfluence) => Cell;
}

function influenceTable(quantities: Quantities): Table {
  const all = influences(quantities);
  const shown = all.toSorted((a, b) => Math.abs(b.traceChange) - Math.abs(a.traceChange)).slice(0, MOST_ROWS);
  const fields = [...measures(shown), ...metadataFields(quantities)];
  return {
    id: 'examples',
    caption: [strong('What changes without an example'), ', the most influential first'],
    columns: fields.map(({ column: head }) => head),
    rows: shown.map((entry) => fields.map(({ cell }) => cell(entry))),
    sortedBy: { column: 3, descending: false },
    note: [
      shown.length < all.length
        ? `The ${MOST_ROWS} most influential of ${wholeNumber(all.length)} rows, counted from 0.`
        : `All ${wholeNumber(all.length)} rows, counted from 0.`,
    ],
  };
}

function measures(shown: readonly ExampleInfluence[]): readonly Field[] {
  const norm = column(shown.map((entry) => entry.norm));
  const numeric = (
    head: Text,
    pick: (entry: ExampleInfluence) => number | undefined,
    write: (value: number) => Phrase,
    secondary = false,
  ): Field => ({
    column: { head, align: 'right', ...(secondary && { secondary }) },
    cell: (entry) => {
      const value = pick(entry);
      return value === undefined ? { text: ['–'] } : { text: [write(value)], value };
    },
  });
  return [
    numeric(
      ['row'],
      ({ row }) => row,
      (row) => wholeNumber(row),
    ),
    numeric(['length'], (entry) => entry.norm, norm),
    numeric(
      ['cosine to mean'],
      ({ cosine }) => cosine,
      (cosine) => cosine.toFixed(2).replace('-', '−'),
    ),
    numeric([math(tex.trace)], ({ traceChange }) => traceChange, signedPercent),
    numeric([math(tex.noiseScale)], ({ noiseScaleChange }) => noiseScaleChange, signedPercent, true),
  ];
}

/** Label and loss, when the metadata tells them. */
function metadataFields({ summary }: Quantities): readonly Field[] {
  const { labels, losses } = summary.dump.metadata;
  return [
    ...(labels === undefined
      ? []
      : [
          {
            column: { head: ['label'], align: 'left' },
            cell: ({ row }) => {
              const label = labels[row];
              if (typeof label === 'number') return { text: [String(label)], value: label };
              return { text: [label ?? '–'] };
            },
          } satisfies Field,
        ]),
    ...(losses === undefined
      ? []
      : [
          {
            column: { head: ['loss'], align: 'right' },
            cell: ({ row }) => {
              const loss = losses[row];
              return loss === undefined ? { text: ['–'] } : { text: [number(loss)], value: loss };
            },
          } satisfies Field,
        ]),
  ];
}

/** −3.2 %; the sign of an exact 0 is none. */
function signedPercent(change: number): string {
  const value = 100 * change;
  const digits = Math.abs(value) < 10 ? 1 : 0;
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? '' : value < 0 ? '−' : '+';
  return `${sign}${text} %`;
}

function equalRows(quantities: Quantities): ReportBlock | undefined {
  const pairs = duplicateRows(quantities);
  if (pairs === undefined || pairs.length === 0) return undefined;
  const named = pairs.slice(0, NAMED_PAIRS).map(([a, b]) => `${a} and ${b}`);
  const more = pairs.length > NAMED_PAIRS ? `, and ${wholeNumber(pairs.length - NAMED_PAIRS)} more pairs` : '';
  return {
    kind: 'note',
    text: [
      `Equal rows: ${named.join('; ')}${more}. Repeated examples add no information${quantities.uncertain ? ', so intervals come out too narrow' : ''}.`,
    ],
  };
}
