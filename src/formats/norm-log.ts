import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { NormLog } from '../shared/training-run';
import { optimizerKind } from '../shared/training';
import type { Training } from '../shared/training';
import { openSource, shortened } from './source';
import type { ByteSource } from './source';

/** Bytes read at a time. */
const PIECE = 1 << 20;
/** Letters of a line: fifty thousand layers. */
const LONGEST_LINE = 1 << 22;
/** Lines that cannot be used and are reported one by one. */
const MOST_PROBLEMS = 100;

/** One step as a line says it, before it is checked. */
interface Line {
  readonly step: unknown;
  readonly smallSize: unknown;
  readonly largeSize: unknown;
  readonly small: readonly unknown[];
  readonly large: readonly unknown[];
  readonly learningRate?: unknown;
  readonly loss?: unknown;
  readonly tokens?: unknown;
}

interface Entry {
  readonly step: number;
  readonly smallSize: number;
  readonly largeSize: number;
  readonly small: readonly number[];
  readonly large: readonly number[];
  readonly learningRate: number;
  readonly loss: number;
  readonly tokens: number;
}

/** How the lines of a log are read, once its first one is known. */
interface Dialect {
  readonly layers: readonly string[];
  readonly training: Partial<Training>;
  readonly notes: readonly string[];
  /** Of a line after the head; undefined for one that says nothing of norms. */
  readonly read: (text: string) => Line | undefined;
}

/** Whether a file is a norm log, by its name or, for tables, by the names of its columns. */
export function isNormLog(path: string): boolean {
  if (/\.gradnorms\.jsonl$/i.test(path)) return true;
  if (!/\.(csv|tsv)$/i.test(path)) return false;
  const source = openSource(path);
  try {
    const [head = ''] = new TextDecoder().decode(source.read(0, PIECE)).split(/\r?\n/, 1);
    return dialectOfTable(head) !== undefined;
  } finally {
    source.close();
  }
}

/**
 * A log of squared gradient norms of two batch sizes: lines of JSON after the head `{"gradnorms": 1, "layers": […]}`, or a table
 * with columns `step, b, B, small, big`, or with those that nanoGNS or Composer write. A line that cannot be used is reported
 * and left out; of a step that is there twice the later line counts.
 *
 * @throws AnalysisError file/…, metadata/invalid when no line can be used
 */
export function readNormLog(path: string, { checkCanceled = () => undefined, bytes }: NormLogRequest = {}): NormLog {
  const source = openSource(path, bytes);
  try {
    const log = read(source, checkCanceled);
    source.checkUnchanged();
    return log;
  } finally {
    source.close();
  }
}

export interface NormLogRequest {
  readonly checkCanceled?: () => void;
  /** The whole content, where the path cannot be opened. */
  readonly bytes?: Uint8Array;
}

