import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** How SGD becomes a stochastic differential equation, step by step, and what is lost on the way. */
export const sdeTheory: ReportBlock = {
  kind: 'theory',
  title: 'From SGD to the SDE, step by step',
  paragraphs: [
    prose`**One step.** A step of SGD is a step along the true gradient and an error: $\theta_{k+1}-\theta_k=-\eta G+\eta(G-\bar g_B)$. The error has mean 0, and its covariance is not $\Sigma$ but`,
    { formula: String.raw`\operatorname{Cov}\bigl[\eta(G-\bar g_B)\bigr]=\eta^2\,\frac{\Sigma}{B}.` },
    prose`**Many steps.** Call $t=\eta k$ the time of training. In $m$ steps, a time $\Delta t=m\eta$ goes by. If $G$ and $\Sigma$ hardly change meanwhile and batches are independent, the steps add up to a drift $-G\,\Delta t$ and a noise of covariance`,
    { formula: String.raw`m\,\eta^2\,\frac\Sigma B=\Delta t\cdot\frac\eta B\,\Sigma.` },
    prose`**Gaussian noise.** By the central limit theorem the sum of many such errors is nearly normal. (The law of large numbers would only say that their mean vanishes.)`,
    prose`**The equation.** A normal increment with mean $-G\,\Delta t$ and covariance $\Delta t\,\tfrac\eta B\Sigma$ is one step of the Euler–Maruyama scheme for the Itô equation`,
    {
      formula: String.raw`d\theta_t=-\nabla L(\theta_t)\,dt+\Bigl(\frac\eta B\,\Sigma(\theta_t)\Bigr)^{1/2}dW_t,`,
    },
    prose`with a standard Wiener process $W$ in as many dimensions as there are parameters, and the symmetric positive semi-definite root of the matrix. Any other factor with the same square gives the same law.`,
    prose`**What kind of limit.** The learning rate is the step of time and also stands in the noise. Letting it go to 0 with $\Sigma$ fixed takes the noise away and leaves gradient flow. What holds is this: for small $\eta$, averages over SGD and over the equation that carries the same $\eta$ differ by an amount of the order of $\eta$ over a fixed time. To come closer by one order the drift must be that of $L+\tfrac\eta4\lVert\nabla L\rVert^2$.`,
    prose`**Linear, in which sense.** Noise per unit of time is $\tfrac\eta B\Sigma$, linear in the learning rate; noise per step is $\tfrac{\eta^2}B\Sigma$, quadratic. The equation knows $\eta$ and $B$ only by their ratio, the temperature: as far as it describes SGD, scaling both alike changes nothing. That is the linear scaling rule.`,
    prose`**With momentum** a gradient moves the parameters by $\eta$ at first and by $\eta(1+\mu+\mu^2+\dots)$ in all. Seen over many times $1/(1-\mu)$ steps, the equation is the same with $\eta'=\eta/(1-\mu)$ in the place of $\eta$ and $t=\eta'k$; where a share of each gradient is dampened, $\eta'$ loses that share.`,
    prose`**Adam** divides by $\sqrt v$. While $v$ hardly changes, its equation is, with $P=\operatorname{diag}(1/\sqrt v)$ and averages of gradients left out,`,
    {
      formula: String.raw`d\theta_t=-P\,\nabla L(\theta_t)\,dt+\Bigl(\frac\eta B\,P\,\Sigma(\theta_t)\,P\Bigr)^{1/2}dW_t.`,
    },
    prose`Where noise dominates, $v$ is about the diagonal of $\Sigma/B$, so $P$ grows with $\sqrt B$. A step then has a drift in proportion to $\eta\sqrt B$ and a noise in proportion to $\eta^2$, whatever $B$: a batch of $\kappa B$ with $\sqrt\kappa\,\eta$ does in one step what $\kappa$ steps did. That is the square-root scaling rule.`,
    prose`**A quadratic shows all of it.** For $L=\tfrac12\theta^\top H\theta$ with noise that does not depend on $\theta$, both processes settle at a normal-like cloud whose covariance $V$ solves a linear equation:`,
    {
      formula: String.raw`\text{SDE: }\;HV+VH=\frac\eta B\Sigma,\qquad\text{SGD: }\;V=(I-\eta H)V(I-\eta H)+\frac{\eta^2}B\Sigma.`,
    },
    prose`The first gives an excess loss of $\tfrac{\eta}{4B}\operatorname{tr}\Sigma$ whatever the curvature. The second gives $\tfrac\eta4\,\mathbb E\lVert\bar g_B\rVert^2$, which is larger by a factor $1/(1-\eta h/2)$ in a direction of curvature $h$, and has no positive semi-definite solution from $\eta h=2$ on. Where $H=hI$, SGD settles at`,
    {
      formula: String.raw`\frac{\operatorname{tr}\Sigma/B}{\mathbb E\lVert G\rVert^2}=\frac{2-\eta h}{\eta h},`,
    },
    prose`a ratio that shows how coarse the steps are without any knowledge of the noise. Linear scaling by $\kappa$ stays stable exactly while $\kappa$ is below 1 plus that ratio.`,
    prose`**SVAG** walks from SGD to the SDE without small learning rates: a step of $\eta/l$ with two batches, weighted by`,
    {
      formula: String.raw`\tfrac12\bigl(1\pm\sqrt{2l-1}\bigr),`,
    },
    prose`keeps the mean, multiplies the covariance by $l$, and so has the same drift and noise per unit of time in $l$ times finer steps. With $l=1$ it is SGD; when results change with $l$, the SDE does not describe SGD. Its noise is no more Gaussian than that of SGD, and still it converges: what matters is the step, not the shape of the noise.`,
    prose`**When noise no longer covers the drift.** Let $G_\infty$ and $N_\infty$ be the mean squared gradient and the mean trace of a batch’s noise where training has settled. If SGD and the SDE agree within a factor $C$ there, in squared norm, squared gradient and noise alike, then`,
    { formula: String.raw`G_\infty\le(C^2-1)\,N_\infty.` },
    prose`With $C=\sqrt2$ this reads: a batch has at least as much noise as signal, or $B$ is at most the noise scale. It was proved for scale-invariant networks with weight decay, holds for averages over the settled state, and is necessary only.`,
  ],
};
