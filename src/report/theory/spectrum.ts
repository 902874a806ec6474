import { fraction, tex } from '../../shared/notation';
import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** The background of the section; unfolds on request. */
export const spectrumTheory: ReportBlock = {
  kind: 'theory',
  title: 'What eigenvalues say, and what they cannot',
  paragraphs: [
    prose`The first eigenvector is the direction of largest variance, $u_1=\arg\max_{\lVert u\rVert=1}u^\top\Sigma u$; the second is the largest among the directions perpendicular to it, and so on. Only the first is noisier than all others, and where eigenvalues coincide even that one is a free choice: any rotation within their space would do. They are not drawn then.`,
    prose`The eigenvalues always add up to the same total as the variances of the single parameters:`,
    {
      formula: String.raw`${tex.trace}=\sum_j\Sigma_{jj}=\sum_k\lambda_k,\qquad ${tex.frobenius}^2=\sum_{ij}\Sigma_{ij}^2=\sum_k\lambda_k^2.`,
    },
    prose`So covariances between different parameters add nothing to the total noise. They decide how that total is spread over directions: the sum of squares grows with them, the trace does not. The trace is therefore enough for how much noise there is, but not for where: what it does to the loss needs the curvature, the worst direction needs $${tex.spectralNorm}$, and the number of directions needs an effective rank. Three are in use, always in this order:`,
    {
      formula: String.raw`1\le\frac{${tex.trace}}{\lambda_1}\le\frac{(${tex.trace})^2}{\operatorname{tr}\Sigma^2}\le e^{-\sum_kp_k\ln p_k}\le\operatorname{rank}\Sigma\le\min(n-1,d),\qquad p_k=\frac{\lambda_k}{${tex.trace}}.`,
    },
    prose`A sample bends the spectrum. Pure noise, equally strong in all of $d$ directions, seen through $n$ rows has eigenvalues spread over the Marchenko–Pastur range, and an apparent participation ratio of about $${fraction('nd', 'n+d')}$. With far more parameters than rows, "hundreds of directions" may only mean hundreds of rows. The debiased participation ratio replaces $(\operatorname{tr}S)^2$ and $\operatorname{tr}S^2$ by estimates that are right on average whatever the distribution, also for rows drawn without replacement from a data set of known size. Their ratio is not: where a few examples are far longer than the rest, it stays too large.`,
    prose`The matrix with an entry for every pair of parameters is never formed. The far smaller $K=\frac1nXX^\top$ of products between centered gradients has the same eigenvalues other than 0, and the same trace and Frobenius norm.`,
  ],
};
