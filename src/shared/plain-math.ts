/** Commands that stand for one sign; any other command keeps its name. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ eta: 'η', kappa: 'κ', lambda: 'λ', mu: 'μ', sigma: 'σ', theta: 'θ', nu: 'ν', rho: 'ρ', epsilon: 'ε' },
  ...{ varepsilon: 'ε', pi: 'π', gamma: 'γ', beta: 'β', Delta: 'Δ', Sigma: 'Σ', Gamma: 'Γ', Lambda: 'Λ', ell: 'ℓ' },
  ...{ lVert: '‖', rVert: '‖', lvert: '|', rvert: '|', langle: '⟨', rangle: '⟩' },
  ...{ le: '≤', leq: '≤', ge: '≥', geq: '≥', approx: '≈', times: '×', cdot: '·', pm: '±', sum: 'Σ', infty: '∞' },
  ...{ to: '→', top: 'ᵀ', ldots: '…', dots: '…', nabla: '∇', in: '∈', propto: '∝', sqrt: '√' },
};

/** Commands that only say how something looks. */
const STYLES =
  /\\(?:text|mathrm|operatorname|mathcal|mathbb|mathbf|boldsymbol|left|right|displaystyle|quad|qquad)(?![a-zA-Z])\s*/g;

/** Numerator and denominator may hold groups. */
const FRACTION = /\\[tdc]?frac\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g;
/** What needs no parentheses above the line, and below it. */
const TERM = /^[^\s+\-−=·×/]+$/;
const FACTOR = /^(?:‖[^‖]+‖|[\d.]+|\p{L}(?:_\w+)?)(?:\^\d+|[²³⁴-⁹]+)?$/u;
const apart = (part: string, alone: RegExp): string => (alone.test(part.replace(/[{}]/g, '')) ? part : `(${part})`);

/**
 * TeX whose outermost fractions stand on the line, where there is no room for two lines of signs.
 *
 * @example flatFractions('\\frac{\\operatorname{tr}\\Sigma}{\\lVert G\\rVert^2}') // => '\\operatorname{tr}\\Sigma/\\lVert G\\rVert^2'
 * @example flatFractions('\\frac{N-B}{N-1}') // => '(N-B)/(N-1)'
 * @example flatFractions('\\tfrac1k U') // => '\\tfrac1k U'
 */
export const flatFractions = (tex: string): string =>
  tex.replace(FRACTION, (_, above: string, below: string) => {
    const enclosed = (part: string, alone: boolean): string => (alone ? part : `(${part})`);
    const sum = /[+\-−=]/;
    return `${enclosed(above, !sum.test(above))}/${enclosed(below, FACTOR.test(plainMath(below)))}`;
  });

/**
 * TeX as one line of plain text: for a terminal and for whoever listens.
 *
 * @example plainMath('\\operatorname{tr}\\Sigma') // => 'trΣ'
 * @example plainMath('\\lVert\\bar g\\rVert^2') // => '‖ḡ‖²'
 */
export function plainMath(tex: string): string {
  return tex
    .replace(STYLES, '')
    .replace(/\\(?!bar|hat|[tdc]?frac)([a-zA-Z]+)\s*/g, (_, name: string) => SIGNS[name] ?? name)
    .replace(FRACTION, (_, above: string, below: string) => `${apart(above, TERM)}/${apart(below, FACTOR)}`)
    .replace(/\\[tdc]?frac\s*(\w)\s*(\w)/g, '$1/$2')
    .replace(/\\bar\s*\{?(\w)\}?/g, '$1\u0304')
    .replace(/\\hat\s*\{?(\w)\}?/g, '$1\u0302')
    .replace(/\\[,;!:]/g, ' ')
    .replace(/\\\|/g, '‖')
    .replace(/\^\{?2\}?(?!\d)/g, '²')
    .replace(/[{}]/g, '')
    .replace(/\s+/g, ' ')
    .normalize('NFC')
    .trim();
}
