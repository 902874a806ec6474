import { metricsOf } from '../../metrics';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities, Quantity } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { texNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { ReportBlock, Cell, Table, Text } from '../../shared/report';
import { linearScalingLimit, scaledLearningRate, scalingChange } from '../../theory/scaling-rules';
import type { ScalingRule, Span } from '../../theory/scaling-rules';
import { batchTable, squaredNorm } from './batch';
import { temperatureTheory } from '../theory/temperature';
import type { SectionDefinition } from '../definition';
import { math, number, quantity, strong, within } from '../phrases';

export const temperature: SectionDefinition = {
  id: 'temperature',
  short: 'Temperature',
  title: 'Batch size and temperature',
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ metric, quantities }) => ({
      kind: 'formulas',
      formulas: [squaredNorm(quantities), metric('sgd-temperature').terms, metric('linear-scaling-limit').terms],
    }),
    ({ quantities, plots }) => ({
      kind: 'figures',
      stack: true,
      figures: [
        ...plots('batch and rate'),
        ...(quantities.rows > 1 ? [{ kind: 'table', table: batchTable(quantities) } as const] : []),
        {
          kind: 'table',
          table: quantities.settings.optimizer === 'adam' ? adamTable(quantities) : rulesTable(quantities),
        },
      ],
    }),
    () => ({ kind: 'fold', id: 'scaling', title: 'Scaling and its cost', headline: 'linear-scaling-limit' }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['When the batch is scaled by ', math(String.raw`\kappa=${quantities.settings.scaleFactor}`)],
      metrics: metricsOf('scaling'),
    }),
    ({ quantities }) => limitNote(quantities),
    ({ plots }) => ({ kind: 'figures', figures: plots('training cost') }),
    () => ({
      kind: 'cards',
      caption: ['What the noise does over time'],
      metrics: metricsOf('over time'),
    }),
    ({ quantities }) => twoBatchSizesOf(quantities),
    () => temperatureTheory,
  ],
};

function finding(quantities: Quantities): Text {
  const batchSize = ifKnown(() => quantities.batchSize);
  const learningRate = ifKnown(() => quantities.learningRate);
  const factor = ifKnown(() => quantities.scaleFactor);
  if (batchSize === undefined || learningRate === undefined || factor === undefined)
    return [
      strong('The temperature needs a learning rate and a batch size'),
      quantities.settingsProblems.length > 0
        ? ' that can be used with these rows.'
        : '. Set both to see how they may change together.',
    ];
  if (ifKnown(() => quantities.trace.value) === 0)
    return [strong('There is no noise'), ', so batches of any size take the same step and nothing needs to be scaled.'];
  const scaled = factor * batchSize;
  if (scaled < 1)
    return [
      strong(`κB = ${trimmed(scaled)} is less than one example`),
      `, so a batch of ${wholeNumber(batchSize)} cannot be made smaller by κ = ${trimmed(factor)}.`,
    ];
  const keeps =
    quantities.settings.optimizer === 'adam'
      ? ' For Adam the square-root rule is the one to follow.'
      : ' The linear rule keeps the temperature, hence drift and noise per epoch; the square-root rule keeps the noise of one step.';
  if (quantities.settings.replacement === 'without' && scaled > quantities.population)
    return [
      strong(`A batch of κB = ${size(scaled)} is more than the data set`),
      ` (${wholeNumber(quantities.population)}), so it could not be drawn without repeating examples.${keeps}`,
    ];
  const scale = ifKnown(() => quantities.noiseScale);
  if (ifKnown(() => quantities.trace.value) === undefined)
    return [
      strong('These rows do not show how much examples differ'),
      `, so no limit can be put on linear scaling.${keeps}`,
    ];
  if (scale === undefined && !quantities.uncertain)
    return [strong('The mean gradient is 0'), `, so noise is larger than signal at any batch size.${keeps}`];
  if (scale === undefined)
    return [strong('The noise scale is not resolved'), `, so no limit can be put on linear scaling.${keeps}`];
  const passes: Text = [...crossing(batchSize, scaled, endsOf(quantities, scale)), `.${keeps}`];
  if (quantities.settings.optimizer === 'adam') return passes;
  const { population, settings } = quantities;
  const limit = linearScalingLimit(scale.value / batchSize);
  const most = settings.replacement === 'without' ? population / batchSize : Infinity;
  const holds: Text =
    limit >= most
      ? [' The necessary condition below allows linear scaling up to the whole data set.']
      : [
          ' The necessary condition below allows linear scaling up to κ ≈ ',
          number(limit, 2),
          factor > limit ? `; κ = ${trimmed(factor)} is beyond it.` : '.',
        ];
  return [...passes, ...holds];
}

