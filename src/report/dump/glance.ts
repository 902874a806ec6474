import { ifKnown, LowerBound, Quantities } from '../../metrics/quantities';
import type { Quantity } from '../../metrics/quantities';
import { canBeAll, changedSettings } from '../../shared/settings';
import { tex } from '../../shared/notation';
import { percent, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { intervalCoverage } from '../../theory/interval-coverage';
import { LEAST_ROWS } from '../../theory/row-statistics';
import { examplesNeeded } from '../../theory/resolution';
import { squaresOf } from '../../theory/score-interval';
import type { Block, Interval, Text } from '../../shared/report';
import { glanceTheory } from '../theory/glance';
import type { SectionDefinition } from '../definition';
import { batchUnknown, emphasized, math, number, quantity, strong, within } from '../phrases';
import { trust } from './trust';

export const glance: SectionDefinition = {
  id: 'glance',
  short: 'At a glance',
  title: 'Gradient noise at a glance',
  blocks: [
    ({ given }) => (isOpen(given) ? question(given) : { kind: 'verdict', text: verdict(given) }),
    ({ given }) => balance(given),
    ({ given }) => ({
      kind: 'cards',
      caption: ['Measured from the dump'],
      ...(given.uncertain && { aside: [intervalAside(given)] }),
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
    ({ given }) => keepAnswer(given),
    ({ given }) =>
      given.euclideanOnly
        ? {
            kind: 'fine',
            text: [
              'Lengths, variances and noise scales here are Euclidean: every parameter counts alike. The optimizer measures its steps in another way, so its own noise scale and batch sizes may differ.',
            ],
          }
        : undefined,
    ({ given }) => ({ kind: 'figures', figures: [{ kind: 'table', table: trust(given) }] }),
    () => ({ kind: 'four-gradients' }),
    () => glanceTheory,
  ],
};

/** Whether nothing says if the rows are the whole data set, and they could be. */
const isOpen = ({ settings, summary, samples }: Quantities): boolean =>
  settings.conventionFrom === 'unknown data set' && canBeAll(summary.dump.metadata) && samples > 1;

/** In place of the verdict, which depends on the answer. */
function question(given: Quantities): Block {
  const { summary, settings, samples } = given;
  const answered = (convention: 'population' | 'sample'): Text =>
    verdict(new Quantities(summary, changedSettings(settings, { convention }, summary.dump)));
  return {
    kind: 'question',
    text: [`Are these ${wholeNumber(samples)} rows all your training data?`],
    fine: ['Until then the numbers are those of a sample, drawn from a data set of unknown size.'],
    answers: [
      {
        label: 'Yes, all of it',
        convention: 'population',
        verdict: answered('population'),
        fine: ['Numbers are exact for these rows, with divisor 1/n and without intervals.'],
      },
      {
        label: 'No, a sample',
        convention: 'sample',
        verdict: answered('sample'),
        fine: ['Numbers are estimates with 95 % intervals. With the size of the data set they are a little sharper.'],
      },
    ],
  };
}

function keepAnswer({ settings, summary }: Quantities): Block | undefined {
  const kept = summary.dump.metadata.convention === settings.convention;
  if (settings.conventionFrom !== 'answer' || kept) return undefined;
  return {
    kind: 'offer',
    text: [
      settings.convention === 'population'
        ? 'You answered that these rows are all training data. The metadata file can say it for everybody.'
        : 'You answered that these rows are a sample. The metadata file can say it for everybody.',
    ],
    buttons: [{ label: 'Write to sidecar', action: { kind: 'write-sidecar' } }],
  };
}

function verdict(given: Quantities): Text {
  const { samples } = given;
  try {
    const trace = given.trace.value;
    if (trace === 0)
      return [strong('All rows are the same'), ': there is no noise, and a batch of one is as good as any other.'];
    const batchSize = ifKnown(() => given.batchSize);
    const balanced = given.balancedBatch;
    if (batchSize === undefined)
      return [...balancesAt(balanced), ' ', batchUnknown(given, 'where a batch stands'), ...withoutInterval(given)];
    const ratio = given.noiseToSignal(batchSize);
    if (ratio.value === 0)
      return [strong(`A batch of ${wholeNumber(batchSize)} is the whole data set`), ': it has no noise.'];
    return [...standing(given, ratio, batchSize), ' ', ...balancesAt(balanced), ...withoutInterval(given)];
  } catch (error) {
    if (error instanceof LowerBound) return unresolved(given, error.interval);
    if (!(error instanceof AnalysisError)) throw error;
    if (samples < 2)
      return [
        strong('One row has a length, but no covariance.'),
        ' Noise is what differs between examples: dump the gradients of at least two.',
      ];
    if (given.meanOf === given.population) return [strong(error.problem.found), '. ', error.problem.remedy];
    if (given.signal.value === 0)
      return [strong(given.zeroMean), ': whatever a batch shows is noise, and no batch size changes that.'];
    return [
      strong('These rows cannot tell a direction'),
      `: with ${samples} of them, the noise left in their mean is as large as the mean itself. Dump more rows.`,
    ];
  }
}

/** Which of the two is larger in a batch: no stronger than the interval, and without one nothing unless the rows are all there is. */
function standing(given: Quantities, ratio: Quantity, batchSize: number): Text {
  const { value, interval } = ratio;
  const batch = `batch of ${wholeNumber(batchSize)}`;
  if (!given.uncertain)
    return [`Over these rows, a ${batch} has `, ...emphasized(number(value, 2), ' times'), ' as much noise as signal.'];
  const times: Text = [...emphasized(quantity(ratio), ' times')];
  if (interval !== undefined && interval.lower > 1)
    return [`A ${batch} is mostly noise: `, ...times, ' the signal', ...within(ratio), '.'];
  if (interval?.upper !== undefined && interval.upper < 1)
    return [`A ${batch} is mostly signal: the noise is `, ...times, ' the signal', ...within(ratio), '.'];
  return [
    `A ${batch}: these rows cannot tell which is larger, noise or signal; the noise is `,
    ...times,
    ' the signal',
    ...within(ratio),
    '.',
  ];
}

function balancesAt(balanced: Quantity): Text {
  const about = balanced.interval === undefined ? '' : 'about ';
  const amount = balanced.value < 1 ? 'less than one example' : undefined;
  return [
    'Noise and signal balance at ',
    ...(amount === undefined ? emphasized(quantity(balanced), ' examples', about) : [strong(amount)]),
    ...within(balanced),
    '.',
  ];
}

const withoutInterval = ({ uncertain, samples }: Quantities): Text =>
  uncertain && samples < LEAST_ROWS
    ? [` ${samples === 2 ? 'Two' : 'Three'} rows give no interval, so this is little more than a guess.`]
    : [];

/** The mean gradient cannot be distinguished from zero: only lower bounds are known. */
function unresolved(given: Quantities, { lower }: Interval): Text {
  const batchSize = ifKnown(() => given.batchSize);
  const cannot = 'these rows cannot tell the mean gradient from zero';
  const least: Text = [
    'Noise and signal balance at ',
    ...emphasized(number(given.leastBalancedBatch(lower), 2), ' examples or more'),
    '.',
  ];
  if (batchSize === undefined) {
    const begin: Text = [strong('These rows cannot tell the mean gradient from zero'), '. '];
    return lower > 0 ? [...begin, ...least] : [...begin, 'Nothing is certain about the noise scale; dump more rows.'];
  }
  const ratio = (given.correction(batchSize) * lower) / batchSize;
  const batch = `batch of ${wholeNumber(batchSize)}`;
  if (ratio > 1)
    return [
      `A ${batch} is mostly noise: `,
      ...emphasized(number(ratio, 2), ' times', 'at least '),
      ` the signal. There is no upper limit, because ${cannot}. `,
      ...least,
    ];
  return [
    'These rows cannot tell the mean gradient from zero, so they cannot tell whether a ',
    strong(batch),
    ' is mostly signal or mostly noise',
    ...(ratio > 0 ? [': the noise is at least ', number(ratio, 2), ' times the signal.'] : ['.']),
  ];
}

function balance(given: Quantities): ReturnType<SectionDefinition['blocks'][number]> {
  const batchSize = ifKnown(() => given.batchSize);
  if (batchSize === undefined || given.samples < 2) return undefined;
  const { signal } = given;
  const noise = given.batchNoise(batchSize);
  const total = signal.value + noise.value;
  // an estimate that is negative, or that may be 0, is not a part of a whole
  const resolved = given.noiseScaleInterval === undefined || given.noiseScaleInterval.upper !== undefined;
  if (!resolved || signal.value < 0 || !(total > 0)) return undefined;
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

/** How many examples would bound the noise scale, where these do not or barely do. */
function rowsNote(given: Quantities): Text {
  if (!given.hasIntervals || given.meanIsExact || given.summary.spectrum === undefined) return [];
  const signal = given.signal.value;
  const trace = given.trace.value;
  if (!(signal > 0) || !(trace > 0)) return [];
  const needed = examplesNeeded(
    { noiseScale: trace / signal, squares: squaresOf(given.rowStatistics), population: given.population },
    given.studentQuantile,
  );
  const seen = given.samples * given.meanOf;
  const have = wholeNumber(seen);
  if (needed <= seen)
    return [` To bound the noise scale takes about ${wholeNumber(needed)} examples; there are ${have} here.`];
  return [
    ` By the estimates so far it would take about ${wholeNumber(needed)} examples to bound the noise scale; there are ${have} here.`,
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
  const { settings, samples, meanOf } = given;
  const rows = `${wholeNumber(samples)} ${meanOf === 1 ? 'rows' : `means of ${wholeNumber(meanOf)} examples`}`;
  if (settings.convention === 'population')
    return [
      `Population: the ${rows} count as the whole data set, so the numbers are exact for them and have no intervals. If they were drawn from a larger one, switch to Sample: `,
      math(tex.signal),
      ' then loses the noise left in the mean, and estimates get intervals.',
    ];
  const { population } = given;
  const source = population === Infinity ? 'a data set of unknown size' : `${wholeNumber(population)} examples`;
  return [`Sample: the ${rows} count as drawn at random from ${source}. `, reliability(given)];
}

const intervalAside = ({ samples, intervalCaution }: Quantities): string => {
  if (samples < LEAST_ROWS) return `no intervals from fewer than ${LEAST_ROWS} rows`;
  return `95 % intervals: Hall, score test${intervalCaution === 'rough' ? '; rough' : ''}`;
};

/** How far intervals can be trusted. It speaks of what they did elsewhere: nothing in one dump says how they do there. */
function reliability(given: Quantities): string {
  const { samples, largestShare, intervalCaution } = given;
  if (!given.uncertain) return 'Every example is among them, so nothing is uncertain.';
  if (samples < LEAST_ROWS) return `Fewer than ${LEAST_ROWS} rows give no intervals.`;
  if (largestShare === undefined) return 'All of them are the same, so nothing shows how much others would differ.';
  const noTrace =
    ifKnown(() => given.trace)?.interval === undefined
      ? 'All rows lie equally far from their mean, so the trace has no interval: nothing shows how much it would vary. '
      : '';
  const coverage = intervalCoverage(samples, largestShare);
  if (coverage === undefined) return `${noTrace}Intervals from fewer than 8 rows are rough.`;
  const { average, worst } = coverage;
  const told = (share: number): string =>
    share > 0.97 ? 'nearly always' : `about ${percent(Math.round(20 * share) / 20)} of the time`;
  const from = samples < 512 ? `about ${wholeNumber(samples)} rows` : '256 rows and more';
  const careful = intervalCaution !== undefined || samples < 64;
  const covered =
    average === undefined || !careful
      ? `intervals of the trace from ${from} covered the truth ${told(worst)} for the hardest one`
      : `intervals of the trace from ${from} of which the largest has ${percent(largestShare)} of the noise covered the truth ${told(average)}, ${told(worst)} for the hardest one`;
  return `${noTrace}Over gradients of a dozen networks, ${covered}, because rare examples that carry much of the noise may not be among these rows. Lower ends held nearly always.`;
}
