/** An interval that may have no upper end. */
export interface OpenEnds {
  readonly lower: number;
  readonly upper?: number;
}

/** A test of every γ ≥ 0 that a ratio may have. */
export interface RatioTest {
  /** γ of the estimates, or 0; always accepted. */
  readonly best: number;
  /** A positive step of γ, of the size of its error. */
  readonly step: number;
  /** 0 when γ is accepted, −1 when it is too large, 1 when it is too small. */
  readonly verdict: (gamma: number) => -1 | 0 | 1;
}

/**
 * The smallest and the largest γ ≥ 0 that a test accepts: the confidence interval that belongs to it.
 *
 * @returns no upper end when γ may be as large as 2³⁹ steps
 * @see Casella & Berger 2002, thm. 9.2.2
 * @example acceptedRatios({ best: 3, step: 1, verdict: (gamma) => (gamma < 2 ? 1 : gamma > 5 ? -1 : 0) }) // => { lower: 2, upper: 5 }
 * @example acceptedRatios({ best: 0, step: 1, verdict: () => 0 }) // => { lower: 0 }
 */
export function acceptedRatios({ best, step, verdict }: RatioTest): OpenEnds {
  const lower = verdict(0) > 0 ? bisected(best, 0, verdict) : 0;
  let inside = best;
  for (let doubling = 0; doubling < 40; doubling++) {
    const ratio = best + step * 2 ** doubling;
    if (verdict(ratio) < 0) return { lower, upper: bisected(inside, ratio, verdict) };
    inside = ratio;
  }
  return { lower };
}

/** The last accepted γ on the way from one that is to one that is not, to the last bit but one. */
function bisected(accepted: number, refused: number, verdict: RatioTest['verdict']): number {
  let inside = accepted;
  let outside = refused;
  for (let step = 0; step < 200 && Math.abs(outside - inside) > Number.EPSILON * Math.abs(inside); step++) {
    const middle = (inside + outside) / 2;
    if (verdict(middle) === 0) inside = middle;
    else outside = middle;
  }
  return inside;
}

/**
 * The interval of 1/γ.
 *
 * @example reciprocal({ lower: 0, upper: 4 }) // => { lower: 0.25 }
 */
export const reciprocal = ({ lower, upper }: OpenEnds): OpenEnds => ({
  lower: upper === undefined ? 0 : 1 / upper,
  ...(lower > 0 && { upper: 1 / lower }),
});
