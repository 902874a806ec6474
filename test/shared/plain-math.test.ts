import { expect, test } from 'vitest';
import { plainMath } from '../../src/shared/plain-math';

test.each([
  [String.raw`\operatorname{tr}\Sigma`, 'trΣ'],
  [String.raw`\lVert\bar g\rVert^2`, '‖ḡ‖²'],
  [String.raw`\mathcal B_{\text{simple}}`, 'B_simple'],
  [String.raw`\frac{\eta}{B}`, 'η/B'],
  [String.raw`\frac{\operatorname{tr}\Sigma_B}{\lVert G\rVert^2}`, 'trΣ_B/‖G‖²'],
  [String.raw`\frac{N-B}{N-1}`, '(N-B)/(N-1)'],
  [String.raw`\frac{\eta}{2B}`, 'η/(2B)'],
  [String.raw`\tfrac q2\ln10`, 'q/2ln10'],
  [String.raw`3.1{\times}10^{-3}`, '3.1×10^-3'],
  [String.raw`\kappa_{\max}B`, 'κ_maxB'],
  [String.raw`\lambda_1\le\lVert\Sigma\rVert_F`, 'λ_1≤‖Σ‖_F'],
])('%s is written %s', (tex, plain) => {
  expect(plainMath(tex)).toBe(plain);
});
