import { ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { percent, texNumber, wholeNumber } from '../../shared/numbers';
import type { Block, Table, Text } from '../../shared/report';
import { whiteCeiling, whiteParticipationRatio } from '../../theory/marchenko-pastur';
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
    context.given.summary.spectrum === undefined ? undefined : block(context);

export const spectrum: SectionDefinition = {
  id: 'spectrum',
  short: 'Spectrum',
  title: 'Spectrum',
  blocks: [
    ({ given }) => ({ kind: 'finding', text: finding(given) }),
    whenSolved(({ given, metric }) => {
      const here = (read: () => number): string | undefined => {
        const value = ifKnown(read);
        return value === undefined ? undefined : texNumber(value);
      };
      const { scale, spectrum: solved } = given;
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
              here(() => given.trace.value),
              'all',
            ),
          ],
        ],
      };
    }),
    ({ plot }) => ({
      kind: 'figures',
      figures: [
        { kind: 'plot', plot: plot('eigen-spectrum') },
        { kind: 'plot', plot: plot('leading-plane') },
      ],
    }),
    ({ given, plot }) => ({
      kind: 'figures',
      figures: [
        { kind: 'plot', plot: plot('variance-traces') },
        // the traces are known before the eigenvalues, which without noise never are
        ...(given.summary.spectrum !== undefined && given.eigenvalues.length > 0
          ? [{ kind: 'table', table: leadingEigenvalues(given) } as const]
          : []),
      ],
    }),
    ({ given, plot }) =>
      given.summary.spectrum?.covariance === undefined || given.parameters < 2
        ? undefined
        : {
            kind: 'figures',
            figures: [
              { kind: 'plot', plot: plot('parameter-covariances') },
              { kind: 'plot', plot: plot('parameter-correlations') },
            ],
          },
    ({ given }) => noiseDirections(given),
    () => ({
      kind: 'cards',
      caption: ['More measures of the same spectrum'],
      metrics: [
        'corrected-spectral-norm',
        'frobenius-norm',
        'entropy-rank',
        'covariance-memory',
        'empirical-fisher-trace',
        'empirical-fisher-norm',
      ],
    }),
    ({ given }) => replication(given),
    ({ given }) => missingExtras(given),
    ({ given }) => resamplingOffer(given),
    whenSolved(({ given }) => ({ kind: 'fine', text: provenance(given) })),
    () => spectrumTheory,
  ],
};

function finding(given: Quantities): Text {
  const { samples, parameters } = given;
  if (samples < 2) return [strong('One row has no spectrum'), ', because nothing varies.'];
  const { eigenvalues } = given;
  const count = eigenvalues.length;
  if (count === 0) return [strong('There is no noise'), ', so there are no directions it could have.'];
  const trace = given.trace.value;
  const first = eigenvalues[0] ?? 0;
  const last = eigenvalues[count - 1] ?? 0;
  if (count === 1)
    return [
      strong('All noise lies on one line'),
      samples === 2 ? ': two rows can show no more.' : ', along a single direction.',
    ];
  const { partial } = given.spectrum;
  const complete = partial === undefined && count === parameters;
  if (complete && last > first * (1 - 1e-9))
    return [
      strong(count === 2 ? 'Both eigenvalues are equal' : `All ${count} eigenvalues are equal`),
      ': the noise is the same in every direction, and its eigenvectors are an arbitrary choice.',
    ];
  let half = 0;
  for (let sum = 0; half < count && sum < trace / 2; half++) sum += eigenvalues[half] ?? 0;
  const ratio = given.participationRatio;
  const possible = Math.min(samples - 1, parameters);
  const within = half < count || partial === undefined;
  const begin: Text = [
    strong(
      within
        ? `${wholeNumber(half)} of ${wholeNumber(partial ? possible : count)} directions ${half === 1 ? 'carries' : 'carry'} half of the noise`
        : `The ${wholeNumber(count)} leading directions carry less than half of the noise`,
    ),
    `, the noisiest alone ${percent(first / trace)}. It is spread as if over `,
    number(ratio),
    ' equally noisy directions.',
  ];
  return given.uncertain && samples > 3 ? [...begin, ...againstWhiteNoise(given, first)] : begin;
}

