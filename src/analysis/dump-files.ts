import path from 'node:path';
import { FORMATS } from '../formats';
import { isBesideName } from '../formats/named-arrays';
import { STORES } from '../formats/content';
import { namedPath } from '../formats/named-path';
import type { Confinement } from '../formats/named-path';
import { shortened } from '../formats/source';
import { extensionsOf } from '../shared/dump-names';
import { shortNames } from '../shared/foreign-text';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { openFile } from '../storage/file';
import { filesInFolder, hasFile } from '../storage/folder';

/** The files that paths stand for. */
export interface DumpFiles {
  readonly files: readonly string[];
  /** What was left out of folders. */
  readonly notes: readonly string[];
}

/**
 * Paths → files: a folder stands for the dumps in it, in the order of their names.
 *
 * @throws AnalysisError file/missing for a folder without dumps, data/layout for one that is a run
 */
export function dumpFiles(paths: readonly string[], saidHow: boolean): DumpFiles {
  const all = paths.map((given): DumpFiles => {
    const names = filesInFolder(given);
    return names === undefined ? { files: [given], notes: [] } : inFolder(given, names, saidHow);
  });
  const files = all.flatMap((one) => one.files);
  const notes = all.flatMap((one) => one.notes);
  // labels.npy next to fc.weight.npy: what scripts keep with gradients is not part of them
  const kept = files.filter((file) => !isBesideName(path.parse(file).name));
  if (kept.length === 0 || kept.length === files.length) return { files, notes };
  const left = files.filter((file) => isBesideName(path.parse(file).name)).map((file) => path.basename(file));
  return {
    files: kept,
    notes: [...notes, `Left out, because by their names they hold no gradients: ${listed(left)}. Losses and labels are read from the metadata.`], // prettier-ignore
  };
}

function inFolder(folder: string, names: readonly string[], saidHow: boolean): DumpFiles {
  if (!saidHow && names.includes('run.json'))
    throw new AnalysisError({
      code: 'data/layout',
      found: 'This folder holds a run.json, which lists the steps of a training run',
      where: folder,
      remedy: 'Choose the file of one step. If all files are parts of one dump, say --rows or --columns.',
    });
  const store = STORES.find(({ files }) => files.some((name) => hasFile(folder, name)));
  if (store !== undefined)
    throw new AnalysisError({
      code: 'format/unknown',
      found: `This folder is ${store.what}`,
      where: folder,
      remedy: store.remedy,
      ...(store.fix !== undefined && { fix: store.fix.replace('FILE', () => JSON.stringify(path.basename(folder))) }),
    });
  const dumps = dumpsAmong(names);
  if (dumps.length === 0)
    throw new AnalysisError({
      code: 'file/missing',
      found: names.length === 0 ? 'There are no files in this folder' : `None of the ${wholeNumber(names.length)} files in this folder is a dump by its name`, // prettier-ignore
      where: folder,
      remedy: `Dumps are ${FORMATS.flatMap(({ id }) => extensionsOf(id)).join(', ')} files; subfolders are not searched.`,
    });
  const left = names.filter((name) => !dumps.includes(name) && !isBeside(name));
  return {
    files: dumps.map((name) => path.join(folder, name)),
    notes:
      left.length === 0
        ? []
        : [`Left out of the folder “${shortened(path.basename(folder), 40)}”: ${listed(left)}.`], // prettier-ignore
  };
}

/** The first three names. */
function listed(names: readonly string[]): string {
  const first = shortNames(names.slice(0, 3)).map((name) => `“${name}”`);
  const more = names.length - first.length;
  return `${first.join(', ')}${more > 0 ? ` and ${wholeNumber(more)} more` : ''}`;
}

/** What says something about dumps: metadata, a run. */
const isBeside = (name: string): boolean => /\.meta\.json$/i.test(name) || name === 'run.json' || name === 'info.json';

/** Text and files without a header are dumps where nothing else is: beside arrays they are logs and settings. */
const LAST: readonly (readonly string[])[] = [['raw'], ['json', 'csv']];

function dumpsAmong(names: readonly string[]): readonly string[] {
  // a store of Bergson is one file; the others are its index
  if (names.includes('info.json') && names.includes('gradients.bin')) return ['gradients.bin'];
  const of = (formats: readonly (typeof FORMATS)[number][]): readonly string[] =>
    names.filter((name) => {
      const lower = name.toLowerCase();
      return !isBeside(name) && formats.some(({ id }) => extensionsOf(id).some((end) => lower.endsWith(end)));
    });
  const arrays = of(FORMATS.filter(({ id }) => !LAST.flat().includes(id)));
  if (arrays.length > 0) return arrays;
  return LAST.map((ids) => of(FORMATS.filter(({ id }) => ids.includes(id)))).find(({ length }) => length > 0) ?? [];
}

/** Bytes of a list of files: a million of long paths. */
const LONGEST_LIST = 2 ** 28;

/**
 * The files that a list names, one per line, relative to its own folder. Empty lines and lines that begin with # say nothing.
 *
 * @throws AnalysisError file/…, metadata/invalid
 */
export function listedFiles(list: string, confinement: Confinement = {}): readonly string[] {
  const refuse = (found: string, remedy: string): AnalysisError =>
    new AnalysisError({ code: 'metadata/invalid', found, where: list, remedy });
  const file = openFile(list);
  try {
    const { size } = file.identity;
    if (size > LONGEST_LIST)
      throw refuse('It is larger than any list of files', 'Give a text with one path in each line.');
    const bytes = new Uint8Array(size);
    file.read(bytes, 0);
    file.checkUnchanged();
    const lines = decoded(bytes, refuse).split(/\r?\n/).map((line) => line.trim()); // prettier-ignore
    const named = lines.filter((line) => line !== '' && !line.startsWith('#'));
    if (named.length === 0) throw refuse('It names no files', 'Give one path in each line, relative to this list.');
    return named.map((line) => namedPath(list, line, confinement));
  } finally {
    file.close();
  }
}

function decoded(bytes: Uint8Array, refuse: (found: string, remedy: string) => AnalysisError): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('It is not UTF-8', 'Give a text with one path in each line.');
  }
}
