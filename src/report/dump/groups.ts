import { metricsOf } from '../../metrics';
import { comparedGroups, conflictCosines } from '../../metrics/conflict';
import { groupPart, groupParts } from '../../metrics/group-parts';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { counted, percent, wholeNumber } from '../../shared/numbers';
import type { Cell, ReportBlock, Table, Text } from '../../shared/report';
import type { SectionContext } from '../definition';
import { column, math, prose, quantity, strong, within } from '../phrases';

/** Groups or classes that pull against each other, under another line. */
export const conflictBlocks: readonly ((context: SectionContext) => ReportBlock | undefined)[] = [
  () => ({ kind: 'fold', id: 'conflict', title: 'Conflict between groups' }),
  ({ quantities }) => ({ kind: 'finding', text: conflict(quantities) }),
  ({ plots }) => ({ kind: 'figures', figures: plots('conflict') }),
  () => ({ kind: 'cards', caption: ['Pairs of examples'], metrics: metricsOf('conflict') }),
];

function conflict(quantities: Quantities): Text {
  const compared = ifKnown(() => comparedGroups(quantities));
  if (compared === undefined)
    return [
      strong('Nothing says which rows could be in conflict'),
      '. Labels or groups in the metadata show whether classes or tasks pull against each other.',
    ];
  const count = compared.groups.sizes.length;
  const what = compared.by === 'label' ? 'classes' : 'groups';
  const cosines = ifKnown(() => conflictCosines(quantities, compared));
  if (cosines === undefined) return [`There are ${wholeNumber(count)} ${what}, too many to compare each with each.`];
  let [negative, resolved] = [0, 0];
  for (let p = 0; p < count; p++)
    for (let q = 0; q < p; q++) {
      const cosine = cosines[p * count + q] ?? NaN;
      if (!Number.isNaN(cosine)) resolved++;
      if (cosine < 0) negative++;
    }
  if (resolved === 0) return [strong('No two gradients are resolved'), ` of the ${wholeNumber(count)} ${what}: each is hidden by the noise of its rows.`]; // prettier-ignore
  return [
    strong(`${counted(negative, 'negative cosine')} among ${counted(resolved, 'pair')} of ${what}`),
    quantities.uncertain ? ', by estimates without the noise of single rows; chance moves each of them.' : '.',
  ];
}

type Block = (context: SectionContext) => ReportBlock | undefined;

/** Rows that belong together, folded under one line of the examples. */
export const groupBlocks: readonly Block[] = [
  () => ({ kind: 'fold', id: 'groups', title: 'Rows in groups' }),
  ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
  () => ({ kind: 'cards', caption: ['Within and between groups'], metrics: metricsOf('groups') }),
  ({ quantities }) => {
    const table = named(quantities) ? ifKnown(() => nestedNoise(quantities)) : undefined;
    return table && { kind: 'figures', figures: [{ kind: 'table', table }] };
  },
  () => ({
    kind: 'theory',
    title: 'What groups change',
    paragraphs: [
      prose`Rows of one document, prompt or sequence are alike: a row is its group’s true gradient and what one row adds to it. A batch of $P$ groups with $K$ rows each has the noise`,
      {
        formula: String.raw`\operatorname{tr}\Sigma(\bar g)=\frac{\operatorname{tr}\Sigma_b}{P}+\frac{\operatorname{tr}\Sigma_w}{PK}=\frac{D\operatorname{tr}\Sigma}{PK},\qquad D=1+(K-1)\rho,`,
      },
      prose`in which more rows of the same groups remove the second part only. Taken as independent, $n$ rows in groups seem to say more than they do: the noise left in their mean is $D$ times as large, so that $\lVert\bar g\rVert^2$ exceeds $\lVert G\rVert^2$ by $D\operatorname{tr}\Sigma/n$, and intervals come out too narrow. With groups in the metadata every estimate of a sample takes a group, and not a row, as what was drawn.`,
      prose`Of a data set of $N$ examples, whole groups are taken to be drawn. Groups of one row each are independent rows; of one group alone nothing can be said about others.`,
    ],
  }),
];

