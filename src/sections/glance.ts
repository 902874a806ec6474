import type { SectionDefinition } from './definition';

export const glance: SectionDefinition = {
  id: 'glance',
  short: 'At a glance',
  title: 'Gradient noise at a glance',
  blocks: [
    () => ({
      kind: 'cards',
      caption: ['Measured from the dump'],
      metrics: ['covariance-trace', 'simple-noise-scale', 'sgd-temperature'],
    }),
  ],
};
