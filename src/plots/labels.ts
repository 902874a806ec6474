import { written, writtenInterval } from '../shared/numbers';
import type { WrittenNumber } from '../shared/numbers';
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
export const numberLabel = (value: number, digits = 3): Label => labelOf(written(value, digits));

/** Both ends of an interval, with one power of ten. */
export const intervalLabel = (lower: number, upper: number): Label => labelOf(writtenInterval(lower, upper));

function labelOf({ text, exponent }: WrittenNumber): Label {
  if (exponent === undefined) return [['t', text]];
  return [
    ['t', `${text}×10`],
    ['^', String(exponent).replace('-', '−')],
  ];
}