function read(source: ByteSource, checkCanceled: () => void): NormLog {
  let dialect: Dialect | undefined;
  const steps = new Map<number, Entry>();
  const problems: NormLog['problems'][number][] = [];
  const notes: string[] = [];
  let [refused, twice] = [0, 0];
  const refuse = (line: number, found: string, step?: number): void => {
    if (refused++ >= MOST_PROBLEMS) return;
    const problem: Problem = { code: 'metadata/invalid', found, where: `line ${line}`, remedy: 'Correct the line, or leave it out.' }; // prettier-ignore
    problems.push({ line, problem, ...(step !== undefined && { step }) });
  };
  for (const { text, number, whole } of lines(source, checkCanceled)) {
    if (text.trim() === '') continue;
    if (dialect === undefined) {
      dialect = text.trimStart().startsWith('{') ? dialectOfJson(text) : dialectOfTable(text);
      if (dialect === undefined) throw notALog(source, `Its first line is “${shortened(text, 60)}”`);
      continue;
    }
    const found = dialect.read(text);
    if (found === undefined) continue;
    const entry = entryOf(found, Math.max(1, dialect.layers.length));
    if ('refused' in entry) {
      // the last line may be on its way
      if (!whole) notes.push('The last line is not complete; it may still be being written.');
      else refuse(number, entry.refused, typeof found.step === 'number' ? found.step : undefined);
      continue;
    }
    if (steps.has(entry.step)) twice++;
    steps.set(entry.step, entry);
  }
  if (dialect === undefined) throw notALog(source, 'It has no lines');
  const entries = [...steps.values()].sort((a, b) => a.step - b.step);
  if (entries.length === 0)
    throw notALog(source, problems[0] === undefined ? 'It has no step' : `None of its steps can be used; ${problems[0].problem.where}: ${problems[0].problem.found}`); // prettier-ignore
  if (twice > 0) notes.push(`${wholeNumber(twice)} steps are there twice, as in a run that was resumed; the later line counts.`); // prettier-ignore
  if (refused > 0) notes.push(`${wholeNumber(refused)} lines cannot be used and were left out.`);
  const column = (of: (entry: Entry) => number): Float64Array => Float64Array.from(entries, of);
  const known = (of: (entry: Entry) => number): Float64Array =>
    entries.some((entry) => !Number.isNaN(of(entry))) ? column(of) : new Float64Array(0);
  const table = (of: (entry: Entry) => readonly number[]): Float64Array => {
    const width = Math.max(1, dialect.layers.length);
    const numbers = new Float64Array(entries.length * width);
    entries.forEach((entry, t) => numbers.set(of(entry), t * width));
    return numbers;
  };
  return {
    name: source.name,
    path: source.path,
    layers: dialect.layers,
    steps: column(({ step }) => step),
    smallSizes: column(({ smallSize }) => smallSize),
    largeSizes: column(({ largeSize }) => largeSize),
    small: table(({ small }) => small),
    large: table(({ large }) => large),
    learningRates: known(({ learningRate }) => learningRate),
    losses: known(({ loss }) => loss),
    tokens: known(({ tokens }) => tokens),
    training: dialect.training,
    problems,
    notes: [...dialect.notes, ...notes],
  };
}

