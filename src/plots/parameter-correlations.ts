import { percent } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import { definePlot } from './definition';
import { entry, parameterCells, requireCovariance } from './parameter-matrix';

/** Correlations have no convention and follow no setting, so they are drawn once for each dump. */
const drawn = new WeakMap<Float64Array, Panel>();

export const parameterCorrelations = definePlot({
  id: 'parameter-correlations',
  figures: 'covariance matrix',
  title: 'Correlations between parameters',
  subtitle: 'of their gradients: blue where two rise together, orange where one falls',
  draw: (quantities) => {
    const covariance = requireCovariance(quantities);
    const { parameters } = quantities;
    const { layers } = quantities.summary.dump;
    let panel = drawn.get(covariance);
    if (panel === undefined) {
      panel = parameterCells('correlation', parameters, layers, (j, k) => {
        const deviations = Math.sqrt(entry(covariance, parameters, j, j) * entry(covariance, parameters, k, k));
        // a parameter that does not vary has no correlation
        return deviations > 0 ? Math.min(1, Math.max(-1, entry(covariance, parameters, j, k) / deviations)) : 0;
      });
      drawn.set(covariance, panel);
    }
    // ‖Σ‖_F² is the sum of what the variances and what the covariances contribute, in a unit in which squares are numbers
    const largest = covariance.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const squares = covariance.map((value) => (value / largest) ** 2);
    const all = squares.reduce((sum, value) => sum + value, 0);
    const diagonal = squares.reduce((sum, value, k) => (k % (parameters + 1) === 0 ? sum + value : sum), 0);
    const said = `The covariances between different parameters make up ${percent(Math.max(0, 1 - diagonal / all))} of the squared Frobenius norm of Σ, the variances the rest.`;
    return {
      panels: [panel],
      summary: `Correlations between the gradients of ${parameters} parameters. ${said}`,
      note: `${said} The trace knows the variances alone; the covariances decide over how many directions it is spread. Full color is ±1${layers.length > 1 ? ', lines part the layers' : ''}.`,
    };
  },
});
