import { yaida2018 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import { defineMetric } from '../definition';
import { affine, ifKnown } from '../quantities';

export const stationaryExcessLoss = defineMetric({
  id: 'stationary-excess-loss',
  cards: 'over time',
  name: 'Excess loss',
  symbol: String.raw`\mathbb E L-L^*`,
  unit: 'loss',
  formula: [
    { symbol: String.raw`\mathbb E L-L^*`, word: 'excess loss' },
    { symbol: String.raw`\approx` },
    { symbol: fraction(String.raw`\eta'`, '4B'), word: 'effective temperature / 4' },
    { symbol: String.raw`\cdot` },
    { symbol: tex.trace, word: 'noise' },
  ],
  meaning:
    'How far above its minimum noise alone would hold the loss, at this learning rate and batch size: what a lower temperature could still gain. It needs no curvature. With momentum μ the effective rate η′ = η(1 − dampening)/(1 − μ) replaces η.',
  misleads:
    'Only near a minimum, where the loss is a bowl and SGD has settled. It is left out where batches are mostly signal; elsewhere it does not prove that training has settled.',
  elsewhere: 'The form with the trace of the Hessian instead of that of the covariance assumes that the two agree.',
  citation: yaida2018,
  where: 'the first fluctuation-dissipation relation, on a quadratic loss',
  degree: 2,
  compute: (quantities) => {
    const { effectiveRate, batchSize } = quantities;
    const ratio = ifKnown(() => quantities.noiseToSignal(batchSize));
    // where that is not resolved SGD may have settled
    const most = ratio && (quantities.uncertain ? ratio.interval?.upper : ratio.value);
    if (ratio !== undefined && most !== undefined && most < 1)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `The noise of a batch is only ${plainNumber(ratio.value, 2)} times its signal, so SGD is still descending`,
        remedy: 'It has a meaning near a minimum only.',
      });
    const { value, interval } = affine(quantities.trace, effectiveRate / (4 * batchSize));
    return {
      value,
      ...(interval && { interval }),
      substituted: [
        value,
        undefined,
        fraction(texNumber(effectiveRate), String.raw`4\cdot${batchSize}`),
        undefined,
        quantities.trace.value,
      ],
      note: 'if SGD has settled',
    };
  },
});
