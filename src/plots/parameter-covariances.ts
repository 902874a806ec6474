import { plainNumber } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import { definePlot } from './definition';
import { entry, parameterCells, requireCovariance } from './parameter-matrix';

/** Covariances change with the convention only. */
const drawn = new WeakMap<Float64Array, { readonly scale: number; readonly panel: Panel }>();

export const parameterCovariances = definePlot({
  id: 'parameter-covariances',
  figures: 'covariance matrix',
  title: 'Covariance of the gradients',
  subtitle: 'the matrix Σ itself, with the variances on the diagonal',
  draw: (quantities) => {
    const covariance = requireCovariance(quantities);
    const { parameters, scale, convention } = quantities;
    const { layers } = quantities.summary.dump;
    const largest = scale * covariance.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let known = drawn.get(covariance);
    if (known?.scale !== scale) {
      const at = (j: number, k: number): number => scale * entry(covariance, parameters, j, k);
      known = { scale, panel: parameterCells('covariance', parameters, layers, at, largest) };
      drawn.set(covariance, known);
    }
    const noisiest = covariance.reduce(
      (most, value, k) => (k % (parameters + 1) === 0 && value > (covariance[most] ?? 0) ? k : most),
      0,
    );
    const said = `The largest variance is ${plainNumber(largest)}, of parameter ${noisiest / (parameters + 1)}.`;
    return {
      panels: [known.panel],
      summary: `Covariances between the gradients of ${parameters} parameters. ${said}`,
      note: `${said} Full color is ±${plainNumber(largest)}. Divisor: ${convention}.`,
    };
  },
});
