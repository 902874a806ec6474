/** Counts numbers by powers of two: a number lies in the bin of its exponent, whatever its scale. */
export class ExponentHistogram {
  readonly #counts = new Float64Array(2048);
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);

  /** @param magnitude positive and finite; subnormal numbers fall into the lowest bin */
  add(magnitude: number): void {
    this.#double[0] = magnitude;
    this.#counts[(this.#words[1]! >>> 20) & 0x7ff]!++; // little-endian, as every platform of VS Code is
  }

  /** Bins between the first and the last that hold anything: bin k counts magnitudes in [2^(first+k), 2^(first+k+1)). */
  result(shift = 0): { first: number; counts: Float64Array } {
    const from = this.#counts.findIndex((count) => count > 0);
    if (from < 0) return { first: 0, counts: new Float64Array(0) };
    const to = this.#counts.findLastIndex((count) => count > 0);
    return { first: from - 1023 + shift, counts: this.#counts.slice(from, to + 1) };
  }
}
