import { fraction, tex } from '../../shared/notation';
import type { ReportBlock } from '../../shared/report';
import { intervalCoverage } from '../../theory/interval-coverage';
import { prose } from '../phrases';

/** Rows of the table of `intervalCoverage`, and a share of the largest row in each of its columns. */
const ROWS = [
  [8, '8-15'],
  [16, '16-31'],
  [32, '32-63'],
  [64, '64-127'],
  [128, '128-255'],
  [256, String.raw`\ge256`],
] as const;
const SHARES = [0.05, 0.2, 0.4, 0.7];

const coverageTable = (): string => {
  const told = (share: number | undefined): string => (share === undefined ? '-' : share.toFixed(2));
  const lines = ROWS.map(([rows, name]) => {
    const averages = SHARES.map((share) => told(intervalCoverage(rows, share)?.average));
    return [name, ...averages, told(intervalCoverage(rows, 0)?.worst)].join('&');
  });
  const head = String.raw`n&W<10\%&10\text{–}25\%&25\text{–}50\%&W>50\%&\text{hardest}\\\hline `;
  return String.raw`\begin{array}{r|cccc|c}${head}${lines.join(String.raw`\\`)}\end{array}`;
};

/** The background of the section; unfolds on request. */
export const glanceTheory: ReportBlock = {
  kind: 'theory',
  title: 'What is being measured',
  paragraphs: [
    prose`Every example has a gradient of its own, $g_i$. Their average over the data set is the true gradient $G$; how they scatter around it is the covariance`,
    {
      formula: String.raw`\Sigma=\mathbb E\bigl[(g-G)(g-G)^\top\bigr],\qquad \mathbb E\lVert g-G\rVert^2=${tex.trace}.`,
    },
    prose`A diagonal entry is the variance of one coordinate of the gradient, not of the parameter itself. The root of the trace is the root-mean-square distance of a gradient from the true one; the mean distance is at most as large. Two sets of gradients with the same mean may scatter very differently: if their gradients lie twice as far out, the covariance is four times as large.`,
    prose`Whether the rows are the whole data set or a sample of it decides how the numbers are made. The whole data set has an exact covariance with divisor $1/n$, and nothing to estimate. A sample of $n$ rows understates the scatter, so it is divided by $n-1$, and its mean is longer than the true gradient on average, because noise is left in it:`,
    {
      formula: String.raw`${tex.trace}\approx\frac{N-1}{N}\cdot\frac{1}{n-1}\sum_i\lVert g_i-\bar g\rVert^2,\qquad ${tex.signal}\approx${tex.meanSquaredNorm}-\Bigl(1-\frac nN\Bigr)\frac{${tex.unbiasedTrace}}{n}.`,
    },
    prose`With $n=N$ nothing is corrected: one formula serves both. The noise scale compares the two numbers. It is found by dividing the estimates, never by averaging ratios, and when the mean gradient cannot be distinguished from zero, only a lower bound is honest.`,
    { formula: String.raw`${tex.noiseScale}=${fraction(tex.trace, tex.signal)}` },
    prose`Intervals are made from two numbers of each row, its squared distance from the mean and its product with the mean; nothing is drawn at random. That of the trace is Student’s $t$ with the skewness of these numbers taken out (Hall 1992) and as many degrees of freedom as their kurtosis leaves (Satterthwaite 1946). Those of $${tex.signal}$ and $${tex.noiseScale}$ hold all values that a test does not reject, with the variance that each value would mean (Fieller 1954, Rao 1948), the same skewness taken out. Where 0 is among the values of $${tex.signal}$ the noise scale has no upper end. The largest eigenvalue is corrected for what noise in all other directions adds to it (Bai and Ding 2012), and has Hall’s interval.`,
    prose`No interval of a mean covers for every distribution (Bahadur and Savage 1956), and no number of one dump says how its own intervals do: rows of heavy-tailed noise that look clean are the ones whose intervals fail. What can be said is how often nominal 95 % intervals of the trace covered the truth over gradients of twelve networks, by the number of rows and the share $W$ of the noise that the largest row has, on average and for the hardest network:`,
    { formula: coverageTable() },
    prose`Those of the noise scale covered 94 % or more, because they have no upper end where that is not known. Lower ends held in at least 95 of 100 samples of every one of these networks; what fails is the upper end. The networks were small, so take the figures as a rough guide.`,
  ],
};
