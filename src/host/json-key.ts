/**
 * Where the outermost object of a JSON text has a key: from its first quotation mark to behind its last one. The text may be
 * one that is being typed.
 *
 * @param key in camelCase; one in Python's spelling is found, too
 * @example placeOfKey('{ "a": { "b": 1 }, "b": 2 }', 'b') // => [19, 22]
 * @example placeOfKey('{ "batch_size": 2 }', 'batchSize') // => [2, 14]
 */
export function placeOfKey(text: string, key: string): readonly [start: number, end: number] | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && /^\s*:/.test(text.slice(index + token.length)) && names(token, key))
      return [index, index + token.length];
  }
  return undefined;
}

function names(token: string, key: string): boolean {
  try {
    const name: unknown = JSON.parse(token);
    return (
      name === key ||
      (typeof name === 'string' && name.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase()) === key)
    );
  } catch {
    return false;
  }
}
