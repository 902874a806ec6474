import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ByteSource } from './source';

/** Bytes looked at at a time; the work on them stays far below the time in which a cancel must be noticed. */
const PIECE = 1 << 18;
/** No name and no number of a dump is as long. */
const MAX_TOKEN = 1 << 24;

/** The bytes of a JSON text, piece by piece, so that each name and each number lies in one piece. */
export class JsonText {
  /** The piece at hand, and how far it was read. */
  bytes: Uint8Array;
  at = 0;
  #begin = 0;
  readonly #source: ByteSource;
  readonly #checkCanceled: () => void;

  constructor(source: ByteSource, checkCanceled: () => void) {
    this.#source = source;
    this.#checkCanceled = checkCanceled;
    this.bytes = source.read(0, PIECE);
  }

  /** Of the next byte, in the source. */
  get position(): number {
    return this.#begin + this.at;
  }

  /** The next byte, or −1 at the end. */
  peek(): number {
    if (this.at >= this.bytes.length && !this.widen()) return -1;
    return this.bytes[this.at] ?? -1;
  }

  /** The next byte that is not white space, or −1 at the end. */
  skip(): number {
    for (;;) {
      const byte = this.peek();
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
  }

  /** Makes the piece begin at the next byte and reach further than before; false when there is nothing further. */
  widen(): boolean {
    this.#checkCanceled();
    const left = this.bytes.length - this.at;
    if (this.#begin + this.bytes.length >= this.#source.size) return false;
    if (2 * left > MAX_TOKEN)
      throw new AnalysisError({
        code: 'json/syntax',
        found: `A single text or number is longer than ${byteCount(MAX_TOKEN)}`,
        where: this.#source.where(this.position),
        remedy: 'Write a list of equally long lists of numbers.',
      });
    this.#begin = this.position;
    this.at = 0;
    this.bytes = this.#source.read(this.#begin, Math.max(PIECE, 2 * left));
    return true;
  }
}