const named = ({ summary }: Quantities): boolean => summary.dump.metadata.groups !== undefined;

function finding(quantities: Quantities): Text {
  if (!named(quantities))
    return [
      strong('Every row counts as drawn independently'),
      ', because the metadata name no groups. If some rows are of one document, prompt or sequence, that is not so: name the group of each row in the metadata, as "groups".',
    ];
  const count = quantities.groups.sizes.length;
  if (count === quantities.rows)
    return [strong('Each row is a group of its own'), ', so the rows count as drawn independently.'];
  if (count < 2)
    return [
      strong('All rows are of one group'),
      quantities.uncertain
        ? ', so nothing shows how much groups differ: neither the noise nor the signal of others follows from it.'
        : ', so there is no noise between groups.',
    ];
  if (quantities.rows < 2) return ['One row has no noise.'];
  const parts = groupParts(quantities);
  const trace = quantities.trace.value;
  if (trace === 0) return [strong('All rows are the same'), ', whatever their group.'];
  const effect = groupPart(quantities, ({ designEffect }) => designEffect);
  const share = parts.between / trace;
  const lies: Text =
    share > 0
      ? [strong(`${percent(share)} of the noise lies between the ${wholeNumber(count)} groups`), '. ']
      : [strong(`Nothing of the noise is seen to lie between the ${wholeNumber(count)} groups`), '. '];
  return [...lies, 'The design effect is ', quantity(effect), ...within(effect), '.'];
}

/** Rows of each group to be listed. */
const SIZES = [1, 2, 4, 8, 16, 64];

/** What a batch of whole groups does, by how many rows each of them has. */
function nestedNoise(quantities: Quantities): Table {
  const parts = groupParts(quantities);
  const signal = ifKnown(() => (quantities.noiseScale.value > 0 ? quantities.signal.value : undefined));
  const own = Math.round(quantities.rows / quantities.groups.sizes.length);
  const sizes = [...new Set([...SIZES, own])].sort((a, b) => a - b);
  const noise = sizes.map((size) => parts.between + parts.within / size);
  const balance = noise.map((value) => (signal === undefined ? undefined : value / signal));
  const known = balance.filter((value) => value !== undefined);
  const [writeNoise, writeGroups] = [column(noise), column(known)];
  const writeRows = column(known.map((value, k) => value * (sizes[k] ?? 1)));
  const cell = (value: number | undefined, write: ReturnType<typeof column>): Cell =>
    value === undefined ? { text: ['–'] } : { text: [write(value)], value };
  return {
    id: 'nested-noise',
    caption: [strong('Batches of whole groups')],
    columns: [
      { head: ['rows of each'], align: 'right' },
      {
        head: ['noise of one group, ', math(String.raw`\operatorname{tr}\Sigma_b+\operatorname{tr}\Sigma_w/K`)],
        align: 'right',
      },
      { head: ['groups at balance'], align: 'right' },
      { head: ['rows at balance'], align: 'right' },
    ],
    rows: sizes.map((size, k) => {
      const groups = balance[k];
      return [
        { text: [wholeNumber(size)], value: size },
        cell(noise[k], writeNoise),
        cell(groups, writeGroups),
        cell(groups === undefined ? undefined : groups * size, writeRows),
      ];
    }),
    ownRow: sizes.indexOf(own),
    note: [
      signal === undefined
        ? 'How many groups balance noise and signal is not known, because the mean gradient is not distinguishable from 0.'
        : 'At balance a batch has as much noise as signal. The row of this dump is marked.',
    ],
  };
}

/** For the facts that the numbers rest on. */
export function independence(quantities: Quantities): readonly [fact: string, value: string, meaning: string] {
  const { units, rows: n } = quantities;
  if (units < n)
    return [
      'Rows are',
      `in ${wholeNumber(units)} groups`,
      'Rows of one group are not independent, so estimates and intervals take groups as what was drawn.',
    ];
  return [
    'Rows are',
    'taken as independent',
    'Rows of one document, prompt or sequence are not: then the signal comes out too large and intervals too narrow. The metadata can name the group of each row.',
  ];
}
