import { AnalysisError } from '../shared/problem';

/** A value of the literals that NumPy writes into a .npy header. Integers stay exact. */
export type PythonLiteral =
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, PythonLiteral> }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly PythonLiteral[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: bigint; readonly long: boolean }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Anything else that is one word, kept for a message. */
  | { readonly kind: 'other'; readonly text: string };

const MAX_DEPTH = 16;
/** More digits than a number of elements can have. */
const MAX_DIGITS = 40;

/**
 * Parses a Python literal: dicts, tuples, lists, strings without escapes, whole numbers, True and False. Runs nothing.
 *
 * @param where says a position in the text in words
 * @returns the literal, and the position after it
 * @throws AnalysisError npy/header
 */
export function parsePythonLiteral(
  text: string,
  where: (position: number) => string,
): { readonly literal: PythonLiteral; readonly end: number } {
  let at = 0;
  const refuse = (found: string, position = at): never => {
    throw new AnalysisError({
      code: 'npy/header',
      found: `The header ${found}`,
      where: where(position),
      remedy: 'Write the file again:',
      fix: 'np.save("grad.npy", grads)',
    });
  };
  const skip = (): void => {
    while (at < text.length && ' \t\n\r\f'.includes(text.charAt(at))) at++;
  };
  const take = (sign: string): boolean => {
    skip();
    if (text.charAt(at) !== sign) return false;
    at++;
    return true;
  };
  const missing = (signs: string): never => refuse(at < text.length ? `lacks ${signs}` : 'ends inside its dict');

  /** What stands between two brackets, item by item; says whether a comma came last. */
  const between = (close: string, item: () => void): boolean => {
    let comma = true;
    while (!take(close)) {
      if (!comma) missing(`“,” or “${close}”`);
      item();
      comma = take(',');
    }
    return comma;
  };

  const dict = (depth: number): PythonLiteral => {
    const entries = new Map<string, PythonLiteral>();
    between('}', () => {
      skip();
      const begin = at;
      const key = value(depth + 1);
      if (key.kind !== 'string') return refuse('has a key that is not a string', begin);
      if (!take(':')) missing('“:” after a key');
      if (entries.has(key.value)) refuse(`gives “${key.value.slice(0, 40)}” twice`, begin);
      entries.set(key.value, value(depth + 1));
    });
    return { kind: 'dict', entries };
  };

  const sequence = (close: string, depth: number): PythonLiteral => {
    const items: PythonLiteral[] = [];
    const comma = between(close, () => items.push(value(depth + 1)));
    const [only] = items;
    // (12) is a number in brackets, (12,) a tuple
    if (close === ')' && only !== undefined && items.length === 1 && !comma) return only;
    return { kind: close === ')' ? 'tuple' : 'list', items };
  };

  const string = (): PythonLiteral => {
    const quote = text.charAt(at++);
    const end = text.indexOf(quote, at);
    if (end < 0) return refuse('has a string that does not end', at - 1);
    const content = text.slice(at, end);
    const odd = /[\\\n\0]/.exec(content);
    if (odd) refuse('has a string with an escape or a line end', at + odd.index);
    at = end + 1;
    return { kind: 'string', value: content };
  };

  const word = (): PythonLiteral => {
    const begin = at;
    while (at < text.length && !' \t\n\r\f\0,:()[]{}\'"'.includes(text.charAt(at))) at++;
    const written = text.slice(begin, at);
    if (written === '') return missing('a value');
    const [, digits, long] = /^(-?(?:0|[1-9]\d*))(L?)$/.exec(written) ?? [];
    if (digits === undefined) {
      if (written === 'True' || written === 'False') return { kind: 'boolean', value: written === 'True' };
      return { kind: 'other', text: written };
    }
    if (digits.length > MAX_DIGITS) refuse(`has a number of ${digits.length} digits`, begin);
    return { kind: 'integer', value: BigInt(digits), long: long === 'L' };
  };

  const value = (depth: number): PythonLiteral => {
    if (depth > MAX_DEPTH) refuse(`is nested deeper than ${MAX_DEPTH} levels`);
    if (take('{')) return dict(depth);
    if (take('[')) return sequence(']', depth);
    if (take('(')) return sequence(')', depth);
    // Python 2 marks text so
    if (/^u['"]/.test(text.slice(at, at + 2))) at++;
    return text.charAt(at) === "'" || text.charAt(at) === '"' ? string() : word();
  };

  return { literal: value(0), end: at };
}
