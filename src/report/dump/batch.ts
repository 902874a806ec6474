import { metricsOf } from '../../metrics';
import { ifKnown, LowerBound } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { passingBatch, testsOf } from '../../metrics/gradient-tests';
import { signFlipProbability } from '../../metrics/row-products';
import { fraction, tex } from '../../shared/notation';
import { percent, plainNumber, texNumber, wholeNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { ReportBlock, Cell, Phrase, Table, Term, Text } from '../../shared/report';
import { batchTheory } from '../theory/batch';
import type { SectionDefinition } from '../definition';
import { batchUnknown, column, math, number, strong, term } from '../phrases';

export const batch: SectionDefinition = {
  id: 'batch',
  short: 'Step and batch',
  title: 'Step size and batch size',
  folded: () => true,
  headline: 'batch-noise-to-signal',
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    () => ({
      kind: 'cards',
      caption: ['One batch, one step'],
      metrics: metricsOf('batch'),
    }),
    () => ({ kind: 'fold', id: 'agreement', title: 'Agreement of rows', headline: 'mean-cosine' }),
    ({ quantities }) => ({ kind: 'finding', text: agreement(quantities) }),
    ({ plots }) => ({ kind: 'figures', figures: plots('agreement') }),
    () => ({
      kind: 'cards',
      caption: ['Do the gradients agree?'],
      metrics: metricsOf('agreement'),
    }),
    ({ quantities }) => meanTest(quantities),
    () => batchTheory,
  ],
};

function agreement(quantities: Quantities): Text {
  if (quantities.rows < 2) return ['One row has nothing to agree with.'];
  if (quantities.trace.value === 0) return [strong('All gradients agree'), ', because all rows are the same.'];
  if (quantities.moments.meanSquaredNorm === 0)
    return [strong('The gradients cancel'), ': their mean is 0, so they have no direction in common.'];
  const tests = testsOf(quantities);
  const along = (tests.inner / tests.norm) ** 2;
  const examples = Math.ceil(passingBatch(quantities, 'norm'));
  const passes = examples > 1 ? `Batches of ${wholeNumber(examples)} or more pass` : 'A batch of any size passes';
  if (along > 1 - 1e-9)
    return [
      strong('All noise lies along the mean gradient'),
      `: it changes the length of a step or turns it around. ${passes} the norm test at 0.5.`,
    ];
  const part = along > 0.995 ? `More than ${percent(0.99)}` : percent(along);
  return [
    strong(`${part} of the noise lies along the mean gradient`),
    `, where it changes the length of a step; the rest lies across it and changes its direction. ${passes} the norm test at 0.5.`,
  ];
}

/** Whether the mean gradient may be 0, where that is a question. */
function meanTest(quantities: Quantities): ReportBlock | undefined {
  const { rows: n } = quantities;
  // signs of rows of one group would have to be flipped together
  if (!quantities.uncertain || n < 6 || quantities.units < n || quantities.trace.value === 0) return undefined;
  const probability = signFlipProbability(quantities);
  if (probability === undefined) return undefined;
  const at = probability <= 0.005 ? 'at most 0.005' : `about ${plainNumber(probability, 2)}`;
  return {
    kind: 'note',
    text: [
      `Could the true gradient be 0? If the signs of the ${wholeNumber(n)} rows were flipped at random, a mean at least as long as this one would have a probability of ${at}. The test takes noise to be symmetric.`,
    ],
  };
}

function finding(quantities: Quantities): Text {
  const noise = ifKnown(() => quantities.trace.value);
  if (noise === undefined)
    return [
      quantities.rows < 2
        ? 'With one row nothing is known about noise, so a batch cannot be described.'
        : 'These rows do not show how much examples differ, so a batch cannot be described.',
    ];
  if (noise === 0) return [strong('Every batch has the same gradient'), ', because all rows are the same.'];
  const batchSize = ifKnown(() => quantities.batchSize);
  if (batchSize === undefined)
    return [
      strong(`Averaging more examples removes noise as ${rate(quantities)}`),
      '. ',
      batchUnknown(quantities, 'how much of its gradient is noise'),
    ];
  const batchNoise = quantities.batchNoise(batchSize).value;
  if (batchNoise === 0)
    return [strong(`A batch of ${wholeNumber(batchSize)} is the whole data set`), ': its gradient is the true one.'];
  const cancels = ' The learning rate changes neither share: it cancels.';
  const signal = quantities.signal.value;
  if (signal < 0 || isUnresolved(quantities))
    return [
      `At B = ${wholeNumber(batchSize)} `,
      strong('the signal of a batch gradient cannot be distinguished from zero'),
      ', while its noise is ',
      number(batchNoise),
      `. A larger batch removes noise as ${rate(quantities)}.`,
    ];
  const share = batchNoise / (signal + batchNoise);
  return [
    `At B = ${wholeNumber(batchSize)}, `,
    strong(`${percent(share)} of a batch gradient’s expected squared length is noise`),
    `. A larger batch removes it as ${rate(quantities)}.${cancels}`,
  ];
}

