import { placesOf, rowBytes } from '../kernel/placement';
import { ELEMENT_BYTES } from '../shared/dump';
import type { DumpMetadata, GradientDump, StoredArray } from '../shared/dump';
import { raiseBudget, workingMemory } from '../shared/memory-budget';
import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { openFile } from '../storage/file';

/**
 * The dump without some of its rows, copied into memory: nothing is ever dropped unless the reader asked for it, and the
 * report says which rows are missing.
 *
 * @param rows 0-based; those that the dump does not have are ignored
 * @throws AnalysisError memory/budget, data/too-few-examples, file/…
 */
export function withoutRows(
  dump: GradientDump,
  rows: readonly number[],
  memoryBudget: number,
  checkCanceled: () => void,
): GradientDump {
  const left = new Set(rows.filter((row) => Number.isInteger(row) && row >= 0 && row < dump.rows));
  if (left.size === 0) return dump;
  const n = dump.rows - left.size;
  if (n === 0)
    throw new AnalysisError({
      code: 'data/too-few-examples',
      found: `All ${wholeNumber(dump.rows)} rows would be left out`,
      remedy: 'Dump the gradients of examples that have finite ones.',
    });
  const needed = Math.ceil(n * rowBytes(dump));
  const enough = Math.max(2 * needed, needed + workingMemory(n, dump.parameters));
  if (needed > memoryBudget / 2)
    throw new AnalysisError({
      code: 'memory/budget',
      found: `The ${wholeNumber(n)} rows that remain need ${byteCount(needed)} in memory, half of what is left of the budget is ${byteCount(memoryBudget / 2)}`,
      remedy: raiseBudget({ bytes: enough, otherwise: LEFT_OUT }),
      fix: 'np.save("grad.npy", g[np.isfinite(g).all(axis=1)])',
      memory: { bytes: enough, otherwise: LEFT_OUT },
    });
  const kept = Array.from({ length: dump.rows }, (_, row) => row).filter((row) => !left.has(row));
  const note = `${wholeNumber(left.size)} of ${wholeNumber(dump.rows)} rows were left out: ${shortened([...left].sort((a, b) => a - b))}`;
  const rest = onlyRows(dump, kept, checkCanceled);
  return { ...rest, notes: [...dump.notes, note] };
}

const LEFT_OUT = 'leave the rows out before saving:';

/**
 * Some rows of a dump, copied into memory.
 *
 * @param kept 0-based, ascending
 * @throws AnalysisError file/…, run/canceled
 */
export function onlyRows(dump: GradientDump, kept: readonly number[], checkCanceled: () => void): GradientDump {
  const places = placesOf(dump);
  return {
    ...dump,
    rows: kept.length,
    ...(dump.shape && { shape: [kept.length, ...dump.shape.slice(1)] }),
    ...(dump.joined && { joined: joinedOf(dump.joined, kept) }),
    arrays: dump.arrays.flatMap((array, k) => {
      const { firstRow, rows, firstColumn } = places[k] ?? { firstRow: 0, rows: dump.rows, firstColumn: 0 };
      const [from, to] = [firstRow, firstRow + rows].map((row) => firstFrom(kept, row)) as [number, number];
      if (from === to) return [];
      const own = kept.slice(from, to).map((row) => row - firstRow);
      const copy = copied(array, rows, own, checkCanceled);
      return [array.place === undefined ? copy : { ...copy, place: { firstRow: from, rows: own.length, firstColumn } }];
    }),
    metadata: metadataOf(dump.metadata, kept),
  };
}

/** Index of the first number in an ascending list that is not below a limit. */
function firstFrom(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The kept rows one after another, in C order. */
function copied(array: StoredArray, n: number, kept: readonly number[], checkCanceled: () => void): StoredArray {
  const size = ELEMENT_BYTES[array.element];
  const width = array.columns * size;
  const bytes = new Uint8Array(kept.length * width);
  const { location } = array;
  const file = location.kind === 'file' ? openFile(location.path) : undefined;
  const read = (target: Uint8Array, position: number): void => {
    if (location.kind === 'memory')
      target.set(location.bytes.subarray(location.offset + position, location.offset + position + target.length));
    else file?.read(target, location.offset + position);
  };
  try {
    if (array.order === 'C')
      kept.forEach((row, index) => {
        if (index % 64 === 0) checkCanceled();
        read(bytes.subarray(index * width, (index + 1) * width), row * width);
      });
    else {
      const column = new Uint8Array(n * size);
      for (let j = 0; j < array.columns; j++) {
        if (j % 64 === 0) checkCanceled();
        read(column, j * n * size);
        kept.forEach((row, index) =>
          bytes.set(column.subarray(row * size, (row + 1) * size), index * width + j * size),
        );
      }
    }
    file?.checkUnchanged();
  } finally {
    file?.close();
  }
  return { ...array, order: 'C', location: { kind: 'memory', bytes, offset: 0 } };
}

/** Each file with the rows of it that are kept. */
function joinedOf(
  { layout, files }: NonNullable<GradientDump['joined']>,
  kept: readonly number[],
): NonNullable<GradientDump['joined']> {
  let row = 0;
  return {
    layout,
    files: files.map((file) => {
      const from = layout === 'rows' ? row : 0;
      row += file.rows;
      return { ...file, rows: firstFrom(kept, from + file.rows) - firstFrom(kept, from) };
    }),
  };
}

function metadataOf(metadata: DumpMetadata, kept: readonly number[]): DumpMetadata {
  const { losses, labels, groups, weights } = metadata;
  const pick = <T>(list: readonly T[]): T[] => kept.flatMap((row) => list.slice(row, row + 1));
  return {
    ...metadata,
    ...(losses && { losses: pick(losses) }),
    ...(labels && { labels: pick(labels) }),
    ...(groups && { groups: pick(groups) }),
    ...(weights && { weights: pick(weights) }),
  };
}

function shortened(rows: readonly number[]): string {
  const shown = rows.slice(0, 12).join(', ');
  return rows.length > 12 ? `${shown} and ${wholeNumber(rows.length - 12)} more` : shown;
}
