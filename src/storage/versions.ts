import { checkSameVersion, identityNow, identityOf } from './file';
import type { FileIdentity } from './file';

/** Files at the versions that were seen first. None stays open: a dump may have ten thousand of them. */
export class FileVersions {
  readonly identities: ReadonlyMap<string, FileIdentity>;

  /** @throws AnalysisError file/missing, file/not-a-file, file/unreadable */
  constructor(paths: readonly string[]) {
    this.identities = new Map(paths.map((path) => [path, identityOf(path)]));
  }

  /** Milliseconds since 1970 when the last of them was written to; undefined without files. */
  get modified(): number | undefined {
    const times = [...this.identities.values()].map(({ modifiedNs }) => modifiedNs);
    const last = times.reduce((a, b) => (b > a ? b : a), times[0] ?? 0n);
    return times.length === 0 ? undefined : Number(last / 1_000_000n);
  }

  /**
   * Each path still leads to the version that was seen first.
   *
   * @throws AnalysisError file/changed
   */
  checkUnchanged(): void {
    for (const [path, first] of this.identities) checkSameVersion(path, first, identityNow(path));
  }
}
