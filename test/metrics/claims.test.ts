import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import { evaluate } from '../../src/report/evaluate';
import { excessKurtosis } from '../../src/theory/kurtosis';
import { reshufflingNoise } from '../../src/theory/sampling';
import { intervalCoverage } from '../../src/theory/interval-coverage';
import { uniformRandom } from '../../src/theory/random';
import { covariance, dot, jacobi, mean } from '../reference/naive';
import { noise } from '../reference/noise';
import { large } from '../reference/situations';
import { plain } from '../report/every-text';

/** Sentences of the metrics and of the background that say what is so without exception. */
const EXTREME =
  /\b(?:always|never|at most|at least|cannot|exactly|all|every|none|nothing|must|impossible|no more than|unbiased|optimal|whenever|whatever)\b/i;

type Rows = readonly (readonly number[])[];
/** Why a claim holds: a search that finds no counter-example, or in words where it is a definition or says what somebody can know. */
type Proof = string | ((rows: Rows, seed: number) => boolean);

const eigenvalues = (rows: Rows): number[] => jacobi(covariance(rows)).values.map((value) => Math.max(0, value));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const ranks = (rows: Rows): { stable: number; participation: number; entropy: number } => {
  const values = eigenvalues(rows);
  const shares = values.map((value) => value / sum(values)).filter((share) => share > 1e-15);
  const entropy = Math.exp(-sum(shares.map((share) => share * Math.log(share))));
  return { stable: 1 / Math.max(...shares), participation: 1 / sum(shares.map((share) => share ** 2)), entropy };
};
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-12);
const within = (rows: Rows, from: number, to: number): Rows => rows.map((row) => row.slice(from, to));

