/** All numbers that a text with rounded digits may mean. */
export type Range = readonly [least: number, most: number];

const spanned = (values: readonly number[]): Range => [Math.min(...values), Math.max(...values)];
const each = (a: Range, b: Range, of: (x: number, y: number) => number): Range =>
  spanned([of(a[0], b[0]), of(a[0], b[1]), of(a[1], b[0]), of(a[1], b[1])]);

/** What is written in so many digits: whole numbers below 1000 are exact, others within half of their last digit. */
function literal(text: string): Range {
  const [, digits = '', power = '0'] = /^([\d.,]+?)(?:\{\\times\}10\^\{(-?\d+)\}|e([-\u2212]?\d+))?$/.exec(text) ?? [];
  const plain = digits.replaceAll(',', '');
  const decimals = plain.split('.')[1]?.length;
  const exact = decimals === undefined && power === '0' && plain.length < 4;
  const rounded = exact ? 0 : 0.5 * 10 ** -(decimals ?? 0);
  const scale = 10 ** Number(power);
  return [(Number(plain) - rounded) * scale, (Number(plain) + rounded) * scale];
}

const TOKENS =
  /\d[\d,]*(?:\.\d+)?(?:\{\\times\}10\^\{-?\d+\})?|\\[dt]?frac|\\sqrt|\\(?:cdot|times|ln|exp)|[-+/^(){}]|\\sum_j|\\[,;! ]|\\(?:[bB]igg?[lr]?|left|right)(?=[()])|\s+/y;

/**
 * The value of arithmetic in TeX: + − · / fractions, roots, powers, brackets, and factors side by side; Σⱼ before a number
 * that stands for the whole sum is left out.
 *
 * @returns undefined when it is not all numbers
 */
export function evaluateTex(tex: string): Range | undefined {
  const tokens: string[] = [];
  for (TOKENS.lastIndex = 0; TOKENS.lastIndex < tex.length;) {
    const [token] = TOKENS.exec(tex) ?? [];
    if (token === undefined) return undefined;
    if (!/^\s|^\\(?:sum_j|[,;! ]|[bB]ig|left|right)/.test(token)) tokens.push(token);
  }
  let at = 0;
  const take = (token: string): boolean => tokens[at] === token && ++at > 0;
  const need = (token: string): void => {
    if (!take(token)) throw new RangeError(`${token} is missing in ${tex}`);
  };
  const braced = (): Range => {
    if (take('{')) {
      const inner = sum();
      need('}');
      return inner;
    }
    return atom();
  };
  const atom = (): Range => {
    if (take('\\frac') || take('\\tfrac') || take('\\dfrac')) return each(braced(), braced(), (a, b) => a / b);
    if (take('\\sqrt')) {
      const [least, most] = braced();
      return [Math.sqrt(Math.max(0, least)), Math.sqrt(most)];
    }
    if (take('(')) {
      const inner = sum();
      need(')');
      return inner;
    }
    if (tokens[at] === '{') return braced();
    const token = tokens[at++] ?? '';
    if (!/^\d/.test(token)) throw new RangeError(`${token} in ${tex}`);
    return literal(token);
  };
  const factor = (): Range => {
    if (take('-')) {
      const [least, most] = factor();
      return [-most, -least];
    }
    const base = atom();
    return take('^') ? each(base, braced(), (a, b) => a ** b) : base;
  };
  const product = (): Range => {
    let result = factor();
    for (;;) {
      if (take('/')) result = each(result, factor(), (a, b) => a / b);
      else if (take('\\cdot') || take('\\times') || /^[\d({]|^\\[dt]?frac|^\\sqrt/.test(tokens[at] ?? ''))
        result = each(result, factor(), (a, b) => a * b);
      else return result;
    }
  };
  const sum = (): Range => {
    let result = product();
    for (;;) {
      if (take('+')) result = each(result, product(), (a, b) => a + b);
      else if (take('-')) result = each(result, product(), (a, b) => a - b);
      else return result;
    }
  };
  if (tokens.length === 0) return undefined;
  const value = sum();
  if (at < tokens.length) throw new RangeError(`${tokens[at] ?? ''} is left in ${tex}`);
  return value;
}
