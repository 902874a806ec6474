import { metricsOf } from '../../metrics';
import { clippedLength, clippedShare, clippingCosine, rowLengths } from '../../metrics/clipped-gradients';
import { ifKnown } from '../../metrics/quantities';
import type { Quantities, Quantity } from '../../metrics/quantities';
import { percent } from '../../shared/numbers';
import type { Text } from '../../shared/report';
import type { SectionDefinition } from '../definition';
import { number, prose, quantity, strong, within } from '../phrases';

/** What clipping the gradient of each example does to their mean. */
export const clippingSection: SectionDefinition = {
  id: 'clipping',
  short: 'Clipping',
  title: 'Clipped gradients',
  folded: () => true,
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ plots }) => ({ kind: 'figures', figures: plots('clipping') }),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['When each gradient is clipped'],
      ...(quantities.settings.clip === undefined && { aside: ['to a length that the metadata name as "clip"'] }),
      metrics: metricsOf('clipping'),
    }),
    () => ({
      kind: 'theory',
      title: 'Bias, direction and privacy',
      paragraphs: [
        prose`**Clipping** multiplies the gradient of each example by $w_i=\min(1,C/\lVert g_i\rVert)$. The mean of what is left, $G_C=\mathbb E\,wg$, is another vector than $G$: shorter, and turned towards the examples that are not clipped. Averaging more examples takes noise away, but not this bias.`,
        prose`**Estimates.** Squared lengths and products of means contain noise, which is taken away as it is from $\lVert\bar g\rVert^2$; so the numbers are those of the data set, and not of the mean of these rows.`,
        prose`**Private training** adds noise of standard deviation $zC$ to the sum of a clipped batch. The distance of the result from the true gradient is, as a mean square,`,
        {
          formula: String.raw`E(C)=\lVert G-G_C\rVert^2+\frac{\operatorname{tr}\Sigma_C}B+\frac{d\,z^2C^2}{B^2}.`,
        },
        prose`A small $C$ has the bias, a large one the noise. A threshold chosen by looking at private data is part of what must be accounted for.`,
      ],
    }),
  ],
};

function finding(quantities: Quantities): Text {
  const clip = ifKnown(() => quantities.clip);
  const lengths = ifKnown(() => rowLengths(quantities));
  if (quantities.isProjected)
    return [strong('Clipping acts on the lengths of gradients'), ', which random sums of parameters do not have.'];
  if (lengths === undefined)
    return [strong('Clipping acts on the gradient of one example'), ', and these rows are means of several.'];
  if (clip === undefined) {
    const at = (share: number): number => lengths[Math.max(0, Math.ceil(share * lengths.length) - 1)] ?? 0;
    return [
      strong('No clipping length is set.'),
      ' Half of the gradients are at most ',
      number(at(0.5)),
      ' long, and 90 % at most ',
      number(at(0.9)),
      '.',
    ];
  }
  const share = clippedShare(quantities, clip).value;
  if (share === 0) return [strong('No gradient is clipped'), ': all are at most ', number(clip), ' long.'];
  const begin: Text = [strong(`${percent(share)} of the gradients are clipped`), ' to a length of ', number(clip)];
  const [length, cosine] = [clippedLength, clippingCosine].map((of) => resolved(ifKnown(() => of(quantities, clip))));
  if (length === undefined || cosine === undefined)
    return [...begin, '. What that does to their mean is not resolved.'];
  return [
    ...begin,
    '. Their mean keeps ',
    quantity(length),
    ' of its length',
    ...within(length),
    '. Its cosine with the unclipped mean is ',
    quantity(cosine),
    ...within(cosine),
    '.',
  ];
}

/** An interval that holds everything between none and all of the mean says nothing. */
const resolved = (share: Quantity | undefined): Quantity | undefined =>
  share?.interval !== undefined && share.interval.lower <= 0 && (share.interval.upper ?? Infinity) >= 1
    ? undefined
    : share;