/** Sums and means over all of something, and what a word means here: true by what the number is defined as. */
const BY_DEFINITION: readonly string[] = [
  'the sum over all parameters of the variance of their gradients',
  'weighs every direction alike',
  'noise in all the other directions, the bulk',
  'The root of the sum of all squared entries of the covariance',
  'The Marchenko–Pastur edge is the floor of parameters that are all equally noisy',
  'as noisy as the noisiest one would make up all of the noise',
  'the mean of all products of a gradient with itself',
  'every example counts alike, however long its gradient is',
  'says nothing of how noisy a single row is',
  'It is an average over all directions',
  'in the direction that every batch shares',
  'The sum of the curvatures of the loss in all directions',
  'here the matrix is given and nothing is estimated',
  'it is shown when a Newton step would gain no more than the gap itself',
  'Every example has a gradient of its own',
  'The whole data set has an exact covariance with divisor $1/n$, and nothing to estimate',
  'hold all values that a test does not reject',
  'With groups in the metadata every estimate of a sample takes a group',
  'of one group alone nothing can be said about others',
  'near 1 all gradients count by their direction alone',
  'It weighs every parameter alike and looks at one step',
  'every parameter counts alike',
  'summed over all parameters before anything is divided',
  'is part of what must be accounted for',
  'The softmax temperature divides logits and has nothing to do with optimization',
];
/** Others that a search cannot refute, each with what it follows from. */
const FOLLOWS: readonly (readonly [claim: string, from: string])[] = [
  [
    'The debiased value has unbiased estimates above and below',
    'test/metrics/participation-ratio.test.ts averages them over all samples of a small population',
  ],
  [
    'A small coherence does not mean that nothing is learned',
    'a mean of nearly perpendicular gradients has a positive product with each',
  ],
  [
    'a larger dump finds a signal where a smaller one finds none',
    'the noise of the mean falls like 1/n, the signal stays',
  ],
  ['below 2 there would be no variance at all', 'moments of a power law exist up to its exponent'],
  ['Estimators that pool all coordinates of all gradients', 'a mixture of scales has heavier tails than its parts'],
  [
    'More rows of the same groups do nothing about the noise between groups',
    'the between part of the variance of the mean is divided by groups: test/metrics/groups.test.ts',
  ],
  [
    'which every noise scale elsewhere assumes',
    'the definition of the noise scale of a batch of independent examples: McCandlish et al. 2018, §2.2',
  ],
  ['The triangle inequality has nothing to do with it', 'the identity of the expected squared norm is an equality'],
  ['most of all where batches are mostly noise', 'E‖ḡ‖²/‖G‖² = 1 + noise/signal'],
  ['nothing is drawn at random', 'the same rows give the same bits: test/theory/score-interval.test.ts'],
  [
    'The largest eigenvalue is corrected for what noise in all other directions adds to it',
    'Bai and Ding 2012; its value by hand is in test/metrics',
  ],
  ['Only the first is noisier than all others', 'eigenvalues are in order'],
  ['spread over the Marchenko–Pastur range', 'the limit law of white noise; test/theory/marchenko-pastur.test.ts'],
  [
    'by estimates that are right on average whatever the distribution',
    'Himeno and Yamada 2014; averaged over all samples in test/metrics/participation-ratio.test.ts',
  ],
  [
    'keeps both for every epoch, and the drift and diffusion per unit of time',
    'η and B enter both by their ratio: test/theory/scaling.test.ts',
  ],
  ['replaces $\\eta$ in all that noise does over many steps', 'test/metrics/momentum.test.ts simulates it'],
  ['the influence of every row', 'test/theory/leave-one-out.test.ts computes each anew'],
  ['It adds up to nothing in particular', 'leaving rows out one by one is not additive'],
  [
    'Where long gradients point in all directions it is small',
    'what is cut off adds up like a random walk: test/metrics, clipping by hand',
  ],
  [
    'Noise is taken away from all three products',
    'the two lengths and their product are debiased; their values are tested by hand',
  ],
  [
    'Other tools show the Euclidean noise scale for every optimizer',
    'what nanoGNS, Composer and others compute: norms of gradients as they are',
  ],
  ['No interval of a mean covers for every distribution', 'Bahadur and Savage 1956'],
  ['To come closer by one order the drift must be', 'Li, Tai and E 2017: the weak approximation of order two'],
  ['scaling both alike changes nothing', 'the equation holds η/B alone'],
  ['A quadratic shows all of it', 'the two stationary covariances below are solved in test/theory/quadratic.test.ts'],
  ['For every input the score has mean 0 under the model', 'the integral of a density is 1'],
  ['Where a network fits every example', 'gradients of squared error and cross-entropy vanish with the residual'],
  ['$H=F$ at every point and for any labels', 'the second derivative of a linear output is 0'],
  [
    '1 when rows of one class have one gradient',
    'the cosine of two equal matrices of products, and of orthogonal ones: test/theory/label-alignment.test.ts',
  ],
  ['a gradient moves the parameters by $\\eta$ at first', 'the sum of the geometric series'],
  ['A step then has a drift in proportion to', 'with P in proportion to √B, ηP has √B and η²PΣP/B has none'],
  ['All agree, $\\Sigma=M=F=H$', 'Bartlett’s identity at the true parameters'],
];

/** The rows with each column in an order of its own. */
function shuffled(rows: Rows, seed: number): Rows {
  const uniform = uniformRandom(seed);
  const columns = rows[0]!.map((_, j) => rows.map((row) => row[j]!).sort(() => uniform() - 0.5));
  return rows.map((_, i) => columns.map((column) => column[i]!));
}
const traceOf = (rows: Rows): number => sum(covariance(rows).map((row, j) => row[j]!));
/** Frobenius cosine of two matrices. */
const cosineOf = (a: Rows, b: Rows): number =>
  dot(a.flat(), b.flat()) / Math.hypot(...a.flat()) / Math.hypot(...b.flat());

