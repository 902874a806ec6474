import { choleskyFactor, multiplied } from './symmetric-matrix';
import type { Symmetric2 } from './symmetric-matrix';
import { svagWeights } from './svag';

/** Positions in the plane, one after each unit of time η, without the start. */
export interface Path {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

type Point = readonly [x: number, y: number];

/** Draws the noise of one batch gradient: mean 0, covariance Σ/B. */
export type NoiseDraw = () => Point;

/**
 * SGD on the loss ½θᵀHθ for l = 1, SVAG for l > 1: every step of η/l combines two batches with the weights of SVAG, and a
 * position is kept after every l of them.
 *
 * @see Li, Malladi & Arora 2021
 */
export function stochasticPath(
  [xx, xy, yy]: Symmetric2,
  learningRate: number,
  draw: NoiseDraw,
  { steps, start, noiseSteps = 1 }: { readonly steps: number; readonly start: Point; readonly noiseSteps?: number },
): Path {
  const [first, second] = svagWeights(noiseSteps);
  const step = learningRate / noiseSteps;
  const batchNoise: NoiseDraw = () => {
    const [a, b] = draw();
    if (second === 0) return [a, b];
    const [c, d] = draw();
    return [first * a + second * c, first * b + second * d];
  };
  return walk(steps, noiseSteps, start, ([x, y]) => {
    const [a, b] = batchNoise();
    return [x - step * (xx * x + xy * y + a), y - step * (xy * x + yy * y + b)];
  });
}

/**
 * The SDE dθ = −Hθ dt + (ηΣ_B)^½ dW by Euler and Maruyama, with so many steps in a time of η.
 *
 * @param batchCovariance Σ_B = Σ/B
 * @param normal standard normal numbers
 * @see Kloeden & Platen 1992, §10.2
 */
export function diffusionPath(
  [xx, xy, yy]: Symmetric2,
  learningRate: number,
  batchCovariance: Symmetric2,
  normal: () => number,
  { steps, start, fineness = 8 }: { readonly steps: number; readonly start: Point; readonly fineness?: number },
): Path {
  const time = learningRate / fineness;
  const [l11, l21, l22] = choleskyFactor(multiplied(time * learningRate, batchCovariance));
  return walk(steps, fineness, start, ([x, y]) => {
    const a = normal();
    const b = normal();
    return [x - time * (xx * x + xy * y) + l11 * a, y - time * (xy * x + yy * y) + l21 * a + l22 * b];
  });
}

function walk(steps: number, every: number, start: Point, next: (at: Point) => Point): Path {
  const x = new Float64Array(steps);
  const y = new Float64Array(steps);
  let at = start;
  for (let step = 0; step < steps; step++) {
    for (let small = 0; small < every; small++) at = next(at);
    [x[step], y[step]] = at;
  }
  return { x, y };
}
