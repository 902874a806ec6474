import { metricsOf } from '../../metrics';
import { companion } from '../../metrics/companions';
import { optimizerNoise } from '../../metrics/optimizer-noise';
import { ifBounded, ifKnown } from '../../metrics/quantities';
import type { Quantities } from '../../metrics/quantities';
import type { Text } from '../../shared/report';
import type { SectionDefinition } from '../definition';
import { emphasized, number, quantity, strong, within } from '../phrases';
import { optimizerTheory } from '../theory/optimizer';
import { companionOffer, lackingCompanion } from './fisher-hessian';

/** What noise is for an optimizer that does not measure steps by Euclidean length. */
export const optimizer: SectionDefinition = {
  id: 'optimizer',
  short: 'Optimizer',
  title: 'Noise in the metric of Adam',
  folded: () => true,
  lacking: ({ quantities }) => lackingCompanion(quantities, ['secondMoments']).lacking,
  blocks: [
    ({ quantities }) => ({ kind: 'finding', text: finding(quantities) }),
    ({ quantities }) => companionOffer(quantities, ['secondMoments']),
    ({ quantities }) => ({
      kind: 'cards',
      caption: ['With the second moments of the optimizer'],
      ...(ifKnown(() => companion(quantities, 'secondMoments')) === undefined && {
        aside: ['named in the metadata by "secondMoments"'],
      }),
      metrics: metricsOf('optimizer'),
    }),
    () => optimizerTheory,
  ],
};

function finding(quantities: Quantities): Text {
  const scale = ifKnown(() => ifBounded(() => optimizerNoise(quantities)));
  if (scale === undefined)
    return [
      strong('Adam and its relatives do not measure steps by Euclidean length.'),
      ' The second moments that they divide by say how much each parameter counts.',
    ];
  const euclidean = ifKnown(() => quantities.noiseScale);
  const other: Text =
    euclidean === undefined
      ? ['. The Euclidean one is not known.']
      : ['. The Euclidean one is ', quantity(euclidean), ...within(euclidean), '.'];
  return [
    'In the metric of Adam the noise scale is ',
    ...('lower' in scale
      ? emphasized(number(scale.lower, 2), '', 'at least ')
      : [...emphasized(quantity(scale)), ...within(scale)]),
    ...other,
  ];
}
