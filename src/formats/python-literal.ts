import { AnalysisError } from '../shared/problem';

/** A value of the literals that NumPy writes into a .npy header. Integers stay exact. */
export type PythonLiteral =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [key: string, value: PythonLiteral])[] }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly PythonLiteral[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'other'; readonly text: string };

const MAX_DEPTH = 16;

/**
 * Parses a Python literal: dicts, tuples, lists, strings, integers, True and False. Runs nothing; anything else is kept as
 * text of kind `other` for a message.
 *
 * @param offset of the text in the file, for messages
 * @throws AnalysisError npy/header
 */
export function parsePythonLiteral(text: string, offset: number): PythonLiteral {
  let at = 0;
  const refuse = (found: string, fix?: string): never => {
    throw new AnalysisError({
      code: 'npy/header',
      found,
      where: `byte ${offset + at}`,
      remedy: 'Write the file again:',
      fix: fix ?? 'np.save("grad.npy", grads)',
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

  const items = (close: string, depth: number): { items: PythonLiteral[]; comma: boolean } => {
    const list: PythonLiteral[] = [];
    let comma = false;
    while (!take(close)) {
      if (list.length > 0 && !comma) refuse(`The header lacks a “,” or a “${close}”`);
      list.push(value(depth + 1));
      comma = take(',');
    }
    return { items: list, comma };
  };

  const dict = (depth: number): PythonLiteral => {
    const entries: [string, PythonLiteral][] = [];
    let comma = true;
    while (!take('}')) {
      if (!comma) refuse('The header lacks a “,” or a “}”');
      const key = value(depth + 1);
      if (key.kind !== 'string') return refuse('A key of the header is not a string');
      if (!take(':')) refuse('The header lacks a “:” after a key');
      if (entries.some(([name]) => name === key.value)) refuse(`The header gives “${key.value}” twice`);
      entries.push([key.value, value(depth + 1)]);
      comma = take(',');
    }
    return { kind: 'dict', entries };
  };

  const string = (quote: string): PythonLiteral => {
    const end = text.indexOf(quote, at);
    if (end < 0) refuse('A string of the header does not end');
    const content = text.slice(at, end);
    if (content.includes('\\') || content.includes('\n')) refuse('A string of the header holds an escape');
    at = end + 1;
    return { kind: 'string', value: content };
  };

  const value = (depth: number): PythonLiteral => {
    if (depth > MAX_DEPTH) refuse(`The header is nested deeper than ${MAX_DEPTH}`);
    skip();
    const begin = at;
    if (take('{')) return dict(depth);
    if (take('[')) return { kind: 'list', items: items(']', depth).items };
    if (take('(')) {
      const inside = items(')', depth);
      const [only] = inside.items;
      // (12) is a number in brackets, (12,) a tuple
      if (only !== undefined && inside.items.length === 1 && !inside.comma) return only;
      return { kind: 'tuple', items: inside.items };
    }
    const quoted = /^u?(['"])/.exec(text.slice(at, at + 2));
    if (quoted?.[1] !== undefined) {
      at += quoted[0].length;
      return string(quoted[1]);
    }
    const word = /^[^\s,:()[\]{}'"]+/.exec(text.slice(at))?.[0];
    if (word === undefined)
      return refuse(at >= text.length ? 'The header ends inside the dict' : 'The header has a sign out of place');
    at += word.length;
    if (/^-?\d+L?$/.test(word)) {
      if (word.length > 40) refuse(`A number of the header has ${word.length} digits`);
      return { kind: 'integer', value: BigInt(word.replace('L', '')) };
    }
    if (word === 'True' || word === 'False') return { kind: 'boolean', value: word === 'True' };
    if (word.startsWith('np.int64')) {
      at = begin;
      refuse('The header holds np.int64(…), which a fault of NumPy 2.0 wrote', 'np.save("grad.npy", grads)');
    }
    return { kind: 'other', text: word.slice(0, 40) };
  };

  const result = value(0);
  skip();
  if (at < text.length) refuse('The header goes on after its dict');
  return result;
}
