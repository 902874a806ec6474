import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { contentOf } from './content';
import type { Format } from './format';
import { dumpOf, isBesideName } from './named-arrays';
import type { NamedArray } from './named-arrays';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';
import { doubles } from './strided';

/** Bytes read at a time. */
const PIECE = 1 << 20;
/** Letters of a line: more than ten million numbers. */
const MAX_LINE = 1 << 28;
const NUMBER = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)$/i;

/**
 * `.csv`, `.tsv`, `.txt`: a table of numbers, decoded; with or without a line of names, with or without a column that
 * counts the rows. Columns called `loss`, `label` and the like are not parameters.
 */
export const csvFormat: Format = {
  id: 'csv',
  sniff: () => false,
  read: (source, limits) => {
    const other = contentOf(source);
    if (other !== undefined && !other.what.startsWith('text, most likely'))
      throw refusal(`It is ${other.what}`, source.where(0), other.remedy, other.fix);
    const table = tableOf(source, limits);
    const python = { load: `np.loadtxt(${JSON.stringify(source.name)})` };
    const content = dumpOf(arraysOf(table, source), [], { source, code: 'csv/table', python }, limits);
    return { ...content, notes: [...content.notes, ...table.notes] };
  },
};

interface Table {
  /** Of all columns; empty where no line of names is there. */
  readonly names: readonly string[];
  /** [rows, columns] */
  readonly numbers: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Columns of text, by their number. */
  readonly texts: ReadonlyMap<number, readonly string[]>;
  readonly notes: readonly string[];
}

