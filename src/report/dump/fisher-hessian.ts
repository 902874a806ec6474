import { metricsOf } from '../../metrics';
import { companion, covarianceProduct, requireFisher } from '../../metrics/companions';
import { cosine } from '../../metrics/cosine';
import { ISOTROPY_ROWS, isotropyExcess } from '../../metrics/isotropy';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber, wholeNumber } from '../../shared/numbers';
import type { Offer, ReportBlock, Table, Text } from '../../shared/report';
import type { Companions, MatrixSummary, SubspaceOverlap } from '../../shared/summary';
import { gibbsTemperature } from '../../theory/temperature';
import type { SectionDefinition } from '../definition';
import { fisherHessianTheory } from '../theory/fisher-hessian';
import { math, number, strong, term } from '../phrases';

export const fisherHessian: SectionDefinition = {
  id: 'fisher-hessian',
  short: 'Fisher, Hessian',
  title: 'Fisher and Hessian',
  folded: () => true,
  headline: 'maximum-learning-rate',
  lacking: ({ quantities }) => lackingCompanion(quantities, ['hessian', 'fisher', 'modelLabels']).lacking,
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ quantities }) => {
      const value = (read: () => number): string | undefined => {
        const known = ifKnown(read);
        return known === undefined ? undefined : texNumber(known);
      };
      return {
        kind: 'formulas',
        formulas: [
          [
            term(
              String.raw`\operatorname{tr}M`,
              value(() => quantities.trace.value + quantities.signal.value),
              'empirical Fisher',
            ),
            term('='),
            term(
              tex.trace,
              value(() => quantities.trace.value),
              'noise',
            ),
            term('+'),
            term(
              tex.signal,
              value(() => quantities.signal.value),
              'signal',
            ),
          ],
        ],
      };
    },
    ({ quantities }) =>
      withoutRows(quantities)
        ? withoutRowsNote
        : companionOffer(quantities, ['hessian', 'fisher', 'modelLabels', 'compared']),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['With a Fisher matrix'],
      ...(!has(quantities, 'fisher') && !has(quantities, 'modelLabels') && { aside: asks(quantities, 'fisher') }),
      metrics: metricsOf('Fisher matrix'),
    }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['With a Hessian'],
      ...(!has(quantities, 'hessian') && { aside: asks(quantities, 'hessian') }),
      metrics: metricsOf('Hessian'),
    }),
    ({ quantities, plots }) => {
      const table = overlapTable(quantities);
      return {
        kind: 'figures',
        figures: [...plots('Hessian'), ...(table === undefined ? [] : [{ kind: 'table', table } as const])],
      };
    },
    ({ quantities }) => gibbs(quantities),
    ({ quantities }) => gibbsOdds(quantities),
    () => fisherHessianTheory,
  ],
};

const has = (quantities: Quantities, name: 'hessian' | 'fisher' | 'modelLabels'): boolean =>
  ifKnown(() => companion(quantities, name)) !== undefined;

const withoutRows = ({ summary }: Quantities): boolean => summary.dump.format === 'gradstats';

const asks = (quantities: Quantities, key: 'fisher' | 'hessian'): Text => [
  withoutRows(quantities) ? 'which needs the dump itself' : `chosen above, or named in the metadata by "${key}"`,
];

function finding(quantities: Quantities): Text {
  const hessian = ifKnown(() => companion(quantities, 'hessian'));
  const trace = ifKnown(() => quantities.trace.value);
  if (hessian === undefined || trace === undefined || trace === 0) return withoutHessian(quantities);
  const product = covarianceProduct(hessian);
  const ownTrace = quantities.moments.scatter / quantities.rows;
  if (!(hessian.trace > 0))
    return [
      strong('The curvatures of all directions add up to nothing positive'),
      ': this point is not a minimum, and the loss does not confine the noise here.',
    ];
  const ratio = (quantities.parameters * product) / (hessian.trace * ownTrace);
  const found: Text = [
    strong(
      likeness(
        ifKnown(() => cosine([product, 1], quantities.spectrum.frobeniusNorm, hessian.frobeniusNorm)),
        ratio,
      ),
    ),
    ': it costs ',
    number(ratio),
    ' times as much loss as noise of the same size without any preferred direction.',
  ];
  const { smallest, largest } = hessian.eigenvalues;
  // elements in single precision shift eigenvalues by about so much
  if (smallest >= -(2 ** -23) * hessian.frobeniusNorm) return found;
  return [
    ...found,
    ' The Hessian has a direction of negative curvature, ',
    number(smallest),
    ' against a largest of ',
    number(largest),
    ', so this point is not a minimum.',
  ];
}

/**
 * Whether two matrices look alike is a question for their cosine: the ratio of costs is 1 for any noise where all directions
 * curve alike, and for a noise that is alike in all.
 */
