import { readDumpOrStatistics } from '../formats';
import type { GradientDump } from '../shared/dump';
import { besideBytes } from '../shared/memory-budget';
import { AnalysisError, withinFile } from '../shared/problem';
import type { AnalyzeRequest } from '../shared/protocol';
import type { Statistics } from '../shared/statistics';
import { FileVersions } from '../storage/versions';
import { dumpFiles } from './dump-files';
import { bytesHeld } from './held-memory';
import { ambiguity, layoutQuestion } from './layout-question';
import { dumpOf, joined, refuseTwice } from './shards';
import type { Shard } from './shards';

/** What a request is about, and the versions of the files it lies in. */
export interface Opened {
  readonly whole: GradientDump | Statistics;
  /** Empty where the bytes came with the request. */
  readonly versions: FileVersions;
}

/** Files that are looked at for a question; what they are called says the rest. */
const LOOKED_AT = 8;

/**
 * Reads what the paths of a request hold: a dump, statistics in its place, or one dump of several files.
 *
 * @param memoryBudget bytes that formats without random access may be decoded into
 * @throws AnalysisError data/layout when nothing says how several files lie, gradstats/shards when they do not fit together,
 * and what reading throws, with the file at fault
 */
export function openDump(
  { paths, bytes, beside, layout }: Pick<AnalyzeRequest, 'paths' | 'bytes' | 'beside' | 'layout'>,
  memoryBudget: number,
  checkCanceled: () => void,
): Opened {
  const how = { memoryBudget, checkCanceled, ...(layout && { layout }) };
  const [path = ''] = paths;
  if (bytes !== undefined) {
    const content = { bytes, ...(beside && { beside }) };
    return { whole: readDumpOrStatistics({ path, ...content, ...how }), versions: new FileVersions([]) };
  }
  const { files, notes } = dumpFiles(paths, layout !== undefined);
  const asks = files.length > 1 && layout === undefined;
  const { shards, versions } = openShards(asks ? files.slice(0, LOOKED_AT) : files, how);
  if (asks) throw layoutQuestion(shards.map(dumpOf), files.length);
  const whole = joined(shards, layout);
  return { whole: notes.length === 0 ? whole : withNotes(whole, notes), versions };
}

/** Of several files the layout says how they lie, and how the arrays of each lie only where nothing else says it. */
function partOf({ layout, ...request }: ReadRequest, several: boolean): Shard {
  try {
    return readDumpOrStatistics({ ...request, ...(layout && !several && { layout }) });
  } catch (error) {
    if (!several || !(error instanceof AnalysisError) || error.problem.code !== 'data/layout') throw error;
    return readDumpOrStatistics({ ...request, ...(layout && { layout }) });
  }
}

type ReadRequest = Parameters<typeof readDumpOrStatistics>[0];

/**
 * Files that are to be analyzed each by itself: asks where they may be parts of one dump.
 *
 * @throws AnalysisError data/layout
 */
export function askAboutParts(paths: readonly string[], checkCanceled: () => void): void {
  const dumps = [...new Set(paths)].flatMap((path) => {
    checkCanceled();
    try {
      return [dumpOf(readDumpOrStatistics({ path, memoryBudget: HEADERS, checkCanceled }))];
    } catch (error) {
      if (error instanceof AnalysisError) return []; // said when it is analyzed
      throw error;
    }
  });
  if (ambiguity(dumps) !== undefined) throw layoutQuestion(dumps);
}

/** Bytes that may be decoded for a question; what takes more is not asked about. */
const HEADERS = 2 ** 24;

const withNotes = (whole: Shard, notes: readonly string[]): Shard =>
  'gram' in whole
    ? { ...whole, dump: { ...whole.dump, notes: [...whole.dump.notes, ...notes] } }
    : { ...whole, notes: [...whole.notes, ...notes] };

/**
 * Reads files one after another. What memory some of them take is not there for the others.
 *
 * @throws AnalysisError with the file at fault, where there are several
 */
export function openShards(
  files: readonly string[],
  how: Pick<ReadRequest, 'memoryBudget' | 'checkCanceled' | 'layout'>,
): { readonly shards: readonly Shard[]; readonly versions: FileVersions } {
  const versions = new FileVersions(files);
  refuseTwice(files, versions.identities);
  let held = 0;
  const shards = files.map((path) => {
    how.checkCanceled();
    try {
      const shard = partOf({ ...how, path, memoryBudget: Math.max(0, how.memoryBudget - held) }, files.length > 1);
      held += 'gram' in shard ? 0 : bytesHeld([shard]);
      return shard;
    } catch (error) {
      const whole = besideBytes(error, held, 'the files before it take in memory');
      if (!(whole instanceof AnalysisError) || files.length === 1) throw whole;
      throw new AnalysisError(withinFile(path, whole.problem));
    }
  });
  return { shards, versions };
}
