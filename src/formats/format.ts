import type { GradientDump, SourceFile } from '../shared/dump';
import type { FormatId } from '../shared/dump-names';
import type { Statistics } from '../shared/statistics';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';

/** What a reader finds in a file, before what lies beside it is added. */
export type Content = Omit<GradientDump, 'name' | 'path' | 'bytes' | 'format'>;

/** The same of a file that holds the statistics of a dump in place of its rows. */
export interface StatisticsContent extends Omit<Content, 'arrays' | 'shape'>, Pick<Statistics, 'moments' | 'gram'> {
  readonly sources: readonly SourceFile[];
}

/** A file format: how it is recognized, and how it becomes a dump. What its files are called stands in `DUMP_NAMES`. */
export interface Format {
  readonly id: FormatId;
  /** Whether content of any name is of this format, by its first 64 bytes, or by what the rest says. */
  readonly sniff: (start: Uint8Array, source: ByteSource) => boolean;
  /** Whether `sniff` is sure, so that it decides before the name does. */
  readonly magic?: boolean;
  /**
   * @param dtype what the metadata beside it says the elements are
   * @param shape what they say the shape is, for a file that does not say it
   * @throws AnalysisError
   */
  readonly read: (
    source: ByteSource,
    limits: ReadLimits,
    dtype?: string,
    shape?: readonly number[],
  ) => Content | StatisticsContent;
}
