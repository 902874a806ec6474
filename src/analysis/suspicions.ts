import { openBlocks } from '../kernel/blocks';
import type { BlockReader } from '../kernel/blocks';
import { stretchesOf } from '../kernel/placement';
import type { ElementType, GradientDump } from '../shared/dump';
import { shortNames } from '../shared/foreign-text';
import { percent, plainNumber, wholeNumber } from '../shared/numbers';
import type { Moments, Spectrum } from '../shared/summary';
import type { Suspicion } from '../shared/suspicion';
import { rowKind, suggestedView } from '../shared/settings';
import { lengthVariation, slowChange } from './row-order';
import type { SlowChange } from './row-order';
import { LEAST_NEIGHBORS, neighborRatio } from '../theory/von-neumann-ratio';
import type { NeighborRatio } from '../theory/von-neumann-ratio';

/** What is seen of a dump as soon as its moments are known. */
export interface Impression {
  readonly suspicions: readonly Suspicion[];
  /** What a reader should know and that raises no suspicion. */
  readonly notes: readonly string[];
  /** Rows before those of zeros at the end, if there are enough of these for a suspicion: else all. */
  readonly written: number;
}

/**
 * What a dump seems to be, by its names, shapes and moments; bytes are only read where those leave a doubt.
 *
 * @throws AnalysisError file/…, run/canceled
 */
export function impressionOf(dump: GradientDump, moments: Moments, checkCanceled: () => void): Impression {
  const zeros = zeroRows(dump, moments, checkCanceled);
  const { written } = zeros;
  const [matrix] = symmetricMatrix(dump, moments, checkCanceled);
  const seen = [...zeros.suspicions, ...parametersOnly(dump), ...loggerTable(dump), ...unsigned(dump, moments)];
  return { suspicions: matrix === undefined ? seen : [matrix, ...seen], notes: zeros.notes, written };
}

/* --- rows/sequence ---------------------------------------------------------------------------------------------------- */

/**
 * Whether neighboring rows are alike: from the products of rows where they were kept, else from some rows and columns.
 *
 * @param written rows to look at, from the first on
 * @throws AnalysisError file/…
 */
export function rowsInSequence(
  dump: GradientDump,
  { gram }: Pick<Spectrum, 'gram'>,
  largestMagnitude: number,
  written: number,
): readonly Suspicion[] {
  const found = gram
    ? neighborRatio(gram, dump.rows, written)
    : written >= SAMPLED.least
      ? sampledRatio(dump, largestMagnitude, written)
      : undefined;
  return sequence(found, dump, written);
}

/** The same for a file of statistics, which has products and no rows; with hints what a row is. */
export function suspicionsOfProducts(
  dump: Pick<GradientDump, 'name' | 'rows' | 'layers' | 'metadata' | 'format' | 'joined'>,
  { gram }: Pick<Spectrum, 'gram'>,
): readonly Suspicion[] {
  const neighbors = gram ? sequence(neighborRatio(gram, dump.rows), dump, dump.rows) : [];
  return neighbors.length > 0 ? neighbors : hintsOfRowKind(dump, { ...(gram && { gram }) }, dump.rows);
}

function sequence(
  found: NeighborRatio | undefined,
  dump: Pick<GradientDump, 'format' | 'joined'>,
  rows: number,
): readonly Suspicion[] {
  if (found === undefined || found.ratio >= found.threshold || rows < LEAST_NEIGHBORS) return [];
  const remedy =
    'If they are steps of training: save one file per step, with one row for each example. If they are only sorted, nothing needs to be done, because the order of rows changes no number.';
  const undone = perArray(dump, (array) => `np.diff(${array}, axis=0, prepend=0 * ${array}[:1])`, 'single');
  return [
    {
      code: 'rows/sequence',
      found: `Neighboring rows are alike: their squared distances are ${plainNumber(found.ratio)} times the squared lengths of the centered rows (von Neumann’s ratio), and rows in random order have 2`,
      remedy:
        undone === undefined
          ? `${remedy} If gradients were added up, call zero_grad after each.`
          : `${remedy} If gradients were added up because zero_grad was not called, take the differences:`,
      ...(undone !== undefined && { fix: undone }),
    },
  ];
}

