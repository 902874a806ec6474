import type { Truth } from './truth';

/** A number as a text says it: its value, and one unit of its last digit. */
export interface Said {
  readonly value: number;
  readonly unit: number;
  readonly text: string;
}

/** Either whether something is so, or a number said and what it is. */
export type Claim = boolean | readonly [said: Said | undefined, is: number | undefined];
export type Check = (numbers: readonly Said[], truth: Truth, words: Words) => readonly Claim[];
/** What stands in the parentheses of an interval, and which of the ways to say it was taken. */
export interface Words {
  readonly interval: string | undefined;
  readonly text: string;
}

const NUMBER = String.raw`[−-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[−-]?\d+)?`;

export function saidNumber(text: string): Said {
  const plain = text.replaceAll(',', '').replaceAll('−', '-');
  const [digits = '', power = '0'] = plain.split('e');
  const decimals = digits.split('.')[1]?.length ?? 0;
  return { value: Number(plain), unit: Number(`1e${Number(power) - decimals}`), text };
}

/**
 * # a number, @ an interval in parentheses or nothing, ~ anything, {a|b} either, « » what may be missing. Everything else stands
 * for itself.
 */
export function formed(form: string): RegExp {
  const source = form
    .split(/(\$[^$]*\$)/)
    .map((part, k) =>
      k % 2 === 1
        ? part.replaceAll(/[.*+?^$()[\]\\{}|]/g, String.raw`\$&`)
        : part
            .replaceAll(/[.*+?^$()[\]\\]/g, String.raw`\$&`)
            .replaceAll('{', '(?:')
            .replaceAll('}', ')'),
    )
    .join('')
    .replaceAll('«', '(?:')
    .replaceAll('»', ')?')
    .replaceAll('#', `(${NUMBER})`)
    .replaceAll('@', String.raw`(?: \((?<interval>(?:rough: )?[^)]*\d[^)]*)\))?`)
    .replaceAll('~', '.+?');
  return new RegExp(`^${source}$`, 'u');
}

/** The numbers of a sentence that has a form, in the order of its signs; NaN for one that an alternative leaves out. */
export function numbersOf(form: string, match: RegExpExecArray): readonly Said[] {
  const before = form.split('@')[0]!.split('#').length;
  const groups = form.includes('@') ? match.slice(1).toSpliced(before - 1, 1) : match.slice(1);
  return groups.map((text: string | undefined) => saidNumber(text ?? 'NaN'));
}

/** Whether a number is the value as far as its digits go. */
export const says = ({ value, unit }: Said, is: number): boolean =>
  Math.abs(value - is) <= 0.5001 * unit + 1e-9 * Math.abs(is);

/** The same of a difference of numbers of some size, in which rounding may be all that is left. */
const nearly = (said: Said, is: number, size: number): boolean =>
  says(said, is) || Math.abs(said.value - is) < 1e-12 * size;

/* --- what sentences claim ------------------------------------------------------------------------------------------- */

const ratioAt = (t: Truth, batch = t.B ?? NaN): number => ((t.noiseScale ?? NaN) * t.correction(batch)) / batch;
const endsAt = (t: Truth, batch = t.B ?? NaN): { lower: number; upper?: number | undefined } | undefined =>
  t.ends && {
    lower: (t.ends.lower * t.correction(batch)) / batch,
    upper: t.ends.upper === undefined ? undefined : (t.ends.upper * t.correction(batch)) / batch,
  };
const isBatch = (said: Said | undefined, t: Truth): readonly Claim[] => [
  [said, t.B],
  (said?.value ?? 0) >= 1,
  !t.finite || (said?.value ?? 0) <= t.N,
];
const wholeSet = (t: Truth): boolean => t.finite && t.B === t.N;

/** The interval in words is that of the value: both ends, or what can be said of them. */
function interval(words: Words, ends: { lower: number; upper?: number | undefined } | undefined): readonly Claim[] {
  if (words.interval === undefined) return [ends?.upper === undefined];
  const numbers = [...words.interval.matchAll(new RegExp(NUMBER, 'gu'))].map(([text]) => saidNumber(text));
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (ends?.upper === undefined) return [false];
  const low: Claim = numbers.length > 1 ? [first, ends.lower] : ends.lower === 0;
  return [low, [last, ends.upper]];
}

const aboveOne = (t: Truth): readonly Claim[] => [t.uncertain, (endsAt(t)?.lower ?? 0) > 1];
const belowOne = (t: Truth): readonly Claim[] => [t.uncertain, (endsAt(t)?.upper ?? Infinity) < 1];
const undecided = (t: Truth): readonly Claim[] => {
  const ends = endsAt(t);
  return [
    t.uncertain,
    ends === undefined ? t.n < 4 || t.ends === undefined : ends.lower <= 1 && (ends.upper ?? Infinity) >= 1,
  ];
};
const unresolved = (t: Truth): readonly Claim[] => [t.ends !== undefined && t.ends.upper === undefined, t.uncertain];
const noNoise = (t: Truth): readonly Claim[] => [t.scatter === 0];
const balancedEnds = (t: Truth): { lower: number; upper?: number | undefined } | undefined =>
  t.ends && {
    lower: t.balanced(t.ends.lower),
    upper: t.ends.upper === undefined ? undefined : t.balanced(t.ends.upper),
  };
const share = (said: Said | undefined, is: number | undefined): Claim => [
  said,
  is === undefined ? undefined : 100 * is,
];

const trace = (t: Truth): number => t.trace ?? NaN;
const cosines = (t: Truth): number => {
  const { hessian } = t.summary.companions ?? {};
  if (hessian === undefined || !('summary' in hessian) || t.summary.spectrum === undefined) return NaN;
  const { rowProducts, frobeniusNorm } = hessian.summary;
  return rowProducts.reduce((sum, value) => sum + value, 0) / t.n / frobeniusNorm / t.summary.spectrum.frobeniusNorm;
};
/** tr(HΣ) over what isotropic noise of the same trace would cost. */
const cost = (t: Truth): number => {
  const { hessian } = t.summary.companions ?? {};
  if (hessian === undefined || !('summary' in hessian) || t.summary.moments === undefined) return NaN;
  const { rowProducts, trace: curvature } = hessian.summary;
  return (rowProducts.reduce((sum, value) => sum + value, 0) * t.d) / curvature / t.summary.moments.scatter;
};
const hessianOf = (t: Truth) => {
  const { hessian } = t.summary.companions ?? {};
  return hessian !== undefined && 'summary' in hessian ? hessian.summary : undefined;
};
/** The 95 % line of Johnstone for white noise of the same trace, or that of shuffled columns. */
const isotropicCeiling = (t: Truth): number => {
  const d = t.d - (t.summary.moments?.constantParameters ?? 0);
  const variance = (t.scale * t.scatter) / (t.n - 1) / d;
  const sum = Math.sqrt(Math.max(t.n, 3) - 2) + Math.sqrt(d);
  const tracyWidom = 0.9793 * sum * Math.cbrt(1 / Math.sqrt(Math.max(t.n, 3) - 2) + 1 / Math.sqrt(d));
  return Math.max((variance * (sum ** 2 + tracyWidom)) / t.n, t.shuffledFloor ?? 0);
};
const largest = (t: Truth): number => t.eigenvalues[0] ?? 0;
const ratioOfTraces = (t: Truth): number => {
  const squares = t.eigenvalues.reduce((sum, value) => sum + (value / trace(t)) ** 2, 0);
  return 1 / squares;
};
const partial = (t: Truth): boolean => t.summary.spectrum?.partial !== undefined;
const half = (t: Truth): number => {
  let sum = 0;
  return t.eigenvalues.findIndex((value) => (sum += value) >= (trace(t) / 2) * (1 - 1e-12)) + 1;
};
const rowShares = (t: Truth): readonly number[] =>
  Array.from(t.summary.moments?.centeredSquaredNorms ?? [], (value) => value / (t.summary.moments?.scatter ?? 1)).sort(
    (x, y) => y - x,
  );
