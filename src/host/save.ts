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
    // it may not exist at all: the first error is the one to report
    await Promise.resolve(files.delete(beside)).catch(() => undefined);
    throw error;
  }
}

/** What every file system takes, with room for what is put around a name while its file is written. */
const MOST_CHARACTERS = 120;
const MOST_BYTES = 240;

/** What a file system refuses, what leads to another folder, and what hides or turns the end of a name. */
const REFUSED = /[\\/:*?"<>|\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Names of devices on Windows, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * A name the page proposes, without anything that leads to another folder or that a file system refuses. A long one keeps its
 * extension.
 *
 * @example plainFileName('../spectrum: top.csv') // => '..-spectrum- top.csv'
 */
export function plainFileName(name: string): string {
  const plain = name.replace(REFUSED, '-').replace(/[. ]+$/, '');
  if (!/[^. -]/.test(plain)) return 'export';
  const { name: stem, ext } = path.posix.parse(DEVICE.test(plain) ? `_${plain}` : plain);
  const extension = ext.length > 16 ? '' : ext;
  return `${beginning(extension === ext ? stem : stem + ext, extension.length)}${extension}`;
}

/**
 * The name under which a file is written before it has its own.
 *
 * @example partName('spectrum.csv') // => '.spectrum.csv.part'
 */
export const partName = (name: string): string => `.${beginning(name, 6)}.part`;

/** As much of a text as fits with so many characters beside it, in whole characters. */
function beginning(text: string, beside: number): string {
  let [kept, bytes] = ['', beside];
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (kept.length + character.length + beside > MOST_CHARACTERS || bytes > MOST_BYTES) break;
    kept += character;
  }
  return kept;
}

/** The filter of the save dialog that fits a name. */
export function saveFilters(name: string): Record<string, string[]> {
  const extension = path.extname(name).slice(1);
  return extension === '' ? {} : { [extension.toUpperCase()]: [extension] };
}