const CLAIMS: readonly (readonly [claim: string, proof: Proof])[] = [
  ...BY_DEFINITION.map((claim) => [claim, 'a definition'] as const),
  ...FOLLOWS,
  [
    'the floor is at least that of the noisiest one',
    (rows, seed) =>
      Math.max(...eigenvalues(shuffled(rows, seed))) >=
      Math.max(...covariance(rows).map((row, j) => row[j]!)) * (1 - 1e-9),
  ],
  [
    'One means that all noise lies on a line',
    (rows) =>
      close(ranks(rows.map((row) => row.map((_, j) => row[0]! * (j + 1)))).stable, 1) &&
      (rows[0]!.length === 1 || ranks(rows).stable > 1),
  ],
  [
    '1 when all gradients agree, near 0 when each pulls its own way',
    (rows) => {
      const coherence = (of: Rows): number =>
        dot(mean(of), mean(of)) / (sum(of.map((row) => dot(row, row))) / of.length);
      const n = rows.length;
      const apart = rows.map((_, i) => rows.map((__, j) => (i === j ? 1 : 0)));
      return close(coherence(rows.map(() => rows[0]!)), 1) && close(coherence(apart), 1 / n);
    },
  ],
  [
    'one over the number of rows when all are the same, larger when they differ',
    (rows) => {
      const total = mean(rows).map((value) => value * rows.length);
      return sum(rows.map((row) => dot(row, row))) / dot(total, total) > 1 / rows.length;
    },
  ],
  [
    'Its square is the sum of the squares of the inner-product and the orthogonality test',
    (rows) => {
      const average = mean(rows);
      const length = dot(average, average);
      const x = rows.map((row) => row.map((value, j) => value - average[j]!));
      const along = x.map((row) => dot(row, average) / length);
      const inner = sum(along.map((value) => value ** 2));
      const across =
        sum(x.map((row, i) => sum(row.map((value, j) => (value - along[i]! * average[j]!) ** 2)))) / length;
      return close(sum(x.map((row) => dot(row, row))) / length, inner + across);
    },
  ],
  [
    'Across means all directions but one',
    (rows) => {
      // noise alike in d directions: a share of 1/d lies along the mean
      const d = rows[0]!.length;
      const x = mean(rows).flatMap((_, j) => [1, -1].map((sign) => mean(rows).map((__, k) => (j === k ? sign : 0))));
      const average = mean(rows);
      const along = sum(x.map((row) => dot(row, average) ** 2)) / dot(average, average);
      return close(along / sum(x.map((row) => dot(row, row))), 1 / d);
    },
  ],
  [
    '1 when all rows of a group are the same',
    (rows) => {
      // three rows of each group, all the same: nothing within
      const within = rows.map(() => 0);
      const between = traceOf(rows);
      return close(between / (between + sum(within)), 1);
    },
  ],
  ...[
    'How alike the shapes of the covariance and of the Fisher matrix are, whatever their sizes',
    'How alike the shapes of noise and curvature are, whatever their sizes',
    'How alike the noise of two dumps is in shape, whatever its size',
    'it says nothing about their ratio, which may still be any number',
  ].map(
    (claim) =>
      [
        claim,
        (rows: Rows, seed: number) =>
          close(cosineOf(covariance(rows), covariance(rows.map((row) => row.map((value) => (seed + 2) * value)))), 1),
      ] as const,
  ),
  [
    'equals the simple one when all directions curve alike',
    (rows, seed) => {
      const [curvature, average] = [seed + 1, mean(rows)];
      return close(
        (curvature * traceOf(rows)) / (curvature * dot(average, average)),
        traceOf(rows) / dot(average, average),
      );
    },
  ],
  ...['A common factor of all v cancels', 'With all $v_j$ alike it is the simple noise scale'].map(
    (claim) =>
      [
        claim,
        (rows: Rows, seed: number) => {
          const [noise, signal] = [covariance(rows).map((row, j) => row[j]!), mean(rows).map((value) => value ** 2)];
          const weighed = (of: readonly number[], v: readonly number[]): number =>
            sum(of.map((value, j) => value / Math.sqrt(v[j]!)));
          const scale = (v: readonly number[]): number => weighed(noise, v) / weighed(signal, v);
          const v = noise.map((_, j) => 1 + j);
          const [times, alike] = [v.map((value) => (seed + 3) * value), v.map(() => 5)];
          return close(scale(v), scale(times)) && close(scale(alike), sum(noise) / sum(signal));
        },
      ] as const,
  ),
  [
    'With equal curvature in all directions',
    (rows, seed) => close(((seed + 1) * traceOf(rows)) / (seed + 1), traceOf(rows)),
  ],
  [
    'With $n=N$ nothing is corrected',
    (rows) => {
      const n = rows.length;
      // (N − 1)/N of what has the divisor n − 1, and 1 − n/N of what is taken from ‖ḡ‖²
      return close(((traceOf(rows) * n) / (n - 1)) * ((n - 1) / n), traceOf(rows)) && 1 - n / rows.length === 0;
    },
  ],
  [
    'So covariances between different parameters add nothing to the total noise',
    (rows, seed) => close(traceOf(shuffled(rows, seed)), traceOf(rows)),
  ],
  [
    'whatever the curvature',
    (_, seed) => {
      // 2hv = ησ²/B, and the excess loss is hv/2
      const [rate, batch, variance] = [0.1, 4, 3];
      const h = (seed + 1) / 7;
      return close((h * ((rate * variance) / batch / (2 * h))) / 2, (rate / (4 * batch)) * variance);
    },
  ],
  [
    'With $b=1$ averaged over all rows and $B=n$ these are the estimates of this page',
    (rows) => {
      const n = rows.length;
      const [small, large] = [sum(rows.map((row) => dot(row, row))) / n, dot(mean(rows), mean(rows))];
      // signal (B‖g_B‖² − b‖g_b‖²)/(B − b), noise (‖g_b‖² − ‖g_B‖²)/(1/b − 1/B)
      const V = (traceOf(rows) * n) / (n - 1);
      return close((n * large - small) / (n - 1), large - V / n) && close((small - large) / (1 - 1 / n), V);
    },
  ],

  [
    'SGD can stay at a minimum that fits all examples only where the Frobenius norm of the Hessian is at most √(B/μ)/η',
    'linear stability in the mean square, by its source: Wu, Wang and Su 2022, for squared error near interpolation',
  ],
  [
    'the step that gradient descent on exactly these examples would take',
    'the definition of gradient descent: the mean of the gradients',
  ],
  [
    'It says how much noise there is, never where',
    (rows) => {
      // two covariances of one trace: turned into another direction
      const turned = rows.map(([a = 0, b = 0, ...rest]) => [0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b, ...rest]);
      const trace = (of: Rows): number => sum(covariance(of).map((row, j) => row[j]!));
      return close(trace(rows), trace(turned));
    },
  ],
  [
    'the noise left in the mean is then at least as large as the mean itself',
    (rows) => {
      // of rows about 0 many have a negative one, and only then is the noise in the mean the larger
      const noiseInMean = (of: Rows): number => sum(covariance(of).map((row, j) => row[j]!)) / (of.length - 1);
      const squared = dot(mean(rows), mean(rows));
      return squared - noiseInMean(rows) < 0 === noiseInMean(rows) > squared;
    },
  ],
  [
    'Directions below it cannot be distinguished from chance',
    'by the test: the floor is what chance shows in one of twenty cases',
  ],
  [
    'exactly k when k directions are equally noisy and all others silent',
    (_, seed) => {
      const k = 1 + (seed % 5);
      const equal = Array.from({ length: k }, (__, j) =>
        [1, -1].map((sign) => Array.from({ length: 6 }, (___, i) => (i === j ? sign : 0))),
      ).flat();
      return close(ranks(equal).participation, k);
    },
  ],
  [
    'Uncorrected, it cannot exceed the number of rows less one',
    (rows) => ranks(rows).participation <= rows.length - 1 + 1e-9,
  ],
  ['It is never formed: the far smaller matrix of products', 'how the kernel works: it forms the smaller of the two'],
  [
    'For the same eigenvalues, the stable rank is at most as large and the entropy rank at least as large',
    (rows) => {
      const { stable, participation, entropy } = ranks(rows);
      return stable <= participation * (1 + 1e-9) && participation <= entropy * (1 + 1e-9);
    },
  ],
  [
    'it is on average at least 1 divided by their number',
    (rows) => {
      // the expectation itself: every batch of two or three that can be drawn, with replacement, from rows about 0 or not
      const few = rows.slice(0, 5);
      const average = mean(few);
      const about = few.map((row) => row.map((value, j) => value - average[j]!));
      const naive = (batch: Rows): number =>
        dot(mean(batch), mean(batch)) / (sum(batch.map((row) => dot(row, row))) / batch.length);
      return [few, about].every((of) => {
        const pairs = of.flatMap((a) => of.map((b) => [a, b]));
        const triples = pairs.flatMap((pair) => of.map((c) => [...pair, c]));
        return [pairs, triples].every((all) => sum(all.map(naive)) / all.length >= 1 / all[0]!.length - 1e-12);
      });
    },
  ],
  [
    'it cannot exceed n − 4',
    (rows) => {
      const values = rows.map(([first = 0]) => first);
      const outlier = values.map((_, i) => (i === 0 ? 1e6 : 0));
      // one outlier is the worst there is: n − 5 + 1/(n − 1)
      const n = rows.length;
      return (
        close(excessKurtosis(Float64Array.from(outlier)) ?? NaN, n - 5 + 1 / (n - 1)) &&
        [values, outlier].every((list) => (excessKurtosis(Float64Array.from(list)) ?? 0) <= n - 4 + 1e-9)
      );
    },
  ],
  [
    'The mean of the norm itself is at most the root of this number',
    (rows) => {
      const squares = rows.map((row) => dot(row, row));
      return sum(squares.map(Math.sqrt)) / rows.length <= Math.sqrt(sum(squares) / rows.length) * (1 + 1e-12);
    },
  ],
  [
    'the mean distance is at most as large',
    (rows) => {
      const average = mean(rows);
      const squares = rows.map((row) => sum(row.map((value, j) => (value - average[j]!) ** 2)));
      return sum(squares.map(Math.sqrt)) / rows.length <= Math.sqrt(sum(squares) / rows.length) * (1 + 1e-12);
    },
  ],
  [
    'Rows can show that tails are heavy, never that they are light',
    'a row that was not drawn may be as long as one likes',
  ],
  ['Norms alone never prove Lévy noise', 'Gaussian noise whose scale varies by a power law has the same norms'],
  ['the noise of the batches cancels exactly', (_, seed) => reshufflingNoise(3, seed + 1, 4, 4 * (seed + 1)) === 0],
  [
    'It is found by dividing the estimates, never by averaging ratios',
    'how it is computed; its value is tested by hand',
  ],
  [
    'when the mean gradient cannot be distinguished from zero, only a lower bound is honest',
    'the set of values that the test accepts has no upper end then',
  ],
  [
    'Lower ends held in at least 95 of 100 samples of every one of these networks',
    'measured on twelve networks; the table beside it is that of the code',
  ],
  [
    'The eigenvalues always add up to the same total as the variances',
    (rows) => close(sum(jacobi(covariance(rows)).values), sum(covariance(rows).map((row, j) => row[j]!))),
  ],
  [
    'Three are in use, always in this order',
    (rows) => {
      const { stable, participation, entropy } = ranks(rows);
      return (
        1 <= stable + 1e-12 &&
        stable <= participation + 1e-9 &&
        participation <= entropy + 1e-9 &&
        entropy <= Math.min(rows.length - 1, rows[0]!.length) + 1e-9
      );
    },
  ],
  [
    'The matrix with an entry for every pair of parameters is never formed',
    'how the kernel works: it forms the smaller of the two',
  ],
  [
    'That the norm of a sum is at most the sum of the norms',
    (rows) => Math.hypot(...mean(rows)) <= sum(rows.map((row) => Math.hypot(...row))) / rows.length + 1e-12,
  ],
  [
    'falls back to exactly 0 at the end of the epoch',
    (_, seed) => reshufflingNoise(7, seed + 2, 3, 3 * (seed + 2)) === 0,
  ],
  [
    'what changes with batch and learning rate is this covariance of the step, never',
    'Σ is a function of the parameters: neither enters its definition',
  ],
  [
    'stays stable exactly while $\\kappa$ is below 1 plus that ratio',
    (_, seed) => {
      // κηh < 2 ⟺ κ < 1 + (2 − ηh)/(ηh)
      const step = (seed + 1) / 25;
      return [0.5, 0.999, 1.001, 2].every((part) => {
        const kappa = (part * 2) / step;
        return kappa * step < 2 === kappa < 1 + (2 - step) / step;
      });
    },
  ],
  ['a batch has at least as much noise as signal', 'N/G ≥ 1/(C² − 1) = 1, the condition above with C = √2'],
  [
    'A Hessian may have negative eigenvalues, the other matrices never',
    (rows) => jacobi(covariance(rows)).values.every((value) => value > -1e-12 * sum(eigenvalues(rows))),
  ],
  [
    'Fewer rows than parameters cannot show isotropy',
    (rows) => eigenvalues(rows.slice(0, 4)).filter((value) => value > 1e-12 * sum(eigenvalues(rows))).length <= 3,
  ],
  [
    'add up over layers exactly',
    (rows) => {
      const trace = (of: Rows): number => sum(covariance(of).map((row, j) => row[j]!));
      return close(trace(rows), trace(within(rows, 0, 2)) + trace(within(rows, 2, 9)));
    },
  ],
  [
    'it is at least that of any layer, and at most their sum',
    (rows) => {
      const [whole, first, second] = [rows, within(rows, 0, 2), within(rows, 2, 9)].map((of) =>
        Math.max(...eigenvalues(of)),
      );
      return whole! >= Math.max(first!, second!) - 1e-12 && whole! <= first! + second! + 1e-12;
    },
  ],
  ['the covariance cannot tell which', 'equal rows have equal covariances, whatever their labels are'],
  ['the smallest of the three effective ranks', (rows) => ranks(rows).stable <= ranks(rows).participation + 1e-9],
  ['the largest of the three effective ranks', (rows) => ranks(rows).entropy >= ranks(rows).participation - 1e-9],
  [
    'it lies between the spectral norm and the trace',
    (rows) => {
      const values = eigenvalues(rows);
      const norm = Math.hypot(...covariance(rows).flat());
      return norm >= Math.max(...values) - 1e-12 && norm <= sum(values) + 1e-12;
    },
  ],
  [
    'It lies between that of the covariance and that plus the squared mean',
    (rows) => {
      const second = jacobi(
        mean(rows).map((_, a) => mean(rows).map((__, b) => sum(rows.map((row) => row[a]! * row[b]!)) / rows.length)),
      ).values[0]!;
      const own = Math.max(...eigenvalues(rows));
      return second >= own - 1e-9 && second <= own + dot(mean(rows), mean(rows)) + 1e-9;
    },
  ],
];

