import type { ProblemCode } from '../shared/problem';

/** Why a text cannot be decoded, and at which of its bytes. */
interface StringFault {
  readonly code: ProblemCode;
  readonly found: string;
  readonly position: number;
  readonly remedy: string;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * The text between two quotes of a JSON file.
 *
 * @param bytes without the quotes and without control characters
 */
export function decodeString(bytes: Uint8Array): string | StringFault {
  const fault = (code: ProblemCode, found: string, position: number, remedy: string): StringFault => ({
    code,
    found,
    position,
    remedy,
  });
  const invalid = invalidUtf8(bytes);
  if (invalid >= 0)
    return fault('json/encoding', 'A text holds bytes that are not UTF-8', invalid, 'Save the file as UTF-8.');
  const raw = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!raw.includes('\\')) return raw;
  let text = '';
  let at = 0;
  for (;;) {
    const next = raw.indexOf('\\', at);
    if (next < 0) break;
    text += raw.slice(at, next);
    const [, code] = /^u([\da-fA-F]{4})/.exec(raw.slice(next + 1, next + 6)) ?? [];
    const escaped = code === undefined ? ESCAPES.get(raw.charAt(next + 1)) : String.fromCharCode(parseInt(code, 16));
    if (escaped === undefined) {
      const position = Buffer.byteLength(raw.slice(0, next));
      return fault('json/syntax', 'A text holds a backslash that begins no escape', position, 'Double the backslash.');
    }
    text += escaped;
    at = next + (code === undefined ? 2 : 6);
  }
  text += raw.slice(at);
  if (text.isWellFormed()) return text;
  return fault(
    'json/encoding',
    'A text holds half of a surrogate pair',
    0,
    'Give both halves, or the character itself.',
  );
}

/** Position of the first byte that cannot stand in UTF-8 where it stands, or −1. */
function invalidUtf8(bytes: Uint8Array): number {
  const decodes = (end: number, stream: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream });
      return true;
    } catch {
      return false;
    }
  };
  if (decodes(bytes.length, false)) return -1;
  // by halves: as a stream, the beginning of a character is not a fault yet
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle, true)) good = middle;
    else bad = middle;
  }
  return good;
}
