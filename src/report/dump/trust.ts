import { duplicateRows } from '../../metrics/row-products';
import type { Quantities } from '../../metrics/quantities';
import { percent, plainNumber, wholeNumber } from '../../shared/numbers';
import type { Table } from '../../shared/report';
import { strong } from '../phrases';
import { independence } from './groups';

type Fact = readonly [fact: string, value: string, meaning: string];

/** What the numbers rest on: facts about the rows that change what they mean. */
export function trust(quantities: Quantities): Table {
  const { rows: n, parameters, meanOf, moments, rowKind } = quantities;
  const elements = n * parameters;
  const { largestShare } = quantities;
  const { zeros } = moments.elementHistogram;
  const facts: Fact[] = [
    [
      'A row is',
      meanOf > 1
        ? `the mean of ${wholeNumber(meanOf)}`
        : rowKind === undefined
          ? 'one example, if nothing else'
          : 'one example',
      meanOf > 1
        ? 'Its covariance counts as that of one example after multiplication with that number.'
        : rowKind === undefined
          ? 'Nothing says so. If rows are means of b examples, noise and noise scale are b times these.'
          : 'So a batch of B has 1/B of their covariance.',
    ],
    ...projectionOf(quantities),
    scaleOf(quantities),
  ];
  if (quantities.uncertain && n > 1) facts.push(independence(quantities));
  if (moments.deadParameters > 0 && !quantities.isProjected)
    facts.push([
      'Dead parameters',
      `${wholeNumber(moments.deadParameters)} of ${wholeNumber(parameters)}`,
      'They never receive a gradient. They stay in the count of parameters and add nothing to the trace.',
    ]);
  const constant = moments.constantParameters - moments.deadParameters;
  if (constant > 0 && n > 1 && !quantities.isProjected)
    facts.push([
      'Constant parameters',
      wholeNumber(constant),
      'Every row has the same gradient there, other than 0: perhaps weight decay, or a value that was written once.',
    ]);
  if (zeros > 0 && !quantities.isProjected)
    facts.push([
      'Exact zeros',
      percent(zeros / elements),
      'Many of them are normal behind a ReLU; in half precision they may be numbers too small to hold.',
    ]);
  if (moments.saturated > 0)
    facts.push([
      'At the largest number',
      wholeNumber(moments.saturated),
      'They overflowed when they were written, so their true size is not known and the trace is too small.',
    ]);
  const pairs = quantities.summary.spectrum === undefined ? undefined : duplicateRows(quantities);
  if (pairs !== undefined && pairs.length > 0)
    facts.push([
      'Equal rows',
      `${wholeNumber(pairs.length)} pair${pairs.length === 1 ? '' : 's'}`,
      quantities.uncertain
        ? 'Repeated examples add no information, so intervals come out too narrow.'
        : 'Repeated examples count as often as they are there.',
    ]);
  if (quantities.uncertain && largestShare !== undefined)
    facts.push([
      quantities.units < n ? 'Largest group' : 'Largest row',
      `${percent(largestShare)} of the noise`,
      quantities.units < n
        ? 'The more one group carries, the more depends on which rare groups are among these, and upper ends of intervals with it.'
        : 'The more one row carries, the more depends on which rare examples are among the rows, and upper ends of intervals with it.',
    ]);
  return {
    id: 'trust',
    caption: [strong('What these numbers rest on')],
    columns: [
      { head: ['fact'], align: 'left' },
      { head: ['here'], align: 'right' },
      { head: ['why it matters'], align: 'left', secondary: true },
    ],
    rows: facts.map((fact) => fact.map((text) => ({ text: [text] }))),
  };
}

/** What the columns are, where they are not parameters. */
function projectionOf({ summary }: Quantities): readonly Fact[] {
  const { projected } = summary.dump.metadata;
  if (projected === undefined) return [];
  return [
    [
      'A column is',
      'a random sum',
      `${wholeNumber(projected.from)} parameters in ${wholeNumber(projected.to)} sums: what is said of many rows holds on average, and nothing can be said of single parameters.`,
    ],
  ];
}

/** Whether the rows hold a factor, which enters every trace as its square. */
function scaleOf({ settings, rows: n, summary }: Quantities): Fact {
  const { gradientScale: scale = 1 } = settings;
  if (scale !== 1) {
    const one = Math.abs(scale * n - 1) < 1e-12;
    return [
      'Rows hold',
      one ? `gradients / ${wholeNumber(n)}` : `gradients × ${plainNumber(scale)}`,
      'Every number here is of the gradients themselves: the rows divided by this factor.',
    ];
  }
  const half = /float16|<f2|>f2/.test(summary.dump.dtype);
  return [
    'Rows hold',
    'gradients as they are',
    half
      ? 'Nothing in the file says otherwise. Training in half precision multiplies the loss by a power of two: if these rows still hold it, state it as gradientScale in the metadata, or under Rows hold.'
      : 'Nothing in the file says otherwise. Gradients of a mean loss are often divided by the number of examples, and mixed precision multiplies by a loss scale: if so, state it as gradientScale in the metadata, or under Rows hold.',
  ];
}