/** A line that saves every array anew, where it is one file of a format that NumPy writes. */
function perArray(
  { format, joined }: Pick<GradientDump, 'format' | 'joined'>,
  change: (array: string) => string,
  name: string,
): string | undefined {
  if (joined !== undefined) return undefined;
  if (format === 'npy') return `np.save("${name}.npy", ${change('g')})`;
  if (format === 'npz') return `np.savez("${name}.npz", **{name: ${change('a')} for name, a in g.items()})`;
  return undefined;
}

/**
 * What is looked at where products were not kept. From 36 rows on the threshold is 1 whatever the participation ratio, and
 * so many numbers put the ratio of independent rows within a few percent of 2.
 */
const SAMPLED = { least: 64, runs: 16, rows: 64, blocks: 4, columns: 64 };

/** von Neumann's ratio of some runs of rows in some columns. */
function sampledRatio(dump: GradientDump, largestMagnitude: number, written: number): NeighborRatio | undefined {
  if (!(largestMagnitude > 0) || outOfReach(dump)) return undefined;
  const all = written <= SAMPLED.runs * SAMPLED.rows;
  const count = all ? written : SAMPLED.rows;
  const starts = all ? [0] : evenly(SAMPLED.runs, written - count);
  const few = dump.parameters <= SAMPLED.blocks * SAMPLED.columns;
  const width = few ? dump.parameters : SAMPLED.columns;
  const columns = few ? [0] : evenly(SAMPLED.blocks, dump.parameters - width);
  const tiles = columns.map((from) => starts.map((first) => rectangle(dump, first, count, from, width)));
  let [scatter, neighbors] = [0, 0];
  for (const runs of tiles)
    for (let j = 0; j < width; j++) {
      let mean = 0;
      for (const tile of runs)
        for (let i = 0; i < count; i++) mean += (tile[i * width + j] ?? 0) / largestMagnitude / (count * starts.length);
      for (const tile of runs) {
        let before = 0;
        for (let i = 0; i < count; i++) {
          const x = (tile[i * width + j] ?? 0) / largestMagnitude - mean;
          scatter += x * x;
          if (i > 0) neighbors += (x - before) ** 2;
          before = x;
        }
      }
    }
  if (!(scatter > 0)) return undefined;
  // as if the runs were one
  const missing = (count * starts.length - 1) / ((count - 1) * starts.length);
  return { ratio: (neighbors * missing) / scatter, threshold: 1 };
}

/** Columns of so many rows are not read for a suspicion, where rows do not lie together. */
const outOfReach = ({ rows: n, arrays }: GradientDump): boolean =>
  n > 2 ** 22 && arrays.some(({ order }) => order === 'F');

/** So many whole numbers from 0 to the last. */
const evenly = (count: number, last: number): number[] =>
  Array.from({ length: count }, (_, k) => Math.floor((k * last) / (count - 1)));

/** Rows [first, first + count), columns [from, from + width) → [count, width] row-major. */
function rectangle(dump: GradientDump, first: number, count: number, from: number, width: number): Float64Array {
  const tile = new Float64Array(count * width);
  reading(dump, ({ readRectangle }) => readRectangle(first, count, from, width, tile));
  return tile;
}