/** A batch need not be whole when it is scaled. */
const size = (batch: number): string => (batch < 100 ? trimmed(batch) : wholeNumber(batch));

interface Ends {
  readonly scale: Quantity;
  readonly lower: number;
  readonly upper: number;
}

/** Between which batch sizes the noise scale lies: anywhere, for a sample too small to have intervals. */
function endsOf({ uncertain }: Quantities, scale: Quantity): Ends {
  const { value, interval } = scale;
  if (interval !== undefined) return { scale, lower: interval.lower, upper: interval.upper ?? Infinity };
  return uncertain ? { scale, lower: 0, upper: Infinity } : { scale, lower: value, upper: value };
}

/** Where a batch is and where it goes, no more certain than the interval of the noise scale. */
function crossing(batchSize: number, scaled: number, { scale, lower, upper }: Ends): Text {
  const at: Text = [' the noise scale of ', quantity(scale), ...within(scale)];
  const below = (batch: number): boolean | undefined => (batch <= lower ? true : batch > upper ? false : undefined);
  const [before, after] = [below(batchSize), below(scaled)];
  const still = scaled === batchSize;
  const way = scaled < batchSize ? 'Going down to' : 'Going to';
  const to = still ? `With κ = 1 the batch of ${wholeNumber(batchSize)}` : `${way} κB = ${size(scaled)}`;
  if (after === undefined) return [strong(`${to} may end on either side of`), ...at];
  if (before === after) return [strong(`${to} stays ${after ? 'below' : 'above'}`), ...at];
  if (before === undefined) return [strong(`${to} ends ${after ? 'below' : 'above'}`), ...at];
  return [strong(`${to} ${after ? 'comes back below' : 'passes'}`), ...at];
}

const SPANS: readonly (readonly [span: Span, name: string])[] = [
  ['step', 'one step'],
  ['time', 'unit time'],
  ['epoch', 'one epoch'],
];

function rulesTable(quantities: Quantities): Table {
  const factor = quantities.scaleFactor;
  const learningRate = ifKnown(() => quantities.learningRate);
  const cell = (change: number): Cell => {
    const kept = Math.abs(change - 1) < 1e-12;
    return { text: [kept ? 'kept' : `× ${trimmed(change)}`], value: change, tone: kept ? 'kept' : 'changed' };
  };
  const head = (rule: ScalingRule, name: string): Text => {
    if (learningRate === undefined) return [name];
    return [`${name}, `, math(`\\eta=${texNumber(scaledLearningRate(rule, learningRate, factor), 2)}`)];
  };
  return {
    id: 'rules',
    caption: [strong(`What scaling by κ = ${trimmed(factor)} keeps`)],
    columns: [
      { head: ['over'], align: 'left' },
      { head: head('linear', 'linear'), align: 'right' },
      { head: head('square-root', 'square root'), align: 'right' },
    ],
    rows: SPANS.flatMap(([span, name]) =>
      (['drift', 'noise'] as const).map((what) => [
        { text: [`${name}: ${what}`] },
        cell(scalingChange('linear', span, factor)[what]),
        cell(scalingChange('square-root', span, factor)[what]),
      ]),
    ),
    note: [
      'Drift is the mean displacement, noise its covariance, for SGD on independent batches.',
      ...finiteNote(quantities),
    ],
  };
}

