import { ELEMENT_BYTES } from '../shared/dump';
import type { StoredArray } from '../shared/dump';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { LayerArray } from './layers';
import { shapeText } from './npy';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';
import { doubles, numbersOf } from './strided';

/** Names that say in which order something came, and not what it is. */
const NAMELESS = /^(arr|array|rank|shard|part|batch|chunk|step|epoch|iter|ckpt)?[_.-]?(\d+)$/i;
const STEP = /^(?:step|epoch|iter|ckpt)/i;

/** An array by the names that lead to it: that of its group, where it has one, and its own. */
export interface Placed {
  readonly path: readonly string[];
  readonly shape: readonly number[];
}

/** The arrays that one nameless name holds: one batch or one step, of all layers. */
export interface Group<A> {
  readonly name: string;
  readonly number: number;
  readonly arrays: readonly A[];
}

/** `rank0.weight` and `batch_1/bias` lie in groups, `0.weight` is a layer of a model. */
export function pathOf(name: string): readonly string[] {
  const [, first = '', rest = ''] = /^([a-z]+[_.-]?\d+)[./](.+)$/is.exec(name) ?? [];
  return NAMELESS.test(first) ? [first, rest] : [name];
}

/**
 * The groups that arrays of equal width form where their names do not say whether they are other examples of the same
 * parameters or other parameters of the same examples; undefined where only one of the two is possible.
 */
export function namelessGroups<A extends Placed>(arrays: readonly A[]): readonly Group<A>[] | undefined {
  const byName = new Map<string, A[]>();
  for (const array of arrays) {
    const [name = ''] = array.path;
    const group = byName.get(name);
    if (group === undefined) byName.set(name, [array]);
    else group.push(array);
  }
  if (byName.size < 2) return undefined;
  const signatures = new Set<string>();
  const groups: Group<A>[] = [];
  for (const [name, group] of byName) {
    const number = NAMELESS.exec(name)?.[2];
    if (number === undefined) return undefined;
    const widths = group.map(({ path, shape }) => [path.slice(1), shape.length === 1 ? shape : shape.slice(1)]);
    signatures.add(JSON.stringify(widths));
    groups.push({ name, number: Number(number), arrays: group });
  }
  return signatures.size === 1 ? groups : undefined;
}

/** How the file is read in Python, for the lines of remedies. */
export interface PythonForm {
  /** An expression for a dict or list of all its arrays, such as `np.load("grad.npz")`. */
  readonly load: string;
  /** Whether that is a list, whose items have no names. */
  readonly list?: boolean;
  /** Whether the arrays are tensors. */
  readonly torch?: boolean;
}

/** @throws AnalysisError data/layout, always */
export function refuseNameless<A extends Placed>(
  groups: readonly Group<A>[],
  leftOut: readonly string[],
  python: PythonForm,
  where: string,
): never {
  const [first, last] = [groups[0], groups.at(-1)];
  const [{ shape } = { shape: [] }] = first?.arrays ?? [];
  const steps = groups.every(({ name }) => STEP.test(name));
  const what = `“${shortened(first?.name ?? '', 40)}” to “${shortened(last?.name ?? '', 40)}” are ${groups.length} arrays of equal width, the first ${shapeText(shape)}`;
  const fix = (steps ? oneFileEach : underOneAnother)(first, leftOut, python);
  const end = fix === undefined ? '.' : ':';
  throw new AnalysisError({
    code: 'data/layout',
    found: steps
      ? `${what}, and their names are those of steps of a training run`
      : `${what}, and their names do not say whether they are batches (rows, under one another) or layers (columns, side by side)`,
    where,
    remedy: steps
      ? `If they are batches or layers nonetheless, say --rows or --columns; else save one file for each step${end}`
      : `Say --rows for batches, --columns for layers, or save batches as one array${end}`,
    ...(fix !== undefined && { fix }),
  });
}

const quoted = (names: readonly string[]): string => `(${names.map((name) => `${JSON.stringify(name)},`).join(' ')})`;
const unless = (leftOut: readonly string[]): string => (leftOut.length > 0 ? ` if k not in ${quoted(leftOut)}` : '');
const array = (torch = false): string => (torch ? 'v.detach().cpu().numpy()' : 'v');