function reading<T>(dump: GradientDump, use: (reader: BlockReader) => T): T {
  const reader = openBlocks(dump);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

/* --- rows/name, rows/order, rows/averaged ----------------------------------------------------------------------------- */

/**
 * Hints that rows are not single examples, for dumps of which nothing says what a row is. No file can prove it: each hint has its
 * figure, and asks.
 *
 * @param written rows to look at, from the first on
 */
export function hintsOfRowKind(
  dump: Pick<GradientDump, 'name' | 'rows' | 'layers' | 'metadata'>,
  { gram }: Pick<Spectrum, 'gram'>,
  written: number,
): readonly Suspicion[] {
  if (rowKind(suggestedView(dump), dump) !== undefined) return [];
  const named = namedKind(dump);
  const ordered = gram && slowChange(gram, dump.rows, written);
  if (ordered !== undefined) return [...named, orderHint(ordered)];
  const lengths = gram && written === dump.rows ? lengthVariation(gram, dump.rows) : undefined;
  return lengths !== undefined && lengths >= GAUSSIAN.least && lengths <= GAUSSIAN.most
    ? [...named, averagedHint(lengths)]
    : named;
}

const orderHint = ({ ratio, side, orders }: SlowChange): Suspicion => ({
  code: 'rows/order',
  found: `Slow changes along the file carry ${plainNumber(ratio)} times the share of the spread that they have in random order on average, ${side} than in any of ${orders} random orders`,
  remedy:
    'Gradients of training steps drift, or add up to little because training reverses them. If rows are steps, save one file per step, with one row for each example. If they are single examples that are sorted, or dealt out evenly by class, answer so below: the order changes no number.',
});

/** Variance of squared lengths, in that of Gaussian noise, that is taken for as good as Gaussian. */
const GAUSSIAN = { least: 0.5, most: 1.5 };

const averagedHint = (lengths: number): Suspicion => ({
  code: 'rows/averaged',
  found: `The squared lengths of the centered rows vary ${plainNumber(lengths)} times as much as those of Gaussian noise, as for means of many examples; for single examples it is mostly 2 to 100 times`,
  remedy:
    'If each row is the gradient of a batch of b examples, say so: noise and noise scale are then b times as large. Single examples of a network that has hardly been trained can look like this, too.',
});

/** Words for gradients of batches and of steps; a step or batch with its number is where a dump was taken. */
const OF_BATCHES =
  /(?:^|[^a-z])(?:(?:mini)?batch(?:es|ed)?|means?|avg|averaged?|accum(?:ulated)?)[_.\s-]*(?:of[_.\s-]*)?grad|grad(?:ient)?s?[_.\s-]*(?:(?:per|by|of|each)[_.\s-]*)?(?:(?:mini)?batch(?:es|ed)?|means?|avg|averaged?|accum(?:ulated)?)(?![a-z]|[_.\s-]*\d)/i;
const OF_STEPS =
  /(?:^|[^a-z])(?:steps?|iter(?:ation)?s?|trajector(?:y|ies)|history)[_.\s-]*grad|grad(?:ient)?s?[_.\s-]*(?:(?:per|by|of|each|over)[_.\s-]*)?(?:steps?|iter(?:ation)?s?|trajector(?:y|ies)|history|training)(?![a-z]|[_.\s-]*\d)/i;

function namedKind({ name, layers }: Pick<GradientDump, 'name' | 'layers'>): readonly Suspicion[] {
  const names = [name.replace(/\.[a-z]+$/i, ''), ...layers.slice(0, 8).map((layer) => layer.name)];
  const of = (pattern: RegExp): string | undefined => names.find((each) => pattern.test(each));
  const [steps, batches] = [of(OF_STEPS), of(OF_BATCHES)];
  const [found] = shortNames([steps ?? batches ?? '']);
  if (found === undefined || found === '') return [];
  return [
    {
      code: 'rows/name',
      found: `“${found}” speaks of ${steps === undefined ? 'batches or means' : 'steps'}`,
      remedy:
        steps === undefined
          ? 'If each row is the gradient of a batch of b examples, say so: noise and noise scale are then b times as large.'
          : 'If each row is the gradient of another training step, save one file per step, with one row for each example.',
    },
  ];
}

/* --- rows/zero -------------------------------------------------------------------------------------------------------- */

/** So many rows of zeros at the end, and such a share of all, are not an accident. */
const ZEROS = { rows: 2, share: 0.01, chance: 0.001 };

function zeroRows(dump: GradientDump, moments: Moments, checkCanceled: () => void): Impression {
  const { rows: n } = dump;
  const rows = zeroRowsOf(dump, moments, checkCanceled);
  let written = n;
  while (written > 0 && rows.has(written - 1)) written--;
  const trailing = n - written;
  // where rows of zeros are frequent, some of them are the last ones by chance
  const chance = written === 0 ? 0 : ((rows.size - trailing) / written) ** trailing;
  const suspicious = trailing >= ZEROS.rows && trailing >= ZEROS.share * n && chance <= ZEROS.chance;
  const elsewhere = [...rows].filter((row) => !suspicious || row < written);
  const first = elsewhere.at(0);
  const last = elsewhere.at(-1);
  const notes =
    first === undefined || last === undefined
      ? []
      : [
          elsewhere.length === 1
            ? `Row ${wholeNumber(first)} is all zero (rows are counted from 0).`
            : `${wholeNumber(elsewhere.length)} rows are all zero, from row ${wholeNumber(first)} to row ${wholeNumber(last)} (rows are counted from 0).`,
        ];
  if (!suspicious) return { suspicions: [], notes, written: n };
  const range = `from row ${wholeNumber(written)} to row ${wholeNumber(n - 1)}`;
  const fix = perArray(dump, (array) => `${array}[:${written}]`, 'grad');
  const possible = written >= 2;
  const why = 'A file that was laid out before its rows were known looks like this.';
  return {
    notes,
    written,
    suspicions: [
      {
        code: 'rows/zero',
        found: possible
          ? `The last ${wholeNumber(trailing)} of ${wholeNumber(n)} rows (${percent(trailing / n)}) are all zero, ${range} (counted from 0)`
          : `${written === 0 ? `All ${wholeNumber(n)} rows` : `All rows but the first of ${wholeNumber(n)}`} are zero`,
        remedy: !possible
          ? `${why} Write it again.`
          : fix === undefined
            ? `${why} Leave them out.`
            : `${why} Leave them out:`,
        ...(possible && fix !== undefined && { fix }),
        ...(possible && { rows: Array.from({ length: trailing }, (_, k) => written + k) }),
      },
    ],
  };
}

/** Numbers read at a time. */
const TILE = 2 ** 18;

/** Rows whose elements are all 0, ascending; a row that is only short is read, to distinguish it from these. */
function zeroRowsOf(dump: GradientDump, moments: Moments, checkCanceled: () => void): ReadonlySet<number> {
  const { rows: n, parameters: d, arrays } = dump;
  const { meanSquaredNorm, centeredSquaredNorms, meanProducts } = moments;
  const left = new Set<number>();
  for (let i = 0; i < n; i++) {
    const scatter = centeredSquaredNorms[i] ?? 0;
    const squaredNorm = meanSquaredNorm + 2 * (meanProducts[i] ?? 0) + scatter;
    if (squaredNorm <= 1e-9 * (meanSquaredNorm + scatter)) left.add(i);
  }
  if (left.size === 0) return left;
  // rows leave the set when something is found in them
  reading(dump, ({ readRows, readColumns }) => {
    if (d <= TILE && arrays.every(({ order }) => order === 'C')) {
      const tile = new Float64Array(d);
      for (const row of [...left]) {
        checkCanceled();
        readRows(row, 1, tile);
        if (tile.some((element) => element !== 0)) left.delete(row);
      }
      return;
    }
    const most = Math.max(1, Math.floor(TILE / n));
    for (let from = 0; from < d && left.size > 0; from += most) {
      checkCanceled();
      const width = Math.min(most, d - from);
      const tile = new Float64Array(n * width);
      readColumns(from, width, tile);
      for (const row of [...left])
        if (tile.subarray(row * width, (row + 1) * width).some((element) => element !== 0)) left.delete(row);
    }
  });
  return left;
}

/* --- matrix/symmetric ------------------------------------------------------------------------------------------------- */

/** A matrix that was computed in single precision differs from its transpose by no more, of its largest element. */
const ASYMMETRY = 1e-6;

function symmetricMatrix(dump: GradientDump, moments: Moments, checkCanceled: () => void): readonly Suspicion[] {
  const { rows: n } = dump;
  const { largestMagnitude } = moments;
  const arrays = stretchesOf(dump);
  if (n < 2 || !(largestMagnitude > 0) || arrays.some(({ columns }) => columns !== n)) return [];
  if (!arrays.every(({ firstColumn }) => isSymmetric(dump, firstColumn, largestMagnitude, checkCanceled))) return [];
  const many = arrays.length > 1;
  return [
    {
      code: 'matrix/symmetric',
      found: `${many ? `Each of its ${wholeNumber(arrays.length)} arrays` : 'It'} is square, ${wholeNumber(n)} × ${wholeNumber(n)}, and equals its transpose, as a covariance, Hessian, Fisher or Gram matrix does; rows of gradients do not`,
      remedy: `If ${many ? 'they are such matrices' : 'it is such a matrix'}, dump the gradients themselves, one row for each example; a Hessian or Fisher matrix can be named beside such a dump.`,
    },
  ];
}

/** Almost always the first tile decides. */
function isSymmetric(dump: GradientDump, firstColumn: number, largest: number, checkCanceled: () => void): boolean {
  const { rows: n } = dump;
  return reading(dump, ({ readRectangle }) => {
    const most = Math.max(1, Math.min(n, Math.floor(TILE / n)));
    let [difference, magnitude] = [0, 0];
    for (let from = 0; from < n; from += most) {
      checkCanceled();
      const width = Math.min(most, n - from);
      const [rows, columns] = [new Float64Array(width * n), new Float64Array(n * width)];
      readRectangle(from, width, firstColumn, n, rows);
      readRectangle(0, n, firstColumn + from, width, columns);
      for (let i = 0; i < width; i++)
        for (let j = 0; j < n; j++) {
          const element = rows[i * n + j] ?? 0;
          difference = Math.max(difference, Math.abs(element - (columns[j * width + i] ?? 0)));
          magnitude = Math.max(magnitude, Math.abs(element));
        }
      // no array has a larger element than the dump
      if (difference > ASYMMETRY * largest) return false;
    }
    return difference <= ASYMMETRY * magnitude;
  });
}

/* --- shape/parameters ------------------------------------------------------------------------------------------------- */

/** Names that frameworks give to parameters, at the end of a path. */
const WEIGHT = /(?:^|[._/])(?:weight|kernel|w\d*)(?:\.grad)?$/i;
const BIAS = /(?:^|[._/])(?:bias|b\d*)(?:\.grad)?$/i;

/**
 * Weights [out, in, …] and biases [out] of layers that are all as wide as the "rows" are many: of a dump with an axis of
 * examples a bias has as many columns as its layer has outputs, and a weight has them times its inputs.
 */
function parametersOnly(dump: GradientDump): readonly Suspicion[] {
  const { rows: n, layers, metadata } = dump;
  // a loss or a label for each row: these are examples
  if (metadata.losses !== undefined || metadata.labels !== undefined) return [];
  const arrays = stretchesOf(dump);
  if (arrays.length < 2 || layers.length !== arrays.length) return [];
  const weights = layers.filter(({ name }) => WEIGHT.test(name));
  const biases = layers.filter(({ name }) => BIAS.test(name));
  if (weights.length === 0 || weights.length + biases.length < layers.length) return [];
  // what comes into every layer but the first is what the layer before gives out, n numbers or n pictures
  const later = weights.slice(1).every(({ size }) => [1, 9, 25, 49].some((kernel) => size === kernel * n));
  if (!later || biases.some(({ size }) => size !== 1) || (weights.length < 2 && biases.length === 0)) return [];
  const names = shortNames(layers.slice(0, 3).map(({ name }) => name)).map((name) => `“${name}”`);
  return [
    {
      code: 'shape/parameters',
      found: `Its arrays are called as parameters are (${names.join(', ')}${layers.length > 3 ? ', …' : ''}), and have their shapes: ${wholeNumber(n)} outputs of each layer would be the ${wholeNumber(n)} examples`,
      remedy:
        'If this is the gradient of one batch: save one gradient for each example, [n, …] for every parameter. The command script dump prints a Python file that does so.',
    },
  ];
}

/* --- table/logger ----------------------------------------------------------------------------------------------------- */

const LOGGED = /^(?:wall_?time|time(?:stamp)?|steps?|global_step|epoch|iter(?:ation)?s?|value|tag)$/i;
/** Columns of a table, and rows of it that are looked at. */
const TABLE = { columns: 16, rows: 4096, least: 8 };
/** Seconds since 1970, from 2001 to 2065. */
const CLOCK = { from: 1e9, to: 3e9 };

function loggerTable(dump: GradientDump): readonly Suspicion[] {
  const { rows: n, parameters, layers } = dump;
  const named = layers.filter(({ name, size }) => size === 1 && LOGGED.test(name));
  if (parameters > TABLE.columns || n < 2 || outOfReach(dump)) return [];
  const count = Math.min(n, TABLE.rows);
  const table = Array.from({ length: parameters }, (_, column) => rectangle(dump, 0, count, column, 1));
  const clock = table.findIndex(
    (column) => ascends(column, 0) && column.every((time) => time >= CLOCK.from && time < CLOCK.to),
  );
  const step = table.findIndex(
    (column) =>
      column.length >= TABLE.least &&
      ascends(column, 1) &&
      column.every((number) => Number.isInteger(number) && number >= 0),
  );
  const found =
    named.length >= 2
      ? `Its columns are called ${named.map(({ name }) => `“${name}”`).join(', ')}`
      : clock >= 0 && parameters > 1
        ? `Column ${clock} holds times of a clock, in seconds since 1970 and ascending`
        : step >= 0 && parameters > 1
          ? `Column ${step} counts upwards in whole numbers, as steps do`
          : undefined;
  if (found === undefined) return [];
  return [
    {
      code: 'table/logger',
      found: `${found}; columns of a dump are the parameters of a model`,
      remedy:
        'If this is what a logger wrote (time, step, value): dump the gradients themselves, one row for each example. If one column is an index: leave it out.',
    },
  ];
}

/** @param least every number exceeds the one before by so much */
const ascends = (column: Float64Array, least: number): boolean =>
  column.every((value, i) => i === 0 || value - (column[i - 1] ?? 0) >= least);

/* --- elements/unsigned ------------------------------------------------------------------------------------------------ */

const UNSIGNED: ReadonlySet<ElementType> = new Set(['u1', 'u2', 'u4', 'u8', 'b1']);
/** Parameters that all have the same sign by chance once in four thousand million dumps. */
const SIGNS = 32;

function unsigned(dump: GradientDump, moments: Moments): readonly Suspicion[] {
  const { dtype, parameters, arrays } = dump;
  const { negative } = moments.elementHistogram;
  if (negative.some((count) => count > 0)) return [];
  const typed = arrays.every(({ element }) => UNSIGNED.has(element));
  if (!typed && parameters - moments.deadParameters < SIGNS) return [];
  const bits = arrays.every(({ element }) => element === 'u2');
  return [
    {
      code: 'elements/unsigned',
      found: typed
        ? `The elements are ${dtype}, which has no sign, and gradients have both`
        : 'None of its elements is negative, and gradients have both signs',
      remedy: bits
        ? 'If they are the bits of bfloat16, say {"dtype": "bfloat16"} in the .meta.json file beside it. Otherwise save the gradients as numbers with a sign.'
        : typed
          ? 'Save the gradients as numbers with a sign, such as float32.'
          : 'If they are squares or magnitudes, save the gradients themselves.',
    },
  ];
}
