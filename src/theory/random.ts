/**
 * Seeded uniform numbers in [0, 1): the same sequence on every machine.
 *
 * @param seed any 32-bit whole number
 * @see Tommy Ettinger's mulberry32 (public domain)
 * @example uniformRandom(42)() // => 0.6011037519201636
 */
export function uniformRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Seeded standard normal numbers.
 *
 * @see Box & Muller 1958
 * @example normalRandom(42)().toFixed(8) // => '-0.95616223'
 */
export function normalRandom(seed: number): () => number {
  const uniform = uniformRandom(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    // the generator can give 0, whose logarithm is infinite
    const radius = Math.sqrt(-2 * Math.log(uniform() || 2 ** -33));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