function tableOf(source: ByteSource, { memoryBudget, checkCanceled }: ReadLimits): Table {
  let numbers = new Float64Array(1024);
  let [rows, columns, used, line] = [0, 0, 0, 0];
  let names: readonly string[] = [];
  let split: ((text: string) => string[]) | undefined;
  let sign: string | undefined;
  let header = false;
  const texts = new Map<number, string[]>();
  let empty = 0;
  const room = (count: number): void => {
    if (used + count <= numbers.length) return;
    const length = Math.max(2 * numbers.length, used + count);
    const needed = 8 * (length + numbers.length);
    if (needed > memoryBudget)
      throw new AnalysisError({
        code: 'file/too-large',
        found: `A text is decoded whole: its numbers need ${byteCount(needed)}, the budget is ${byteCount(memoryBudget)}`,
        where: source.path,
        remedy: 'Save it as .npy, which is read piece by piece:',
        fix: `np.save("grad.npy", np.genfromtxt(${JSON.stringify(source.name)}, delimiter=${sign === undefined ? 'None' : JSON.stringify(sign)}, skip_header=${header ? line - rows - 1 : 0}))`,
      });
    const wider = new Float64Array(length);
    wider.set(numbers.subarray(0, used));
    numbers = wider;
  };
  const take = (text: string): void => {
    line++;
    if (text.trim() === '' || text.startsWith('#')) return;
    if (split === undefined) {
      sign = signOf(text);
      split = splitter(sign);
      const cells = split(text);
      columns = cells.length;
      // the cell above a column that counts the rows is empty
      header = cells.some((cell) => cell !== '' && !NUMBER.test(cell)) || (cells[0] === '' && columns > 1);
      if (header && cells.some((cell) => /^[-+]?\d+,\d+$/.test(cell))) throw refusal('Its numbers have a decimal comma', `line ${line}`, 'Read it like this, and save the array:', `np.save("grad.npy", np.loadtxt((line.replace(",", ".") for line in open(${JSON.stringify(source.name)})), delimiter=";"))`); // prettier-ignore
      if (header) {
        names = cells;
        return;
      }
    }
    const cells = split(text);
    if (cells.length !== columns) throw refusal(`The line has ${wholeNumber(cells.length)} cells, the lines before it have ${wholeNumber(columns)}`, `line ${line}`); // prettier-ignore
    room(columns);
    for (const [k, cell] of cells.entries()) {
      const column = texts.get(k);
      if (column !== undefined) column.push(cell);
      else if (cell === '') empty++;
      else if (!NUMBER.test(cell)) {
        if (!isBesideName(names[k] ?? '') || rows > 0) throw refusal(`A number is expected here, not “${shortened(cell, 40)}”`, `line ${line}, column ${k + 1}`); // prettier-ignore
        texts.set(k, [cell]);
      }
      numbers[used++] = cell === '' || !NUMBER.test(cell) ? NaN : numberOf(cell);
    }
    rows++;
  };
  const decoder = new TextDecoder();
  let rest = '';
  for (let position = 0; position < source.size; position += PIECE) {
    checkCanceled();
    const lines = (rest + decoder.decode(source.read(position, PIECE), { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw refusal('A line is longer than those of a table of numbers', `line ${line + 1}`);
    lines.forEach(take);
  }
  take(rest + decoder.decode());
  if (rows === 0) throw refusal('It has no line of numbers', source.where(0));
  const notes = empty > 0 ? [`${wholeNumber(empty)} empty cells count as NaN.`] : [];
  return { names, numbers: numbers.subarray(0, used), rows, columns, texts, notes };
}

const numberOf = (cell: string): number =>
  /^[-+]?inf/i.test(cell) ? (cell.startsWith('-') ? -Infinity : Infinity) : /nan$/i.test(cell) ? NaN : Number(cell);

/** The first sign that separates; undefined for white space. */
const signOf = (text: string): string | undefined =>
  ['\t', ';', ','].find((candidate) => text.replace(/"[^"]*"/g, '').includes(candidate));

function splitter(sign: string | undefined): (line: string) => string[] {
  const clean = (cell: string): string =>
    cell
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .trim();
  if (sign === undefined) return (line) => line.trim().split(/\s+/).map(clean);
  return (line) => line.split(sign).map(clean);
}

/** The parameters as one array, and each column of another meaning as one of its own. */
function arraysOf({ names, numbers, rows, columns, texts }: Table, source: ByteSource): readonly NamedArray[] {
  const at = (row: number, column: number): number => numbers[row * columns + column] ?? NaN;
  const counts = (column: number): boolean => {
    const first = at(0, column);
    if (rows < 3 || columns < 2 || (first !== 0 && first !== 1)) return false;
    for (let row = 1; row < rows; row++) if (at(row, column) !== first + row) return false;
    return true;
  };
  const index = /^(?:unnamed: 0)?$/i.test(names[0] ?? 'x') || counts(0) ? 0 : -1;
  const all = Array.from({ length: columns }, (_, k) => k);
  const beside = all.filter((k) => k === index || isBesideName(names[k] ?? ''));
  const parameters = all.filter((k) => !beside.includes(k));
  if (parameters.length === 0 || ['small', 'big'].every((name) => names.includes(name)))
    throw refusal(`Its columns are ${names.slice(0, 8).map((name) => `“${shortened(name, 40)}”`).join(', ')}: a training log`, source.where(0), 'Save the gradients, one row for each example.'); // prettier-ignore
  const block = parameters.length === columns ? numbers : new Float64Array(rows * parameters.length);
  if (block !== numbers)
    for (let row = 0; row < rows; row++)
      for (const [k, column] of parameters.entries()) block[row * parameters.length + k] = at(row, column);
  const common = { dtype: 'float64', where: source.where(0) };
  return [
    {
      ...{ ...common, path: ['gradients'], shape: [rows, parameters.length], kind: 'floating' as const },
      stored: () => ({ array: doubles(block, parameters.length) }),
      values: () => undefined,
    },
    ...beside.map((column): NamedArray => {
      const values = texts.get(column) ?? Array.from({ length: rows }, (_, row) => at(row, column));
      const name = column === index ? 'index' : (names[column] ?? '');
      const stored = (): never => {
        throw refusal(`The column “${shortened(name)}” is not a parameter`, source.where(0));
      };
      return { ...common, path: [name], shape: [rows], kind: texts.has(column) ? 'text' : 'floating', stored, values: () => values }; // prettier-ignore
    }),
  ];
}

const refusal = (
  found: string,
  where: string,
  remedy = 'Write a table of numbers, one row for each example:',
  fix?: string,
): AnalysisError =>
  // prettier-ignore
  new AnalysisError({
    code: 'csv/table',
    found,
    where,
    remedy,
    ...(remedy.endsWith(':') && { fix: fix ?? 'np.savetxt("grad.csv", grads, delimiter=",")' }),
  });
