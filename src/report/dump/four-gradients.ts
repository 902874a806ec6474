import { fraction, tex } from '../../shared/notation';
import { percent, texNumber } from '../../shared/numbers';
import type { Term, Text } from '../../shared/report';
import { planarGradients } from '../../theory/planar-gradients';
import type { Point } from '../../theory/planar-gradients';
import { number, strong, term } from '../phrases';

/** Sets of four to begin with. The first two share their mean; the second lies twice as far out. */
export const FOUR_GRADIENTS: readonly { readonly name: string; readonly points: readonly Point[] }[] = [
  { name: 'Close together', points: [[2, 2], [2, 4], [4, 4], [4, 2]] }, // prettier-ignore
  { name: 'Twice as far out', points: [[1, 1], [1, 5], [5, 5], [5, 1]] }, // prettier-ignore
  { name: 'On one line', points: [[1, 1], [2, 2], [4, 4], [5, 5]] }, // prettier-ignore
  { name: 'Around zero', points: [[-1, -1], [-1, 1], [1, 1], [1, -1]] }, // prettier-ignore
];

/** Mean, covariance, trace and noise scale of four gradients, in symbols and numbers. */
export function fourGradientsFormulas(points: readonly Point[]): readonly (readonly Term[])[] {
  const { mean, meanSquaredNorm, covariance, eigen, trace, noiseScale } = planarGradients(points);
  const [xx, xy, yy] = covariance.map((entry) => texNumber(entry, 3));
  const matrix = (body: string): string => String.raw`\begin{pmatrix}${body}\end{pmatrix}`;
  const [first, second] = eigen.values.map((value) => texNumber(Math.max(0, value), 3));
  const quotient = fraction(texNumber(trace, 3), texNumber(meanSquaredNorm, 3));
  return [
    [
      term(tex.meanGradient, matrix(mean.map((entry) => texNumber(entry, 3)).join(String.raw`\\`)), 'mean'),
      term(
        String.raw`\quad\Sigma`,
        String.raw`\quad${matrix(String.raw`${xx}&${xy}\\${xy}&${yy}`)}`,
        'covariance (1/N)',
      ),
    ],
    [
      term(tex.trace, texNumber(trace, 3), 'all noise'),
      term('='),
      term(String.raw`\lambda_1`, first, 'wider axis'),
      term('+'),
      term(String.raw`\lambda_2`, second, 'narrower axis'),
    ],
    [
      term(
        tex.noiseScale,
        noiseScale === undefined
          ? String.raw`\text{none}`
          : noiseScale === Infinity
            ? String.raw`\infty`
            : texNumber(noiseScale, 3),
        'noise scale',
      ),
      term('='),
      term(fraction(tex.trace, tex.meanSquaredNorm), quotient, 'noise over signal'),
    ],
  ];
}

/** What a batch of one would meet. */
export function fourGradientsFinding(points: readonly Point[]): Text {
  const { meanSquaredNorm, eigen, trace, noiseScale } = planarGradients(points);
  if (trace === 0) return [strong('All four are the same'), ': there is no noise, and any one of them is the mean.'];
  const miss: Text = [
    'One of the four, drawn at random, misses their mean by ',
    number(Math.sqrt(trace)),
    ' (root mean square)',
  ];
  const share = eigen.values[0] / trace;
  const shape =
    share > 1 - 1e-9
      ? ', all of it along one line: the covariance has rank 1.'
      : share < 0.5 + 1e-9
        ? ', in no direction more than in another.'
        : `, ${percent(share)} of its square along the wider axis.`;
  const signal: Text =
    meanSquaredNorm === 0 || noiseScale === undefined || noiseScale === Infinity
      ? [' Their mean is 0: no batch size makes the signal larger than the noise.']
      : [' The square of that is ', number(noiseScale), ' times the squared length of the mean.'];
  return [...miss, shape, ...signal];
}
