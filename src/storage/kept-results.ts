import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Bytes that all results together may take on the disk. */
const MOST_BYTES = 50 * 2 ** 20;
/** Age of an unfinished file from which on nobody is writing it any more, ms. */
const ABANDONED = 3_600_000;

/**
 * Results in a folder, each in a file of its own, by what they depend on. A file is written under another name and then renamed,
 * so that a kill at any moment leaves a whole result or none. Nothing here is ever the only copy: what cannot be read, or
 * written, counts as not known. Those that were not used for longest make room.
 */
export class KeptResults {
  readonly #folder: string;
  readonly #most: number;

  constructor(folder: string, most = MOST_BYTES) {
    this.#folder = folder;
    this.#most = most;
  }

  /** @param identity everything that the result depends on */
  get(identity: string): unknown {
    const file = this.#fileOf(identity);
    try {
      const { identity: whose, result } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      if (whose !== identity) return undefined;
      const now = new Date();
      utimesSync(file, now, now);
      return result;
    } catch {
      return undefined;
    }
  }

  keep(identity: string, result: unknown): void {
    const file = this.#fileOf(identity);
    const beside = `${file}.${process.pid}.tmp`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(beside, JSON.stringify({ identity, result }));
      renameSync(beside, file);
    } catch {
      rmSync(beside, { force: true });
    }
  }

  /** Removes what nobody finished, and the oldest of what is too much. */
  makeRoom(now = Date.now()): void {
    try {
      const files = readdirSync(this.#folder).map((name) => {
        const file = path.join(this.#folder, name);
        const { size, mtimeMs } = statSync(file);
        return { file, size, used: mtimeMs };
      });
      const left = files.filter(({ file, used }) => file.endsWith('.tmp') && now - used > ABANDONED);
      const whole = files.filter(({ file }) => file.endsWith('.json')).sort((a, b) => b.used - a.used);
      let bytes = 0;
      const over = whole.filter(({ size }) => (bytes += size) > this.#most);
      for (const { file } of [...left, ...over]) rmSync(file, { force: true });
    } catch {
      // another window may have done it meanwhile
    }
  }

  #fileOf(identity: string): string {
    return path.join(this.#folder, `${createHash('sha256').update(identity).digest('hex').slice(0, 40)}.json`);
  }
}
