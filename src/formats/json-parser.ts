import { AnalysisError } from '../shared/problem';
import type { ProblemCode } from '../shared/problem';

/** Parsed JSON. Arrays that hold numbers only are Float64Arrays; objects are Maps, so that no name is special. */
export type JsonValue =
  number | string | boolean | null | Float64Array | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

const MAX_DEPTH = 64;
const PYTHON = 'json.dump(grads.tolist(), open("grad.json", "w"))';

/**
 * JSON as RFC 8259 has it, strictly, and beside it the words NaN, Infinity and -Infinity that Python writes. Unlike
 * JSON.parse it can be canceled, tells the byte of every fault, refuses a name given twice, and never recurses deeper than
 * 64 levels.
 *
 * @param bytes UTF-8, with or without a byte order mark
 * @throws AnalysisError json/…; what `checkCanceled` throws
 */
export function parseJson(bytes: Uint8Array, checkCanceled: () => void = () => undefined): JsonValue {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const end = bytes.length;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let untilCheck = 0;

  const refuse = (code: ProblemCode, found: string, position = at, remedy?: string): never => {
    throw new AnalysisError({
      code,
      found,
      where: `byte ${position}`,
      remedy: remedy ?? 'Write it from Python:',
      ...(remedy === undefined && { fix: PYTHON }),
    });
  };
  const unexpected = (wanted: string): never => {
    if (at >= end)
      return refuse(
        'json/truncated',
        `The file ends where ${wanted} should stand`,
        at,
        'If it is still being written, wait: it is analyzed when it is whole.',
      );
    const rest = ascii(at, Math.min(end, at + 12));
    if (/^(?:None|True|False|nan|inf|-inf|array|tensor|')/.test(rest))
      return refuse('json/syntax', `“${/^[\w'-]+/.exec(rest)?.[0] ?? rest}” is how Python shows a value, not JSON`);
    return refuse('json/syntax', `${shown()} stands where ${wanted} should`);
  };
  const shown = (): string => {
    const byte = bytes[at] ?? 0;
    return byte > 0x20 && byte < 0x7f
      ? `“${String.fromCharCode(byte)}”`
      : `The byte 0x${byte.toString(16).padStart(2, '0')}`;
  };
  const ascii = (from: number, to: number): string => {
    let text = '';
    for (let k = from; k < to; k++) text += String.fromCharCode(bytes[k] ?? 0);
    return text;
  };
  const skip = (): void => {
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  };
  const word = (text: string): boolean => {
    for (let k = 0; k < text.length; k++) if (bytes[at + k] !== text.charCodeAt(k)) return false;
    at += text.length;
    return true;
  };

  const number = (): number => {
    const begin = at;
    const digits = (): number => {
      const from = at;
      while (at < end && isDigit(bytes[at])) at++;
      return at - from;
    };
    if (bytes[at] === 0x2d) at++;
    if (word('Infinity')) return bytes[begin] === 0x2d ? -Infinity : Infinity;
    const zero = bytes[at] === 0x30;
    const whole = digits();
    if (whole === 0) return unexpected('a digit');
    if (zero && whole > 1) refuse('json/syntax', 'A number begins with a superfluous 0', begin);
    if (bytes[at] === 0x2e) {
      at++;
      if (digits() === 0) unexpected('a digit');
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
      if (digits() === 0) unexpected('a digit');
    }
    return Number(ascii(begin, at));
  };

  const string = (): string => {
    const begin = at++;
    const parts: string[] = [];
    let from = at;
    const flush = (): void => {
      if (from === at) return;
      try {
        parts.push(decoder.decode(bytes.subarray(from, at)));
      } catch {
        refuse('json/encoding', 'A text holds bytes that are not UTF-8', from, 'Save the file as UTF-8.');
      }
    };
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined)
        return refuse(
          'json/truncated',
          'The file ends inside a text',
          begin,
          'If it is still being written, wait: it is analyzed when it is whole.',
        );
      if (byte === 0x22) break;
      if (byte < 0x20) refuse('json/syntax', 'A text holds a control character');
      if (byte !== 0x5c) {
        at++;
        continue;
      }
      flush();
      at++;
      parts.push(escape());
      from = at;
    }
    flush();
    at++;
    const text = parts.join('');
    if (!text.isWellFormed())
      refuse('json/encoding', 'A text holds half of a surrogate pair', begin, 'Save the file as UTF-8.');
    return text;
  };

  const escape = (): string => {
    const sign = String.fromCharCode(bytes[at] ?? 0);
    const plain = ESCAPES.get(sign);
    if (plain !== undefined) {
      at++;
      return plain;
    }
    if (sign !== 'u') return unexpected('an escape');
    const code = ascii(at + 1, Math.min(end, at + 5));
    if (!/^[0-9a-fA-F]{4}$/.test(code)) unexpected('four hexadecimal digits');
    at += 5;
    return String.fromCharCode(parseInt(code, 16));
  };

  const array = (depth: number): JsonValue => {
    at++;
    let numbers = new Float64Array(16);
    let count = 0;
    let mixed: JsonValue[] | undefined;
    skip();
    if (bytes[at] === 0x5d) {
      at++;
      return [];
    }
    for (;;) {
      const item = value(depth + 1);
      if (mixed !== undefined) mixed.push(item);
      else if (typeof item === 'number') {
        if (count === numbers.length) {
          const wider = new Float64Array(2 * count);
          wider.set(numbers);
          numbers = wider;
        }
        numbers[count++] = item;
      } else mixed = [...numbers.subarray(0, count), item];
      skip();
      const byte = bytes[at];
      if (byte === 0x2c) at++;
      else if (byte === 0x5d) {
        at++;
        return mixed ?? numbers.slice(0, count);
      } else return unexpected('“,” or “]”');
    }
  };

  const object = (depth: number): JsonValue => {
    const entries = new Map<string, JsonValue>();
    at++;
    skip();
    if (bytes[at] === 0x7d) {
      at++;
      return entries;
    }
    for (;;) {
      skip();
      if (bytes[at] !== 0x22) return unexpected('a name in double quotes');
      const begin = at;
      const name = string();
      if (entries.has(name))
        refuse('json/duplicate', `The name “${name.slice(0, 80)}” is given twice`, begin, 'Keep one of the two.');
      skip();
      if (bytes[at] !== 0x3a) return unexpected('“:”');
      at++;
      entries.set(name, value(depth + 1));
      skip();
      const byte = bytes[at];
      if (byte === 0x2c) at++;
      else if (byte === 0x7d) {
        at++;
        return entries;
      } else return unexpected('“,” or “}”');
    }
  };

  const value = (depth: number): JsonValue => {
    if (depth > MAX_DEPTH) refuse('json/depth', `It is nested deeper than ${MAX_DEPTH} levels`);
    if (untilCheck-- <= 0) {
      checkCanceled();
      untilCheck = 4096;
    }
    skip();
    switch (bytes[at]) {
      case 0x5b:
        return array(depth);
      case 0x7b:
        return object(depth);
      case 0x22:
        return string();
      case 0x74:
        return word('true') ? true : unexpected('a value');
      case 0x66:
        return word('false') ? false : unexpected('a value');
      case 0x6e:
        return word('null') ? null : unexpected('a value');
      case 0x4e:
        return word('NaN') ? NaN : unexpected('a value');
      case 0x49:
        return word('Infinity') ? Infinity : unexpected('a value');
      case 0x2d:
        return number();
      case undefined:
      default:
        return isDigit(bytes[at]) ? number() : unexpected('a value');
    }
  };

  skip();
  if (at >= end)
    refuse(
      'json/empty',
      `The file has ${end} bytes, and no value among them`,
      at,
      'If it is still being written, wait.',
    );
  const result = value(0);
  skip();
  if (at < end)
    refuse(
      'json/syntax',
      'The file goes on after its first value',
      at,
      'One file holds one value; JSON Lines are not read.',
    );
  return result;
}

const isDigit = (byte = 0): boolean => byte >= 0x30 && byte <= 0x39;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...['"', '\\', '/'].map((sign) => [sign, sign] as const),
  ...Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
]);
