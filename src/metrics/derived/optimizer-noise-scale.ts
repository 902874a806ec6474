import { mccandlish2018 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { counted, percent, plainNumber, texNumber } from '../../shared/numbers';
import { defineMetric } from '../definition';
import { optimizerNoise } from '../optimizer-noise';
import { ifKnown } from '../quantities';

export const optimizerNoiseScale = defineMetric({
  id: 'optimizer-noise-scale',
  cards: 'optimizer',
  name: 'Noise scale of the optimizer',
  symbol: String.raw`\mathcal B_P`,
  unit: 'examples',
  formula: [
    { symbol: String.raw`\mathcal B_P`, word: 'noise scale' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\sum_jp_j\sigma_j^2`, String.raw`\sum_jp_jG_j^2`),
      word: 'noise over signal, each parameter weighed by 1/√v',
    },
  ],
  meaning:
    'The batch size at which the noise of a batch gradient is as large as its signal, with lengths as Adam measures them: it divides the gradient of each parameter by the root of v, its average square, so parameters of small gradients count for more.',
  misleads:
    'It takes v as given and looks at one step: averages of gradients over steps, and how v changes with the batch size, are left out. Parameters with v = 0 are left out as well.',
  elsewhere:
    'Other tools show the Euclidean noise scale for every optimizer. A common factor of all v cancels, so the correction for their start and the scale of the gradients do not matter, nor does ε where it is far below the root of v.',
  citation: mccandlish2018,
  where: '§2.2, with the weights in place of the Hessian',
  degree: 0,
  compute: (quantities) => {
    const { value, interval, noise, signal, leftOut } = optimizerNoise(quantities);
    const euclidean = ifKnown(() => quantities.noiseScale.value);
    const notes = [
      ...(euclidean === undefined ? [] : [`the Euclidean one is ${plainNumber(euclidean)}`]),
      ...(leftOut.parameters === 0
        ? []
        : [
            `${counted(leftOut.parameters, 'parameter')} with v = 0 left out, with ${percent(leftOut.share)} of the noise`,
          ]),
    ];
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(texNumber(noise), texNumber(signal))],
      ...(notes.length > 0 && { note: notes.join('; ') }),
      convention: `${quantities.convention}; in the metric of the optimizer`,
    };
  },
});
