/**
 * What happens to SGD when the batch size is multiplied by κ and the learning rate by some power of κ.
 *
 * The linear rule is η → κη, the square-root rule η → √κ·η.
 */
export type ScalingRule = 'linear' | 'square-root';

/**
 * The learning rate that a rule pairs with a batch of κB.
 *
 * @see Goyal et al. 2017, §2.1 (linear); Krizhevsky 2014 (square root)
 * @example scaledLearningRate('linear', 0.1, 4) // => 0.4
 * @example scaledLearningRate('square-root', 0.1, 4) // => 0.2
 */
export const scaledLearningRate = (rule: ScalingRule, learningRate: number, factor: number): number =>
  learningRate * (rule === 'linear' ? factor : Math.sqrt(factor));

/** Over what a rule is judged: a single step, a unit of time t = ηk, or a pass over the data set. */
export type Span = 'step' | 'time' | 'epoch';

/** Factors by which the mean displacement (drift) and the covariance of the displacement (noise) change. */
export interface Change {
  readonly drift: number;
  readonly noise: number;
}

/**
 * Drift and noise after scaling, relative to before. The number of steps is fixed, in inverse proportion to η, or in
 * inverse proportion to B; a step has drift ηG and noise η²Σ_B.
 *
 * Batches are drawn independently. Without replacement from N examples every noise is multiplied further by
 * (N − κB)/(N − B), whatever the rule.
 *
 * @example scalingChange('linear', 'epoch', 4) // => { drift: 1, noise: 1 }
 * @example scalingChange('square-root', 'step', 4) // => { drift: 2, noise: 1 }
 */
export function scalingChange(rule: ScalingRule, span: Span, factor: number): Change {
  // powers of κ: η grows as κ^rate, a step's noise as η²/B = κ^(2·rate − 1), the steps of the span as κ^steps
  const rate = rule === 'linear' ? 1 : 0.5;
  const steps = span === 'step' ? 0 : span === 'time' ? -rate : -1;
  return { drift: factor ** (rate + steps), noise: factor ** (2 * rate - 1 + steps) };
}

/**
 * κ_max = C² + (C² − 1)·N/G: beyond it, linear scaling cannot keep the equilibrium of SGD within a factor C.
 * A necessary condition, not a sufficient one.
 *
 * @param noiseToSignal N/G, the noise of a batch over the squared norm of the gradient, both at equilibrium
 * @param squaredCloseness C², 2 by convention
 * @see follows from Li, Malladi & Arora 2021: κ(G' + N') ≤ C(G + N) with G' ≥ G/C and N' ≥ N/(κC), for scale-invariant
 *   losses with weight decay. With C = 1 it would be κ ≤ 1, with N' dropped κ ≤ C²(1 + N/G).
 * @example linearScalingLimit(3) // => 5
 */
export const linearScalingLimit = (noiseToSignal: number, squaredCloseness = 2): number =>
  squaredCloseness + (squaredCloseness - 1) * noiseToSignal;
