import { metricsOf } from '../../metrics';
import { affine, ifBounded, ifKnown, LowerBound, Quantities } from '../../metrics/quantities';
import { optimizerNoise } from '../../metrics/optimizer-noise';
import type { Quantity } from '../../metrics/quantities';
import { canBeAll, changedSettings, metadataAs } from '../../shared/settings';
import type { SettingsChange } from '../../shared/settings';
import { tex } from '../../shared/notation';
import { counted, percent, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { intervalCoverage } from '../../theory/interval-coverage';
import { LEAST_ROWS } from '../../theory/row-statistics';
import { examplesNeeded } from '../../theory/resolution';
import { squaresOf } from '../../theory/score-interval';
import type { Interval, Phrase, ReportBlock, RowsAnswer, RowsQuestion, Text } from '../../shared/report';
import { glanceTheory } from '../theory/glance';
import type { SectionDefinition } from '../definition';
import { batchUnknown, emphasized, math, number, quantity, strong, within } from '../phrases';
import { trust } from './trust';

export const glance: SectionDefinition = {
  id: 'glance',
  short: 'At a glance',
  title: 'Gradient noise at a glance',
  blocks: [
    ({ quantities }) => question(quantities) ?? { kind: 'verdict', text: verdict(quantities) },
    ({ quantities }) => balance(quantities),
    ({ quantities }) => ({
      kind: 'cards',
      caption: [
        openOf(quantities).kind ? 'Measured from the dump, if each row is one example' : 'Measured from the dump',
      ],
      ...(quantities.uncertain && { aside: [intervalAside(quantities)] }),
      metrics: [...(leadsWithOptimizer(quantities) ? OPTIMIZER : []), ...metricsOf('glance')],
    }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: settingsCaption(quantities),
      metrics: metricsOf('training'),
    }),
    ({ quantities }) => keepAnswer(quantities),
    ({ quantities }) =>
      quantities.euclideanOnly
        ? {
            kind: 'note',
            text: [
              leadsWithOptimizer(quantities)
                ? 'All other lengths, variances and noise scales here are Euclidean: every parameter counts alike.'
                : 'Lengths, variances and noise scales here are Euclidean: every parameter counts alike. The optimizer measures its steps in another way, so its own noise scale and batch sizes may differ.',
            ],
          }
        : undefined,
    () => ({ kind: 'fold', id: 'trust', title: 'What this rests on' }),
    // for a single row it makes no difference
    ({ quantities }) =>
      quantities.rows > 1 && !quantities.settingsProblems.some(({ field }) => field === 'convention')
        ? { kind: 'note', text: [...conventionNote(quantities), ...rowsNote(quantities)] }
        : undefined,
    ({ quantities }) => ({ kind: 'figures', figures: [{ kind: 'table', table: trust(quantities) }] }),
    () => ({ kind: 'four-gradients' }),
    () => glanceTheory,
  ],
};

/** What nothing says about the rows, and the numbers depend on. */
function openOf({ settings, summary, rows: n, rowKind }: Quantities): RowsQuestion['open'] {
  const { metadata } = summary.dump;
  const whole = settings.conventionFrom === 'unknown data set' && canBeAll(metadataAs(settings, metadata));
  return { kind: n > 1 && rowKind === undefined, whole: n > 1 && whole };
}

