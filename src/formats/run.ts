import path from 'node:path';
import { AnalysisError } from '../shared/problem';
import type { Disk } from '../storage/file';
import { parseJsonFile } from './json';
import { isList, isObject } from './json-value';
import type { JsonValue } from './json-value';
import { overriding, readMetadata } from './metadata';
import type { StatedMetadata } from './metadata';
import { openSource } from './source';

/** One dump of a training run. */
export interface RunEntry {
  /** Relative to the folder of the run. */
  readonly file: string;
  readonly step: number;
  readonly metadata: StatedMetadata;
}

/** How a file of metadata is read. */
export interface Reading {
  /** The whole content, where the path cannot be opened. */
  readonly bytes?: Uint8Array;
  readonly checkCanceled?: () => void;
  readonly disk?: Disk;
}

/** Metadata are small; a larger file beside a dump is something else. */
const MEMORY = 64 * 2 ** 20;

/** @throws AnalysisError file/…, json/… */
export function readSmallJson(file: string, { bytes, disk, checkCanceled = () => undefined }: Reading): JsonValue {
  const source = openSource(file, bytes, disk);
  try {
    const { value } = parseJsonFile(source, { memoryBudget: MEMORY, checkCanceled });
    source.checkUnchanged();
    return value;
  } finally {
    source.close();
  }
}

/**
 * The dumps of a run file `{"steps": [{"step", "file", …metadata}, …], …metadata of all of them}`.
 *
 * @throws AnalysisError json/…, metadata/invalid, file/…
 */
export function readRunFile(file: string, reading: Reading): readonly RunEntry[] {
  const run = readSmallJson(file, reading);
  const name = path.basename(file);
  const steps = stepsOf(run);
  if (steps.length > 0) return steps.map((step, index) => entryOf(run, step, index, name));
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: 'It has no list “steps” of dumps',
    where: `${name}, $.steps`,
    remedy: 'A run is {"steps": [{"step": 0, "file": "step-0.npy"}, …]}.',
  });
}

const stepsOf = (run: JsonValue): readonly JsonValue[] => {
  const steps = isObject(run) ? run.get('steps') : undefined;
  return isList(steps) ? steps : [];
};

const fileOf = (step: JsonValue): string | undefined => {
  const file = isObject(step) ? step.get('file') : undefined;
  return typeof file === 'string' && file !== '' ? file : undefined;
};

function entryOf(run: JsonValue, step: JsonValue, index: number, name: string, notes: string[] = []): RunEntry {
  const where = `${name}, $.steps[${index}]`;
  const own = readMetadata(step, where, notes);
  const file = fileOf(step);
  if (file === undefined)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: 'The step names no file',
      where: `${where}.file`,
      remedy: 'Give the path of its dump, relative to this file.',
    });
  return { file, step: own.step ?? index, metadata: overriding(readMetadata(run, `${name}, $`, notes), own) };
}

/**
 * What a `run.json` in the folder of a dump says about it. One that does not list the dump says nothing, and one that cannot
 * be read does not keep the dump from being read: a note says so.
 *
 * @throws AnalysisError metadata/invalid for the entry of this dump, run/canceled
 */
export function inheritedMetadata(
  dump: string,
  reading: Reading,
): { readonly metadata: StatedMetadata; readonly notes: readonly string[] } {
  const folder = path.dirname(dump);
  let run: JsonValue;
  try {
    run = readSmallJson(path.join(folder, 'run.json'), reading);
  } catch (error) {
    if (!(error instanceof AnalysisError) || error.problem.code === 'run/canceled') throw error;
    const { code, found } = error.problem;
    return { metadata: {}, notes: code === 'file/missing' ? [] : [`The run.json beside it was not used: ${found}.`] };
  }
  const listed = [...stepsOf(run).entries()].filter(([, step]) => {
    const file = fileOf(step);
    return file !== undefined && path.resolve(folder, file) === path.resolve(dump);
  });
  const [found, second] = listed;
  if (found === undefined) return { metadata: {}, notes: [] };
  if (second !== undefined)
    return { metadata: {}, notes: [`The run.json beside it lists it ${listed.length} times and was not used.`] };
  const notes: string[] = [];
  const { step, metadata } = entryOf(run, found[1], found[0], 'run.json', notes);
  return { metadata: { ...metadata, step }, notes };
}
