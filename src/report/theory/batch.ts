import { fraction, tex } from '../../shared/notation';
import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** The background of the section; unfolds on request. */
export const batchTheory: ReportBlock = {
  kind: 'theory',
  title: 'Where the formulas come from',
  paragraphs: [
    prose`A step multiplies the gradient by the learning rate, so its mean is multiplied by $\eta$, and everything of second order by $\eta^2$, the expected squared length as well as the covariance:`,
    {
      formula: String.raw`\mathbb E[\eta g]=\eta G,\qquad \mathbb E\lVert\eta g\rVert^2=\eta^2\bigl(${tex.signal}+${tex.trace}\bigr),\qquad \operatorname{Cov}(\eta g)=\eta^2\Sigma.`,
    },
    prose`Whether a step is mostly noise does not depend on the learning rate: it cancels. A learning rate below 1 does not make a step less noisy than the gradient either, for the two have different units.`,
    prose`Averaging $B$ examples divides the covariance by $B$. Drawing them without replacement takes away a further factor, which belongs to a covariance with divisor $1/N$:`,
    {
      formula: String.raw`\operatorname{Cov}(\bar g_B)=\frac{N-B}{N-1}\cdot\frac{\Sigma}{B},\qquad ${tex.batchSquaredNorm}=${tex.signal}+\frac{N-B}{N-1}\cdot${fraction(tex.trace, 'B')}.`,
    },
    prose`This is an identity between squared norms, and why larger batches have shorter gradients on average: the variance falls. That the norm of a sum is at most the sum of the norms says nothing about 64 examples against 16, and is an equality for gradients that all point the same way.`,
    prose`Data loaders shuffle once per epoch and then draw no example twice until it ends. After $j$ batches at fixed parameters the accumulated noise has the trace`,
    { formula: String.raw`j\cdot${fraction(tex.trace, 'B')}\cdot\frac{N-jB}{N-1},` },
    prose`which rises and then falls back to exactly 0 at the end of the epoch, because all examples together are the data set. Statements about temperature use independent batches, whose noise would simply add up.`,
    prose`Noise and signal can be had without gradients of single examples, from the squared norms of batch gradients of two sizes $b<B$:`,
    {
      formula: String.raw`${tex.signal}\approx\frac{B\lVert\bar g_B\rVert^2-b\lVert\bar g_b\rVert^2}{B-b},\qquad ${tex.trace}\approx\frac{\lVert\bar g_b\rVert^2-\lVert\bar g_B\rVert^2}{1/b-1/B}.`,
    },
    prose`With $b=1$ averaged over all rows and $B=n$ these are the estimates of this page. A single pair of batches scatters widely, so both are averaged over many steps, each by itself, before one is divided by the other.`,
    prose`One ratio has many names. With $\rho=${tex.trace}/${tex.signal}$, the noise-to-signal ratio of a batch, its normalized error and the square of the norm test are $\rho/B$; gradient diversity is $(1+\rho)/n$ and coherence $1/(1+\rho)$. The squares of the inner-product and the orthogonality test add up to that of the norm test: noise along the mean and noise across it.`,
  ],
};
