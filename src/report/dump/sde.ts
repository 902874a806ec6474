import { metricsOf } from '../../metrics';
import { companion } from '../../metrics/companions';
import { alongMean } from '../../metrics/projections';
import { quadraticModel, relativeLoss } from '../../metrics/quadratic-model';
import { ifKnown, LowerBound, Pending } from '../../metrics/quantities';
import type { Quantities, Quantity } from '../../metrics/quantities';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { Cell, Table, Text } from '../../shared/report';
import { excessKurtosis } from '../../theory/kurtosis';
import type { SectionDefinition } from '../definition';
import { lackingCompanion } from './fisher-hessian';
import { math, number, quantity, strong, term, within } from '../phrases';
import { sdeTheory } from '../theory/sde';

export const sde: SectionDefinition = {
  id: 'sde',
  short: 'SDE',
  title: 'SGD as an SDE, and where that fails',
  folded: () => true,
  headline: 'stationary-excess-loss',
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ quantities }) => {
      const temperature = ifKnown(() => quantities.effectiveRate / quantities.batchSize);
      const rate = quantities.settings.momentum > 0 ? String.raw`\eta'` : String.raw`\eta`;
      const trace = ifKnown(() => quantities.trace.value);
      const known = temperature !== undefined && trace !== undefined;
      return {
        kind: 'formulas',
        formulas: [
          [
            term(String.raw`d\theta`),
            term('='),
            term(String.raw`-\nabla L\,dt`, undefined, 'drift'),
            term('+'),
            term(String.raw`\bigl(\tfrac{${rate}}B\,\Sigma\bigr)^{1/2}`, undefined, 'diffusion'),
            term('dW'),
          ],
          [
            term(String.raw`\mathbb E L-L^*`, known ? texNumber((temperature * trace) / 4) : undefined, 'when settled'),
            term('='),
            term(fraction(rate, '4B'), known ? texNumber(temperature / 4) : undefined),
            term(String.raw`\cdot`),
            term(tex.trace, known ? texNumber(trace) : undefined, 'whatever the curvature'),
          ],
        ],
      };
    },
    ({ quantities }) => ({ kind: 'figures', figures: [{ kind: 'table', table: checks(quantities) }] }),
    ({ plots }) => ({ kind: 'figures', figures: plots('SDE') }),
    ({ plots }) => ({ kind: 'figures', figures: plots('tails') }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['Tails of the noise'],
      ...(quantities.uncertain && quantities.rows >= 40 && { aside: ['95 % interval of the tail index: chi-square'] }),
      metrics: metricsOf('tails'),
    }),
    ({ quantities }) => ({ kind: 'note', text: assumptions(quantities) }),
    ({ quantities }) => ({
      kind: 'fold',
      id: 'second-dump',
      title: 'A second dump',
      headline: 'covariance-cosine',
      ...lackingCompanion(quantities, ['compared']),
    }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['Against a second dump'],
      ...(ifKnown(() => companion(quantities, 'compared')) === undefined && {
        aside: ['named in the metadata by "compared"'],
      }),
      metrics: metricsOf('second dump'),
    }),
    () => sdeTheory,
  ],
};

/** N/G of a batch as a quantity, the lower bound it has at least, or nothing. */
function noiseToSignal(quantities: Quantities): { readonly known?: Quantity; readonly atLeast?: number } {
  try {
    return { known: quantities.noiseToSignal(quantities.batchSize) };
  } catch (error) {
    if (error instanceof Pending) throw error;
    return error instanceof LowerBound ? { atLeast: error.interval.lower } : {};
  }
}

/** Li, Malladi and Arora with C = √2: C² − 1. */
const LEAST_RATIO = 1;

function finding(quantities: Quantities): Text {
  const batchSize = ifKnown(() => quantities.batchSize);
  if (batchSize === undefined)
    return [strong('Whether an SDE describes the training depends on the batch size.'), ' Set it above.'];
  const { known, atLeast } = noiseToSignal(quantities);
  const at = `at B = ${wholeNumber(batchSize)}`;
  const trace = ifKnown(() => quantities.trace.value);
  if (trace === undefined || trace === 0)
    return [
      strong(`Without noise there is nothing to say about an SDE ${at}`),
      trace === 0 ? ': all rows are the same.' : ': these rows do not show how much examples differ.',
    ];
  if (known === undefined && !quantities.uncertain)
    return [strong(`The SDE is not ruled out ${at}`), ': the mean gradient is 0, so a batch gradient is all noise.'];
  if (known === undefined)
    return atLeast !== undefined && atLeast >= LEAST_RATIO
      ? [
          strong(`The SDE is not ruled out ${at}`),
          ': a batch has at least ',
          number(atLeast, 2),
          ' times as much noise as signal, and it must not fall below 1. That is necessary, not sufficient.',
        ]
      : [
          strong(`These rows do not show whether the SDE can hold ${at}`),
          ': the noise of a batch cannot be compared with a signal that is not resolved. Dump more rows.',
        ];
  const excess: Text =
    known.value > 0
      ? [
          ' If SGD settles there on a quadratic, its excess loss is ',
          number(1 + 1 / known.value),
          ' times as large as the SDE does.',
        ]
      : [];
  const ratio: Text = ['a batch has ', quantity(known), ' times as much noise as signal', ...within(known)];
  // without an interval a sample decides nothing
  const { lower, upper } =
    known.interval ??
    (quantities.uncertain ? { lower: 0, upper: Infinity } : { lower: known.value, upper: known.value });
  if (lower >= LEAST_RATIO)
    return [
      strong(`The SDE is not ruled out ${at}`),
      ': ',
      ...ratio,
      ', and it must not fall below 1. That is necessary, not sufficient.',
      ...excess,
    ];
  if (upper !== undefined && upper < LEAST_RATIO)
    return [
      strong(`The SDE does not describe SGD ${at}`),
      ': ',
      ...ratio,
      '. If training settles here, the two then differ by more than a factor ',
      math(String.raw`\sqrt2`),
      '.',
    ];
  return [
    strong(`Whether the SDE can hold ${at} is not decided`),
    ': ',
    ...ratio,
    ', and it must not fall below 1.',
    ...excess,
  ];
}