const sentences = (): readonly string[] => {
  const own = METRICS.flatMap((metric) => [
    metric.meaning,
    metric.misleads,
    'elsewhere' in metric ? metric.elsewhere : '',
  ]);
  const background = evaluate(large.summary, large.settings)
    .sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'theory' ? block.paragraphs : []))
    .flatMap((paragraph) => ('formula' in paragraph ? [] : [plain(paragraph)]));
  return [...own, ...background];
};

describe('claims without exception', () => {
  const texts = sentences();

  test('all that the texts make are in the table', () => {
    const claims = texts
      .flatMap((text) => text.split(/(?<=[.:?]) (?=[A-Z])/))
      .filter((sentence) => EXTREME.test(sentence));
    expect(claims.length).toBeGreaterThan(20);
    expect(claims.filter((sentence) => !CLAIMS.some(([claim]) => sentence.includes(claim)))).toEqual([]);
  });

  test('all in the table are made by a text', () =>
    expect(CLAIMS.map(([claim]) => claim).filter((claim) => !texts.some((text) => text.includes(claim)))).toEqual([]));

  test.each(CLAIMS.filter(([, proof]) => typeof proof === 'function'))(
    '“%s”: a search finds no counter-example',
    (_, proof) => {
      const uniform = uniformRandom(7);
      for (let seed = 0; seed < 40; seed++) {
        const [n, d] = [5 + Math.floor(uniform() * 12), 3 + Math.floor(uniform() * 5)];
        // some directions noisier than others, some rows far out, the mean anywhere
        const rows = noise(n, d, seed).map((row, i) =>
          row.map((value, j) => (i === 0 && seed % 3 === 0 ? 40 : 1) * value * 3 ** (-j * (seed % 4)) + (seed % 5)),
        );
        expect((proof as (rows: Rows, seed: number) => boolean)(rows, seed), `seed ${seed}`).toBe(true);
      }
    },
  );

  test('upper ends are called weak where the table of coverage shows them so', () => {
    // on average over networks from 16 to 31 rows, and for the hardest
    const { average, worst } = intervalCoverage(16, 0.05)!;
    expect(average).toBeLessThan(0.95);
    expect(worst).toBeLessThan(average!);
  });
});
