import { chatterjee2020 } from '../../shared/citations';
import { fraction, tex } from '../../shared/notation';
import { percent, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { Interval } from '../../shared/report';
import * as agreement from '../../theory/agreement';
import { defineMetric } from '../definition';

export const coherence = defineMetric({
  id: 'coherence',
  cards: 'agreement',
  name: 'Coherence',
  symbol: String.raw`\alpha`,
  unit: '',
  formula: [
    { symbol: String.raw`\alpha`, word: 'coherence' },
    { symbol: '=' },
    { symbol: fraction(tex.signal, String.raw`\mathbb E\lVert g\rVert^2`), word: 'signal over all' },
  ],
  meaning:
    'The share of one example’s squared gradient that all examples have in common: 1 when all gradients agree, near 0 when each pulls its own way. It is one over one plus the noise scale.',
  misleads:
    'A small coherence does not mean that nothing is learned: in many dimensions even gradients that help one another are nearly perpendicular.',
  elsewhere:
    'Estimated from independent examples without taking out their noise, it is on average at least 1 divided by their number.',
  citation: chatterjee2020,
  where: 'the argument that common gradient directions add up',
  degree: 0,
  compute: (quantities) => {
    const signal = quantities.signal.value;
    const trace = quantities.trace.value;
    if (!(signal + trace > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found: 'Every gradient is exactly 0',
        remedy: 'Dump gradients that are not all 0.',
      });
    const value = agreement.coherence(signal, trace);
    const interval = ends(quantities.noiseScaleInterval);
    return {
      value,
      ...(interval && { interval }),
      substituted: [value, undefined, fraction(texNumber(signal), texNumber(signal + trace))],
      note: value > 0 ? `${percent(value)} is common to all` : 'nothing is common to all',
    };
  },
});

/** 1/(1 + ρ) falls as ρ grows, so the ends change places; an open upper end of ρ leads to 0. */
const ends = (scale: Interval | undefined): Interval | undefined =>
  scale && {
    ...scale,
    lower: scale.upper === undefined ? 0 : 1 / (1 + scale.upper),
    upper: 1 / (1 + scale.lower),
  };