/** Whether two halves of the rows agree in their leading directions. */
function replication({ summary }: Quantities): Block | undefined {
  const halves = summary.resampling?.halves ?? [];
  const [first] = halves;
  const last = halves.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const more: Text =
    last === first ? [] : [`, and ${percent(last.overlap)} of the space of the leading ${last.directions}`];
  return {
    kind: 'fine',
    text: [
      `Two random halves of the rows share ${percent(first.overlap)} of their noisiest direction`,
      ...more,
      '. What the other half does not show is a direction of these rows, not of the noise.',
    ],
  };
}

/** What the reader misses, when an extra failed. */
const EXTRAS: Readonly<Record<keyof ExtraProblems, string>> = {
  preview: 'A preview from some of the rows',
  suspicions: 'Whether the rows seem to be something else than gradients of examples',
  directions: 'Which parameters the noisiest directions are made of',
  halves: 'What two halves of the rows have in common',
  batches: 'The spread of single batches',
};

/** Extras fail by themselves; the report says which, and why. */
function missingExtras({ summary }: Quantities): Block | undefined {
  const problems = Object.entries(summary.extraProblems ?? {}).filter(([name]) => name !== 'preview');
  if (problems.length === 0) return undefined;
  return {
    kind: 'fine',
    text: problems.map(
      ([name, { found, remedy }]) => `${EXTRAS[name as keyof ExtraProblems]} is unavailable: ${found}. ${remedy} `,
    ),
  };
}

/** Where shuffles were left out because they take long: what they would tell, and how long that is. */
function resamplingOffer({ summary }: Quantities): Block | undefined {
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
      `Which of these directions are more than chance is told by ${SHUFFLES} spectra of shuffled columns: about ${time} for a dump of this size. The report stays as it is meanwhile.`,
    ],
    buttons: [{ label: 'Shuffle the columns', action: { kind: 'resample' } }],
  };
}

/** What the same number of rows would show if no direction were noisier than another. */
function againstWhiteNoise({ samples, parameters, moments, trace, scale }: Quantities, largest: number): Text {
  const varying = parameters - moments.constantParameters;
  const ceiling = scale * whiteCeiling(trace.value / scale / varying, samples, varying);
  const expected = number(whiteParticipationRatio(samples, varying));
  if (largest <= ceiling)
    return [
      ` ${wholeNumber(samples)} rows of noise without any preferred direction would look the same (about `,
      expected,
      ' directions), so they tell no direction apart.',
    ];
  return [' Noise without any preferred direction would show about ', expected, ' with this many rows.'];
}

function leadingEigenvalues(given: Quantities): Table {
  const { eigenvalues } = given;
  const trace = given.trace.value;
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
  const { samples, parameters, spectrum: solved } = given;
  const all = solved.partial === undefined ? eigenvalues.length : Math.min(samples - 1, parameters);
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

function provenance(given: Quantities): Text {
  const { spectrum: solved, samples, parameters } = given;
  const size = solved.matrix === 'gram' ? samples : parameters;
  const what = solved.matrix === 'gram' ? 'products between rows' : 'covariances between parameters';
  const { partial } = solved;
  if (partial !== undefined)
    return [
      `Of the ${wholeNumber(size)} × ${wholeNumber(size)} matrix of ${what} only the ${wholeNumber(given.eigenvalues.length)} leading eigenvalues were computed, because all would not fit the memory budget. The trace is that of all of them; the largest eigenvalue is at most `,
      number(given.scale * partial.upperBound),
      '. Divisor: ',
      given.convention,
      '.',
    ];
  return [
    `From the ${wholeNumber(size)} × ${wholeNumber(size)} matrix of ${what}, solved whole; eigenvalues below `,
    number(given.scale * solved.roundingFloor, 2),
    ' are rounding and left out. Divisor: ',
    given.convention,
    '.',
  ];
}
