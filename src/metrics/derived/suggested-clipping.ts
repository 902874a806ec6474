import { wei2025 } from '../../shared/citations';
import { plainNumber } from '../../shared/numbers';
import { suggestedClipping as suggested } from '../clipped-gradients';
import { defineMetric } from '../definition';

export const suggestedClipping = defineMetric({
  id: 'suggested-clipping',
  cards: 'clipping',
  name: 'Suggested clipping',
  symbol: String.raw`C^*`,
  unit: 'gradient',
  formula: [
    { symbol: 'C^*', word: 'suggested' },
    { symbol: '=' },
    { symbol: String.raw`\operatorname*{arg\,min}_CE(C)`, word: 'of the least error' },
  ],
  meaning:
    'The clipping length at which the gradient of a private batch has the least expected squared error on these rows.',
  misleads:
    'The error hardly changes near its minimum, so neighboring lengths serve as well. Choosing it from private data costs privacy itself: use public data of the same kind, or account for it.',
  elsewhere: 'Rules of thumb take the median length of the gradients.',
  citation: wei2025,
  where: 'DC-SGD-E, with the bias of the mean',
  degree: 1,
  compute: (quantities) => {
    const { value, error } = suggested(quantities);
    return { value, substituted: [value, undefined, undefined], note: `with an error of ${plainNumber(error)}` };
  },
});
