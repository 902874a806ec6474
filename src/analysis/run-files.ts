import path from 'node:path';
import { FORMATS, readRun, readDumpOrStatistics } from '../formats';
import { isNormLog, readNormLog } from '../formats/norm-log';
import { readRunFile } from '../formats/run';
import { namedPath } from '../formats/named-path';
import type { Confinement } from '../formats/named-path';
import type { DumpMetadata } from '../shared/dump';
import { extensionsOf, STEP_NAME } from '../shared/dump-names';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { NormLog } from '../shared/training-run';
import { filesInFolder } from '../storage/folder';

/** Where the steps of a run are. */
export type RunFiles =
  | { readonly kind: 'norms'; readonly path: string }
  | {
      readonly kind: 'dumps';
      /** The run file or the folder. */
      readonly path: string;
      readonly entries: readonly RunEntry[];
      /** What says the order of the steps. */
      readonly order: 'run file' | 'metadata' | 'names';
      readonly notes: readonly string[];
    };

export interface RunEntry {
  readonly step: number;
  /** As people know it, relative to the run. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  /** What the run file says of the step, under what the dump says itself. */
  readonly metadata: DumpMetadata;
}

/**
 * The run that paths are: a run file, a norm log, a folder with either, a folder or several files with steps in their names or
 * metadata.
 *
 * @param said that they are a run: then a number at the end of a name is a step, too
 * @returns undefined where nothing says that they are one
 * @throws AnalysisError what is wrong with a run file; data/layout when said to be a run whose order nothing says
 */
export function runFiles(
  paths: readonly string[],
  said: boolean,
  checkCanceled: () => void,
  confinement: Confinement = {},
): RunFiles | undefined {
  const [only = ''] = paths;
  if (paths.length === 1) {
    const names = filesInFolder(only);
    if (names !== undefined) return runInFolder(only, names, { said, checkCanceled, confinement });
    if (/\.json$/i.test(only) && (said || /(^|[._-])run\.json$/i.test(path.basename(only))))
      return runFile(only, confinement);
    if (isNormLog(only)) return { kind: 'norms', path: only };
    if (!said) return undefined;
  }
  return said ? runOfFiles(path.dirname(only), paths, { said, checkCanceled }) : undefined;
}

interface Search {
  readonly said: boolean;
  readonly checkCanceled: () => void;
}

function runInFolder(
  folder: string,
  names: readonly string[],
  { confinement, ...search }: Search & { readonly confinement: Confinement },
): RunFiles | undefined {
  if (names.includes('run.json')) return runFile(path.join(folder, 'run.json'), confinement);
  // a store of Bergson is one dump
  if (names.includes('info.json') && names.includes('gradients.bin')) return undefined;
  const logs = names.filter((name) => name.toLowerCase().endsWith('.gradnorms.jsonl'));
  const dumps = names.filter(isDumpName);
  if (dumps.length === 0 && logs.length === 1) return { kind: 'norms', path: path.join(folder, logs[0] ?? '') };
  return runOfFiles(folder, dumps.map((name) => path.join(folder, name)), search); // prettier-ignore
}

const isDumpName = (name: string): boolean =>
  !/\.meta\.json$/i.test(name) &&
  FORMATS.some(({ id }) => extensionsOf(id).some((extension) => name.toLowerCase().endsWith(extension)));

function runFile(file: string, confinement: Confinement): RunFiles {
  readRun({ path: file, ...confinement });
  const entries = readRunFile(file, {}).map(({ file: named, step, metadata }): RunEntry => {
    const { rowScales: _, ...rest } = metadata;
    return { step, file: named, path: namedPath(file, named, confinement), metadata: rest };
  });
  return { kind: 'dumps', path: file, order: 'run file', ...inOrder(entries) };
}