/** How noise falls with the batch: what is left of it without replacement is 0 when the batch is the data set. */
const rate = ({ population, settings }: Quantities): string =>
  population < Infinity && settings.replacement === 'without' ? '(N − B)/B' : '1/B';

function isUnresolved(quantities: Quantities): boolean {
  try {
    return quantities.noiseScale.value < 0;
  } catch (error) {
    if (error instanceof AnalysisError) return error instanceof LowerBound;
    throw error;
  }
}

/** E‖ḡ_B‖² = ‖G‖² + (N − B)/(N − 1)·tr Σ/B, without its factor where the data set is endless or batches repeat. */
export function squaredNorm(quantities: Quantities): readonly Term[] {
  const batchSize = ifKnown(() => quantities.batchSize);
  const signal = ifKnown(() => quantities.signal.value);
  const trace = ifKnown(() => quantities.trace.value);
  const { population, settings } = quantities;
  const total = ifKnown(() => quantities.squaredBatchNorm(quantities.batchSize));
  const write = (value: number | undefined): string | undefined => (value === undefined ? undefined : texNumber(value));
  const finite = settings.replacement === 'without' && population < Infinity;
  const corrected = batchSize === undefined ? undefined : fraction(`${population}-${batchSize}`, `${population}-1`);
  const noise = batchSize === undefined || trace === undefined ? undefined : fraction(texNumber(trace), batchSize);
  return [
    term(tex.batchSquaredNorm, write(total)),
    term('='),
    term(tex.signal, write(signal), 'signal'),
    term('+'),
    ...(finite ? [term(tex.correction, corrected, 'finite data'), term(String.raw`\cdot`)] : []),
    term(fraction(tex.trace, 'B'), noise, 'noise'),
  ];
}

export function batchTable(quantities: Quantities): Table {
  const { population } = quantities;
  const batchSize = ifKnown(() => quantities.batchSize);
  const balanced = ifKnown(() => quantities.balancedBatch.value);
  const last = population < Infinity ? population : Math.max(4096, 4 * (batchSize ?? 1));
  const wanted = [
    1,
    8,
    32,
    128,
    512,
    last,
    batchSize,
    balanced === undefined ? undefined : Math.max(1, Math.round(balanced)),
  ];
  const sizes = [...new Set(wanted)].filter((size) => size !== undefined).filter((size) => size <= last);
  sizes.sort((a, b) => a - b);
  const values = sizes.map((size) => ({
    size,
    noise: quantities.batchNoise(size).value,
    squaredNorm: quantities.squaredBatchNorm(size),
  }));
  const noiseText = column(values.map(({ noise }) => noise));
  const normText = column(values.map(({ squaredNorm }) => squaredNorm));
  const rows = values.map(({ size, noise, squaredNorm }): readonly Cell[] => [
    { text: [wholeNumber(size)], value: size },
    { text: [noiseText(noise)], value: noise },
    { text: [normText(squaredNorm)], value: squaredNorm },
    ratioCell(quantities, size),
  ]);
  const here = batchSize === undefined ? -1 : sizes.indexOf(batchSize);
  return {
    id: 'batch-sizes',
    caption: [strong('The same, in numbers')],
    columns: [
      { head: [math('B')], align: 'right' },
      { head: [math(tex.batchTrace)], align: 'right' },
      { head: [math(tex.batchSquaredNorm)], align: 'right' },
      { head: ['noise / signal'], align: 'right' },
    ],
    rows,
    ...(here >= 0 && { ownRow: here }),
    note: tableNote(quantities, balanced),
  };
}

/** A lower bound where the signal is not resolved, nothing where there is none. */
function ratioCell(quantities: Quantities, batchSize: number): Cell {
  try {
    const { value } = quantities.noiseToSignal(batchSize);
    return { text: [ratioText(value)], value };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    const lower = error instanceof LowerBound ? error.interval.lower : 0;
    return { text: lower > 0 ? ['≥ ', ratioText(lower)] : ['–'] };
  }
}

/** No decimals from 10 up, two below. */
function ratioText(ratio: number): Phrase {
  if (ratio === 0) return '0';
  if (ratio < 0.01 || ratio >= 1e5) return number(ratio, 2);
  return ratio >= 10 ? wholeNumber(ratio) : ratio.toFixed(2);
}

function tableNote(quantities: Quantities, balanced: number | undefined): Text {
  const { population, settings } = quantities;
  if (population === Infinity)
    return [
      'The data set counts as infinite, because its size is not given: noise does not reach 0 at any batch size.',
    ];
  if (settings.replacement === 'with')
    return ['A batch may hold an example twice, so even one as large as the data set has noise.'];
  const whole = `A batch of all ${wholeNumber(population)} has no noise.`;
  if (balanced === undefined || balanced < 1) return [whole];
  return ['Noise and signal are equal at B = ', number(balanced), `. ${whole}`];
}
