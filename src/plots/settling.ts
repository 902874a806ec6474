import { leftOut, quadraticModel, settled } from '../metrics/quadratic-model';
import type { QuadraticModel } from '../metrics/quadratic-model';
import type { Quantities } from '../metrics/quantities';
import { plainNumber, wholeNumber } from '../shared/numbers';
import type { Axis, PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { normalRandom, uniformRandom } from '../theory/random';
import { diffusionPath, stochasticPath } from '../theory/simulation';
import type { NoiseDraw } from '../theory/simulation';
import { choleskyFactor, ellipse } from '../theory/symmetric-matrix';
import type { Symmetric2 } from '../theory/symmetric-matrix';
import { definePlot } from './definition';

const STEPS = 300;
/** l of SVAG. */
const NOISE_STEPS = 4;
/** Larger batches have Gaussian noise in all but name, and would take long to draw. */
const MOST_ROWS = 64;
const SEED = 42;

export const settling = definePlot({
  id: 'settling',
  figures: 'SDE',
  title: 'Where SGD settles on a quadratic',
  subtitle: 'with this dump’s noise in its leading plane; ellipses hold two deviations',
  draw: (quantities) => {
    const model = quadraticModel(quantities);
    const sgd = settled(model, 1);
    const svag = settled(model, NOISE_STEPS);
    const sde = settled(model, Infinity);
    if (sgd === undefined || svag === undefined || sde === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `SGD diverges on this quadratic: ηh is ${plainNumber(model.sharpness)}, and from 2 on every step overshoots`,
        remedy: 'Lower the learning rate.',
      });
    const start = [0, 0] as const;
    const { learningRate, hessian, batchCovariance } = model;
    const draw = batchNoise(quantities, model);
    const walked = stochasticPath(hessian, learningRate, draw, { steps: STEPS, start });
    const varied = stochasticPath(hessian, learningRate, draw, { steps: STEPS, start, noiseSteps: NOISE_STEPS });
    const diffused = diffusionPath(hessian, learningRate, batchCovariance, normalRandom(SEED + 1), {
      steps: STEPS,
      start,
    });

    const outline = (name: string, covariance: Symmetric2, dash: 'solid' | 'dashed' | 'dotted'): Series => ({
      name,
      ...ellipse(covariance, 2),
      mark: 'line',
      ink: dash === 'solid' ? 'data' : dash === 'dashed' ? 'reference' : 'text',
      dash,
      size: dash === 'solid' ? 2 : 1.5,
      decoration: true,
    });
    const outlines = [outline('SGD', sgd, 'solid'), outline('SVAG', svag, 'dotted'), outline('SDE', sde, 'dashed')];
    const reach = (
      pick: (series: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }) => ArrayLike<number>,
    ): number =>
      1.08 *
      [walked, varied, diffused, ...outlines].reduce(
        (most, series) => Array.from(pick(series)).reduce((so, value) => Math.max(so, Math.abs(value)), most),
        0,
      );
    const right = reach(({ x }) => x);
    // all noise may lie on one line
    const top = reach(({ y }) => y) || right;
    const axis = (index: 1 | 2, most: number): Axis => ({
      scale: 'linear',
      min: -most,
      max: most,
      title: [
        ['t', 'parameter along '],
        ['i', 'u'],
        ['_', String(index)],
      ],
      name: `parameter along u${index}`,
    });
    const named = (text: string, covariance: Symmetric2, ink: PlotLabel['ink'], dy: number): PlotLabel => ({
      x: 0,
      y: 2 * Math.sqrt(covariance[2]),
      text: [['t', text]],
      ink,
      align: 'center',
      dy,
    });
    const sizes = [sgd, svag, sde].map((covariance) => Math.sqrt(covariance[0] + covariance[2]));
    return {
      panels: [
        {
          height: 348,
          x: axis(1, right),
          y: axis(2, top),
          equalUnits: true,
          series: [
            { name: 'SGD', ...walked, mark: 'circle', ink: 'data', size: 2 },
            { name: `SVAG, l = ${NOISE_STEPS}`, ...varied, mark: 'square', ink: 'quiet', size: 1.5 },
            { name: 'SDE', ...diffused, mark: 'cross', ink: 'reference', size: 2.5 },
            ...outlines,
            { name: 'minimum', x: [0], y: [0], mark: 'disc', ink: 'text', size: 2.5, decoration: true },
          ],
          labels: [named('SGD', sgd, 'data', -5), named('SDE', sde, 'reference', 13)],
        },
      ],
      summary: `SGD, SVAG and the SDE followed for ${STEPS} steps from the minimum. They settle at a root-mean-square distance of ${sizes.map((size) => plainNumber(size)).join(', ')} from it.`,
      note: `${curvatureNote(model)} Circles: SGD; crosses: the SDE by Euler–Maruyama; squares: SVAG with l = ${NOISE_STEPS} (dotted ellipse). ${noiseNote(quantities)}${leftOut(quantities)}`,
    };
  },
});

function curvatureNote({ source, sharpness }: QuadraticModel): string {
  if (source === 'hessian')
    return `The curvature is that of the Hessian in this plane, ηh up to ${plainNumber(sharpness)}.`;
  const ratio =
    source === 'ratio' ? 'the measured noise-to-signal ratio' : 'the smallest noise-to-signal ratio these rows allow';
  return `No Hessian is given: the curvature is a stand-in, equal in all directions, with ηh = ${plainNumber(sharpness)}, where SGD settles at ${ratio}.`;
}

/** Rows that a batch averages: each may be a mean of several examples itself. */
const rowsOfBatch = ({ batchSize, meanOf }: Quantities): number => Math.max(1, Math.round(batchSize / meanOf));

const noiseNote = (quantities: Quantities): string =>
  rowsOfBatch(quantities) <= MOST_ROWS
    ? `Each step averages ${rowsOfBatch(quantities)} of the ${wholeNumber(quantities.rows)} rows, drawn with a fixed seed.`
    : 'Each step draws Gaussian noise with the covariance of a batch and a fixed seed.';

/** Averages of rows drawn at random, moved to mean 0 and brought to the covariance of a batch. */
function batchNoise(quantities: Quantities, { batchCovariance }: QuadraticModel): NoiseDraw {
  const { plane } = quantities.spectrum;
  const batch = rowsOfBatch(quantities);
  if (batch > MOST_ROWS) {
    const normal = normalRandom(SEED);
    const [l11, l21, l22] = choleskyFactor(batchCovariance);
    return () => {
      const a = normal();
      const b = normal();
      return [l11 * a, l21 * a + l22 * b];
    };
  }
  const uniform = uniformRandom(SEED);
  const rows = plane.points.length / 2;
  // the sum of so many rows has so many times their covariance; the rest is a factor of the convention and the correction
  const own = batch * (plane.covariance[0] + plane.covariance[2]);
  const factor = Math.sqrt((batchCovariance[0] + batchCovariance[2]) / own);
  return () => {
    let x = 0;
    let y = 0;
    for (let draw = 0; draw < batch; draw++) {
      const row = Math.floor(uniform() * rows);
      x += (plane.points[2 * row] ?? 0) - plane.mean[0];
      y += (plane.points[2 * row + 1] ?? 0) - plane.mean[1];
    }
    return [factor * x, factor * y];
  };
}
