import { fraction, tex } from '../shared/notation';
import type { Block } from '../shared/report';
import { math } from './phrases';

/** What stands behind the section; unfolds on request. */
export const glanceTheory: Block = {
  kind: 'theory',
  title: 'What is being measured',
  paragraphs: [
    [
      'Every example has a gradient of its own, ',
      math('g_i'),
      '. Their average over the data set is the true gradient ',
      math('G'),
      '; how they scatter around it is the covariance',
    ],
    {
      formula: String.raw`\Sigma=\mathbb E\bigl[(g-G)(g-G)^\top\bigr],\qquad \mathbb E\lVert g-G\rVert^2=${tex.trace}.`,
    },
    [
      'A diagonal entry is the variance of one coordinate of the gradient, not of the parameter itself. The root of the trace is the root-mean-square distance of a gradient from the true one; the mean distance is smaller. Two sets of gradients with the same mean may scatter very differently: of two that agree in ',
      math('G'),
      ', one whose gradients lie twice as far out has four times the covariance.',
    ],
    [
      'Whether the rows are the whole data set or a sample of it decides how the numbers are made. The whole data set has an exact covariance with divisor ',
      math('1/n'),
      ', and nothing to estimate. A sample of ',
      math('n'),
      ' rows understates the scatter, so it is divided by ',
      math('n-1'),
      ', and its mean is longer than the true gradient, because noise is left in it:',
    ],
    {
      formula: String.raw`${tex.trace}\approx\frac{N-1}{N}\cdot\frac{1}{n-1}\sum_i\lVert g_i-\bar g\rVert^2,\qquad ${tex.signal}\approx${tex.meanSquaredNorm}-\Bigl(1-\frac nN\Bigr)\frac{${tex.unbiasedTrace}}{n}.`,
    },
    [
      'With ',
      math('n=N'),
      ' nothing is corrected: one formula serves both. The noise scale compares the two numbers. It is found by dividing the estimates, never by averaging ratios, and when the mean gradient cannot be distinguished from zero, only a lower bound is honest.',
    ],
    { formula: String.raw`${tex.noiseScale}=${fraction(tex.trace, tex.signal)}` },
  ],
};
