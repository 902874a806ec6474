/**
 * s of λₖ ∝ k⁻ˢ over the ranks 1 … m: minus the slope of the line through (log k, log λₖ) by least squares.
 *
 * @param eigenvalues [m] positive, largest first
 * @throws RangeError for fewer than 2
 * @see Xie, Tang, Cai, Sun & Li 2023, who fit the spectrum of gradients
 * @example spectrumExponent([8, 4, 8 / 3, 2]) // => 1
 */
export function spectrumExponent(eigenvalues: ArrayLike<number>): number {
  const m = eigenvalues.length;
  if (m < 2) throw new RangeError(`a slope through ${m} eigenvalues; it needs at least 2`);
  const largest = eigenvalues[0] ?? 1;
  let [meanX, meanY] = [0, 0];
  for (let k = 0; k < m; k++) {
    meanX += Math.log(k + 1) / m;
    meanY += Math.log((eigenvalues[k] ?? 0) / largest) / m;
  }
  let [xx, xy] = [0, 0];
  for (let k = 0; k < m; k++) {
    const x = Math.log(k + 1) - meanX;
    xx += x * x;
    xy += x * (Math.log((eigenvalues[k] ?? 0) / largest) - meanY);
  }
  return -xy / xx;
}
