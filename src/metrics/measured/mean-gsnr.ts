import { liu2020 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';

export const meanGsnr = defineMetric({
  id: 'mean-gsnr',
  cards: 'agreement',
  name: 'Mean GSNR',
  symbol: String.raw`\overline{\mathrm{GSNR}}`,
  unit: '',
  formula: [
    { symbol: String.raw`\overline{\mathrm{GSNR}}`, word: 'mean GSNR' },
    { symbol: '=' },
    { symbol: fraction('1', String.raw`d_{+}`), word: 'parameters that vary' },
    { symbol: String.raw`\sum_j` },
    { symbol: fraction(String.raw`\bar g_j^2`, String.raw`\sigma_j^2`), word: 'signal over variance' },
  ],
  meaning:
    'The squared mean over the variance, parameter by parameter, then averaged: how consistently the examples move a parameter. Large early in training, when examples agree.',
  misleads:
    'A few parameters of tiny variance can make the whole average. Without any signal it is about one over the number of rows, not 0.',
  elsewhere:
    'Adding a constant such as 1e-5 to the variance, as some tools do, measures the constant when gradients are small.',
  citation: liu2020,
  where: 'definition of GSNR',
  degree: 0,
  compute: (quantities) => {
    const { sum, parameters } = quantities.requireVaryingParameters();
    const { rows: n } = quantities;
    // the sum is of 1/(N − 1) variances; the convention's variance is that times (N − 1)/N·scale
    const total = (sum * n) / ((n - 1) * quantities.scale);
    const value = total / parameters;
    const silent = quantities.parameters - parameters;
    return {
      value,
      substituted: [value, undefined, fraction('1', parameters), undefined, texNumber(total)],
      // a ratio in each parameter: no metric of the optimizer changes it
      convention: quantities.convention,
      note:
        silent > 0
          ? `${silent} parameter${silent === 1 ? '' : 's'} never var${silent === 1 ? 'ies' : 'y'}`
          : gsnrNote(quantities.uncertain, n),
    };
  },
});

/** Of the whole data set the mean is the signal, so nothing is left to chance. */
const gsnrNote = (uncertain: boolean, n: number): string =>
  uncertain ? `no signal would give ${plainNumber(1 / n, 2)}` : 'mean over the parameters';