function likeness(cosineOfBoth: number | undefined, ratio: number): string {
  if (cosineOfBoth !== undefined && cosineOfBoth > 0.9)
    return `The noise has nearly the same shape as the curvature, with a cosine of ${cosineOfBoth.toFixed(2)}`;
  if (ratio > 2) return 'The noise prefers directions of high curvature';
  if (ratio < 0.5) return 'The noise avoids directions of high curvature';
  return cosineOfBoth === undefined
    ? 'The noise has directions of high and of low curvature'
    : `The noise is like the curvature to a cosine of ${cosineOfBoth.toFixed(2)}`;
}

function withoutHessian(quantities: Quantities): Text {
  const fisher = ifKnown(() => requireFisher(quantities));
  const empirical = ifKnown(() => quantities.moments.meanSquaredNorm + quantities.moments.scatter / quantities.rows);
  if (fisher === undefined || empirical === undefined || !(fisher.trace > 0))
    return [
      strong('Gradients alone are neither a Fisher matrix nor a Hessian.'),
      ' Their second moment is called the empirical Fisher matrix, but its labels come from the data.',
      ...(withoutRows(quantities) ? [] : [' A matrix or a second dump can be compared with this one.']),
    ];
  const share = empirical / fisher.trace;
  return [
    strong(`The empirical Fisher matrix is ${plainNumber(share, 2)} times the size of the true one`),
    share < 0.5
      ? ', by traces: where a network fits its labels, gradients vanish and the Fisher matrix does not.'
      : ', by traces.',
  ];
}

/** Overlaps of leading spaces, beside those of chance. */
function overlapTable(quantities: Quantities): Table | undefined {
  const hessian = ifKnown(() => companion(quantities, 'hessian'));
  const fisher = ifKnown(() => requireFisher(quantities));
  const lists: readonly { readonly head: Text; readonly list: readonly SubspaceOverlap[] }[] = [
    ...(hessian === undefined ? [] : [{ head: ['with Hessian'], list: hessian.overlaps }]),
    ...(fisher === undefined ? [] : [{ head: ['with Fisher'], list: fisher.overlaps }]),
  ];
  const first = lists[0];
  if (first === undefined || first.list.length === 0) return undefined;
  const inside = hessian && noiseInside(hessian, quantities.moments.scatter / quantities.rows);
  const { parameters } = quantities;
  return {
    id: 'leading-spaces',
    caption: [strong('Do the leading directions agree?'), ' Overlap of the first k of them, 1 for the same space'],
    columns: [
      { head: [math('k')], align: 'right' },
      ...lists.map(({ head }) => ({ head, align: 'right' }) as const),
      { head: ['by chance'], align: 'right' },
      ...(inside === undefined ? [] : [{ head: ['noise in the Hessian’s'], align: 'right', secondary: true } as const]),
    ],
    rows: first.list.map(({ directions }) => {
      const chance = Math.min(1, directions / parameters);
      const share = inside?.(directions);
      return [
        { text: [String(directions)], value: directions },
        ...lists.map(({ list }) => {
          const found = list.find((entry) => entry.directions === directions)?.overlap;
          return found === undefined ? { text: ['–'] } : { text: [found.toFixed(2)], value: found };
        }),
        { text: [number(chance, 2)], value: chance },
        ...(share === undefined ? [] : [{ text: [`${Math.round(100 * share)} %`], value: share }]),
      ];
    }),
    note: [
      inside === undefined
        ? 'Chance is k divided by the number of parameters.'
        : 'Chance is k divided by the number of parameters. The last column is the share of the trace of Σ within the leading directions of the Hessian.',
    ],
  };
}

/** Share of tr Σ within the leading k directions of the matrix. */
function noiseInside({ noiseAlong }: MatrixSummary, trace: number): ((directions: number) => number) | undefined {
  if (!(trace > 0)) return undefined;
  return (directions) => noiseAlong.subarray(0, directions).reduce((sum, value) => sum + value, 0) / trace;
}

const COMPANIONS: readonly (readonly [name: keyof Companions, word: string])[] = [
  ['hessian', 'Hessian'],
  ['fisher', 'Fisher matrix'],
  ['modelLabels', 'dump with the model’s labels'],
  ['compared', 'second dump'],
  ['secondMoments', 'second moments'],
];

/** Where none of these files is beside the dump, and one could be: the buttons that choose them. */
export function lackingCompanion(
  quantities: Quantities,
  names: readonly (keyof Companions)[],
): { readonly lacking?: Offer } {
  const { companions = {}, spectrum, dump } = quantities.summary;
  if (names.some((name) => companions[name] !== undefined)) return {};
  if (withoutRows(quantities) || spectrum === undefined || isRemote(dump.path)) return {};
  const buttons = COMPANIONS.filter(([name]) => names.includes(name)).map(chooser);
  return { lacking: { kind: 'offer', text: [], buttons } };
}

/** Only on a disk is there anything beside a dump. */
const isRemote = (path: string): boolean => /^[a-z][\w+.-]+:\/\//i.test(path);

