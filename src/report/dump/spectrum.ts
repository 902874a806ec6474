import { metricsOf } from '../../metrics';
import { ISOTROPY_ROWS, isotropyExcess } from '../../metrics/isotropy';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { percent, texNumber, wholeNumber } from '../../shared/numbers';
import type { ReportBlock, Table, Text } from '../../shared/report';
import { whiteParticipationRatio } from '../../theory/marchenko-pastur';
import { QUICK_SHUFFLING, SHUFFLES, SHUFFLING_RATE, shufflingWork } from '../../theory/shuffling-work';
import { spectrumTheory } from '../theory/spectrum';
import type { SectionDefinition } from '../definition';
import { noiseDirections } from './noise-directions';
import type { ExtraProblems } from '../../shared/summary';
import { column, math, number, strong, term } from '../phrases';

const SHOWN = 8;

type MakeBlock = SectionDefinition['blocks'][number];

/** Leaves a block out where there is no spectrum; the finding says why, once. */
const whenSolved =
  (block: MakeBlock): MakeBlock =>
  (context) =>
    context.quantities.summary.spectrum === undefined ? undefined : block(context);

export const spectrum: SectionDefinition = {
  id: 'spectrum',
  short: 'Spectrum',
  title: 'Spectrum',
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    whenSolved(({ quantities, metric }) => {
      const here = (read: () => number): string | undefined => {
        const value = ifKnown(read);
        return value === undefined ? undefined : texNumber(value);
      };
      const { scale, spectrum: solved } = quantities;
      return {
        kind: 'formulas',
        formulas: [
          metric('participation-ratio').terms,
          [
            term(
              tex.spectralNorm,
              here(() => scale * (solved.eigenvalues[0] ?? 0)),
              'largest',
            ),
            term(String.raw`\le`),
            term(
              tex.frobenius,
              here(() => scale * solved.frobeniusNorm),
            ),
            term(String.raw`\le`),
            term(
              tex.trace,
              here(() => quantities.trace.value),
              'all',
            ),
          ],
        ],
      };
    }),
    ({ plots }) => ({ kind: 'figures', figures: plots('spectrum') }),
    ({ quantities }) => missingExtras(quantities),
    ({ quantities }) => resamplingOffer(quantities),
    () => ({ kind: 'fold', id: 'spectrum-more', title: 'More of the spectrum', headline: 'entropy-rank' }),
    ({ quantities, plots }) => ({
      kind: 'figures',
      figures: [
        ...plots('variances'),
        // the traces are known before the eigenvalues, which without noise never are
        ...(quantities.summary.spectrum !== undefined && quantities.eigenvalues.length > 0
          ? [{ kind: 'table', table: leadingEigenvalues(quantities) } as const]
          : []),
      ],
    }),
    ({ quantities, plots }) =>
      quantities.summary.spectrum?.covariance === undefined || quantities.parameters < 2
        ? undefined
        : { kind: 'figures', figures: plots('covariance matrix') },
    ({ quantities }) => noiseDirections(quantities),
    () => ({
      kind: 'cards',
      caption: ['More measures of the same spectrum'],
      metrics: metricsOf('spectrum'),
    }),
    ({ quantities }) => replication(quantities),
    whenSolved(({ quantities }) => ({ kind: 'note', text: provenance(quantities) })),
    () => spectrumTheory,
  ],
};

function finding(quantities: Quantities): Text {
  const { rows: n, parameters } = quantities;
  if (n < 2) return [strong('One row has no spectrum'), ', because nothing varies.'];
  const { eigenvalues } = quantities;
  const count = eigenvalues.length;
  if (count === 0) return [strong('There is no noise'), ', so there are no directions it could have.'];
  const trace = quantities.trace.value;
  const first = eigenvalues[0] ?? 0;
  const last = eigenvalues[count - 1] ?? 0;
  if (count === 1)
    return [
      strong('All noise lies on one line'),
      n === 2 ? ': two rows can show no more.' : ', along a single direction.',
    ];
  const { partial } = quantities.spectrum;
  const complete = partial === undefined && count === parameters;
  if (complete && last > first * (1 - 1e-9))
    return [
      strong(count === 2 ? 'Both eigenvalues are equal' : `All ${count} eigenvalues are equal`),
      ': the noise is the same in every direction, so the choice of eigenvectors is arbitrary.',
    ];
  let half = 0;
  for (let sum = 0; half < count && sum < trace / 2; half++) sum += eigenvalues[half] ?? 0;
  const ratio = quantities.participationRatio;
  const possible = Math.min(n - 1, parameters);
  const within = half < count || partial === undefined;
  const begin: Text = [
    strong(
      within
        ? `${wholeNumber(half)} of ${wholeNumber(partial ? possible : count)} directions ${half === 1 ? 'carries' : 'carry'} at least half of the noise`
        : `The ${wholeNumber(count)} leading directions carry less than half of the noise`,
    ),
    `, the noisiest alone ${percent(first / trace)}. The noise is spread as if over `,
    number(ratio),
    ' equally noisy directions.',
  ];
  return quantities.uncertain && n >= ISOTROPY_ROWS ? [...begin, ...againstWhiteNoise(quantities)] : begin;
}

/** Whether two halves of the rows agree in their leading directions. */
function replication({ summary }: Quantities): ReportBlock | undefined {
  const halves = summary.resampling?.halves ?? [];
  const [first] = halves;
  const last = halves.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const more: Text =
    last === first ? [] : [`, and ${percent(last.overlap)} of the space of the leading ${last.directions}`];
  return {
    kind: 'note',
    text: [
      `Two random halves of the rows share ${percent(first.overlap)} of their noisiest direction`,
      ...more,
      '. What one half does not share with the other belongs to these rows, not to the noise.',
    ],
  };
}

