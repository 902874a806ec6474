import { tex } from '../../shared/notation';
import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** What the three matrices are, when they agree, and what follows from curvature. */
export const fisherHessianTheory: ReportBlock = {
  kind: 'theory',
  title: 'Three matrices that are easily confused',
  paragraphs: [
    prose`**The Fisher matrix** belongs to a model that gives probabilities. Its labels are drawn from the model itself, only the inputs come from the data:`,
    {
      formula: String.raw`F=\mathbb E_x\,\mathbb E_{y\sim p_\theta(\cdot|x)}\bigl[\nabla\log p_\theta(y|x)\,\nabla\log p_\theta(y|x)^\top\bigr].`,
    },
    prose`For every input the score has mean 0 under the model, so $F$ is a covariance, but not the one of this dump. A second dump, with labels sampled from the model’s predictions, shows it.`,
    prose`**The empirical Fisher matrix** keeps the labels of the data. It is the second moment of the rows, and differs from their covariance by the mean:`,
    {
      formula: String.raw`M=\frac1N\sum_ig_ig_i^\top=\Sigma+GG^\top,\qquad\lambda_1(\Sigma)\le\lambda_1(M)\le\lambda_1(\Sigma)+${tex.signal}.`,
    },
    prose`So the two agree where the gradient vanishes. Neither is $F$ unless the labels of the data are distributed as the model says. Where a network fits every example, both go to 0; $F$ stays for squared error and goes to 0 more slowly for cross-entropy.`,
    prose`**The Hessian** of the mean loss is the Gauss–Newton matrix and a term with the second derivatives of the network. For losses of the exponential family (cross-entropy of a softmax, squared error) the Gauss–Newton matrix is the Fisher matrix; if the outputs are linear in the parameters as well, $H=F$ at every point and for any labels. A Hessian may have negative eigenvalues, the other matrices never.`,
    prose`All agree, $\Sigma=M=F=H$, for a model that is right, at its optimum, with very many examples. Squared error with a variance other than 1 already leaves a factor: $\Sigma=\sigma^2H$. In networks noise and curvature share their leading directions more than their size.`,
    prose`**The best step.** On the quadratic through this point a step $\varepsilon$ along the gradient of a batch changes the expected loss by`,
    {
      formula: String.raw`-\varepsilon${tex.signal}+\frac{\varepsilon^2}2\Bigl(G^\top HG+\frac{\operatorname{tr}(H\Sigma)}B\Bigr),`,
    },
    prose`which is best, and gains`,
    {
      formula: String.raw`\varepsilon=\frac{\varepsilon_{\max}}{1+\mathcal B_{\text{noise}}/B},\qquad\Delta L=\frac{\Delta L_{\max}}{1+\mathcal B_{\text{noise}}/B},\qquad\Delta L_{\max}=\frac{\lVert G\rVert^4}{2\,G^\top HG}.`,
    },
    prose`With equal curvature in all directions $\mathcal B_{\text{noise}}$ is $${tex.noiseScale}$. Their ratio says whether noise or signal lies in the sharper directions.`,
    prose`**The gap between training and test.** At the minimum of a mean negative log-likelihood the loss on new data is larger by about $\operatorname{tr}(H^{-1}\Sigma)/N$; with $\Sigma=H$ that is the number of parameters divided by the number of examples. It needs a Hessian without flat directions in which there is noise, and a point so near the minimum that a Newton step would gain less than the gap.`,
    prose`**Which minimum SGD prefers** has a closed form only for isotropic noise, $\Sigma=\sigma^2I$: then its stationary density is $e^{-L/n}$ with $n=\eta\sigma^2/2B$, and the odds of minimum $a$ against $b$ are`,
    {
      formula: String.raw`\sqrt{\frac{\det H_b}{\det H_a}}\;\exp\frac{L_b-L_a}{n}.`,
    },
    prose`A flatter minimum with a higher loss wins once $n$ exceeds $(L_a-L_b)\big/\ln\sqrt{\det H_b/\det H_a}$. Fewer rows than parameters cannot show isotropy: their covariance has at most as many directions as rows. But a spectrum that rises above what isotropic noise would show refutes it.`,
  ],
};