const chooser = ([name, word]: (typeof COMPANIONS)[number]): Offer['buttons'][number] => ({
  label: `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}…`,
  action: { kind: 'choose-companion', companion: name },
});

const withoutRowsNote: ReportBlock = {
  kind: 'note',
  text: [
    'A Hessian, a Fisher matrix or a second dump is compared with the rows themselves. This file holds their lengths and products: analyze the dump for that.',
  ],
};

/** Files that may be next to the dump: which there are, and a way to choose each or do without it. */
export function companionOffer(quantities: Quantities, names: readonly (keyof Companions)[]): ReportBlock | undefined {
  const { summary } = quantities;
  if (withoutRows(quantities) || summary.spectrum === undefined || isRemote(summary.dump.path)) return undefined;
  const { companions = {} } = summary;
  const offered = COMPANIONS.filter(([name]) => names.includes(name));
  const used = offered.flatMap(([name, word]) => {
    const found = companions[name];
    if (found === undefined) return [];
    const file = found.path.split(/[\\/]/).at(-1) ?? found.path;
    return [`${word}: ${file}${'problem' in found ? ` (not used: ${found.problem.found})` : ''}`];
  });
  return {
    kind: 'offer',
    text: used.length > 0 ? [`Beside this dump: ${used.join('; ')}.`] : ['Compare with a file of the same model:'],
    buttons: offered.map((companion) =>
      companions[companion[0]] === undefined
        ? chooser(companion)
        : { label: `Without ${companion[1]}`, action: { kind: 'drop-companion', companion: companion[0] } },
    ),
  };
}

/** The Gibbs temperature, and how far the noise is from the isotropy that it needs. */
function gibbsState(quantities: Quantities): { readonly temperature: number; readonly excess: number } | undefined {
  const eigenvalues = ifKnown(() => quantities.requireNoise());
  const batchSize = ifKnown(() => quantities.batchSize);
  const rate = ifKnown(() => quantities.effectiveRate);
  if (eigenvalues === undefined || rate === undefined || batchSize === undefined) return undefined;
  const { parameters } = quantities;
  return {
    temperature: gibbsTemperature(rate, batchSize, quantities.trace.value / parameters),
    excess: isotropyExcess(quantities),
  };
}

/** The temperature of a Gibbs distribution, with the isotropy that it needs held against the spectrum. */
function gibbs(quantities: Quantities): ReportBlock | undefined {
  if (quantities.settings.optimizer === 'adam')
    return {
      kind: 'note',
      text: [
        'No Gibbs temperature is given: Adam divides each step by the size of past gradients, so its noise has another law than that of SGD.',
      ],
    };
  const state = gibbsState(quantities);
  if (state === undefined) return undefined;
  const { temperature, excess } = state;
  return {
    kind: 'note',
    text: [
      'If the noise were isotropic, SGD would visit parameters with density ',
      math(String.raw`e^{-L/n}`),
      ' at the Gibbs temperature ',
      math(String.raw`n=${fraction(String.raw`\eta'\sigma^2`, '2B')}=${texNumber(temperature)}`),
      ', and a minimum ten times flatter in ',
      math('q'),
      ' directions would outweigh a loss higher by ',
      math(String.raw`\tfrac q2\ln10\cdot n=${texNumber((Math.LN10 / 2) * temperature)}\,q`),
      ...isotropyWords(quantities, excess),
      ' A sharper minimum with a higher loss never wins.',
    ],
  };
}

/** Whether the noise is isotropic: of a sample, what chance would show is the measure. */
function isotropyWords(quantities: Quantities, excess: number): Text {
  const { rows: n, uncertain } = quantities;
  if (!uncertain)
    return excess < 1 + 1e-9
      ? ['. It is: all directions have the same variance.']
      : ['. It is not: the noisiest direction has ', number(excess, 2), ' times the variance of an average one.'];
  if (n < ISOTROPY_ROWS) return [`. ${n === 2 ? 'Two' : 'Three'} rows cannot show whether it is.`];
  return [
    excess > 1
      ? '. It is not: the noisiest direction has '
      : '. These rows do not rule that out: the noisiest direction has ',
    number(excess, 2),
    ` times the largest variance that ${wholeNumber(n)} rows of isotropic noise would show.`,
  ];
}

/** Two minima to begin with: A is higher by four temperatures and ten times flatter in two directions. */
function gibbsOdds(quantities: Quantities): ReportBlock | undefined {
  const state = gibbsState(quantities);
  if (state === undefined) return undefined;
  const { temperature, excess } = state;
  const rounded = Number(temperature.toPrecision(4));
  return {
    kind: 'calculator',
    calculator: 'gibbs-odds',
    given: {
      temperature: rounded,
      directions: 2,
      lossA: Number((4 * rounded).toPrecision(6)),
      curvatureA: 0.5,
      lossB: 0,
      curvatureB: 5,
      excess,
    },
  };
}