/** What the reader misses, when an extra failed. */
const EXTRAS: Readonly<Record<keyof ExtraProblems, string>> = {
  preview: 'A preview from some of the rows',
  suspicions: 'Whether the rows seem to be something else than gradients of examples',
  groups: 'How much of the noise lies between groups',
  classes: 'How much the classes of rows differ',
  directions: 'Which parameters the noisiest directions are made of',
  halves: 'What two halves of the rows have in common',
  batches: 'The spread of single batches',
};

/** Extras fail by themselves; the report says which, and why. */
function missingExtras({ summary }: Quantities): ReportBlock | undefined {
  const problems = Object.entries(summary.extraProblems ?? {}).filter(([name]) => name !== 'preview');
  if (problems.length === 0) return undefined;
  return {
    kind: 'note',
    text: problems.map(
      ([name, { found, remedy }]) => `${EXTRAS[name as keyof ExtraProblems]} is unavailable: ${found}. ${remedy} `,
    ),
  };
}

/** Where shuffles were left out because they take long: what they would tell, and how long that is. */
function resamplingOffer({ summary }: Quantities): ReportBlock | undefined {
  const work = shufflingWork(summary.dump);
  if (summary.spectrum === undefined || summary.resampling !== undefined || work <= QUICK_SHUFFLING) return undefined;
  const seconds = work / SHUFFLING_RATE;
  const time =
    seconds < 90
      ? `${wholeNumber(Math.ceil(seconds / 5) * 5)} seconds`
      : seconds < 5400
        ? `${wholeNumber(Math.ceil(seconds / 60))} minutes`
        : `${wholeNumber(Math.ceil(seconds / 3600))} hours`;
  return {
    kind: 'offer',
    text: [
      `${SHUFFLES} spectra of shuffled columns show which of these directions are more than chance. That takes about ${time} for a dump of this size; the report stays as it is meanwhile.`,
    ],
    buttons: [{ label: 'Shuffle the columns', action: { kind: 'resample' } }],
  };
}

/** What the same number of rows would show if no direction were noisier than another. */
function againstWhiteNoise(quantities: Quantities): Text {
  const { rows: n, parameters, moments } = quantities;
  const varying = parameters - moments.constantParameters;
  const expected = number(whiteParticipationRatio(n, varying));
  if (isotropyExcess(quantities) <= 1)
    return [
      ` That does not rule out noise without any preferred direction: ${wholeNumber(n)} rows of it would show about `,
      expected,
      '.',
    ];
  return [' Noise without any preferred direction would show about ', expected, ' with this many rows.'];
}

function leadingEigenvalues(quantities: Quantities): Table {
  const { eigenvalues } = quantities;
  const trace = quantities.trace.value;
  const text = column(Array.from(eigenvalues.subarray(0, SHOWN)));
  let sum = 0;
  const rows = Array.from(eigenvalues.subarray(0, SHOWN)).map((eigenvalue, index) => {
    sum += eigenvalue;
    const share = Math.min(1, eigenvalue / trace);
    return [
      { text: [String(index + 1)], value: index + 1 },
      { text: [text(eigenvalue)], value: eigenvalue },
      { text: [percent(share)], value: share, share },
      { text: [percent(Math.min(1, sum / trace))], value: sum / trace },
    ];
  });
  const { rows: n, parameters, spectrum: solved } = quantities;
  const all = solved.partial === undefined ? eigenvalues.length : Math.min(n - 1, parameters);
  const rest = all - rows.length;
  return {
    id: 'leading-eigenvalues',
    caption: [strong('The largest eigenvalues'), ' and their share of the trace'],
    columns: [
      { head: [math('k')], align: 'right' },
      { head: [math(String.raw`\lambda_k`)], align: 'right' },
      { head: ['share'], align: 'left' },
      { head: ['together'], align: 'right' },
    ],
    rows,
    ...(rest > 0 && {
      foot: [
        { text: ['rest'] },
        { text: [number(Math.max(0, trace - sum))], value: Math.max(0, trace - sum) },
        { text: [percent(Math.max(0, 1 - sum / trace))], value: Math.max(0, 1 - sum / trace) },
        { text: [`${wholeNumber(rest)} more`] },
      ],
    }),
  };
}

function provenance(quantities: Quantities): Text {
  const { spectrum: solved, rows: n, parameters } = quantities;
  const size = solved.matrix === 'gram' ? n : parameters;
  const what = solved.matrix === 'gram' ? 'products between rows' : 'covariances between parameters';
  const { partial } = solved;
  if (partial !== undefined)
    return [
      `Of the ${wholeNumber(size)} × ${wholeNumber(size)} matrix of ${what} only the ${wholeNumber(quantities.eigenvalues.length)} leading eigenvalues were computed, because all would not fit the memory budget. The trace is that of all of them; the largest eigenvalue is at most `,
      number(quantities.scale * partial.upperBound),
      '. Divisor: ',
      quantities.convention,
      '.',
    ];
  return [
    `From the ${wholeNumber(size)} × ${wholeNumber(size)} matrix of ${what}, solved whole; eigenvalues below `,
    number(quantities.scale * solved.roundingFloor, 2),
    ' are rounding errors and left out. Divisor: ',
    quantities.convention,
    '.',
  ];
}
