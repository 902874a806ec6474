import type { ReportBlock } from '../../shared/report';
import { prose } from '../phrases';

/** How a noise scale depends on how the optimizer measures lengths. */
export const optimizerTheory: ReportBlock = {
  kind: 'theory',
  title: 'Noise scale and metric',
  paragraphs: [
    prose`**SGD** steps along the gradient, and its noise scale compares squared Euclidean lengths: every parameter counts alike. **Adam** divides the gradient of each parameter by $\sqrt{v_j}$, the root of its average square, and so steps downhill in the metric in which parameter $j$ has the weight $\sqrt{v_j}$. The gain of a step and its noise are then measured with the inverse, $p_j=1/\sqrt{v_j}$:`,
    { formula: String.raw`\mathcal B_P=\frac{\sum_jp_j\sigma_j^2}{\sum_jp_jG_j^2}.` },
    prose`It is the argument of McCandlish et al. with this metric in the place of the Hessian. With all $v_j$ alike it is the simple noise scale, and a factor that all of them share cancels.`,
    prose`**Of a sample** both sums lose what noise adds to them, as the Euclidean ones do: $G_j^2$ is estimated by $\bar g_j^2$ less the variance left in the mean, summed over all parameters before anything is divided. The interval is that of the simple noise scale, with weighted products of the rows.`,
  ],
};