function* lines(
  source: ByteSource,
  checkCanceled: () => void,
): Generator<{ readonly text: string; readonly number: number; readonly whole: boolean }> {
  const decoder = new TextDecoder();
  let [rest, number] = ['', 0];
  for (let position = 0; position < source.size; position += PIECE) {
    checkCanceled();
    const parts = (rest + decoder.decode(source.read(position, PIECE), { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw notALog(source, `Line ${number + parts.length + 1} is longer than any step`);
    for (const text of parts) yield { text, number: ++number, whole: true };
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest, number: ++number, whole: false };
}

interface Refused {
  readonly refused: string;
}

/** What is said is used, or the line is refused; the reason in words. */
function entryOf(line: Line, width: number): Entry | Refused {
  const { step, smallSize, largeSize, small: ofSmall, large: ofLarge } = line;
  if (!isWhole(step, 0)) return { refused: `The step is ${shown(step)}, not a whole number` };
  if (!isSize(smallSize) || !isSize(largeSize)) return { refused: `The batch sizes are ${shown(smallSize)} and ${shown(largeSize)}, not positive numbers` }; // prettier-ignore
  if (!(smallSize < largeSize))
    return { refused: `The small batch has ${smallSize} examples, the large one ${largeSize}` };
  if (ofSmall.length !== width || ofLarge.length !== width) return { refused: `It has norms of ${ofSmall.length} and ${ofLarge.length} layers, not of ${width}` }; // prettier-ignore
  for (const norms of [ofSmall, ofLarge])
    for (const norm of norms)
      if (!(typeof norm === 'number' && norm >= 0 && norm < LARGEST))
        return { refused: `A squared norm is ${shown(norm)}, not a number from 0 up` };
  const optional = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : NaN);
  return {
    step,
    smallSize,
    largeSize,
    small: ofSmall as readonly number[],
    large: ofLarge as readonly number[],
    learningRate: optional(line.learningRate),
    loss: optional(line.loss),
    tokens: optional(line.tokens),
  };
}

/** Sums of ten thousand steps of as many layers, times a batch size, are still numbers. */
const LARGEST = 1e280;

const isWhole = (value: unknown, least: number): value is number => Number.isSafeInteger(value) && (value as number) >= least; // prettier-ignore
/** Token counts and averages over devices need not be whole. */
const isSize = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e15;

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : shortened(typeof value === 'string' ? `“${value}”` : JSON.stringify(value), 40);

function notALog(source: ByteSource, found: string): AnalysisError {
  return new AnalysisError({
    code: 'metadata/invalid',
    found,
    where: source.path,
    remedy:
      'A norm log begins with {"gradnorms": 1, "layers": [...]}, or is a table with the columns step, b, B, small, big.',
  });
}

/* --- lines of JSON -------------------------------------------------------------------------------------------------- */

function dialectOfJson(text: string): Dialect | undefined {
  const head = parsed(text);
  if (head === undefined) return undefined;
  if (head['gradnorms'] !== undefined) {
    if (head['gradnorms'] !== 1) return undefined;
    const named = head['layers'];
    const layers = Array.isArray(named) ? named.map((layer) => nameOf(layer)) : [];
    return { layers, training: trainingOf(head), notes: [], read: readJson };
  }
  return undefined;
}

const nameOf = (layer: unknown): string => {
  const name: unknown = typeof layer === 'object' && layer !== null && 'name' in layer ? layer.name : layer;
  return typeof name === 'string' ? name : shown(name);
};

function readJson(text: string): Line {
  const line = parsed(text);
  if (line === undefined) return { step: undefined, smallSize: undefined, largeSize: undefined, small: [], large: [] };
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
  return {
    step: line['step'],
    smallSize: line['b'],
    largeSize: line['B'],
    small: list(line['small']),
    large: list(line['big']),
    learningRate: line['learningRate'] ?? line['learning_rate'],
    loss: line['loss'],
    tokens: line['tokens'],
  };
}

/** Python writes NaN and Infinity, which JSON does not have; they become texts, so that the step is refused by name. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  const object = (json: string): Readonly<Record<string, unknown>> | undefined => {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  };
  try {
    return object(text);
  } catch {
    // to search every line takes longer than to parse it
  }
  try {
    return object(text.replaceAll(/(?<=[[,:]\s*)-?(?:NaN|Infinity)/g, '"$&"'));
  } catch {
    return undefined;
  }
}

function trainingOf(head: Readonly<Record<string, unknown>>): Partial<Training> {
  const number = (...keys: readonly string[]): number | undefined => {
    const value = keys.map((key) => head[key]).find((each) => each !== undefined);
    return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined;
  };
  const [learningRate, momentum] = [number('learningRate', 'learning_rate'), number('momentum')];
  const { optimizer } = head;
  const kind = typeof optimizer === 'string' ? optimizerKind(optimizer) : undefined;
  return {
    ...(learningRate !== undefined && { learningRate }),
    ...(momentum !== undefined && momentum < 1 && { momentum }),
    ...(kind !== undefined && { optimizer: kind }),
  };
}

/* --- tables --------------------------------------------------------------------------------------------------------- */

/** The names of columns say who wrote the table. */
function dialectOfTable(head: string): Dialect | undefined {
  const separator = head.includes('\t') ? '\t' : head.includes(';') ? ';' : ',';
  const names = cells(head, separator);
  const at = (...known: readonly string[]): number => names.findIndex((name) => known.includes(name));
  const step = at('step', 'iter', 'iteration', 'trainer/global_step', '_step');
  if (step < 0) return undefined;
  const more = { rate: at('learningRate', 'learning_rate', 'lr', 'train/lr'), loss: at('loss', 'train/loss', 'loss/train/total'), tokens: at('tokens', 'tokens_processed') }; // prettier-ignore
  const beside = (row: readonly string[]): Pick<Line, 'step' | 'learningRate' | 'loss' | 'tokens'> => ({
    step: numberAt(row, step),
    learningRate: numberAt(row, more.rate),
    loss: numberAt(row, more.loss),
    tokens: numberAt(row, more.tokens),
  });
  const dialect = (layers: readonly string[], notes: readonly string[], norms: (row: readonly string[]) => Omit<Line, 'step'>): Dialect => ({ layers, notes, training: {}, read: (text) => { const row = text.split(separator); const found = norms(row); return found.large.every((norm) => norm === undefined) && found.largeSize === undefined ? undefined : { ...found, ...beside(row) }; } }); // prettier-ignore
  const own = ['b', 'B', 'small', 'big'].map((name) => at(name)) as [number, number, number, number];
  if (own.every((column) => column >= 0)) return dialect([], [], twoNorms(own));
  // Composer logs squared norms already; a logger may put a folder before its keys
  const composer = COMPOSER.map((key) => names.findIndex((name) => name === key || name.endsWith(`/${key}`))) as typeof own; // prettier-ignore
  if (composer.every((column) => column >= 0)) return dialect([], [], twoNorms(composer));
  return nanoGns(names, dialect);
}

const twoNorms =
  ([smallSize, largeSize, small, large]: readonly [number, number, number, number]) =>
  (row: readonly string[]): Omit<Line, 'step'> => ({
    smallSize: numberAt(row, smallSize),
    largeSize: numberAt(row, largeSize),
    small: [numberAt(row, small)],
    large: [numberAt(row, large)],
  });

const COMPOSER = ['noise_scale/b_small', 'noise_scale/b_big', 'noise_scale/g_small_l2norm_squared', 'noise_scale/g_big_l2norm_squared']; // prettier-ignore

/** nanoGNS logs lengths, not squares: of each parameter, of one example (`pegn`) and of the batch (`norm`). */
function nanoGns(
  names: readonly string[],
  dialect: (
    layers: readonly string[],
    notes: readonly string[],
    norms: (row: readonly string[]) => Omit<Line, 'step'>,
  ) => Dialect,
): Dialect | undefined {
  const columns = new Map<string, Partial<Record<string, number>>>();
  for (const [column, name] of names.entries()) {
    const found = /(?:^|\/)gns\/(.+)\/(norm|pegn|batch_size)$/.exec(name);
    if (found === null) continue;
    const [, layer = '', kind = ''] = found;
    columns.set(layer, { ...columns.get(layer), [kind]: column });
  }
  // both are the same parameters, and nanoGNS leaves them out of its sums, too
  const [tied, kept] = [[...columns.keys()].filter(isTied), [...columns].filter(([name]) => !isTied(name))];
  const whole = kept.flatMap(([name, { norm, pegn, batch_size: size }]) => norm === undefined || pegn === undefined || size === undefined ? [] : [{ name, norm, pegn, size }]); // prettier-ignore
  if (whole.length === 0) return undefined;
  const squared = (row: readonly string[], column: number): number | undefined => {
    const length = numberAt(row, column);
    return length === undefined ? undefined : length * Math.abs(length);
  };
  const notes = tied.length === 0 ? [] : [`Embeddings that share their parameters were left out, as nanoGNS does: ${tied.map((name) => shortened(name, 40)).join(', ')}.`]; // prettier-ignore
  return dialect(
    whole.map(({ name }) => name),
    notes,
    (row) => {
      const sizes = new Set(whole.map(({ size }) => numberAt(row, size)));
      return {
        smallSize: 1,
        largeSize: sizes.size === 1 ? [...sizes][0] : NaN,
        small: whole.map(({ pegn }) => squared(row, pegn)),
        large: whole.map(({ norm }) => squared(row, norm)),
      };
    },
  );
}

const isTied = (name: string): boolean => name.includes('wte') || name.includes('lm_head');

function numberAt(row: readonly string[], column: number): number | undefined {
  const text = row[column];
  return text === undefined || text.trim() === '' ? undefined : Number(text);
}

/** Names may stand in quotes; none that are known here hold a separator. */
const cells = (line: string, separator: string): readonly string[] =>
  line.split(separator).map((cell) => cell.trim().replaceAll(/^"|"$/g, ''));
