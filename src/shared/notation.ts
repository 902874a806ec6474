/** The notation of the field in TeX, once each, for formulas of metrics and sections. */
export const tex = {
  meanGradient: String.raw`\bar g`,
  meanNorm: String.raw`\lVert\bar g\rVert`,
  meanSquaredNorm: String.raw`\lVert\bar g\rVert^2`,
  signal: String.raw`\lVert G\rVert^2`,
  unbiasedTrace: String.raw`\operatorname{tr}S`,
  trace: String.raw`\operatorname{tr}\Sigma`,
  batchTrace: String.raw`\operatorname{tr}\Sigma_B`,
  batchSquaredNorm: String.raw`\mathbb E\lVert\bar g_B\rVert^2`,
  noiseScale: String.raw`\mathcal B_{\text{simple}}`,
  frobenius: String.raw`\lVert\Sigma\rVert_F`,
  spectralNorm: String.raw`\lambda_1`,
  participationRatio: String.raw`\mathrm{PR}`,
  correction: String.raw`\frac{N-B}{N-1}`,
  largestFactor: String.raw`\kappa_{\max}`,
} as const;

/** A fraction of two pieces of TeX. */
export const fraction = (numerator: string | number, denominator: string | number): string =>
  String.raw`\frac{${numerator}}{${denominator}}`;

/** A number in TeX, squared; one that has an exponent of its own is put in parentheses. */
export const squared = (number: string): string =>
  number.includes('^') ? String.raw`\bigl(${number}\bigr)^2` : `${number}^2`;
