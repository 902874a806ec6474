import { existsSync } from 'node:fs';
import path from 'node:path';
import { FORMATS, readDumpOrStatistics } from '../formats';
import { isObject } from '../formats/json-value';
import type { JsonObject } from '../formats/json-value';
import { readMetadata } from '../formats/metadata';
import { namedPath } from '../formats/named-path';
import { readSmallJson } from '../formats/run';
import type { DumpMetadata } from '../shared/dump';
import { extensionsOf } from '../shared/dump-names';
import { AnalysisError } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { SidecarFinding, SidecarRequest } from '../shared/protocol';
import { settingsNotes, settingsProblems, suggestedSettings } from '../shared/settings';
import type { DescribedRows } from '../shared/settings';
import { filesInFolder } from '../storage/folder';

/** Bytes that may be decoded to know how many rows a dump has; what takes more is not looked at. */
const MEMORY = 64 * 2 ** 20;
/** Dumps that one metadata file is next to: `grad.npy` and `grad.npz`. */
const MOST_DUMPS = 4;

const FILES = ['hessian', 'fisher', 'modelLabels', 'compared', 'parameters', 'secondMoments'] as const;

/**
 * What a metadata file contradicts: itself, or the dump it belongs to. What is wrong with its text as JSON, the editor says by
 * itself; what is wrong with the dump, its report says.
 *
 * @throws AnalysisError run/canceled
 */
export function checkSidecar({ path: file, bytes, onDisk, confinedTo }: SidecarRequest): readonly SidecarFinding[] {
  const value = withoutFault(() => readSmallJson(file, { bytes }));
  if (!isObject(value)) return [];
  const own = findingsOf(value);
  if (own.length > 0 && own.some(({ severity }) => severity === 'error')) return own;
  const metadata = withoutFault(() => readMetadata(value, '$', []));
  if (metadata === undefined) return own;
  const stated = new Set(Object.keys(metadata));
  const dumps = onDisk ? dumpsOf(file) : [];
  const found = dumps.flatMap((dump) => againstDump(dump, bytes, stated));
  const alone = dumps.length === 0 ? againstItself({ rows: rowsOf(metadata), metadata }, stated) : [];
  const missing = onDisk ? missingFiles(file, metadata, confinedTo) : [];
  return distinct([...own, ...found, ...alone, ...missing]);
}

/** Key by key, and then all of them, for one may be given in two spellings. */
function findingsOf(value: JsonObject): SidecarFinding[] {
  const found = [...value].flatMap(([key, item]) => {
    const notes: string[] = [];
    const fault = faultOf(() => readMetadata(new Map([[key, item]]), '$', notes));
    return [...(fault ? [error(fault, key)] : []), ...notes.map((note) => warning(note, key))];
  });
  if (found.some(({ severity }) => severity === 'error')) return found;
  const fault = faultOf(() => readMetadata(value, '$', []));
  return fault ? [...found, error(fault, keyIn(fault))] : found;
}

function againstDump(dump: string, sidecar: Uint8Array, stated: ReadonlySet<string>): SidecarFinding[] {
  try {
    const request = { path: dump, beside: { sidecar }, memoryBudget: MEMORY, checkCanceled: () => undefined };
    const read = readDumpOrStatistics(request);
    return againstItself('dump' in read ? read.dump : read, stated);
  } catch (thrown) {
    if (!(thrown instanceof AnalysisError)) throw thrown;
    const { problem } = thrown;
    const key = keyIn(problem);
    // the run.json next to it, and the dump itself, are other files
    return problem.code.startsWith('metadata/') && key !== undefined && stated.has(key) ? [error(problem, key)] : [];
  }
}

/** What follows from the keys together. */
function againstItself(rows: DescribedRows, stated: ReadonlySet<string>): SidecarFinding[] {
  const settings = suggestedSettings(rows);
  const place = (...keys: readonly string[]): string | undefined => keys.find((key) => stated.has(key));
  return [
    ...settingsProblems(settings, rows).flatMap(({ field, problem }) => {
      const key = place(field, 'rows', 'batches');
      return key === undefined ? [] : [error(problem, key)];
    }),
    ...settingsNotes(settings, rows).flatMap((note) => {
      const key = note.startsWith('The optimizer') ? place('optimizer') : place('datasetSize');
      return key === undefined ? [] : [warning(note, key)];
    }),
  ];
}

/** As many as its lists are long; settings of fewer than all that is stated are judged in the same way. */
const rowsOf = ({ losses, labels, shape, datasetSize }: DumpMetadata): number =>
  losses?.length ?? labels?.length ?? shape?.[0] ?? datasetSize ?? 2;

/** `grad.npy` for `grad.meta.json`. */
function dumpsOf(sidecar: string): readonly string[] {
  const { dir, base } = path.parse(sidecar);
  const name = base.replace(/\.meta\.json$/i, '');
  const endings = new Set(FORMATS.flatMap(({ id }) => extensionsOf(id)));
  const files = withoutFault(() => filesInFolder(dir)) ?? [];
  return files
    .filter((file) => path.parse(file).name === name && endings.has(path.extname(file).toLowerCase()))
    .slice(0, MOST_DUMPS)
    .map((file) => path.join(dir, file));
}

function missingFiles(
  sidecar: string,
  metadata: DumpMetadata,
  confinedTo: readonly string[] | undefined,
): SidecarFinding[] {
  return FILES.flatMap((key) => {
    const named = metadata[key];
    if (named === undefined) return [];
    try {
      const file = namedPath(sidecar, named, confinedTo ? { confinedTo } : {});
      if (existsSync(file)) return [];
      return [warning('There is no file of this name. Paths are relative to the dump.', key)];
    } catch (thrown) {
      if (thrown instanceof AnalysisError) return [warning(textOf(thrown.problem), key)];
      throw thrown;
    }
  });
}

const textOf = ({ found, remedy }: Problem): string => `${found}. ${remedy}`;
const error = (problem: Problem, key: string | undefined): SidecarFinding => ({
  severity: 'error',
  text: textOf(problem),
  ...(key !== undefined && { key }),
});
const warning = (text: string, key: string): SidecarFinding => ({ severity: 'warning', text, key });

/** The key of the outermost object in a place such as `grad.npy, metadata $.layers`. */
const keyIn = ({ where }: Problem): string | undefined => /\$\.(\w+)/.exec(where ?? '')?.[1];

function faultOf(act: () => unknown): Problem | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AnalysisError) return thrown.problem;
    throw thrown;
  }
}

function withoutFault<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof AnalysisError) return undefined;
    throw thrown;
  }
}

/** Two dumps of one sidecar say the same. */
const distinct = (findings: readonly SidecarFinding[]): SidecarFinding[] => [
  ...new Map(findings.map((finding) => [`${finding.key ?? ''} ${finding.text}`, finding])).values(),
];
