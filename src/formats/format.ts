import type { GradientDump } from '../shared/dump';
import type { ReadLimits } from './read-limits';
import type { ByteSource } from './source';

/** What a reader finds in a file, before what lies beside it is added. */
export type Content = Omit<GradientDump, 'name' | 'path' | 'bytes' | 'format'>;

/** A file format: how it is recognized, and how it becomes a dump. */
export interface Format {
  readonly id: GradientDump['format'];
  /** In lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Whether content of any name is of this format, by its first 64 bytes, or by what the rest says. */
  readonly sniff: (start: Uint8Array, source: ByteSource) => boolean;
  /** Whether `sniff` is sure, so that it decides before the name does. */
  readonly magic?: boolean;
  /**
   * @param dtype what the metadata beside it says the elements are
   * @param shape what they say the shape is, for a file that does not say it
   * @throws AnalysisError
   */
  readonly read: (source: ByteSource, means: ReadLimits, dtype?: string, shape?: readonly number[]) => Content;
}
