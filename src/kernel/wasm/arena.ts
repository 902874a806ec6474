/** Lays out a memory before it exists: hands out addresses and knows how much it would take. */
export class Arena {
  /** The first page belongs to the module and to what threads tell each other. */
  #next = 65536;

  take(bytes: number): number {
    const at = this.#next;
    this.#next += Math.ceil(bytes / 64) * 64;
    return at;
  }

  get bytes(): number {
    return this.#next;
  }
}