function oneFileEach<A extends Placed>(
  first: Group<A> | undefined,
  leftOut: readonly string[],
  { load, torch }: PythonForm,
): string | undefined {
  if (first?.arrays.some(({ path }) => path.length > 1) === true) return undefined;
  return `[np.save(f"{k}.npy", ${array(torch)}) for k, v in ${load}.items()${unless(leftOut)}]`;
}

function underOneAnother<A extends Placed>(
  first: Group<A> | undefined,
  leftOut: readonly string[],
  { load, list = false, torch = false }: PythonForm,
): string | undefined {
  const nested = first?.arrays.some(({ path }) => path.length > 1) === true;
  if (nested && (!torch || leftOut.length > 0 || first.arrays.some(({ path }) => path.length > 2))) return undefined;
  const items = list ? load : `${load}.values()`;
  if (nested)
    return `b = list(${items}); torch.save({str(k): torch.cat([x[k] for x in b]) for k in (b[0] if hasattr(b[0], "keys") else range(len(b[0])))}, "grad.pt")`;
  const join = first?.arrays.some(({ shape }) => shape.length === 1) === true ? 'stack' : 'concatenate';
  const each = list
    ? `${array(torch)} for v in ${load}`
    : leftOut.length > 0
      ? `${array(torch)} for k, v in ${load}.items()${unless(leftOut)}`
      : `${array(torch)} for v in ${load}.values()`;
  return `np.save("grad.npy", np.${join}([${each}]))`;
}

/** What a group is stacked from: the arrays of one layer, batch after batch. */
export type Stackable = LayerArray & Placed;

/**
 * Batches under one another, in the order of their numbers: a copy within the memory budget.
 *
 * @throws AnalysisError memory/budget
 */
export function stacked(
  groups: readonly Group<Stackable>[],
  source: ByteSource,
  limits: Pick<ReadLimits, 'memoryBudget' | 'checkCanceled'>,
): LayerArray[] {
  const ordered = [...groups].sort((a, b) => a.number - b.number);
  const bytes = ordered.reduce(
    (sum, { arrays }) => sum + arrays.reduce((own, { rows, array }) => own + rows * array.columns * 8, 0),
    0,
  );
  if (bytes > limits.memoryBudget)
    throw new AnalysisError({
      code: 'memory/budget',
      found: `To put ${groups.length} batches under one another, up to ${byteCount(bytes)} are needed, the budget is ${byteCount(limits.memoryBudget)}`,
      where: source.path,
      remedy: 'Save them as one array, which is read piece by piece:',
      fix: 'np.save("grad.npy", np.concatenate(batches))',
    });
  return (ordered[0]?.arrays ?? []).map((first, k) => {
    const parts = ordered.flatMap(({ arrays }) => arrays[k] ?? []);
    const n = parts.reduce((sum, part) => sum + part.rows, 0);
    const { columns } = first.array;
    const numbers = new Float64Array(n * columns);
    let row = 0;
    for (const part of parts) {
      limits.checkCanceled();
      const { array } = part;
      const size = ELEMENT_BYTES[array.element];
      const count = part.rows * columns;
      for (let begin = 0; begin < count; begin += PIECE) {
        limits.checkCanceled();
        const values = numbersOf(array, bytesOf(array, begin * size, Math.min(PIECE, count - begin) * size, source));
        values.forEach((value, k) => {
          const at = begin + k;
          const [i, j] =
            array.order === 'C'
              ? [Math.floor(at / columns), at % columns]
              : [at % part.rows, Math.floor(at / part.rows)];
          numbers[(row + i) * columns + j] = value;
        });
      }
      row += part.rows;
    }
    const name = first.path.slice(1).join('.');
    return {
      name,
      shape: [n, ...first.shape.slice(first.shape.length === 1 ? 0 : 1)],
      rows: n,
      dtype: [...new Set(parts.map(({ dtype }) => dtype))].join(', '),
      array: doubles(numbers, columns),
    };
  });
}

/** Elements decoded at a time. */
const PIECE = 1 << 16;

/** Bytes of an array, from its first element on. */
const bytesOf = ({ location }: StoredArray, begin: number, length: number, source: ByteSource): Uint8Array =>
  location.kind === 'memory'
    ? location.bytes.subarray(location.offset + begin, location.offset + begin + length)
    : source.read(location.offset + begin, length);
