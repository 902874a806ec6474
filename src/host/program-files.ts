import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Milliseconds after which a file that no panel of this window shows is removed. */
const DAY = 24 * 60 * 60 * 1000;

/** No reader claims it, so that the content decides: an array, or an archive of layers. */
const EXTENSION = '.gradients';

/** The files that programs save, in a folder of the extension. Knows nothing of VS Code. */
export class ProgramFiles {
  readonly folder: string;
  /** Without its extension each. */
  readonly #shown = new Set<string>();

  /** @param storage the folder that the editor gives the extension; it need not exist */
  constructor(storage: string) {
    this.folder = path.join(storage, 'live');
  }

  /**
   * A path for the value of an expression, which nothing else uses, such as …/live/self_grads_0_1f0c9ae2.gradients for
   * self.grads[0]; its folder exists.
   */
  async pathFor(expression: string): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const words = expression.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
    const name = words.slice(0, 40) || 'value';
    const id = randomBytes(4).toString('hex');
    this.#shown.add(`${name}_${id}`);
    return path.join(this.folder, `${name}_${id}${EXTENSION}`);
  }

  holds(file: string): boolean {
    return path.dirname(file) === this.folder;
  }

  /** With the metadata beside it, and what a writer may have left. */
  async remove(file: string): Promise<void> {
    if (!this.holds(file)) return;
    const stem = path.basename(file, EXTENSION);
    this.#shown.delete(stem);
    for (const name of await this.#names())
      if (stemOf(name) === stem) await rm(path.join(this.folder, name), { force: true });
  }

  /** Marks what this window shows, so that no other window takes it for old: several may share the folder. */
  async keep(): Promise<void> {
    for (const stem of this.#shown) await writeFile(path.join(this.folder, `${stem}.shown`), '').catch(() => undefined);
  }

  /**
   * Removes what has not been written or marked for a day, such as what a window left that was closed with its panels.
   *
   * @param now milliseconds since 1970
   */
  async removeOld(now: number): Promise<void> {
    const names = await this.#names();
    const youngest = new Map<string, number>();
    for (const name of names) {
      // another window may be removing it, too
      const mtime = await stat(path.join(this.folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => now,
      );
      youngest.set(stemOf(name), Math.max(mtime, youngest.get(stemOf(name)) ?? 0));
    }
    for (const name of names)
      if (now - (youngest.get(stemOf(name)) ?? now) > DAY)
        await rm(path.join(this.folder, name), { force: true }).catch(() => undefined);
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.folder).catch(() => []);
  }
}

/** What a file shares with its metadata and what else is next to it; the name itself has no point. */
const stemOf = (name: string): string => name.split('.', 1)[0] ?? name;