/** In place of the verdict, which depends on the answer; undefined where nothing is open. */
function question(quantities: Quantities): RowsQuestion | undefined {
  const open = openOf(quantities);
  const { summary, settings, rows: n, population } = quantities;
  if (!open.kind && !open.whole) return undefined;
  const answered = (change: SettingsChange): Text =>
    verdict(new Quantities(summary, changedSettings(settings, change, summary.dump)));
  const from = population === Infinity ? 'a data set of unknown size' : counted(population, 'example');
  const single: RowsAnswer['change'] = open.kind ? { rows: 'example' } : {};
  const all: RowsAnswer['change'] = { ...single, convention: 'population' };
  const some: RowsAnswer['change'] = open.whole ? { ...single, convention: 'sample' } : single;
  return {
    kind: 'question',
    open,
    text: [
      open.kind
        ? `What is each of these ${wholeNumber(n)} rows?`
        : `Are these ${wholeNumber(n)} rows all your training data?`,
    ],
    note: [
      open.kind
        ? `Until then each row counts as one example, drawn from ${from}.`
        : 'Until then the numbers are those of a sample, drawn from a data set of unknown size.',
    ],
    answers: [
      ...(open.whole
        ? [
            {
              id: 'whole',
              label: open.kind ? 'One example; these are all' : 'Yes, all of it',
              change: all,
              verdict: answered(all),
              note: ['Numbers are exact for these rows, with divisor 1/n and without intervals.'],
            } as const,
          ]
        : []),
      {
        id: 'sample',
        label: !open.kind ? 'No, a sample' : open.whole ? 'One example of a larger set' : 'One example',
        change: some,
        verdict: answered(some),
        note: [
          open.whole
            ? 'Numbers are estimates with 95 % intervals. With the size of the data set they are a little narrower.'
            : 'Numbers are estimates with 95 % intervals.',
        ],
      },
      ...(open.kind ? [ofMeans(quantities, answered), ofSteps(answered)] : []),
    ],
  };
}

/** A mean of b examples has b times less noise than one of them: without knowing b, the noise scale is b times too small. */
function ofMeans(
  { settings: { batchSize }, population }: Quantities,
  answered: (change: SettingsChange) => Text,
): RowsAnswer {
  // what a training loop has at hand are the gradients of its batches
  const suggested = batchSize !== undefined && batchSize > 1 && batchSize < population ? batchSize : undefined;
  return {
    id: 'means',
    label: 'The mean of several examples',
    change: {},
    meanOf: { ...(suggested !== undefined && { suggested }) },
    verdict:
      suggested === undefined
        ? ['The noise and the noise scale are ', math('b'), ' times those of single examples.']
        : answered({ rows: { meanOf: suggested } }),
    note: [
      suggested === undefined
        ? 'Say how many examples one row averages.'
        : `Shown for ${wholeNumber(suggested)} examples per row, the batch size.`,
    ],
  };
}

const ofSteps = (answered: (change: SettingsChange) => Text): RowsAnswer => ({
  id: 'steps',
  label: 'One step of training',
  change: { rows: 'step' },
  verdict: answered({ rows: 'step' }),
  note: ['The mean gradient changes from step to step, and that would count as noise.'],
});

function keepAnswer({ settings, summary }: Quantities): ReportBlock | undefined {
  const { convention, rows } = settings;
  const { metadata } = summary.dump;
  const answers: string[] = [];
  if (settings.conventionFrom === 'answer' && metadata.convention !== convention)
    answers.push(convention === 'population' ? 'are all the training data' : 'are a sample');
  if (rows !== undefined && JSON.stringify(metadata.rows) !== JSON.stringify(rows))
    answers.push(
      rows === 'example'
        ? 'are single examples'
        : rows === 'step'
          ? 'are steps of training'
          : `average ${counted(rows.meanOf, 'example')} each`,
    );
  if (answers.length === 0) return undefined;
  return {
    kind: 'offer',
    text: [
      `You answered that these rows ${answers.join(' and ')}. The metadata file can keep that answer for everyone who opens the dump.`,
    ],
    buttons: [{ label: 'Write to sidecar', action: { kind: 'write-sidecar' } }],
  };
}