function runOfFiles(folder: string, files: readonly string[], { said, checkCanceled }: Search): RunFiles | undefined {
  const entry = (file: string, step: number): RunEntry => ({
    step,
    file: path.relative(folder, file),
    path: file,
    metadata: {},
  });
  const least = said ? 1 : 2;
  if (files.length < least) return undefined;
  const stated = statedSteps(files, said, checkCanceled);
  if (stated !== undefined) {
    const { entries, notes } = inOrder(stated.map(([file, step]) => entry(file, step)));
    const left = files.filter((file) => !stated.some(([of]) => of === file)).map((file) => path.basename(file));
    const lost = left.length === 0 ? [] : [`Left out, because they cannot be read and so say no step: ${listed(left)}.`]; // prettier-ignore
    return { kind: 'dumps', path: folder, order: 'metadata', entries, notes: [...notes, ...lost] };
  }
  const named = files.map((file) => stepInName(path.basename(file), said));
  if (named.every((step) => step !== undefined))
    return { kind: 'dumps', path: folder, order: 'names', ...inOrder(files.map((file, k) => entry(file, named[k] ?? 0))) }; // prettier-ignore
  if (!said) return undefined;
  const at = files[named.indexOf(undefined)] ?? '';
  throw new AnalysisError({
    code: 'data/layout',
    found: 'Nothing says which step of the run this file is',
    where: at,
    remedy:
      'Write "step" into its metadata, put the number into its name (step-100.npy), or list the files in a run.json.',
  });
}

function stepInName(name: string, said: boolean): number | undefined {
  const [, digits] = STEP_NAME.exec(name) ?? (said ? (/(\d+)\D*$/.exec(name.replace(/\.[a-z0-9]+$/i, '')) ?? []) : []);
  return digits === undefined || digits.length > 15 ? undefined : Number(digits);
}

/**
 * The steps that all files say inside; undefined where one does not. One that cannot be read, because it is damaged or just being
 * written, does not change what the others say: it counts by its name, or not at all.
 */
function statedSteps(
  files: readonly string[],
  said: boolean,
  checkCanceled: () => void,
): readonly (readonly [file: string, step: number])[] | undefined {
  const stated: [string, number][] = [];
  let readable = 0;
  for (const file of files) {
    checkCanceled();
    const inside = stepInside(file, checkCanceled);
    if (inside === undefined) return undefined;
    if (inside !== 'unreadable') readable++;
    const step = inside === 'unreadable' ? stepInName(path.basename(file), said) : inside;
    if (step !== undefined) stated.push([file, step]);
  }
  return readable === 0 ? undefined : stated;
}

/** Bytes that may be decoded to look for a step. */
const HEADERS = 2 ** 24;

function stepInside(file: string, checkCanceled: () => void): number | 'unreadable' | undefined {
  try {
    const found = readDumpOrStatistics({ path: file, memoryBudget: HEADERS, checkCanceled });
    return ('dump' in found ? found.dump : found).metadata.step;
  } catch (error) {
    if (error instanceof AnalysisError && error.problem.code !== 'run/canceled') return 'unreadable'; // said when it is analyzed
    throw error;
  }
}

/** Sorted by step; of a step that is there twice the later entry counts, as in a run that was resumed. */
function inOrder(entries: readonly RunEntry[]): {
  readonly entries: readonly RunEntry[];
  readonly notes: readonly string[];
} {
  const bySteps = new Map<number, RunEntry>();
  const older: string[] = [];
  for (const entry of entries) {
    const before = bySteps.get(entry.step);
    if (before !== undefined) older.push(before.file);
    bySteps.set(entry.step, entry);
  }
  return {
    entries: [...bySteps.values()].sort((a, b) => a.step - b.step),
    notes:
      older.length === 0
        ? []
        : [`Steps that are there twice count once, by the later file; left out: ${listed(older)}.`],
  };
}

/** The first three names. */
function listed(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${wholeNumber(names.length - 3)} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}

/** The norm log of a run that has no dumps. */
export const normLogOf = (file: string): NormLog => readNormLog(file);
