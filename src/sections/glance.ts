import { ifKnown, LowerBound } from '../metrics/quantities';
import type { Quantities, Quantity } from '../metrics/quantities';
import { tex } from '../shared/notation';
import { percent, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { rowsNeeded } from '../theory/rows-needed';
import type { Interval, Text } from '../shared/report';
import { glanceTheory } from './glance-theory';
import type { SectionDefinition } from './definition';
import { batchUnknown, emphasized, math, number, quantity, strong, within } from './phrases';
import { trust } from './trust';

export const glance: SectionDefinition = {
  id: 'glance',
  short: 'At a glance',
  title: 'Gradient noise at a glance',
  blocks: [
    ({ given }) => ({ kind: 'verdict', text: verdict(given) }),
    ({ given }) => balance(given),
    ({ given }) => ({
      kind: 'cards',
      caption: ['Measured from the dump'],
      ...(given.uncertain && { aside: ['95 % intervals: jackknife, Fieller'] }),
      metrics: [
        'mean-gradient-norm',
        'true-gradient-squared-norm',
        'covariance-trace',
        'simple-noise-scale',
        'spectral-norm',
        'noise-floor',
        'participation-ratio',
        'stable-rank',
      ],
    }),
    ({ given }) => ({
      kind: 'cards',
      caption: settingsCaption(given),
      metrics: ['sgd-temperature', 'finite-population-correction', 'batch-covariance-trace', 'step-covariance-trace'],
    }),
    // for a single row it makes no difference
    ({ given }) =>
      given.samples > 1 ? { kind: 'fine', text: [...conventionNote(given), ...rowsNote(given)] } : undefined,
    ({ given }) => ({ kind: 'figures', figures: [{ kind: 'table', table: trust(given) }] }),
    () => ({ kind: 'four-gradients' }),
    () => glanceTheory,
  ],
};

function verdict(given: Quantities): Text {
  const batchSize = ifKnown(() => given.batchSize);
  const { samples } = given;
  try {
    const trace = given.trace.value;
    if (trace === 0)
      return [strong('All rows are the same'), ': there is no noise, and a batch of one is as good as any other.'];
    const scale = given.noiseScale;
    if (batchSize === undefined)
      return [
        ...equalAt(given, scale, 'makes the noise of a batch as large as its signal.'),
        ' ',
        batchUnknown(given, 'where a batch stands'),
        ...guess(given),
      ];
    const ratio = given.noiseToSignal(batchSize);
    if (ratio.value === 0)
      return [strong(`A batch of ${wholeNumber(batchSize)} is the whole data set`), ': it has no noise.'];
    const already = scale.value <= batchSize ? 'already makes the two equal.' : 'would make the two equal.';
    return [...standing(ratio, batchSize), ' ', ...equalAt(given, scale, already), ...guess(given)];
  } catch (error) {
    if (error instanceof LowerBound) return unresolved(given, error.interval, batchSize);
    if (!(error instanceof AnalysisError)) throw error;
    if (samples < 2)
      return [
        strong('One row has a length, but no covariance.'),
        ' Noise is what differs between examples: dump the gradients of at least two.',
      ];
    if (given.signal.value === 0)
      return [
        strong('The mean gradient is exactly 0'),
        ': whatever a batch shows is noise, and no batch size changes that.',
      ];
    return [
      strong('These rows do not tell a direction'),
      `: with ${samples} of them, the noise left in their mean is as large as the mean itself. Dump more rows.`,
    ];
  }
}

function standing(ratio: Quantity, batchSize: number): Text {
  return [
    `A batch of ${wholeNumber(batchSize)} is ${ratio.value > 1 ? 'mostly noise' : 'mostly signal'}: the noise is `,
    ...emphasized(ratio.interval === undefined ? number(ratio.value, 2) : quantity(ratio), ' times'),
    ' the signal',
    ...within(ratio),
    '.',
  ];
}

/** At which batch size noise and signal are equal; `ends` finishes the sentence. */
function equalAt({ population, settings }: Quantities, scale: Quantity, ends: string): Text {
  if (scale.value < 1)
    return [
      'Even a single example is mostly signal, for the noise scale is ',
      ...emphasized(quantity(scale)),
      ...within(scale),
      '.',
    ];
  const about: Text = [...emphasized(quantity(scale), ' examples', 'about '), ...within(scale)];
  if (settings.replacement === 'without' && scale.value > population)
    return ['The two would be equal at ', ...about, `, more than the ${wholeNumber(population)} there are.`];
  return ['Averaging ', ...about, ` ${ends}`];
}

const guess = ({ uncertain, samples }: Quantities): Text =>
  uncertain && samples < 3 ? [' Two rows give no interval, so this is little more than a guess.'] : [];

function unresolved(given: Quantities, { lower }: Interval, batchSize: number | undefined): Text {
  const rows = `${wholeNumber(given.samples)} rows`;
  const begin: Text = [strong('The mean gradient is not told from zero'), ` by these ${rows}. `];
  if (lower <= 0) return [...begin, 'Nothing is certain about the noise scale; more rows would tell.'];
  const bound: Text = ['The noise scale is ', ...emphasized(number(lower, 2), ' examples or more')];
  if (batchSize === undefined) return [...begin, ...bound, '; how many more, only more rows tell.'];
  const least = (given.correction(batchSize) * lower) / batchSize;
  return [
    ...begin,
    ...bound,
    `, so the noise of a batch of ${wholeNumber(batchSize)} is at least `,
    number(least, 2),
    ' times its signal.',
  ];
}

function balance(given: Quantities): ReturnType<SectionDefinition['blocks'][number]> {
  const batchSize = ifKnown(() => given.batchSize);
  if (batchSize === undefined || given.samples < 2) return undefined;
  const { signal } = given;
  const noise = given.batchNoise(batchSize);
  const total = signal.value + noise.value;
  // an estimate that is negative or not told from 0 is no part of a whole
  const told = given.noiseScaleInterval === undefined || given.noiseScaleInterval.upper !== undefined;
  if (!told || signal.value < 0 || !(total > 0)) return undefined;
  const share = noise.value / total;
  return {
    kind: 'balance',
    parts: [
      { label: [strong('signal'), ' ', math(tex.signal), ' ', quantity(signal)], share: 1 - share },
      {
        label: [
          strong('noise'),
          ' ',
          math(tex.batchTrace),
          ' ',
          quantity(noise),
          ` = ${percent(share)} of a batch gradient’s expected squared norm, `,
          number(total),
        ],
        share,
      },
    ],
    summary: `Signal ${percent(1 - share)}, noise ${percent(share)} of the expected squared norm of a batch gradient.`,
  };
}

/** How many rows would tell the noise scale, where these do not or barely do. */
function rowsNote(given: Quantities): Text {
  if (!given.uncertain || given.samples < 3 || given.summary.spectrum === undefined) return [];
  const signal = given.signal.value;
  const trace = given.trace.value;
  const { meanSquaredNorm } = given.moments;
  if (!(signal > 0) || !(trace > 0) || !(meanSquaredNorm > 0)) return [];
  const needed = rowsNeeded(
    {
      noiseScale: trace / signal,
      directionalNoiseScale: given.varianceAlongMean / signal,
      participationRatio: given.participationRatio,
    },
    given.studentQuantile,
  );
  const seen = given.samples * given.meanOf;
  const have = wholeNumber(seen);
  if (needed <= seen)
    return [` To bound the noise scale takes about ${wholeNumber(needed)} examples; these are ${have}.`];
  return [
    ` By the estimates so far it would take about ${wholeNumber(needed)} examples to bound the noise scale; these are ${have}.`,
  ];
}

function settingsCaption({ settings, population }: Quantities): Text {
  const { learningRate, batchSize } = settings;
  const size = population === Infinity ? String.raw`\infty` : String(population);
  return [
    'With ',
    math(
      String.raw`\eta=${learningRate ?? String.raw`\text{not set}`},\;B=${batchSize ?? String.raw`\text{not set}`},\;N=${size}`,
    ),
  ];
}

function conventionNote(given: Quantities): Text {
  const { settings, samples, population, meanOf } = given;
  const rows =
    meanOf === 1
      ? `${wholeNumber(samples)} rows`
      : `${wholeNumber(samples)} rows, each the mean of ${meanOf} examples,`;
  if (settings.convention === 'population')
    return [
      `Population: the ${rows} count as the whole data set, so the numbers are exact and have no intervals. If they were drawn from a larger one, switch to Sample: `,
      math(tex.signal),
      ' then loses the noise left in the mean, and everything gets an interval.',
    ];
  const source = population === Infinity ? 'a data set of unknown size' : `${wholeNumber(population)} examples`;
  return [
    `Sample: the ${rows} count as drawn at random from ${source}. Heavy tails make the interval of the noise scale too narrow: its coverage then falls from 95 % to as little as 80 %.`,
  ];
}