const against = (t: Truth): number => {
  const { moments } = t.summary;
  return moments === undefined
    ? NaN
    : moments.meanProducts.filter((product) => moments.meanSquaredNorm + product < 0).length;
};
/** The smallest batch that passes the norm test at ½. */
const passing = (t: Truth): number => {
  const drawn = (t.b * t.scatter) / (t.n - 1) / t.meanSquaredNorm / 0.25;
  return t.finite ? drawn / (1 + drawn / t.N) : drawn;
};
const alongMean = (t: Truth): number => {
  const { moments } = t.summary;
  if (moments === undefined) return NaN;
  return moments.meanProducts.reduce(
    (sum, product) => sum + (product / moments.scatter) * (product / moments.meanSquaredNorm),
    0,
  );
};
/** Share of the rows that are longer than C. */
const clippedShare = (t: Truth): number =>
  t.lengths.filter((length) => length > (t.settings.clip ?? Infinity)).length / t.n;
/** The least length that at least this share of the rows does not exceed. */
const quantileOf = (t: Truth, part: number): number => t.lengths[Math.max(0, Math.ceil(part * t.n) - 1)] ?? NaN;
const scaled = (t: Truth): number => (t.B ?? NaN) * t.settings.scaleFactor;
/** Where a batch lies against the noise scale: −1 below all of its interval, 1 above, 0 within. */
const side = (t: Truth, batch: number): number => {
  const [lower, upper] = t.uncertain
    ? [t.ends?.lower ?? 0, t.ends?.upper ?? Infinity]
    : [t.noiseScale ?? NaN, t.noiseScale ?? NaN];
  return batch <= lower ? -1 : batch > upper ? 1 : 0;
};
const ofScale = (n: readonly Said[], t: Truth, words: Words): readonly Claim[] => [
  [n.at(-1), t.noiseScale],
  ...interval(words, t.ends),
];
const limit = (t: Truth): number => 2 + (t.noiseScale ?? NaN) / (t.B ?? NaN);
const layerShare = (t: Truth) => {
  const layers = t.summary.moments?.layers ?? [];
  const most = layers.reduce((a, b) => (b.scatter > a.scatter ? b : a), layers[0]!);
  return { most, share: most.scatter / (t.summary.moments?.scatter ?? 1), layers };
};
const sample = (_: readonly Said[], t: Truth): readonly Claim[] => [t.uncertain];
const population = (_: readonly Said[], t: Truth): readonly Claim[] => [t.settings.convention === 'population'];
const exact = (_: readonly Said[], t: Truth): readonly Claim[] => [!t.uncertain];
/** The same truth with the noise scale of the optimizer in the place of the simple one. */
const ofOptimizer = ({ noiseScale: _, ends: __, optimizer = {}, ...t }: Truth): Truth => ({ ...t, ...optimizer });
const always: Check = () => [];

