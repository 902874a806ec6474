import { texNumber, wholeNumber } from '../../shared/numbers';
import type { Phrase } from '../../shared/report';
import { gibbsLogOdds, gibbsThreshold } from '../../theory/temperature';
import type { Calculator, Values } from './calculator';
import { math, number, strong, term } from '../phrases';

/** Two minima, and how much likelier SGD at a temperature is in the one than in the other. */
export const gibbsOddsOfMinima: Calculator = {
  title: 'Odds between two minima',
  intro: [
    'Minimum A has the loss ',
    math('L_A'),
    ' and the curvature ',
    math('h_A'),
    ' (geometric mean of the eigenvalues of its Hessian) in ',
    math('q'),
    ' directions; B likewise. The temperature is that of the settings, as long as it is not typed over.',
  ],
  fields: [
    { name: 'temperature', symbol: 'n', label: 'The Gibbs temperature', allowed: 'positive' },
    { name: 'directions', symbol: 'q', label: 'The number of directions', allowed: 'positive whole' },
    { name: 'lossA', symbol: 'L_A', label: 'The loss of A', allowed: 'any' },
    { name: 'curvatureA', symbol: 'h_A', label: 'The curvature of A', allowed: 'positive' },
    { name: 'lossB', symbol: 'L_B', label: 'The loss of B', allowed: 'any' },
    { name: 'curvatureB', symbol: 'h_B', label: 'The curvature of B', allowed: 'positive' },
  ],
  answer: (values: Values) => {
    const { temperature: n = NaN, directions: q = NaN, lossA = NaN, lossB = NaN } = values;
    const { curvatureA = NaN, curvatureB = NaN } = values;
    const a = { loss: lossA, logDeterminant: q * Math.log(curvatureA) };
    const b = { loss: lossB, logDeterminant: q * Math.log(curvatureB) };
    const logOdds = gibbsLogOdds(a, b, n);
    const odds = texOfExponential(logOdds);
    const threshold = gibbsThreshold(a, b);
    const turning: readonly Phrase[] =
      threshold === undefined || threshold <= 0
        ? []
        : [' The two are equally likely at the temperature ', number(threshold), '.'];
    return {
      formulas: [
        [
          term(String.raw`\frac{p_A}{p_B}`, odds, 'odds of A'),
          term('='),
          term(
            String.raw`\Bigl(\frac{h_B}{h_A}\Bigr)^{q/2}`,
            String.raw`\Bigl(\frac{${texNumber(curvatureB)}}{${texNumber(curvatureA)}}\Bigr)^{${q}/2}`,
            'width',
          ),
          term(String.raw`e^{(L_B-L_A)/n}`, String.raw`e^{${texNumber((lossB - lossA) / n)}}`, 'depth'),
        ],
      ],
      text: [
        strong(logOdds === 0 ? 'Both are equally likely' : `${logOdds > 0 ? 'A' : 'B'} is the likelier one`),
        ', if the noise is isotropic and the same at both.',
        ...turning,
        ...anisotropy(values),
      ],
    };
  },
};

/** What the spectrum of the dump says about the assumption; where it does not hold, nothing is concluded for this dump. */
function anisotropy({ excess }: Values): readonly Phrase[] {
  if (excess === undefined) return [];
  if (excess <= 1 + 1e-9) return [' These rows do not rule that out.'];
  return [
    ' In this dump it is not isotropic: the noisiest direction has ',
    number(excess, 2),
    ' times what isotropic noise would show, so these odds say nothing about its training.',
  ];
}

/** eˣ as TeX, also where a double cannot hold it. */
function texOfExponential(x: number): string {
  if (Math.abs(x) < 600) return texNumber(Math.exp(x));
  const exponent = Math.round(x / Math.LN10);
  return String.raw`10^{${wholeNumber(exponent).replaceAll(',', '{,}').replace('−', '-')}}`;
}
