import { influences } from '../metrics/influence';
import { percent, wholeNumber } from '../shared/numbers';
import { lorenzCurve } from '../theory/lorenz';
import { definePlot } from './definition';
import { lorenzPanel } from './lorenz';

export const exampleShares = definePlot({
  id: 'example-shares',
  figures: 'example shares',
  title: 'Noise held by the noisiest rows',
  subtitle: 'Lorenz curve: from the row with the most noise down',
  draw: (quantities) => {
    const shares = influences(quantities).map(({ share }) => share);
    const curve = lorenzCurve(
      shares.map(() => 1),
      shares,
    );
    const half = curve.shares.findIndex((share) => share >= 0.5);
    const said = `Half of the noise is in ${wholeNumber(half)} of ${wholeNumber(shares.length)} rows.`;
    return {
      panels: [lorenzPanel(curve, 'rows', (row) => `row ${row}`)],
      summary: said,
      note: `${said} If all rows were equally noisy, the curve would be the dotted diagonal; ${percent(curve.unequal)} of the noise would have to move.`,
    };
  },
});
