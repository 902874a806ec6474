import { tex } from '../../shared/notation';
import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** The background of the section; unfolds on request. */
export const temperatureTheory: ReportBlock = {
  kind: 'theory',
  title: 'Why linear, and when the square root',
  paragraphs: [
    prose`Between two readings of "keep the noise" lies the whole question. One step has the drift $\eta G$ and the noise $\eta^2\Sigma/B$; what changes with batch and learning rate is this covariance of the step, never $\Sigma$ itself, which depends on the parameters alone. An epoch is $N/B$ steps:`,
    {
      formula: String.raw`\text{drift per epoch}=\frac{N\eta}{B}G=N\,T\,G,\qquad\text{noise per epoch}=\frac{N\eta^2}{B^2}\Sigma=N\,T^2\,\Sigma,\qquad T=\frac{\eta}{B}.`,
    },
    prose`Both depend on the temperature alone. So when the batch grows by $\kappa$, a learning rate larger by $\kappa$ keeps both for every epoch, and the drift and diffusion per unit of time, too. The square root keeps the covariance of a single step, and with it of any fixed number of steps; but an epoch now has fewer of them, and its drift falls by $\kappa^{-1/2}$.`,
    prose`For Adam and other methods that divide by the size of the gradient the square root follows from their stochastic differential equations: the learning rate grows by $\sqrt\kappa$, each $\beta$ moves to $1-\kappa(1-\beta)$ and $\epsilon$ shrinks by $\sqrt\kappa$. With heavy-ball momentum $\mu$ the effective rate $\eta'=\eta\,\frac{1-\text{dampening}}{1-\mu}$ replaces $\eta$ in all that noise does over many steps: the diffusion, the excess loss and the Gibbs temperature. The rules stay as they are.`,
    prose`Linear scaling ends where the noise no longer covers the drift. If SGD stays within a factor $C$ of its equilibrium when both grow by $\kappa$, then`,
    { formula: String.raw`\kappa\le C^2+(C^2-1)\frac{N_\infty}{G_\infty},\qquad C=\sqrt2,` },
    prose`with the noise $N_\infty$ and squared gradient $G_\infty$ of a batch at equilibrium; their ratio is $${tex.noiseScale}/B$. The condition is necessary, not sufficient. It is proved for scale-invariant networks with weight decay; elsewhere it is a rule of thumb.`,
    prose`Four quantities share a name. **SGD temperature** is $\eta/B$, as here. The **Gibbs temperature** $\eta\sigma^2/2B$ belongs to the stationary density $e^{-L/\text{temperature}}$ of SGD with isotropic noise. **McCandlish’s temperature** is the learning rate over the largest useful one, $\varepsilon/\varepsilon_{\max}(B)$. The **softmax temperature** divides logits and has nothing to do with optimization. The first has the unit of parameters² over loss: compare it between runs of one loss only, and mind that a summed loss changes $\eta$ by the number of examples.`,
  ],
};
