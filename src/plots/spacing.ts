/**
 * Numbers from one end to the other, both included, at equal ratios.
 *
 * @example logSpaced(1, 4, 3) // => Float64Array.of(1, 2, 4)
 */
export function logSpaced(from: number, to: number, count: number): Float64Array {
  const ratio = Math.log(to / from) / (count - 1);
  // the last one exactly, not by way of the exponential
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from * Math.exp(i * ratio)));
}

/**
 * Ticks 1, 10, 100, … of a logarithmic axis that ends at the data, not at a decade: its true end is the last tick.
 *
 * @example decadesTo(1500) // => [1, 10, 100, 1500]
 */
export function decadesTo(end: number): readonly number[] {
  const ticks: number[] = [];
  for (let tick = 1; tick <= end / 2; tick *= 10) ticks.push(tick);
  return end >= 1e6 ? ticks : [...ticks, end].filter((tick, i, all) => i === all.length - 1 || end / tick > 2);
}

/**
 * Ticks of an axis of ranks, which ends at the last of them.
 *
 * @example rankTicks(60) // => [1, 2, 5, 10, 20, 60]
 */
export function rankTicks(count: number): readonly number[] {
  const ticks: number[] = [];
  for (let decade = 1; decade <= count; decade *= 10) ticks.push(decade, 2 * decade, 5 * decade);
  const inner = ticks.filter((tick) => tick * (count > 1000 ? 4 : 1.7) < count);
  // beyond a thousand ranks decades alone keep the labels apart
  const shown = count > 1000 ? inner.filter((tick) => Number.isInteger(Math.log10(tick))) : inner;
  return [...shown, count];
}
