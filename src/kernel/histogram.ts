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

  /** @param exponent of the numbers counted: they lie in [2^exponent, 2^(exponent+1)) */
  count(exponent: number, howMany: number): void {
    this.#counts[exponent + 1023]! += howMany;
  }

  /** Bins between the first and the last that hold anything: bin k counts magnitudes in [2^(first+k), 2^(first+k+1)). */
  result(shift = 0): { first: number; counts: Float64Array } {
    const from = this.#counts.findIndex((count) => count > 0);
    if (from < 0) return { first: 0, counts: new Float64Array(0) };
    const to = this.#counts.findLastIndex((count) => count > 0);
    return { first: from - 1023 + shift, counts: this.#counts.slice(from, to + 1) };
  }
}

/** Two histograms over the same bins, those between the lowest and the highest that either fills. */
export function spread(
  positive: ExponentHistogram,
  negative: ExponentHistogram,
  shift = 0,
): { first: number; positive: Float64Array; negative: Float64Array } {
  const sides = [positive.result(shift), negative.result(shift)] as const;
  const filled = sides.filter(({ counts }) => counts.length > 0);
  const first = filled.length > 0 ? Math.min(...filled.map((side) => side.first)) : 0;
  const bins = Math.max(0, ...filled.map((side) => side.first + side.counts.length - first));
  const [up, down] = sides.map((side) => {
    const counts = new Float64Array(bins);
    if (side.counts.length > 0) counts.set(side.counts, side.first - first);
    return counts;
  });
  return { first, positive: up!, negative: down! };
}
