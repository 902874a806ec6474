import { written } from '../shared/numbers';
import type { Label } from '../shared/plot';

/** Symbols of the field as a canvas writes them. */
export const symbols = {
  signal: [
    ['r', '∥'],
    ['i', 'G'],
    ['r', '∥'],
    ['^', '2'],
  ],
  batchSquaredNorm: [
    ['a', 'E'],
    ['r', ' ∥'],
    ['b', 'g'],
    ['_', 'B'],
    ['r', '∥'],
    ['^', '2'],
  ],
  noiseScale: [
    ['i', 'B'],
    ['_', 'simple'],
  ],
  batchSize: [['i', 'B']],
  learningRate: [['i', 'η']],
  trace: [
    ['r', 'tr '],
    ['r', 'Σ'],
  ],
} as const satisfies Record<string, Label>;

/** A number with its power of ten set as a superscript. */
export function numberLabel(value: number, digits = 3): Label {
  const { text, exponent } = written(value, digits);
  if (exponent === undefined) return [['t', text]];
  return [
    ['t', `${text}×10`],
    ['^', String(exponent).replace('-', '−')],
  ];
}
