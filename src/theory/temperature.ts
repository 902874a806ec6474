/**
 * T = η/B, the coefficient of Σ in the diffusion of SGD per unit of time t = ηk.
 *
 * With momentum the effective rate below stands for η in the diffusion; T stays η/B.
 *
 * @see Jastrzębski et al. 2017, §2
 * @example sgdTemperature(0.1, 32) // => 0.003125
 */
export const sgdTemperature = (learningRate: number, batchSize: number): number => learningRate / batchSize;

/**
 * η′ = η(1 − dampening)/(1 − μ), the rate at which SGD with heavy-ball momentum follows a gradient that stays, hence the
 * one that stands for η where the noise is followed over many steps. Nesterov's momentum has the same.
 *
 * Without momentum there is nothing to dampen: η′ = η, as in PyTorch.
 *
 * @see Smith & Le 2018
 * @example effectiveLearningRate(0.5, { momentum: 0.5 }) // => 1
 * @example effectiveLearningRate(0.5, { momentum: 0.5, dampening: 0.5 }) // => 0.5
 */
export const effectiveLearningRate = (
  learningRate: number,
  { momentum, dampening = 0 }: { readonly momentum: number; readonly dampening?: number },
): number => (momentum === 0 ? learningRate : (learningRate * (1 - dampening)) / (1 - momentum));

/**
 * Gibbs temperature ησ²/(2B), with the effective rate for η, of SGD whose noise is isotropic, Σ = σ²I: its stationary density is exp(−L/temperature).
 *
 * @see Jastrzębski et al. 2017, thm. 1 (thm. 2 there loses the 2)
 * @example gibbsTemperature(0.1, 1, 4) // => 0.2
 */
export const gibbsTemperature = (learningRate: number, batchSize: number, variance: number): number =>
  (learningRate * variance) / (2 * batchSize);

/** A minimum of a quadratic loss: its depth and the logarithm of the determinant of its Hessian. */
export interface Minimum {
  readonly loss: number;
  readonly logDeterminant: number;
}

/**
 * ln of the odds below, which no temperature is too low for.
 *
 * @example gibbsLogOdds({ loss: 1, logDeterminant: 0 }, { loss: 0, logDeterminant: 0 }, 1e-6) // => -1000000
 */
export const gibbsLogOdds = (a: Minimum, b: Minimum, temperature: number): number =>
  (b.logDeterminant - a.logDeterminant) / 2 + (b.loss - a.loss) / temperature;

/**
 * Odds of finding SGD with isotropic noise at minimum a rather than at b: √(det H_b/det H_a)·exp((L_b − L_a)/temperature).
 *
 * @see follows from the stationary density of Jastrzębski et al. 2017, thm. 1, integrated over each basin
 * @example gibbsOdds({ loss: 0, logDeterminant: 0 }, { loss: 0, logDeterminant: 0 }, 1) // => 1
 */
export const gibbsOdds = (a: Minimum, b: Minimum, temperature: number): number =>
  Math.exp(gibbsLogOdds(a, b, temperature));

/**
 * Temperature above which the higher minimum a is the likelier one: (L_a − L_b)/ln √(det H_b/det H_a).
 *
 * @returns undefined when a is not flatter: then it never is
 * @see follows from gibbsOdds = 1
 * @example gibbsThreshold({ loss: 1, logDeterminant: 0 }, { loss: 0, logDeterminant: 2 }) // => 1
 */
export function gibbsThreshold(a: Minimum, b: Minimum): number | undefined {
  const flatter = (b.logDeterminant - a.logDeterminant) / 2;
  return flatter > 0 ? (a.loss - b.loss) / flatter : undefined;
}
