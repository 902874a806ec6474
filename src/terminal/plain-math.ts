/** What the TeX of the report's sentences and symbols means in plain Unicode, longest commands first. */
const PLAIN: readonly (readonly [tex: RegExp, plain: string])[] = [
  [/\\(?:text|mathrm|operatorname|mathcal|mathbb|mathbf|boldsymbol)\{([^{}]*)\}/g, '$1'],
  [/\\(?:mathcal|mathbb|mathrm|mathbf)\s+(\w)/g, '$1'],
  [/\\bar\s*\{?(\w)\}?/g, '$1\u0304'],
  [/\\hat\s*\{?(\w)\}?/g, '$1\u0302'],
  [/\\sqrt\{([^{}]*)\}/g, '√($1)'],
  [/\\[tdc]?frac\{([^{}]*)\}\{([^{}]*)\}/g, '($1)/($2)'],
  [/\\[lr]Vert|\\\|/g, '‖'],
  [/\\[lr]vert/g, '|'],
  [/\\(?:le|leq)\b/g, '≤'],
  [/\\(?:ge|geq)\b/g, '≥'],
  [/\\approx\b/g, '≈'],
  [/\\infty\b/g, '∞'],
  [/\\(?:times)\b/g, '×'],
  [/\\cdot\b/g, '·'],
  [/\\sum\b/g, 'Σ'],
  [/\\top\b/g, 'ᵀ'],
  [/\\to\b/g, '→'],
  [/\\(?:ldots|dots)\b/g, '…'],
  [/\\eta\b/g, 'η'],
  [/\\kappa\b/g, 'κ'],
  [/\\lambda\b/g, 'λ'],
  [/\\mu\b/g, 'μ'],
  [/\\sigma\b/g, 'σ'],
  [/\\theta\b/g, 'θ'],
  [/\\nu\b/g, 'ν'],
  [/\\Delta\b/g, 'Δ'],
  [/\\Sigma\b/g, 'Σ'],
  [/\\(?:left|right|displaystyle|,|;|!|quad|qquad)(?![a-zA-Z])/g, ' '],
  [/\\([a-z]+)\b/g, '$1'],
  [/\^\{?2\}?/g, '²'],
  [/[{}]/g, ''],
  [/\s+/g, ' '],
];

/**
 * TeX as one line of plain text: for a terminal, which has no mathematics.
 *
 * @example plainMath('\\operatorname{tr}\\Sigma') // => 'trΣ'
 * @example plainMath('\\lVert\\bar g\\rVert^2') // => '‖ḡ‖²'
 */
export function plainMath(tex: string): string {
  return PLAIN.reduce((text, [pattern, plain]) => text.replace(pattern, plain), tex)
    .normalize('NFC')
    .trim();
}
