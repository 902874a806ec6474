/**
 * ln Γ(x), to 15 digits: Stirling's series beyond 10, the recurrence below.
 *
 * @param x > 0
 * @see DLMF 5.11.1 and 5.5.1
 * @example logGamma(0.5).toFixed(12) // => (Math.log(Math.PI) / 2).toFixed(12)
 */
export function logGamma(x: number): number {
  let shift = 0;
  let argument = x;
  for (; argument < 10; argument++) shift -= Math.log(argument);
  const r = 1 / (argument * argument);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / argument;
  return shift + (argument - 0.5) * Math.log(argument) - argument + Math.log(2 * Math.PI) / 2 + series;
}
