import { percent, plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import type { Layer } from '../shared/dump';
import { definePlot } from './definition';
import { blockEnds, heatMap } from './heat-map';

/** Correlations have no convention and follow no setting, so they are drawn once for each dump. */
const drawn = new WeakMap<Float64Array, Panel>();

export const parameterCorrelations = definePlot({
  id: 'parameter-correlations',
  title: 'Correlations between parameters',
  how: 'of their gradients: blue where two rise together, orange where one falls',
  draw: (given) => {
    given.requireNoise();
    const { covariance } = given.spectrum;
    const { parameters } = given;
    if (given.summary.dump.format === 'gradstats')
      throw new AnalysisError({
        code: 'gradstats/rows',
        found:
          'Covariances between parameters need the rows themselves, and this file holds their lengths and products',
        remedy: 'Analyze the dump itself.',
      });
    if (covariance === undefined)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The covariances of ${wholeNumber(parameters)} parameters are too many to show`,
        remedy: 'They are shown for 64 parameters or fewer.',
      });
    const { layers } = given.summary.dump;
    let panel = drawn.get(covariance);
    if (panel === undefined) {
      panel = cells(covariance, parameters, layers);
      drawn.set(covariance, panel);
    }
    // ‖Σ‖_F² is the sum of what the variances and what the covariances contribute
    const all = covariance.reduce((sum, entry) => sum + entry * entry, 0);
    const diagonal = covariance.reduce((sum, entry, k) => (k % (parameters + 1) === 0 ? sum + entry * entry : sum), 0);
    const said = `The covariances between different parameters make up ${percent(Math.max(0, 1 - diagonal / all))} of the squared Frobenius norm of Σ, the variances the rest.`;
    return {
      panels: [panel],
      summary: `Correlations between the gradients of ${parameters} parameters. ${said}`,
      fine: `${said} The trace knows the variances alone; the covariances decide over how many directions it is spread. Full color is ±1${layers.length > 1 ? ', lines part the layers' : ''}.`,
    };
  },
});

function cells(covariance: Float64Array, d: number, layers: readonly Layer[]): Panel {
  const at = (j: number, k: number): number => covariance[j * d + k] ?? 0;
  const starts = layers.map((_, index) => layers.slice(0, index).reduce((sum, { size }) => sum + size, 0));
  const nameOf = (j: number): string => {
    const layer = layers[starts.findLastIndex((start) => start <= j)];
    return layer === undefined ? `parameter ${j}` : `parameter ${j} (${layer.name})`;
  };
  const values = new Float64Array(d * d);
  const names: string[] = [];
  for (let j = 0; j < d; j++)
    for (let k = 0; k < d; k++) {
      const deviations = Math.sqrt(at(j, j) * at(k, k));
      // a parameter that does not vary has no correlation
      const correlation = deviations > 0 ? Math.min(1, Math.max(-1, at(j, k) / deviations)) : 0;
      values[j * d + k] = correlation;
      names.push(`${nameOf(j)} and ${nameOf(k)}: correlation ${plainNumber(correlation)}`);
    }
  return heatMap({
    name: 'correlations',
    axis: { title: [['t', 'parameter']], name: 'parameter' },
    ends: blockEnds(d),
    values,
    full: 1,
    names,
    boundaries: starts.slice(1),
  });
}
