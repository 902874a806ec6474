/** What the scan of a number leaves; one object is used for all of them. */
export interface ScannedNumber {
  value: number;
  /** Position after it; when it is not a number, of the byte where a digit is expected. */
  end: number;
  fault: 'digit' | 'zero' | undefined;
  /** How the value differs from what is written, beyond the rounding of decimals. */
  loss: NumberLoss | undefined;
}
export type NumberLoss = 'rounded' | 'overflow' | 'underflow';

/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * Scans one number of the JSON grammar.
 *
 * @param bytes hold the number up to its end, or to the end of the text
 */
export function scanNumber(bytes: Uint8Array, from: number, result: ScannedNumber): void {
  result.fault = undefined;
  result.loss = undefined;
  const fail = (fault: 'digit' | 'zero', position: number): void => {
    result.fault = fault;
    result.end = position;
  };
  const negative = bytes[from] === 0x2d;
  const first = negative ? from + 1 : from;
  let at = first;
  let mantissa = 0;
  for (; isDigit(bytes[at]); at++) mantissa = mantissa * 10 + (bytes[at] ?? 0) - 0x30;
  if (at === first) {
    fail('digit', at);
    return;
  }
  if (bytes[first] === 0x30 && at > first + 1) {
    fail('zero', first);
    return;
  }
  let exponent = 0;
  let whole = true;
  if (bytes[at] === 0x2e) {
    whole = false;
    const point = at++;
    for (; isDigit(bytes[at]); at++) mantissa = mantissa * 10 + (bytes[at] ?? 0) - 0x30;
    if (at === point + 1) {
      fail('digit', at);
      return;
    }
    exponent = point + 1 - at;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    whole = false;
    at++;
    const minus = bytes[at] === 0x2d;
    if (minus || bytes[at] === 0x2b) at++;
    const digits = at;
    let power = 0;
    for (; isDigit(bytes[at]); at++) power = power * 10 + (bytes[at] ?? 0) - 0x30;
    if (at === digits) {
      fail('digit', at);
      return;
    }
    exponent += minus ? -power : power;
  }
  result.end = at;
  // an exact mantissa and an exact power of ten: one rounding, hence the nearest double (Clinger 1990)
  if (mantissa < 2 ** 53 && exponent >= -22 && exponent <= 22) {
    const power = POWERS[Math.abs(exponent)] ?? 1;
    const magnitude = exponent < 0 ? mantissa / power : mantissa * power;
    result.value = negative ? -magnitude : magnitude;
    return;
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, at - from).toString('latin1');
  result.value = Number(text);
  if (!Number.isFinite(result.value)) result.loss = 'overflow';
  else if (result.value === 0 && mantissa > 0) result.loss = 'underflow';
  else if (whole && BigInt(text) !== BigInt(result.value)) result.loss = 'rounded';
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