/** The factor (N − κB)/(N − B) that drawing without replacement adds to every noise of the table. */
function finiteNote(quantities: Quantities): Text {
  const batchSize = ifKnown(() => quantities.batchSize);
  const { population, settings, scaleFactor } = quantities;
  if (batchSize === undefined || settings.replacement === 'with' || population === Infinity) return [];
  const scaled = scaleFactor * batchSize;
  if (scaled > population || batchSize >= population) return [];
  return [
    ' Without replacement every noise is multiplied by a further ',
    math(String.raw`\frac{N-\kappa B}{N-B}=`),
    number((population - scaled) / (population - batchSize)),
    '; over a whole shuffled epoch it cancels.',
  ];
}

function adamTable(quantities: Quantities): Table {
  const factor = quantities.scaleFactor;
  const root = Math.sqrt(factor);
  const learningRate = ifKnown(() => quantities.learningRate);
  const moved = (beta: number): Text => {
    const next = 1 - factor * (1 - beta);
    // beyond κ = 1/(1 − β) there is no such β
    return next > 0 ? [number(next, 4)] : ['none: κ is too large'];
  };
  const now = (text: Text | string): Cell => ({ text: typeof text === 'string' ? [text] : text });
  return {
    id: 'rules',
    caption: [strong(`The square-root rule for Adam at κ = ${trimmed(factor)}`)],
    columns: [
      { head: ['setting'], align: 'left' },
      { head: ['rule'], align: 'left' },
      { head: ['from'], align: 'right' },
      { head: ['to'], align: 'right' },
    ],
    rows: [
      [
        now('learning rate'),
        now([math(String.raw`\sqrt\kappa\,\eta`)]),
        now(learningRate === undefined ? '–' : [number(learningRate)]),
        now(learningRate === undefined ? '–' : [number(root * learningRate)]),
      ],
      [now([math(String.raw`\beta_1`)]), now([math(String.raw`1-\kappa(1-\beta_1)`)]), now('0.9'), now(moved(0.9))],
      [now([math(String.raw`\beta_2`)]), now([math(String.raw`1-\kappa(1-\beta_2)`)]), now('0.999'), now(moved(0.999))],
      [
        now([math(String.raw`\epsilon`)]),
        now([math(String.raw`\epsilon/\sqrt\kappa`)]),
        now([number(1e-8)]),
        now([number(1e-8 / root)]),
      ],
    ],
    note: ['The β and ε in the third column are the usual defaults, not read from the dump.'],
  };
}

function limitNote(quantities: Quantities): ReportBlock | undefined {
  const limit = ifKnown(() => quantities.ofNoiseScale(1 / quantities.batchSize, linearScalingLimit(0)));
  if (limit === undefined) return undefined;
  return {
    kind: 'note',
    text: [
      math(tex.largestFactor),
      ' is necessary, not sufficient, and comes from one dump',
      ...(limit.interval === undefined
        ? []
        : ['; by the interval of ', math(tex.noiseScale), ' it is ', quantity(limit), ...within(limit)]),
      '. It assumes batches that are drawn independently.',
    ],
  };
}

/** Single rows and all of them together are two batch sizes, too: with them the estimates are those of the dump itself. */
function twoBatchSizesOf({ summary, rows: n, meanOf }: Quantities): ReportBlock | undefined {
  const { moments } = summary;
  if (moments === undefined || n < 2) return undefined;
  const rounded = (value: number): number => Number(value.toPrecision(8));
  return {
    kind: 'calculator',
    calculator: 'two-batch-sizes',
    given: {
      smallSize: meanOf,
      smallNorm: rounded(moments.meanSquaredNorm + moments.scatter / n),
      largeSize: meanOf * n,
      largeNorm: rounded(moments.meanSquaredNorm),
    },
  };
}
