import { readDumpOrStatistics } from '../formats';
import type { GradientDump } from '../shared/dump';
import type { AnalyzeRequest } from '../shared/protocol';
import type { Statistics } from '../shared/statistics';
import { FileVersions } from '../storage/versions';
import { joined } from './shards';

/** What a request is about, and the versions of the files it lies in. */
export interface Opened {
  readonly whole: GradientDump | Statistics;
  /** Empty where the bytes came with the request. */
  readonly versions: FileVersions;
}

/**
 * Reads what the paths of a request hold: a dump, statistics in its place, or one dump of several files.
 *
 * @param memoryBudget bytes that formats without random access may be decoded into
 * @throws AnalysisError data/layout when nothing says how several files lie, gradstats/shards when they do not fit together,
 * and what reading throws
 */
export function openDump(
  { paths, bytes, beside, layout }: Pick<AnalyzeRequest, 'paths' | 'bytes' | 'beside' | 'layout'>,
  memoryBudget: number,
  checkCanceled: () => void,
): Opened {
  const versions = new FileVersions(bytes === undefined ? paths : []);
  const how = { memoryBudget, checkCanceled, ...(layout && { layout }) };
  const content = { ...(bytes && { bytes }), ...(beside && { beside }) };
  const shards = paths.map((path) => readDumpOrStatistics({ path, ...content, ...how }));
  return { whole: joined(shards, layout), versions };
}
