import path from 'node:path';
import * as v from 'valibot';
import type { DumpMetadata } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { parseJsonFile } from './json';
import type { JsonValue } from './json-parser';
import { readMetadata } from './metadata';
import { openSource } from './source';

/** A training run: its dumps in the order of the file, with what it says about each. */
export type Run = readonly RunEntry[];

export interface RunEntry {
  /** Relative to the folder of the run. */
  readonly file: string;
  readonly step: number;
  readonly metadata: DumpMetadata;
}

/** Metadata is small; a larger file beside a dump is something else. */
const LIMIT = 64 * 2 ** 20;

const FILE = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));

/**
 * A run file: `{"steps": [{"step", "file", …metadata}], …metadata of all steps}`.
 *
 * @throws AnalysisError json/…, metadata/invalid, file/…
 */
export function readRunFile({ path: file, bytes }: { readonly path: string; readonly bytes?: Uint8Array }): Run {
  const source = openSource(file, bytes);
  try {
    return runOf(parseJsonFile(source, LIMIT), source.name);
  } finally {
    source.close();
  }
}

function runOf(value: JsonValue, file: string): Run {
  const steps = value instanceof Map ? (value as ReadonlyMap<string, JsonValue>).get('steps') : undefined;
  if (!Array.isArray(steps) || steps.length === 0)
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: 'It has no list “steps”',
      where: `${file}, $.steps`,
      remedy: 'A run is {"steps": [{"step": 0, "file": "step-0.npy"}, …]}.',
    });
  const common = readMetadata(value, file);
  return (steps as readonly JsonValue[]).map((entry, index) => {
    const own = readMetadata(entry, `${file}, step ${index}`);
    const name = entry instanceof Map ? (entry as ReadonlyMap<string, JsonValue>).get('file') : undefined;
    if (!v.is(FILE, name))
      throw new AnalysisError({
        code: 'metadata/invalid',
        found: 'A step names no file',
        where: `${file}, $.steps[${index}].file`,
        remedy: 'Give the path of its dump, relative to this file.',
      });
    return { file: name, step: own.step ?? index, metadata: { ...common, ...own } };
  });
}

/** What a `run.json` in the folder of a dump says about it; nothing when there is none, or it does not list the dump. */
export function inheritedMetadata(dump: string): DumpMetadata {
  const folder = path.dirname(dump);
  let run: Run;
  try {
    run = readRunFile({ path: path.join(folder, 'run.json') });
  } catch (error) {
    if (error instanceof AnalysisError && error.problem.code === 'file/missing') return {};
    throw error;
  }
  return run.find((entry) => path.resolve(folder, entry.file) === path.resolve(dump))?.metadata ?? {};
}