/** Every sentence that names a number of the dump or holds for some dumps only, with what it claims. */
export const SENTENCES: readonly (readonly [form: string, check: Check])[] = [
  /* --- in the metric of the optimizer --- */
  [
    'In the metric of Adam a batch of # is mostly noise: # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(ofOptimizer(t))], ...interval(w, endsAt(ofOptimizer(t))), ...aboveOne(ofOptimizer(t))], // prettier-ignore
  ],
  [
    'In the metric of Adam a batch of # is mostly signal: the noise is # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(ofOptimizer(t))], ...interval(w, endsAt(ofOptimizer(t))), ...belowOne(ofOptimizer(t))], // prettier-ignore
  ],
  [
    'In the metric of Adam a batch of #: these rows cannot tell which is larger, noise or signal; the noise is # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(ofOptimizer(t))], ...interval(w, endsAt(ofOptimizer(t))), ...undecided(ofOptimizer(t))], // prettier-ignore
  ],
  [
    'In the metric of Adam a batch of # has # times as much noise as signal.',
    (n, t) => [...isBatch(n[0], t), [n[1], ratioAt(ofOptimizer(t))], !t.uncertain],
  ],
  [
    '{In the metric of Adam noise and signal|They} balance at {about # example|about # examples|# example|# examples}@.',
    (n, t, w) => {
      const said = n.find(({ value }) => !Number.isNaN(value));
      const o = ofOptimizer(t);
      return [t.adam, [said, o.balanced(o.noiseScale ?? NaN)], ...interval(w, balancedEnds(o)), w.text.includes('about') === (o.ends !== undefined)]; // prettier-ignore
    },
  ],
  [
    'In the metric of Adam noise and signal balance at # examples or more: these rows cannot distinguish the mean gradient from zero.',
    (n, t) => [t.adam, [n[0], t.balanced(t.optimizer?.ends?.lower ?? NaN)], ...unresolved(ofOptimizer(t))],
  ],
  [
    'Euclidean lengths would say #@.',
    (n, t, w) => [[n[0], t.balanced(t.noiseScale ?? NaN)], ...interval(w, balancedEnds(t))],
  ],
  [
    'Euclidean lengths do not show where they do.',
    (_, t) => [t.noiseScale === undefined || t.ends?.upper === undefined],
  ],
  [
    'All other lengths, variances and noise scales here are Euclidean: every parameter counts alike.',
    (_, t) => [t.adam, t.optimizer !== undefined],
  ],
  ['the Euclidean one is #', (n, t) => [[n[0], t.noiseScale]]],
  [
    '# {parameter|parameters} with v = 0 left out, with # % of the noise',
    (n, { summary: { companions } }) => {
      const { secondMoments: found } = companions ?? {};
      if (found === undefined || !('summary' in found)) return [false];
      return [[n[0], found.summary.leftOut.parameters], share(n[1], found.summary.leftOut.share)];
    },
  ],
  [
    'In the metric of Adam the noise scale is #@.',
    (n, t, w) => [[n[0], t.optimizer?.noiseScale], ...interval(w, t.optimizer?.ends)],
  ],
  [
    'In the metric of Adam the noise scale is at least #.',
    (n, t) => [[n[0], t.optimizer?.ends?.lower], ...unresolved(ofOptimizer(t))],
  ],
  ['The Euclidean one is #@.', (n, t, w) => [[n[0], t.noiseScale], ...interval(w, t.ends)]],
  ['The Euclidean one is not known.', (_, t) => [t.noiseScale === undefined || (t.ends !== undefined && t.ends.upper === undefined)]], // prettier-ignore
  ['Adam and its relatives do not measure steps by Euclidean length.', (_, t) => [t.optimizer?.noiseScale === undefined || t.ends === undefined || t.optimizer.ends?.upper === undefined]], // prettier-ignore
  ['in the metric of the optimizer', always],
  ['Euclidean', (_, t) => [t.adam || t.summary.dump.metadata.optimizer !== undefined]],
  /* --- each gradient clipped --- */
  ['C = #', (n, t) => [[n[0], t.settings.clip]]],
  [
    '# % of the gradients are clipped to a length of #.',
    (n, t) => [share(n[0], clippedShare(t)), [n[1], t.settings.clip], (n[0]?.value ?? 0) > 0],
  ],
  ['No gradient is clipped: all are at most # long.', (n, t) => [[n[0], t.settings.clip], clippedShare(t) === 0]],
  [
    'Half of the gradients are at most # long, and # % at most #.',
    (n, t) => [[n[0], quantileOf(t, 0.5)], (n[1]?.value ?? 0) === 90, [n[2], quantileOf(t, 0.9)]],
  ],
  ['No clipping length is set.', (_, t) => [t.settings.clip === undefined]],
  ['Half of the gradients are at most # long.', (n, t) => [[n[0], quantileOf(t, 0.5)]]],
  [
    'Clipped to that, their mean keeps # % of its length, with a cosine of #.',
    (n) => [(n[0]?.value ?? -1) >= 0, (n[0]?.value ?? 101) <= 100, (n[1]?.value ?? 2) <= 1],
  ],
  [
    'Their mean keeps # of its length@.',
    (n, t, w) => [[n[0], t.card('clipped-length')?.value], ...interval(w, t.card('clipped-length')?.interval)],
  ],
  [
    'Its cosine with the unclipped mean is #@.',
    (n, t, w) => [[n[0], t.card('clipping-cosine')?.value], ...interval(w, t.card('clipping-cosine')?.interval)],
  ],
  [
    '# of the length of the mean gradient',
    (n, t) => [[n[0], (t.card('clipping-bias')?.value ?? NaN) / Math.sqrt(t.signal ?? NaN)]],
  ],
  [
    'The mean gradient is {exactly 0|0 except for rounding}, so nothing of it is kept.',
    (_, t) => [t.meanSquaredNorm === 0],
  ],
  [
    'shuffled labels would give # on average',
    (n, { summary: { spectrum, moments, classes } }) => {
      if (spectrum === undefined || moments === undefined || classes === undefined) return [false];
      // E⟨K, L⟩ = Σᵢ≠ⱼ E Lᵢⱼ·xᵢᵀxⱼ/n + tr K, with the products of different rows adding up to −tr K
      const [count, pairs] = [classes.of.length, classes.sizes.reduce((sum, size) => sum + size * (size - 1), 0)];
      const same = pairs / (count * (count - 1));
      const centered = Array.from(classes.of, (a) => Array.from(classes.of, (b) => (a === b ? 1 : 0) - classes.sizes[a]! / count - classes.sizes[b]! / count + (pairs + count) / count ** 2)); // prettier-ignore
      const length = Math.sqrt(centered.flat().reduce((sum, value) => sum + value * value, 0));
      return [[n[0], ((1 - same) * moments.scatter) / count / length / spectrum.frobeniusNorm]];
    },
  ],
  ['with an error of #', (n, t) => [(n[0]?.value ?? -1) >= 0, t.settings.privacyNoise !== undefined]],
  /* --- at a glance: noise against signal --- */
  [
    'A batch of # is mostly noise: # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(t)], ...interval(w, endsAt(t)), ...aboveOne(t)],
  ],
  [
    'A batch of # is mostly signal: the noise is # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(t)], ...interval(w, endsAt(t)), ...belowOne(t)],
  ],
  [
    'A batch of #: these rows cannot tell which is larger, noise or signal; the noise is # times the signal@.',
    (n, t, w) => [...isBatch(n[0], t), [n[1], ratioAt(t)], ...interval(w, endsAt(t)), ...undecided(t)],
  ],
  [
    'A batch of # is mostly noise: at least # times the signal.',
    (n, t) => [...isBatch(n[0], t), [n[1], endsAt(t)?.lower], ...aboveOne(t), ...unresolved(t)],
  ],
  [
    'There is no upper limit, because these rows cannot distinguish the mean gradient from zero.',
    (_, t) => unresolved(t),
  ],
  [
    'Over these rows, a batch of # has # times as much noise as signal.',
    (n, t) => [...isBatch(n[0], t), [n[1], ratioAt(t)], !t.uncertain],
  ],
  [
    'Noise and signal balance at {about # example|about # examples|# example|# examples}@.',
    (n, t, w) => {
      const said = n.find(({ value }) => !Number.isNaN(value));
      return [
        [said, t.balanced(t.noiseScale ?? NaN)],
        ...interval(w, balancedEnds(t)),
        !t.finite || (said?.value ?? 0) <= t.N,
        w.text.includes('about') === (t.ends !== undefined),
      ];
    },
  ],
  [
    'Noise and signal balance at less than one example@.',
    (_, t, w) => [t.balanced(t.noiseScale ?? NaN) < 1, ...interval(w, balancedEnds(t))],
  ],
  [
    'Noise and signal balance at # examples or more.',
    (n, t) => [[n[0], t.balanced(t.ends?.lower ?? NaN)], ...unresolved(t), (n[0]?.value ?? 0) >= 1],
  ],
  [
    'A batch of # is the whole data set: {it has no noise|its gradient is the true one}.',
    (n, t) => [...isBatch(n[0], t), wholeSet(t)],
  ],
  ['All rows are the same: there is no noise, and a batch of one is as good as any other.', (_, t) => noNoise(t)],
  ['These rows cannot distinguish the mean gradient from zero.', (_, t) => unresolved(t)],
  [
    'These rows cannot distinguish the mean gradient from zero, nor show whether a batch of # is mostly signal or mostly noise«: the noise is at least # times the signal».',
    (n, t) => [
      ...isBatch(n[0], t),
      ...unresolved(t),
      (endsAt(t)?.lower ?? 0) <= 1,
      ...(Number.isNaN(n[1]!.value) ? [] : [[n[1], endsAt(t)?.lower] as const]),
    ],
  ],
  [
    'Nothing is certain about the noise scale; dump more rows.',
    (_, t) => [...unresolved(t), t.balanced(t.ends?.lower ?? 0) <= 1],
  ],
  [
    'The mean gradient is {exactly 0|0 except for rounding}: whatever a batch shows is noise, and no batch size changes that.',
    (_, t) => [t.meanSquaredNorm === 0, !wholeSet(t)],
  ],
  [
    'These rows do not show in which direction the gradient points: with # of them, the noise left in their mean is at least as large as the mean itself.',
    (n, t) => [[n[0], t.n], (t.signal ?? 1) <= 0, t.uncertain],
  ],
  [
    '{Two|Three} rows give no interval, so this is little more than a guess.',
    (_, t, { text }) => [t.uncertain, t.n === (text.startsWith('Two') ? 2 : 3)],
  ],
  ['One row has a length, but no covariance.', (_, t) => [t.n === 1]],
  [
    'Set the batch size to see {whether its gradient is mostly noise or mostly signal|how much of its gradient is noise}.',
    (_, t) => [t.settings.batchSize === undefined],
  ],
  [
    'The batch size given cannot be used with these rows.',
    (_, t) => [t.settings.batchSize !== undefined && t.B === undefined],
  ],
  [
    'What is each of these # rows?',
    (n, t) => [[n[0], t.n], t.n > 1, t.b === 1, t.summary.dump.metadata.rows === undefined],
  ],
  [
    'Until then each row counts as one example, drawn from {a data set of unknown size|# example|# examples}.',
    (_, t, { text }) => [text.includes(t.N === Infinity ? 'unknown size' : ` ${t.N.toLocaleString('en-US')} example`)],
  ],
  ['Shown for # examples per row, the batch size.', (n, t) => [[n[0], t.B ?? NaN]]],
  ['Are these # rows all your training data?', (n, t) => [[n[0], t.n], t.n > 1, t.b === 1]],
  ['signal $\\lVert G\\rVert^2$ #', (n, t) => [[n[0], t.signal], (t.signal ?? -1) >= 0]],
  [
    'noise $\\operatorname{tr}\\Sigma_B$ # = # % of a batch gradient’s expected squared norm, #',
    (n, t) => {
      const noise = (trace(t) * t.correction(t.B ?? NaN)) / (t.B ?? NaN);
      const total = (t.signal ?? NaN) + noise;
      return [[n[0], noise], share(n[1], noise / total), [n[2], total]];
    },
  ],
  [
    'Signal # %, noise # % of the expected squared norm of a batch gradient.',
    (n, t) => {
      const noise = (trace(t) * t.correction(t.B ?? NaN)) / (t.B ?? NaN);
      return [share(n[1], noise / ((t.signal ?? NaN) + noise)), Math.abs(n[0]!.value + n[1]!.value - 100) < 1e-9];
    },
  ],
  [
    'Population: the # rows count as the whole data set, so the numbers are exact for them and have no intervals.',
    (n, t) => [[n[0], t.n], t.settings.convention === 'population', t.b === 1],
  ],
  [
    'If they were drawn from a larger one, switch to Sample: $\\lVert G\\rVert^2$ then loses the noise left in the mean, and estimates get intervals.',
    population,
  ],
  [
    'Sample: the # {rows|means of # examples} count as drawn at random from {a data set of unknown size|# example|# examples}.',
    (n, t, { text }) => {
      const own = n.filter(({ value }) => !Number.isNaN(value));
      return [
        [own[0], t.n],
        t.settings.convention === 'sample',
        text.includes('means of') === t.b > 1,
        t.b === 1 || own[1]!.value === t.b,
        text.includes('unknown size') ? t.N === Infinity : own.at(-1)!.value === t.N,
      ];
    },
  ],
  ['Fewer than 4 rows give no intervals.', (_, t) => [t.n < 4, t.uncertain]],
  ['Intervals from fewer than 8 rows are rough.', (_, t) => [t.n < 8, t.n >= 4, t.uncertain]],
  ['Every example is among them, so nothing is uncertain.', exact],
  ['All of them are the same, so nothing shows how much others would differ.', (_, t) => [...noNoise(t), t.uncertain]],
  [
    'All rows lie equally far from their mean, so the trace has no interval: nothing shows how much it would vary.',
    (_, t) => [t.hasIntervals, rowShares(t)[0]! - rowShares(t).at(-1)! < 1e-6],
  ],
  [
    'Over gradients of a dozen networks, intervals of the trace from {about # rows|# rows and more} covered the truth {nearly always|about # % of the time} for the hardest one, because rare examples that carry much of the noise may not be among these rows.',
    (n, t) => [t.hasIntervals, t.n >= 64, n.some((said) => said.value === t.n) || t.n >= 256],
  ],
  [
    'Over gradients of a dozen networks, intervals of the trace from about # rows of which the largest has # % of the noise covered the truth {nearly always|about # % of the time}, {nearly always|about # % of the time} for the hardest one, because rare examples that carry much of the noise may not be among these rows.',
    (n, t) => [t.hasIntervals, [n[0], t.n], share(n[1], rowShares(t)[0])],
  ],
  ['Lower ends held nearly always.', sample],
  [
    'To bound the noise scale takes about # {example|examples}; there are # here.',
    (n, t) => [[n[1], t.n * t.b], n[0]!.value <= n[1]!.value, t.hasIntervals],
  ],
  [
    'By the estimates so far it would take about # {example|examples} to bound the noise scale; there are # here.',
    (n, t) => [[n[1], t.n * t.b], n[0]!.value > n[1]!.value - n[0]!.unit, t.hasIntervals, n[0]!.value <= t.N],
  ],
  ['no intervals from fewer than 4 rows', (_, t) => [t.uncertain, t.units < 4]],
  [
    '95 % intervals: Hall, score test«; rough»',
    (_, t, { text }) => [t.hasIntervals, text.includes('rough') === t.units < 8],
  ],
  ['95 % interval of the tail index: chi-square', (_, t) => [t.uncertain, t.n >= 40]],
  ['Lengths, variances and noise scales here are Euclidean: every parameter counts alike.', always],
  [
    'With $\\eta=~,\\;B=~,\\;N=~$',
    (_, t, { text }) => [
      text.includes(`N=${t.N === Infinity ? String.raw`\infty` : String(t.N)}`),
      t.settings.batchSize === undefined || text.includes(`B=${t.settings.batchSize}`),
    ],
  ],
  /* --- step size and batch size --- */
  [
    '# % of the noise lies along the mean gradient, where it changes the length of a step; the rest lies across it and changes its direction.',
    (n, t) => [share(n[0], alongMean(t))],
  ],
  [
    'More than 99 % of the noise lies along the mean gradient, where it changes the length of a step; the rest lies across it and changes its direction.',
    (_, t) => [alongMean(t) > 0.99],
  ],
  [
    'All noise lies along the mean gradient: it changes the length of a step or turns it around.',
    (_, t) => [alongMean(t) > 1 - 1e-8],
  ],
  ['A batch of any size passes the norm test at 0.5.', (_, t) => [passing(t) <= 1 + 1e-9]],
  [
    'Batches of # or more pass the norm test at 0.5.',
    (n, t) => [
      (n[0]?.value ?? 0) >= passing(t) * (1 - 1e-9),
      (n[0]?.value ?? 0) - 1 <= passing(t) * (1 + 1e-9),
      !t.finite || (n[0]?.value ?? 0) <= t.N,
    ],
  ],
  ['All gradients agree, because all rows are the same.', (_, t) => noNoise(t)],
  ['Every batch has the same gradient, because all rows are the same.', (_, t) => noNoise(t)],
  ['The gradients cancel: their mean is 0, so they have no direction in common.', (_, t) => [t.meanSquaredNorm === 0]],
  [
    'At B = #, # % of a batch gradient’s expected squared length is noise.',
    (n, t) => {
      const noise = (trace(t) * t.correction(t.B ?? NaN)) / (t.B ?? NaN);
      return [
        ...isBatch(n[0], t),
        share(n[1], noise / ((t.signal ?? NaN) + noise)),
        t.ends === undefined || t.ends.upper !== undefined,
      ];
    },
  ],
  [
    'At B = # the signal of a batch gradient cannot be distinguished from zero, while its noise is #.',
    (n, t) => [
      ...isBatch(n[0], t),
      [n[1], (trace(t) * t.correction(t.B ?? NaN)) / (t.B ?? NaN)],
      t.uncertain,
      (t.signal ?? 0) < 0 || t.ends?.upper === undefined,
    ],
  ],
  [
    '{A larger batch|Averaging more examples} removes {it|noise} as {1/B|(N − B)/B}.',
    (_, t, { text }) => [text.includes('(N − B)/B') === t.finite],
  ],
  ['The learning rate changes neither share: it cancels.', always],
  ['With one row nothing is known about noise, so a batch cannot be described.', (_, t) => [t.n === 1]],
  [
    'These rows do not show how much examples differ, so a batch cannot be described.',
    (_, t) => [t.trace === undefined, t.n > 1],
  ],
  ['One row has nothing to agree with.', (_, t) => [t.n === 1]],
  ['Could the true gradient be 0?', sample],
  [
    'If the signs of the # rows were flipped at random, a mean at least as long as this one would have a probability of {about|at most} #.',
    (n, t) => [[n[0], t.n], t.uncertain, n[1]!.value <= 1, n[1]!.value > 0],
  ],
  [
    'The data set counts as infinite, because its size is not given: noise does not reach 0 at any batch size.',
    (_, t) => [t.N === Infinity],
  ],
  [
    'A batch may hold an example twice, so even one as large as the data set has noise.',
    (_, t) => [t.settings.replacement === 'with', t.N < Infinity],
  ],
  ['A batch of all # has no noise.', (n, t) => [[n[0], t.N], t.finite]],
  [
    'Noise and signal are equal at B = #.',
    (n, t) => [[n[0], t.balanced(t.noiseScale ?? NaN)], (n[0]?.value ?? 0) >= 1, n[0]!.value <= t.N],
  ],
  [
    'Without noise there is nothing to say about an SDE at B = #: {all rows are the same|these rows do not show how much examples differ}.',
    (n, t, { text }) => [[n[0], t.B], text.includes('the same') ? t.scatter === 0 : t.trace === undefined],
  ],
  [
    'The SDE is not ruled out at B = #: the mean gradient is 0, so a batch gradient is all noise.',
    (n, t) => [[n[0], t.B], t.meanSquaredNorm === 0, !t.uncertain],
  ],
  [
    'These rows do not show how much examples differ, so no limit can be put on linear scaling.',
    (_, t) => [t.trace === undefined],
  ],
  [
    'The mean gradient is 0, so noise is larger than signal at any batch size.',
    (_, t) => [t.meanSquaredNorm === 0, !t.uncertain],
  ],
  [
    '{Two|Three} rows cannot show whether it is.',
    (_, t, { text }) => [t.uncertain, t.n === (text.startsWith('Two') ? 2 : 3)],
  ],
  [
    '# % of it is noise',
    (n, t) => {
      const noise = (trace(t) * t.correction(t.B ?? NaN)) / (t.B ?? NaN);
      return [share(n[0], noise / ((t.signal ?? NaN) + noise))];
    },
  ],
  [
    'Repeated examples add no information«, so intervals come out too narrow».',
    (_, t, { text }) => [text.includes('intervals') === t.uncertain],
  ],
  [
    'The largest holds # % of the trace, half of it lies in # {direction|directions}, # % in # {direction|directions}.',
    (n, t) => [share(n[0], largest(t) / trace(t)), partial(t) || n[1]!.value === half(t)],
  ],
  ['half in #', (n, t) => [partial(t) || n[0]!.value === half(t)]],
  [
    'here η = #, B = #',
    (n, t) => [
      [n[0], t.eta],
      [n[1], t.B],
    ],
  ],
  ['here: B = #«, #»', (n, t) => [[n[0], t.B]]],
  ['κmaxB = #', (n, t) => [[n[0], limit(t) * t.B!], !t.finite || n[0]!.value <= t.N]],
  ['Bsimple #«: both twice»', (n, t) => [[n[0], t.noiseScale]]],
  ['noise floor #', (n, t) => [[n[0], t.shuffledFloor]]],
  [
    'The noise of a batch is only # times its signal, so SGD is still descending.',
    (n, t) => [[n[0], ratioAt(t)], t.uncertain ? (endsAt(t)?.upper ?? Infinity) < 1 : ratioAt(t) < 1],
  ],
  [
    'The unbiased ‖G‖² is negative (#), so the mean step cannot be distinguished from 0.',
    (n, t) => [[n[0], t.signal], t.uncertain],
  ],
  ['The unbiased ‖G‖² is negative with this few rows.', (_, t) => [(t.signal ?? 1) < 0]],
  [
    'The mean gradient is not distinguishable from 0 with this many rows; only a lower bound is known.',
    (_, t) => unresolved(t),
  ],
  [
    'The mean gradient is {exactly 0|0 except for rounding}«, so {it has no direction|no example has an angle to it}».',
    (_, t) => [t.meanSquaredNorm === 0],
  ],
  [
    'The dump has # {row|rows}; ~ needs at least #.',
    (n, t, { text }) => [[n[0], t.n], n[1]!.value > t.n, text.includes('rows;') === t.n > 1],
  ],
  [
    'Each row is the mean of all # examples, so rows do not differ by which examples they hold.',
    (n, t) => [[n[0], t.N], t.N === t.b],
  ],
  ['The data set has 1 example, so there is no noise.', (_, t) => [t.N === 1]],
  [
    'A batch of # cannot be drawn without replacement from # {example|examples}.',
    (n, t) => [[n[0], t.settings.batchSize], [n[1], t.N], n[0]!.value > t.N],
  ],
  ['A batch of # is smaller than the # examples that each row averages.', (n, t) => [[n[1], t.b], n[0]!.value < t.b]],
  ['The rows are the whole data set, so their spectral norm is exact.', exact],
  ['# of # rows are drawn, all of the tails among them.', (n, t) => [[n[1], t.n], n[0]!.value < t.n]],
  ['Each step averages # of the # rows, drawn with a fixed seed.', (n, t) => [[n[1], t.n]]],
  ['# gradients along {the two noisiest directions|their two parameters}.', (n, t) => [[n[0], t.n]]],
  ['All rows are the same, so ~.', (_, t) => noNoise(t)],
  ['There is no noise, so larger batches save no steps.', (_, t) => noNoise(t)],
  ['at a loss of #', always],
  ['# with the effective rate of momentum', (_, t) => [t.settings.momentum > 0]],
  [
    'Euclidean, not in the metric of the optimizer',
    (_, t) => [t.adam || t.summary.dump.metadata.optimizer !== undefined],
  ],
  ['too few rows for intervals', (_, t) => [t.uncertain, t.units < 4]],
  ['too few rows for more than rough intervals', (_, t) => [t.uncertain, t.units < 8, t.units >= 4]],
  ['the rows are the whole data set', population],
  [
    '«Divisor: »1/(n−1), n = # {rows|means of #} drawn« independently» from {a data set of unknown size|#}«; rows divided by #»«.»',
    (n, t, { text }) => [
      [n[0], t.n],
      t.settings.convention === 'sample',
      text.includes('independently') === (t.summary.dump.metadata.batches === 'independent'),
      text.includes('unknown') === (t.N === Infinity),
    ],
  ],
  ['Divisor: 1/n; the rows are the whole data set«; rows divided by #».', population],
  ['rows divided by #', (n, t) => [[n[0], t.settings.gradientScale]]],
  /* --- spectrum --- */
  ['One row has no spectrum, because nothing varies.', (_, t) => [t.n === 1]],
  ['There is no noise, so there are no directions it could have.', (_, t) => noNoise(t)],
  [
    'All noise lies on one line{: two rows can show no more|, along a single direction}.',
    (_, t, { text }) => [t.eigenvalues.length === 1, text.includes('two rows') === (t.n === 2)],
  ],
  [
    '{Both|All #} eigenvalues are equal: the noise is the same in every direction, so the choice of eigenvectors is arbitrary.',
    (_, t) => [t.eigenvalues.length === t.d, t.eigenvalues.at(-1)! > largest(t) * (1 - 1e-8)],
  ],
  [
    '# of # directions {carries|carry} at least half of the noise, the noisiest alone # %.',
    (n, t, { text }) => [
      [n[0], half(t)],
      partial(t) || n[1]!.value === t.eigenvalues.length,
      share(n[2], largest(t) / trace(t)),
      text.includes('carries') === (n[0]!.value === 1),
    ],
  ],
  [
    'The # leading directions carry less than half of the noise, the noisiest alone # %.',
    (n, t) => [partial(t), [n[0], t.eigenvalues.length]],
  ],
  [
    'The noise is spread as if over # equally noisy directions.',
    (n, t) => [partial(t) || says(n[0]!, ratioOfTraces(t)), n[0]!.value <= t.d + 1e-9],
  ],
  [
    'That does not rule out noise without any preferred direction: # rows of it would show about #.',
    (n, t) => [[n[0], t.n], t.uncertain, largest(t) <= isotropicCeiling(t) * (1 + 1e-9)],
  ],
  [
    'Noise without any preferred direction would show about # with this many rows.',
    (n, t) => [t.uncertain, largest(t) > isotropicCeiling(t) * (1 - 1e-9), n[0]!.value < Math.min(t.n, t.d) + 0.01],
  ],
  [
    'Two random halves of the rows share # % of their noisiest direction«, and # % of the space of the leading #».',
    (n, t) => [share(n[0], t.summary.resampling?.halves?.[0]?.overlap)],
  ],
  ['What one half does not share with the other belongs to these rows, not to the noise.', always],
  [
    'From the # × # matrix of {covariances between parameters|products between rows}, solved whole; eigenvalues below # are rounding errors and left out.',
    (n, t, { text }) => [
      [n[0], text.includes('rows,') ? t.n : t.d],
      !partial(t),
      t.eigenvalues.every((value) => value > n[2]!.value * 0.9),
    ],
  ],
  [
    'Of the # × # matrix of {covariances between parameters|products between rows} only the # leading eigenvalues were computed, because all would not fit the memory budget.',
    (n, t) => [partial(t), [n[2], t.eigenvalues.length]],
  ],
  [
    'The trace is that of all of them; the largest eigenvalue is at most #.',
    (n, t) => [partial(t), n[0]!.value + n[0]!.unit >= largest(t)],
  ],
  /* --- layers and examples --- */
  [
    '# % of the noise is in one layer: ~, with # % of the parameters.',
    (n, t, { text }) => [
      share(n[0], layerShare(t).share),
      share(n.at(-1), layerShare(t).most.size / t.d),
      text.includes(layerShare(t).most.name),
    ],
  ],
  [
    'Per parameter ~ is the noisiest, # times the average.',
    (n, t, { text }) => {
      const { layers } = layerShare(t);
      const dense = layers.reduce((a, b) => (b.scatter / b.size > a.scatter / a.size ? b : a));
      return [
        [n.at(-1), (dense.scatter / dense.size / (t.summary.moments?.scatter ?? 1)) * t.d],
        text.includes(dense.name),
      ];
    },
  ],
  ['There is one layer: ~.', (_, t) => [layerShare(t).layers.length === 1]],
  ['No layer has any noise: all rows are the same.', (_, t) => noNoise(t)],
  ['The dump does not name layers.', (_, t) => [t.summary.dump.layers.length === 0]],
  [
    '«# of the # {parameter|parameters} of ~, »«# of the # {parameter|parameters} of ~, »# of the # {parameter|parameters} of ~ never receive a gradient.',
    (_, t) => [layerShare(t).layers.some(({ deadParameters }) => deadParameters > 0)],
  ],
  ['A noise scale with ≥ is a lower bound: the mean gradient of that layer cannot be distinguished from 0.', sample],
  ['Layers have no intervals: ~.', (_, t) => [t.hasIntervals]],
  ['One row carries # % of the noise.', (n, t) => [share(n[0], rowShares(t)[0])]],
  [
    'The noisiest # of # rows carry # % of the noise; row # alone has # %.',
    (n, t) => [
      [n[1], t.n],
      share(
        n[2],
        rowShares(t)
          .slice(0, n[0]!.value)
          .reduce((a, b) => a + b, 0),
      ),
      share(n[4], rowShares(t)[0]),
      n[3]!.value < t.n,
    ],
  ],
  [
    '# of # point against the mean gradient.',
    (n, t) => [
      [n[0], against(t)],
      [n[1], t.n],
    ],
  ],
  ['All examples have the same gradient: leaving one out changes nothing.', (_, t) => noNoise(t)],
  ['Equal rows: ~.', (_, t) => [t.n > 1]],
  ['The cosines between all pairs are drawn for up to 512 rows; this dump has #.', (n, t) => [[n[0], t.n], t.n > 512]],
  [
    '{All # rows|The # most influential of # rows}, counted from 0.',
    (n, t) => [n.filter(({ value }) => !Number.isNaN(value)).at(-1)!.value === t.n],
  ],
  /* --- temperature --- */
  [
    'The temperature needs a learning rate and a batch size« that can be used with these rows».',
    (_, t) => [t.B === undefined || t.eta === undefined],
  ],
  ['Set both to see how they may change together.', (_, t) => [t.B === undefined || t.eta === undefined]],
  [
    'There is no noise, so batches of any size take the same step and nothing needs to be scaled.',
    (_, t) => noNoise(t),
  ],
  [
    'κB = # is less than one example, so a batch of # cannot be made smaller by κ = #.',
    (n, t) => [[n[0], scaled(t)], scaled(t) < 1, [n[1], t.B]],
  ],
  [
    'A batch of κB = # is more than the data set (#), so it could not be drawn without repeating examples.',
    (n, t) => [scaled(t) > t.N, t.settings.replacement === 'without', [n[1], t.N]],
  ],
  [
    'The noise scale is not resolved, so no limit can be put on linear scaling.',
    (_, t) => [t.ends?.upper === undefined, t.uncertain || t.meanSquaredNorm === 0],
  ],
  [
    '{Going to|Going down to} κB = # passes the noise scale of #@.',
    (n, t, w) => [
      [n[0], scaled(t)],
      scaled(t) >= 1,
      side(t, t.B!) === -1,
      side(t, scaled(t)) === 1,
      ...ofScale(n, t, w),
    ],
  ],
  [
    '{Going to|Going down to} κB = # comes back below the noise scale of #@.',
    (n, t, w) => [
      [n[0], scaled(t)],
      scaled(t) >= 1,
      side(t, t.B!) === 1,
      side(t, scaled(t)) === -1,
      ...ofScale(n, t, w),
    ],
  ],
  [
    '{Going to|Going down to} κB = # {stays|ends} below the noise scale of #@.',
    (n, t, w) => [
      [n[0], scaled(t)],
      scaled(t) >= 1,
      side(t, scaled(t)) === -1,
      w.text.includes('stays') === (side(t, t.B!) === -1),
      ...ofScale(n, t, w),
    ],
  ],
  [
    '{Going to|Going down to} κB = # {stays|ends} above the noise scale of #@.',
    (n, t, w) => [
      [n[0], scaled(t)],
      scaled(t) >= 1,
      side(t, scaled(t)) === 1,
      w.text.includes('stays') === (side(t, t.B!) === 1),
      ...ofScale(n, t, w),
    ],
  ],
  [
    '{Going to|Going down to} κB = # may end on either side of the noise scale of #@.',
    (n, t, w) => [[n[0], scaled(t)], scaled(t) >= 1, side(t, scaled(t)) === 0, t.uncertain, ...ofScale(n, t, w)],
  ],
  [
    'With κ = 1 the batch of # stays below the noise scale of #@.',
    (n, t, w) => [[n[0], t.B], side(t, t.B!) === -1, ...ofScale(n, t, w)],
  ],
  [
    'With κ = 1 the batch of # stays above the noise scale of #@.',
    (n, t, w) => [[n[0], t.B], side(t, t.B!) === 1, ...ofScale(n, t, w)],
  ],
  [
    'With κ = 1 the batch of # may end on either side of the noise scale of #@.',
    (n, t, w) => [[n[0], t.B], side(t, t.B!) === 0, t.uncertain, ...ofScale(n, t, w)],
  ],
  [
    'The necessary condition below allows linear scaling up to κ ≈ #«; κ = # is beyond it».',
    (n, t) => [
      [n[0], limit(t)],
      !t.finite || limit(t) <= t.N / t.B!,
      (n[1] !== undefined && !Number.isNaN(n[1].value)) === t.settings.scaleFactor > limit(t),
    ],
  ],
  [
    'The necessary condition below allows linear scaling up to the whole data set.',
    (_, t) => [t.finite, limit(t) * t.B! >= t.N],
  ],
  ['For Adam the square-root rule is the one to follow.', (_, t) => [t.adam]],
  [
    'The linear rule keeps the temperature, hence drift and noise per epoch; the square-root rule keeps the noise of one step.',
    (_, t) => [!t.adam],
  ],
  [
    '$\\kappa_{\\max}$ is necessary, not sufficient, and comes from one dump«; by the interval of $\\mathcal B_{\\text{simple}}$ it is #@».',
    (n, t, w) =>
      Number.isNaN(n[0]!.value)
        ? [t.ends === undefined]
        : [
            [n[0], limit(t)],
            ...interval(
              w,
              t.ends && {
                lower: 2 + t.ends.lower / t.B!,
                upper: t.ends.upper === undefined ? undefined : 2 + t.ends.upper / t.B!,
              },
            ),
          ],
  ],
  [
    'Without replacement every noise is multiplied by a further $\\frac{N-\\kappa B}{N-B}=$#; over a whole shuffled epoch it cancels.',
    (n, t) => [[n[0], (t.N - scaled(t)) / (t.N - t.B!)], t.finite],
  ],
  ['When the batch is scaled by $\\kappa=~$', (_, t, { text }) => [text.includes(String(t.settings.scaleFactor))]],
  /* --- SDE --- */
  ['Whether an SDE describes the training depends on the batch size.', (_, t) => [t.B === undefined]],
  [
    'The SDE is not ruled out at B = #: a batch has # times as much noise as signal@, and it must not fall below 1.',
    (n, t, w) => [
      ...isBatch(n[0], t),
      [n[1], ratioAt(t)],
      ...interval(w, endsAt(t)),
      t.uncertain ? (endsAt(t)?.lower ?? 0) >= 1 : ratioAt(t) >= 1 - 1e-9,
    ],
  ],
  [
    'The SDE is not ruled out at B = #: a batch has at least # times as much noise as signal, and it must not fall below 1.',
    (n, t) => [...isBatch(n[0], t), [n[1], endsAt(t)?.lower], ...unresolved(t), (endsAt(t)?.lower ?? 0) >= 1],
  ],
  [
    'The SDE does not describe SGD at B = #: a batch has # times as much noise as signal@.',
    (n, t, w) => [
      ...isBatch(n[0], t),
      [n[1], ratioAt(t)],
      ...interval(w, endsAt(t)),
      t.uncertain ? (endsAt(t)?.upper ?? Infinity) < 1 : ratioAt(t) < 1,
    ],
  ],
  [
    'Whether the SDE can hold at B = # is not decided: a batch has # times as much noise as signal@, and it must not fall below 1.',
    (n, t, w) => [
      ...isBatch(n[0], t),
      [n[1], ratioAt(t)],
      ...interval(w, endsAt(t)),
      t.uncertain,
      endsAt(t) === undefined || (endsAt(t)!.lower < 1 && (endsAt(t)!.upper ?? Infinity) >= 1),
    ],
  ],
  [
    'These rows do not show whether the SDE can hold at B = #: the noise of a batch cannot be compared with a signal that is not resolved.',
    (n, t) => [
      ...isBatch(n[0], t),
      t.noiseScale === undefined || ((endsAt(t)?.lower ?? 0) < 1 && t.ends?.upper === undefined),
    ],
  ],
  [
    'If SGD settles there on a quadratic, its excess loss is # times as large as the SDE does.',
    (n, t) => [[n[0], 1 + 1 / ratioAt(t)]],
  ],
  ['If training settles here, the two then differ by more than a factor $\\sqrt2$.', always],
  ['On the quadratic of the figures SGD settles at # times the loss of the SDE.', (n) => [n[0]!.value >= 1]],
  [
    'These settings break other assumptions: ~.',
    (_, t, { text }) => [
      text.includes('without replacement') === (t.settings.replacement === 'without'),
      text.includes('momentum') === t.settings.momentum > 0,
      text.includes('Adam') === t.adam,
    ],
  ],
  /* --- Fisher and Hessian --- */
  [
    'The curvatures of all directions add up to nothing positive: this point is not a minimum, and the loss does not confine the noise here.',
    (_, t) => [(hessianOf(t)?.trace ?? 1) <= 0],
  ],
  [
    'The noise has nearly the same shape as the curvature, with a cosine of #: it costs # times as much loss as noise of the same size without any preferred direction.',
    (n, t) => [[n[0], cosines(t)], cosines(t) > 0.9, [n[1], cost(t)]],
  ],
  [
    'The noise {prefers|avoids} directions of high curvature: it costs # times as much loss as noise of the same size without any preferred direction.',
    (n, t, { text }) => [[n[0], cost(t)], text.includes('prefers') ? cost(t) > 2 : cost(t) < 0.5, !(cosines(t) > 0.9)],
  ],
  [
    'The noise is like the curvature to a cosine of #: it costs # times as much loss as noise of the same size without any preferred direction.',
    (n, t) => [[n[0], cosines(t)], !(cosines(t) > 0.9), [n[1], cost(t)]],
  ],
  [
    'The Hessian has a direction of negative curvature, # against a largest of #, so this point is not a minimum.',
    (n, t) => [[n[0], hessianOf(t)?.eigenvalues.smallest], [n[1], hessianOf(t)?.eigenvalues.largest], n[0]!.value < 0],
  ],
  [
    'The empirical Fisher matrix is # times the size of the true one, by traces«: where a network fits its labels, gradients vanish and the Fisher matrix does not».',
    (n, _, { text }) => [
      n[0]!.value > 0,
      text.includes('vanish') === n[0]!.value < 0.5 || Math.abs(n[0]!.value - 0.5) < 0.01,
    ],
  ],
  [
    'If the noise were isotropic, SGD would visit parameters with density $e^{-L/n}$ at the Gibbs temperature $~$, and a minimum ten times flatter in $q$ directions would outweigh a loss higher by $~$.',
    (_, t) => [t.B !== undefined, !t.adam],
  ],
  ['It is: all directions have the same variance.', (_, t) => [!t.uncertain, largest(t) * t.d < trace(t) * (1 + 1e-8)]],
  [
    'It is not: the noisiest direction has # times the variance of an average one.',
    (n, t) => [!t.uncertain, [n[0], (largest(t) * t.d) / trace(t)], largest(t) * t.d > trace(t)],
  ],
  [
    'It is not: the noisiest direction has # times the largest variance that # rows of isotropic noise would show.',
    (n, t) => [t.uncertain, [n[1], t.n], [n[0], largest(t) / isotropicCeiling(t)], largest(t) > isotropicCeiling(t)],
  ],
  [
    'These rows do not rule that out: the noisiest direction has # times the largest variance that # rows of isotropic noise would show.',
    (n, t) => [
      t.uncertain,
      [n[1], t.n],
      [n[0], largest(t) / isotropicCeiling(t)],
      largest(t) <= isotropicCeiling(t) * (1 + 1e-9),
    ],
  ],
  [
    'No Gibbs temperature is given: Adam divides each step by the size of past gradients, so its noise has another law than that of SGD.',
    (_, t) => [t.adam],
  ],
  /* --- notes of cards --- */
  ['an estimate', sample],
  ['exact for these rows', exact],
  ['unbiased', sample],
  ['# % is common to all', (n, t) => [share(n[0], (t.signal ?? NaN) / ((t.signal ?? NaN) + trace(t)))]],
  ['nothing is common to all', (_, t) => [(t.signal ?? 1) <= 0]],
  ['# % of the trace', (n, t) => [share(n[0], largest(t) / trace(t))]],
  ['top direction: # %', (n, t) => [partial(t) || says(n[0]!, 100 * (largest(t) / trace(t)))]],
  ['there is no noise', (_, t) => noNoise(t)],
  ['of at most #', (n, t) => [[n[0], Math.min(t.n - 1, t.d)], !t.uncertain || t.n < 4]],
  ['no signal is seen', sample],
  ['pure noise would give #', (n, t) => [[n[0], -2 / (t.n - 3)], t.uncertain]],
  ['as if the rows were a sample', exact],
  ['no signal would give #', (n, t) => [[n[0], 1 / t.n], t.uncertain]],
  ['mean over the parameters', exact],
  [
    '# {parameter never varies|parameters never vary}',
    (n, t, { text }) => [n[0]!.value > 0, text.includes('varies') === (n[0]!.value === 1)],
  ],
  ['# normal values would show # … #', (n, t) => [t.uncertain, [n[0], t.n]]],
  ['other examples alone: about #', sample],
  ['B up to #', (n, t) => [[n[0], limit(t) * t.B!], !t.finite || n[0]!.value <= t.N]],
  ['B up to the whole data set', (_, t) => [t.finite, limit(t) * t.B! >= t.N]],
  ['# {example passes|examples pass} at #', (n, t) => [n[0]!.value >= 1, !t.finite || n[0]!.value <= t.N]],
  ['# times that of equal rows', (n, t) => [[n[0], 1 + t.scatter / t.n / t.meanSquaredNorm]]],
  ['not the rule for Adam', (_, t) => [t.adam]],
  ['the rule for Adam', (_, t) => [t.adam]],
  ['without replacement', (_, t) => [t.settings.replacement === 'without']],
  ['batches with replacement', (_, t) => [t.settings.replacement === 'with']],
  ['at κB = #', (n, t) => [[n[0], t.settings.batchSize! * t.settings.scaleFactor]]],
  /* --- plots --- */
  [
    'Falls from # at B = 1 to # at B = #.',
    (n, t) => [[n[0], (t.signal ?? NaN) + trace(t)], t.N === Infinity || n[2]!.value === t.N],
  ],
  [
    'At B = # it is #.',
    (n, t) => [
      ...isBatch(n[0], t),
      nearly(n[1]!, (t.signal ?? NaN) + (trace(t) * t.correction(t.B!)) / t.B!, trace(t)),
    ],
  ],
  ['At the noise scale of # examples both cost twice the fewest.', (n, t) => [[n[0], t.noiseScale]]],
  [
    'At B = # it takes # times the fewest steps and # times the fewest examples.',
    (n, t) => [...isBatch(n[0], t), [n[1], 1 + t.noiseScale! / t.B!], [n[2], 1 + t.B! / t.noiseScale!]],
  ],
  [
    'The norm test passes from B = # on, the inner-product test from #, the orthogonality test from #.',
    (n, t) => [
      n[0]!.value >= passing(t) * (1 - 1e-9),
      n.every(({ value }) => value >= 1),
      !t.finite || n.every(({ value }) => value <= t.N),
    ],
  ],
  [
    'The noise of # {batch|batches} rises to # and is exactly 0 when the epoch ends.',
    (n, t, { text }) => [
      [n[0], Math.floor(t.N / t.B!)],
      t.N % t.B! === 0,
      text.includes('batches') === n[0]!.value > 1,
    ],
  ],
  [
    'The noise of # {batch|batches} rises to # and ends at #, # % of what independent batches have, because # {example is|examples are} left over.',
    (n, t, { text }) => [
      [n[0], Math.floor(t.N / t.B!)],
      [n[4], t.N % t.B!],
      text.includes('example is') === (t.N % t.B! === 1),
    ],
  ],
  ['Independent batches would have #.', (n, t) => [[n[0], (Math.floor(t.N / t.B!) * trace(t)) / t.B!]]],
  [
    'Through η = # at B = #: at κB = # the linear rule gives #, the square-root rule #.',
    (n, t) => [
      [n[0], t.eta],
      ...isBatch(n[1], t),
      [n[2], scaled(t)],
      [n[3], t.eta! * t.settings.scaleFactor],
      [n[4], t.eta! * Math.sqrt(t.settings.scaleFactor)],
    ],
  ],
  [
    'The linear rule is drawn solid up to its necessary limit at B = #.',
    (n, t) => [[n[0], limit(t) * t.B!], !t.finite || n[0]!.value <= t.N],
  ],
  [
    'The linear rule is drawn solid up to the whole data set, within its necessary limit.',
    (_, t) => [t.finite, limit(t) * t.B! >= t.N],
  ],
  [
    'The noise scale is not resolved, so no limit of the linear rule is drawn.',
    (_, t) => [t.ends?.upper === undefined],
  ],
  [
    '# rise above the noise floor of #.',
    (n, t) => [
      [n[0], t.eigenvalues.filter((value) => value > (t.shuffledFloor ?? Infinity)).length],
      [n[1], t.shuffledFloor],
    ],
  ],
  [
    '# eigenvalues, from # down to #.',
    (n, t) => [
      [n[0], t.eigenvalues.length],
      [n[1], largest(t)],
      [n[2], t.eigenvalues.at(-1)],
    ],
  ],
  [
    'Half of the noise is in # of # rows.',
    (n, t) => {
      const held = (rows: number): number => rowShares(t).slice(0, rows).reduce((a, b) => a + b, 0); // prettier-ignore
      return [held(n[0]!.value) > 0.5 - 1e-9, held(n[0]!.value - 1) < 0.5 + 1e-9, [n[1], t.n]];
    },
  ],
  [
    'If all rows were equally noisy, the curve would be the dotted diagonal; # % of the noise would have to move.',
    (n, t) => [share(n[0], rowShares(t).reduce((sum, each) => sum + Math.abs(each - 1 / t.n), 0) / 2)],
  ],
  ['# %', (n) => [n[0]!.value >= 0, n[0]!.value <= 100]],
  ['# of # examples point against the mean gradient.', (n, t) => [[n[0], against(t)], n[1]!.value <= t.n]],
];
