/** Puts numbers into random order, in place: each order is equally likely (Fisher & Yates 1938). */
export function shuffle<Numbers extends Int32Array | Float64Array>(numbers: Numbers, uniform: () => number): Numbers {
  for (let last = numbers.length - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    const kept = numbers[last]!;
    numbers[last] = numbers[other]!;
    numbers[other] = kept;
  }
  return numbers;
}
