import { checkSameVersion, identityNow, openAgain, openFile } from './file';
import type { Disk, FileIdentity, OpenFile } from './file';

/** Files that are open at a time: below what any system allows a process, with a second thread that reads, too. */
const MOST = 128;

/**
 * Files to be read from in any order, of which few are open at a time: a dump may have ten thousand of them. One that is
 * opened again must be the version that it was before.
 */
export class FilePool {
  /** By path, the one that was used last at the end. */
  readonly #open = new Map<string, OpenFile>();
  readonly #identities: Map<string, FileIdentity>;
  readonly #disk: Disk | undefined;
  #last: OpenFile | undefined;

  /**
   * @param paths of all files; as many as may be are opened now
   * @param expected versions that another thread opened before
   * @param disk for tests
   * @throws AnalysisError file/missing, file/not-a-file, file/unreadable, file/changed
   */
  constructor(paths: Iterable<string>, expected: ReadonlyMap<string, FileIdentity> = new Map(), disk?: Disk) {
    this.#identities = new Map(expected);
    this.#disk = disk;
    try {
      for (const path of new Set(paths)) {
        if (this.#open.size === MOST) break;
        this.#take(path);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Of the files that were opened so far. */
  get identities(): ReadonlyMap<string, FileIdentity> {
    return this.#identities;
  }

  /**
   * Fills the whole target from a position of a file.
   *
   * @throws AnalysisError file/changed, file/unreadable
   */
  read(path: string, target: Uint8Array, position: number): void {
    this.#take(path).read(target, position);
  }

  /** @throws AnalysisError file/changed when a path does not lead to the version any more that was opened */
  checkUnchanged(): void {
    for (const [path, first] of this.#identities) {
      const file = this.#open.get(path);
      if (file === undefined) checkSameVersion(path, first, identityNow(path, this.#disk));
      else file.checkUnchanged();
    }
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
    this.#last = undefined;
  }

  #take(path: string): OpenFile {
    if (this.#last?.path === path) return this.#last;
    const file = this.#open.get(path) ?? this.#opened(path);
    this.#open.delete(path);
    this.#open.set(path, file);
    this.#last = file;
    return file;
  }

  #opened(path: string): OpenFile {
    const [oldest] = this.#open.values();
    if (oldest !== undefined && this.#open.size >= MOST) {
      this.#open.delete(oldest.path);
      oldest.close();
    }
    const before = this.#identities.get(path);
    if (before === undefined) {
      const file = openFile(path, this.#disk);
      this.#identities.set(path, file.identity);
      return file;
    }
    const file = openAgain(path, this.#disk);
    try {
      checkSameVersion(path, before, file.identity);
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }
}
