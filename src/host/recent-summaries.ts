import type { DumpSummary } from '../shared/summary';

/** Bytes that all summaries together may hold. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Summaries of versions of files that were analyzed before, so that a report opened again is there at once. In memory only:
 * nothing is written anywhere, and a closed window forgets them.
 */
export class RecentSummaries {
  readonly #most: number;
  /** By version, the one used last at the end. */
  readonly #kept = new Map<string, { readonly summary: DumpSummary; readonly bytes: number }>();
  #bytes = 0;

  constructor(most = MOST_BYTES) {
    this.#most = most;
  }

  get(version: string): DumpSummary | undefined {
    const found = this.#kept.get(version);
    if (found === undefined) return undefined;
    this.#kept.delete(version);
    this.#kept.set(version, found);
    return found.summary;
  }

  /** Those that were not used for longest make room. */
  keep(version: string, summary: DumpSummary): void {
    this.#drop(version);
    const bytes = bytesOf(summary);
    if (bytes > this.#most) return;
    this.#kept.set(version, { summary, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#most) return;
      this.#drop(oldest);
    }
  }

  #drop(version: string): void {
    const found = this.#kept.get(version);
    if (found === undefined) return;
    this.#kept.delete(version);
    this.#bytes -= found.bytes;
  }
}

/** What plain data takes, about: numbers and characters by their width, and something for every field. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength;
  if (typeof value === 'string') return 16 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 16;
  return Object.values(value).reduce((sum: number, each) => sum + 16 + bytesOf(each), 32);
}
