import { horn2012 } from '../../shared/citations';
import { byteCount } from '../../shared/numbers';
import { defineMetric } from '../definition';

const BYTES_PER_ENTRY = 4;

export const covarianceMemory = defineMetric({
  id: 'covariance-memory',
  cards: 'spectrum',
  name: 'Memory of Σ',
  symbol: 'd^2',
  unit: 'bytes',
  formula: [
    { symbol: String.raw`\text{memory}`, word: 'bytes' },
    { symbol: '=' },
    { symbol: String.raw`d^2\cdot4`, word: '4 bytes per entry' },
  ],
  meaning:
    'What the whole covariance matrix would take in single precision. It is never formed: the far smaller matrix of products between examples has the same spectrum.',
  misleads: 'Storing one triangle only would halve it; double precision doubles it.',
  citation: horn2012,
  where: 'thm. 1.3.22, why both matrices share their spectrum',
  degree: 0,
  compute: (quantities) => {
    const { summary, rows: n } = quantities;
    const parameters = summary.dump.metadata.projected?.from ?? quantities.parameters;
    const value = parameters ** 2 * BYTES_PER_ENTRY;
    return {
      value,
      substituted: [value, undefined, String.raw`${parameters}^2\cdot4`],
      sampling: 'none',
      note: `products of rows: ${byteCount(8 * n ** 2)}`,
    };
  },
});