function verdict(quantities: Quantities): Text {
  const { rows: n } = quantities;
  try {
    const trace = quantities.trace.value;
    if (trace === 0)
      return [strong('All rows are the same'), ': there is no noise, and a batch of one is as good as any other.'];
    const batchSize = ifKnown(() => quantities.batchSize);
    if (batchSize !== undefined && quantities.correction(batchSize) === 0)
      return [strong(`A batch of ${wholeNumber(batchSize)} is the whole data set`), ': it has no noise.'];
    if (leadsWithOptimizer(quantities)) return optimizerVerdict(quantities, batchSize);
    const balanced = quantities.balancedBatch;
    if (batchSize === undefined)
      return [
        ...balancesAt(balanced),
        ' ',
        batchUnknown(quantities, 'whether its gradient is mostly noise or mostly signal'),
        ...withoutInterval(quantities),
      ];
    const ratio = quantities.noiseToSignal(batchSize);
    return [...standing(quantities, ratio, batchSize), ' ', ...balancesAt(balanced), ...withoutInterval(quantities)];
  } catch (error) {
    if (error instanceof LowerBound) return unresolved(quantities, error.interval);
    if (!(error instanceof AnalysisError)) throw error;
    if (n < 2)
      return [
        strong('One row has a length, but no covariance.'),
        ' Noise is what differs between examples: dump the gradients of at least two.',
      ];
    if (quantities.rowKind === 'step')
      return [
        strong('These rows do not show the noise at any one point'),
        ': each is the gradient of another training step, at other parameters. ',
        error.problem.remedy,
      ];
    if (quantities.meanOf === quantities.population || quantities.units < 2)
      return [strong(error.problem.found), '. ', error.problem.remedy];
    if (quantities.signal.value === 0)
      return [strong(quantities.zeroMean), ': whatever a batch shows is noise, and no batch size changes that.'];
    return [
      strong('These rows do not show in which direction the gradient points'),
      `: with ${wholeNumber(n)} of them, the noise left in their mean is at least as large as the mean itself. Dump more rows.`,
    ];
  }
}

/**
 * The same in the metric of the optimizer, and what Euclidean lengths would have said.
 *
 * @throws LowerBound when the mean gradient is not distinguishable from 0
 */
function optimizerVerdict(quantities: Quantities, batchSize: number | undefined): Text {
  const euclidean = ifKnown(() => quantities.balancedBatch);
  const other: Text =
    euclidean === undefined
      ? [' Euclidean lengths do not show where they do.']
      : [' Euclidean lengths would say ', quantity(euclidean), ...within(euclidean), '.'];
  const scale = ifBounded(() => optimizerNoise(quantities));
  if ('lower' in scale) {
    const least = quantities.leastBalancedBatch(scale.lower);
    return [
      'In the metric of Adam noise and signal balance at ',
      ...emphasized(number(least, 2), ' examples or more'),
      ': these rows cannot distinguish the mean gradient from zero.',
      ...other,
    ];
  }
  const balanced = quantities.balancedAt(scale);
  const about = balanced.interval === undefined ? '' : 'about ';
  const balance: Text = [
    batchSize === undefined ? 'In the metric of Adam noise and signal balance at ' : 'They balance at ',
    ...inExamples(quantity(balanced), about),
    ...within(balanced),
    '.',
  ];
  const end = [...other, ...withoutInterval(quantities)];
  if (batchSize === undefined) return [...balance, ...end];
  const ratio = affine(scale, quantities.correction(batchSize) / batchSize);
  return [...standing(quantities, ratio, batchSize, 'In the metric of Adam'), ' ', ...balance, ...end];
}

const OPTIMIZER = ['optimizer-noise-scale'] as const;

/** Whether the noise scale of the optimizer, or a lower bound of it, is known and comes first. */
const leadsWithOptimizer = (quantities: Quantities): boolean =>
  quantities.settings.optimizer === 'adam' && ifKnown(() => ifBounded(() => optimizerNoise(quantities))) !== undefined;

