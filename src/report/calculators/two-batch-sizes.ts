import { fraction, tex } from '../../shared/notation';
import { texNumber } from '../../shared/numbers';
import { fromTwoBatchSizes } from '../../theory/two-batch-sizes';
import type { Calculator, Values } from './calculator';
import { math, number, strong, term } from '../phrases';

/** The noise scale from squared norms that a training loop prints anyway. */
export const twoBatchSizes: Calculator = {
  title: 'From the squared norms of two batch sizes',
  intro: [
    'A training loop that logs ',
    math(String.raw`\lVert\bar g_b\rVert^2`),
    ' of a small and ',
    math(String.raw`\lVert\bar g_B\rVert^2`),
    ' of a large batch needs no gradients of single examples. To begin with, the fields hold those of this dump: single rows, and all of them together, as a sample of an endless data set.',
  ],
  fields: [
    { name: 'smallSize', symbol: 'b', label: 'The smaller batch size', allowed: 'positive whole' },
    {
      name: 'smallNorm',
      symbol: String.raw`\lVert\bar g_b\rVert^2`,
      label: 'The squared norm of the smaller batch',
      allowed: 'not negative',
    },
    { name: 'largeSize', symbol: 'B', label: 'The larger batch size', allowed: 'positive whole' },
    {
      name: 'largeNorm',
      symbol: String.raw`\lVert\bar g_B\rVert^2`,
      label: 'The squared norm of the larger batch',
      allowed: 'not negative',
    },
  ],
  answer: ({ smallSize: b = NaN, smallNorm = NaN, largeSize: B = NaN, largeNorm = NaN }: Values) => {
    if (b >= B)
      return {
        formulas: [],
        text: [
          strong('The two sizes must differ'),
          `: ${b} is not smaller than ${B}, and one size alone says nothing.`,
        ],
      };
    const { signal, trace } = fromTwoBatchSizes(
      { size: b, squaredNorm: smallNorm },
      { size: B, squaredNorm: largeNorm },
    );
    const [small, large] = [smallNorm, largeNorm].map((norm) => texNumber(norm, 4));
    const formulas = [
      [
        term(tex.signal, texNumber(signal), 'signal'),
        term('='),
        term(
          String.raw`\frac{B\lVert\bar g_B\rVert^2-b\lVert\bar g_b\rVert^2}{B-b}`,
          fraction(String.raw`${B}\cdot${large}-${b}\cdot${small}`, `${B}-${b}`),
        ),
      ],
      [
        term(tex.trace, texNumber(trace), 'noise of one example'),
        term('='),
        term(
          String.raw`\frac{\lVert\bar g_b\rVert^2-\lVert\bar g_B\rVert^2}{1/b-1/B}`,
          fraction(`${small}-${large}`, `1/${b}-1/${B}`),
        ),
      ],
    ];
    const average = 'Both norms of a single step scatter; average each over many steps first, and divide afterwards.';
    if (trace < 0)
      return {
        formulas,
        text: [
          strong('The noise comes out negative'),
          `, because the smaller batch has the smaller norm. That is chance, or the norms are of different steps. ${average}`,
        ],
      };
    if (!(signal > 0))
      return {
        formulas,
        text: [
          strong('The signal cannot be distinguished from zero'),
          `: the norm falls from ${b} to ${B} examples as if all of it were noise, so there is no noise scale. ${average}`,
        ],
      };
    return {
      formulas: [
        ...formulas,
        [
          term(tex.noiseScale, texNumber(trace / signal), 'noise scale'),
          term('='),
          term(fraction(tex.trace, tex.signal), fraction(texNumber(trace), texNumber(signal))),
        ],
      ],
      text: ['Noise and signal are equal at ', number(trace / signal), ` examples. ${average}`],
    };
  },
};
