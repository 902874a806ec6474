import path from 'node:path';
import type { DumpMetadata } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { Disk } from '../storage/file';
import { parseJsonFile } from './json';
import { isList, isObject } from './json-value';
import type { JsonObject, JsonValue } from './json-value';
import { readMetadata } from './metadata';
import { openSource } from './source';

/** One dump of a training run. */
export interface RunEntry {
  /** Relative to the folder of the run. */
  readonly file: string;
  readonly step: number;
  readonly metadata: DumpMetadata;
}

/** Metadata is small; a larger file beside a dump is something else. */
const SMALL = { memoryBudget: 64 * 2 ** 20, checkCanceled: () => undefined };

/** @throws AnalysisError file/…, json/… */
export function readJsonBeside(file: string, disk?: Disk, bytes?: Uint8Array): JsonValue {
  const source = openSource(file, bytes, disk);
  try {
    const { value } = parseJsonFile(source, SMALL);
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
export function readRunFile({
  path: file,
  bytes,
}: {
  readonly path: string;
  readonly bytes?: Uint8Array;
}): readonly RunEntry[] {
  const value = readJsonBeside(file, undefined, bytes);
  const name = path.basename(file);
  const steps = stepsOf(value);
  if (steps.length > 0) return steps.map((_, index) => entryOf(value, steps, index, name));
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: 'It has no list “steps” of dumps',
    where: `${name}, $.steps`,
    remedy: 'A run is {"steps": [{"step": 0, "file": "step-0.npy"}, …]}.',
  });
}

const stepsOf = (value: JsonValue): readonly JsonValue[] => {
  const steps = isObject(value) ? value.get('steps') : undefined;
  return isList(steps) ? steps : [];
};

function entryOf(run: JsonValue, steps: readonly JsonValue[], index: number, name: string): RunEntry {
  const entry = steps[index] ?? null;
  const where = `${name}, $.steps[${index}]`;
  const own = readMetadata(entry, where);
  const file = fileOf(entry);
  if (file === undefined)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: 'The step names no file',
      where: `${where}.file`,
      remedy: 'Give the path of its dump, relative to this file.',
    });
  return { file, step: own.step ?? index, metadata: { ...readMetadata(run, `${name}, $`), ...own } };
}

const fileOf = (entry: JsonValue): string | undefined => {
  const file = isObject(entry) ? (entry satisfies JsonObject).get('file') : undefined;
  return typeof file === 'string' && file !== '' ? file : undefined;
};

/**
 * What a `run.json` in the folder of a dump says about it. One that does not list the dump says nothing, and one that cannot
 * be read does not keep the dump from being read: a note says so.
 *
 * @throws AnalysisError metadata/invalid for the entry of this dump
 */
export function inheritedMetadata(
  dump: string,
  disk?: Disk,
): { readonly metadata: DumpMetadata; readonly notes: readonly string[] } {
  const folder = path.dirname(dump);
  let run: JsonValue;
  try {
    run = readJsonBeside(path.join(folder, 'run.json'), disk);
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    const { code, found } = error.problem;
    return { metadata: {}, notes: code === 'file/missing' ? [] : [`The run.json beside it was not used: ${found}.`] };
  }
  const steps = stepsOf(run);
  const listed = [...steps.keys()].filter((index) => {
    const file = fileOf(steps[index] ?? null);
    return file !== undefined && path.resolve(folder, file) === path.resolve(dump);
  });
  const [index] = listed;
  if (index === undefined) return { metadata: {}, notes: [] };
  if (listed.length > 1)
    return { metadata: {}, notes: [`The run.json beside it lists it ${listed.length} times and was not used.`] };
  const { step, metadata } = entryOf(run, steps, index, 'run.json');
  return { metadata: { ...metadata, step }, notes: [] };
}
