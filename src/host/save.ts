import path from 'node:path';

/** The calls of a file system that writing needs; those of VS Code, or a double in a test. */
export interface Writable<Place> {
  readonly writeFile: (place: Place, bytes: Uint8Array) => PromiseLike<void>;
  readonly rename: (from: Place, to: Place, options: { readonly overwrite: boolean }) => PromiseLike<void>;
  readonly delete: (place: Place) => PromiseLike<void>;
}

/**
 * Writes a file whole or not at all: beside its place first, then renamed into it.
 *
 * @throws whatever the file system throws; nothing is left behind then, and what was there before stays
 */
export async function writeWhole<Place>(
  files: Writable<Place>,
  target: Place,
  beside: Place,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await files.writeFile(beside, bytes);
    await files.rename(beside, target, { overwrite: true });
  } catch (error) {
    // it may not exist at all: the first error is the one to tell of
    await Promise.resolve(files.delete(beside)).catch(() => undefined);
    throw error;
  }
}

/**
 * A name the page proposes, without anything that leads to another folder or that a file system refuses.
 *
 * @example plainFileName('../spectrum: top.csv') // => '..-spectrum- top.csv'
 */
export function plainFileName(name: string): string {
  const plain = name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '-').slice(0, 120);
  return /[^. -]/.test(plain) ? plain : 'export';
}

/** The filter of the save dialog that fits a name. */
export function saveFilters(name: string): Record<string, string[]> {
  const extension = path.extname(name).slice(1);
  return extension === '' ? {} : { [extension.toUpperCase()]: [extension] };
}