function checks(quantities: Quantities): Table {
  const cell = (text: Text | string): Cell => ({ text: typeof text === 'string' ? [text] : text });
  return {
    id: 'sde-checks',
    caption: [strong('Four assumptions'), ', and what each of them asks'],
    columns: [
      { head: ['assumption'], align: 'left' },
      { head: ['measure'], align: 'left' },
      { head: ['here'], align: 'right' },
      { head: ['holds when'], align: 'left' },
    ],
    rows: [
      [cell('steps are small'), cell([math(String.raw`\eta\,h_{\max}`)]), ...stepSize(quantities).map(cell)],
      [
        cell('noise covers the drift'),
        cell([math(fraction(tex.batchTrace, tex.signal))]),
        ...noiseCover(quantities).map(cell),
      ],
      [
        cell('noise is Gaussian'),
        cell([math(String.raw`\gamma_2/B`), ' along the mean']),
        ...gaussian(quantities).map(cell),
      ],
      [
        cell([math(String.raw`\Sigma`), ' stays as it is']),
        cell([math(String.raw`\lVert\Sigma'-\Sigma\rVert_F/\lVert\Sigma\rVert_F`)]),
        ...steady(quantities).map(cell),
      ],
    ],
    note: [
      'The second is a necessary condition proved for scale-invariant networks with weight decay, from averages at equilibrium; one dump is a snapshot. Non-Gaussian noise has been found not to matter by itself.',
    ],
  };
}

type Check = readonly [here: Text | string, holds: Text | string];

function stepSize(quantities: Quantities): Check {
  const most = 2 * (1 + (quantities.settings.optimizer === 'adam' ? 0 : quantities.settings.momentum));
  const holds: Text = [
    quantities.settings.optimizer === 'adam'
      ? 'far below 2, without Adam'
      : `far below ${trimmed(most)}; beyond it SGD diverges`,
  ];
  const hessian = ifKnown(() => companion(quantities, 'hessian'));
  const rate = ifKnown(() => quantities.learningRate);
  if (hessian !== undefined && rate !== undefined) return [[number(rate * hessian.eigenvalues.largest)], holds];
  return [hessian === undefined ? 'needs a Hessian' : 'set η', holds];
}

function noiseCover(quantities: Quantities): Check {
  const finite = quantities.settings.replacement === 'without';
  const most = finite ? String.raw`\frac{N${tex.noiseScale}}{N-1+${tex.noiseScale}}` : tex.noiseScale;
  const holds: Text = ['at least ', math('C^2-1=1'), ', that is ', math(String.raw`B\le ${most}`)];
  if (ifKnown(() => quantities.batchSize) === undefined) return ['set B', holds];
  const { known, atLeast } = noiseToSignal(quantities);
  if (known !== undefined) return [[quantity(known), ...within(known)], holds];
  return [atLeast === undefined ? 'not known' : ['≥ ', number(atLeast, 2)], holds];
}

function gaussian(quantities: Quantities): Check {
  const holds = 'near 0';
  const batchSize = ifKnown(() => quantities.batchSize);
  const values = quantities.rows < 4 ? undefined : ifKnown(() => alongMean(quantities));
  const found = values && excessKurtosis(values);
  if (batchSize === undefined) return ['set B', holds];
  return [found === undefined ? 'not known' : [number(found / batchSize)], holds];
}

function steady(quantities: Quantities): Check {
  const holds = 'small over the time considered';
  const compared = ifKnown(() => companion(quantities, 'compared'));
  const own = ifKnown(() => quantities.spectrum.frobeniusNorm);
  if (compared === undefined || own === undefined || own === 0) return ['needs a second dump', holds];
  const apart = 1 + (compared.frobeniusNorm / own) ** 2 - 2 * (compared.crossNorm / own) ** 2;
  return [[number(Math.sqrt(Math.max(0, apart)))], holds];
}

/** The rate that stands for η with momentum, as the end of a sentence. */
function effective(quantities: Quantities): string {
  const rate = ifKnown(() => quantities.effectiveRate);
  return rate === undefined ? '' : `, and over many of them η′ = ${plainNumber(rate)} stands for η`;
}

function assumptions(quantities: Quantities): Text {
  const { settings } = quantities;
  const broken = [
    ...(settings.replacement === 'without'
      ? ['batches are drawn without replacement, so noise cancels over an epoch']
      : []),
    ...(settings.momentum > 0
      ? [`momentum ${plainNumber(settings.momentum)} correlates steps${effective(quantities)}`]
      : []),
    ...(settings.optimizer === 'adam'
      ? ['Adam divides by the size of the gradient, so another SDE belongs to it']
      : []),
  ];
  const listed: Text = broken.length === 0 ? [] : [`These settings break other assumptions: ${broken.join('; ')}. `];
  const model = ifKnown(() => quadraticModel(quantities));
  const ratio = model && relativeLoss(model, 1);
  const exact: Text =
    ratio === undefined
      ? []
      : ['On the quadratic of the figures SGD settles at ', number(ratio, 4), ' times the loss of the SDE. '];
  return [...exact, ...listed, 'Gradient clipping would break the covariance formula as well.'];
}