/** Which of the two is larger in a batch: no stronger than the interval, and without one nothing unless the rows are all there is. */
function standing(quantities: Quantities, ratio: Quantity, batchSize: number, metric?: string): Text {
  const { value, interval } = ratio;
  const batch = `batch of ${wholeNumber(batchSize)}`;
  const subject = metric === undefined ? `A ${batch}` : `${metric} a ${batch}`;
  if (!quantities.uncertain)
    return [
      metric === undefined ? `Over these rows, a ${batch} has ` : `${subject} has `,
      ...emphasized(number(value, 2), ' times'),
      ' as much noise as signal.',
    ];
  const times: Text = [...emphasized(quantity(ratio), ' times')];
  if (interval !== undefined && interval.lower > 1)
    return [`${subject} is mostly noise: `, ...times, ' the signal', ...within(ratio), '.'];
  if (interval?.upper !== undefined && interval.upper < 1)
    return [`${subject} is mostly signal: the noise is `, ...times, ' the signal', ...within(ratio), '.'];
  return [
    `${subject}: these rows cannot tell which is larger, noise or signal; the noise is `,
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
    ...(amount === undefined ? inExamples(quantity(balanced), about) : [strong(amount)]),
    ...within(balanced),
    '.',
  ];
}

const inExamples = (amount: Phrase, before: string): Text =>
  emphasized(amount, amount === '1' ? ' example' : ' examples', before);

const withoutInterval = ({ uncertain, rows: n, units }: Quantities): Text => {
  if (uncertain && units < n && units < LEAST_ROWS)
    return [` ${units === 2 ? 'Two' : 'Three'} groups give no interval, so this is little more than a guess.`];
  return uncertain && n < LEAST_ROWS
    ? [` ${n === 2 ? 'Two' : 'Three'} rows give no interval, so this is little more than a guess.`]
    : [];
};

/** The mean gradient cannot be distinguished from zero: only lower bounds are known. */
function unresolved(quantities: Quantities, { lower }: Interval): Text {
  const batchSize = ifKnown(() => quantities.batchSize);
  const cannot = 'these rows cannot distinguish the mean gradient from zero';
  const leastBatch = quantities.leastBalancedBatch(lower);
  const least: Text = ['Noise and signal balance at ', ...emphasized(number(leastBatch, 2), ' examples or more'), '.'];
  if (batchSize === undefined) {
    const begin: Text = [strong('These rows cannot distinguish the mean gradient from zero'), '. '];
    // a batch has one example or more anyway
    return leastBatch > 1
      ? [...begin, ...least]
      : [...begin, 'Nothing is certain about the noise scale; dump more rows.'];
  }
  const ratio = (quantities.correction(batchSize) * lower) / batchSize;
  const batch = `batch of ${wholeNumber(batchSize)}`;
  if (ratio > 1)
    return [
      `A ${batch} is mostly noise: `,
      ...emphasized(number(ratio, 2), ' times', 'at least '),
      ` the signal. There is no upper limit, because ${cannot}. `,
      ...least,
    ];
  return [
    'These rows cannot distinguish the mean gradient from zero, nor show whether a ',
    strong(batch),
    ' is mostly signal or mostly noise',
    ...(ratio > 0 ? [': the noise is at least ', number(ratio, 2), ' times the signal.'] : ['.']),
  ];
}

function balance(quantities: Quantities): ReturnType<SectionDefinition['blocks'][number]> {
  const batchSize = ifKnown(() => quantities.batchSize);
  if (batchSize === undefined || quantities.rows < 2) return undefined;
  const { signal } = quantities;
  const noise = quantities.batchNoise(batchSize);
  const total = signal.value + noise.value;
  // an estimate that is negative, or that may be 0, is not a part of a whole
  const resolved = quantities.noiseScaleInterval === undefined || quantities.noiseScaleInterval.upper !== undefined;
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
          ` = ${shareLeft(1 - share)} of a batch gradient’s expected squared norm, `,
          number(total),
        ],
        share,
      },
    ],
    summary: `Signal ${percent(1 - share)}, noise ${shareLeft(1 - share)} of the expected squared norm of a batch gradient.`,
  };
}

/** What a share leaves of a whole, with the same decimals, so that both add up to 100 %. */
function shareLeft(share: number): string {
  const decimals = share > 0 && share < 0.01 ? 1 : 0;
  return `${(100 - Number((100 * share).toFixed(decimals))).toFixed(decimals)} %`;
}

/** How many examples would bound the noise scale, where these do not or barely do. */
function rowsNote(quantities: Quantities): Text {
  if (!quantities.hasIntervals || quantities.meanIsExact || quantities.summary.spectrum === undefined) return [];
  // in groups it takes more of them
  if (quantities.units < quantities.rows) return [];
  const signal = quantities.signal.value;
  const trace = quantities.trace.value;
  if (!(signal > 0) || !(trace > 0)) return [];
  const needed = examplesNeeded(
    { noiseScale: trace / signal, squares: squaresOf(quantities.rowStatistics), population: quantities.population },
    quantities.studentQuantile,
  );
  const seen = quantities.rows * quantities.meanOf;
  const have = wholeNumber(seen);
  if (needed <= seen)
    return [` To bound the noise scale takes about ${counted(needed, 'example')}; there are ${have} here.`];
  return [
    ` By the estimates so far it would take about ${counted(needed, 'example')} to bound the noise scale; there are ${have} here.`,
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

function conventionNote(quantities: Quantities): Text {
  const { settings, rows: n, meanOf } = quantities;
  const rows = `${wholeNumber(n)} ${meanOf === 1 ? 'rows' : `means of ${wholeNumber(meanOf)} examples`}`;
  if (settings.convention === 'population')
    return [
      `Population: the ${rows} count as the whole data set, so the numbers are exact for them and have no intervals. If they were drawn from a larger one, switch to Sample: `,
      math(tex.signal),
      ' then loses the noise left in the mean, and estimates get intervals.',
    ];
  const { population } = quantities;
  const source = population === Infinity ? 'a data set of unknown size' : counted(population, 'example');
  return [`Sample: the ${rows} count as drawn at random from ${source}. `, reliability(quantities)];
}

const intervalAside = ({ rows: n, units, intervalCaution }: Quantities): string => {
  if (units < n && units < LEAST_ROWS) return `no intervals from fewer than ${LEAST_ROWS} groups`;
  if (n < LEAST_ROWS) return `no intervals from fewer than ${LEAST_ROWS} rows`;
  return `95 % intervals: Hall, score test${intervalCaution === 'rough' ? '; rough' : ''}`;
};

/** How far intervals can be trusted. It speaks of what they did elsewhere: nothing in one dump says how they do there. */
function reliability(quantities: Quantities): string {
  const { rows: n, units, largestShare, intervalCaution } = quantities;
  if (!quantities.uncertain) return 'Every example is among them, so nothing is uncertain.';
  if (units < n)
    return units < LEAST_ROWS
      ? `Rows of one group are not independent, and fewer than ${LEAST_ROWS} groups give no intervals.`
      : `Rows of one group are not independent, so intervals come from the ${wholeNumber(units)} groups.`;
  if (n < LEAST_ROWS) return `Fewer than ${LEAST_ROWS} rows give no intervals.`;
  if (largestShare === undefined) return 'All of them are the same, so nothing shows how much others would differ.';
  const noTrace =
    ifKnown(() => quantities.trace)?.interval === undefined
      ? 'All rows lie equally far from their mean, so the trace has no interval: nothing shows how much it would vary. '
      : '';
  const coverage = intervalCoverage(n, largestShare);
  if (coverage === undefined) return `${noTrace}Intervals from fewer than 8 rows are rough.`;
  const { average, worst } = coverage;
  const told = (share: number): string =>
    share > 0.97 ? 'nearly always' : `about ${percent(Math.round(20 * share) / 20)} of the time`;
  const from = n < 512 ? `about ${wholeNumber(n)} rows` : '256 rows and more';
  const careful = intervalCaution !== undefined || n < 64;
  const covered =
    average === undefined || !careful
      ? `intervals of the trace from ${from} covered the truth ${told(worst)} for the hardest one`
      : `intervals of the trace from ${from} of which the largest has ${percent(largestShare)} of the noise covered the truth ${told(average)}, ${told(worst)} for the hardest one`;
  return `${noTrace}Over gradients of a dozen networks, ${covered}, because rare examples that carry much of the noise may not be among these rows. Lower ends held nearly always.`;
}
