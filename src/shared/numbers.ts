/** How numbers are written for people. Everything is derived from significant digits; nothing is rounded before. */

const MINUS = '−';

/** A number split into what stands before ×10ⁿ and n, or n undefined when it is written plainly (0.01 … 99,999). */
export interface WrittenNumber {
  readonly text: string;
  readonly exponent?: number;
}

/**
 * @param digits significant digits
 * @example written(1234.5, 3) // => { text: '1,235' }
 * @example written(0.0031416, 3) // => { text: '3.14', exponent: -3 }
 */
export function written(value: number, digits = 3): WrittenNumber {
  if (value === 0) return { text: '0' };
  const exponent = decimalExponent(value, digits);
  if (exponent >= -2 && Math.abs(value) < 99_999.5) return { text: grouped(value, Math.max(0, digits - 1 - exponent)) };
  return { text: grouped(scaled(value, exponent), digits - 1), exponent };
}

/** Written on one line for places without superscripts, such as a terminal: `3.14e-3`. */
export function plainNumber(value: number, digits = 3): string {
  const { text, exponent } = written(value, digits);
  return exponent === undefined ? text : `${text}e${exponent}`;
}

/**
 * Without zeros that say nothing: for settings and factors, which are what they are.
 *
 * @example trimmed(0.1) // => '0.1'
 * @example trimmed(3e-5) // => '3e-5'
 */
export const trimmed = (value: number, digits = 3): string =>
  plainNumber(value, digits).replace(/(\.\d*?)0+(?=e|$)/, (_, kept: string) => (kept === '.' ? '' : kept));

/** As TeX, with four digits and no separators: what stands in a formula. */
export function texNumber(value: number, digits = 4): string {
  if (value === 0) return '0';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const exponent = decimalExponent(value, digits);
  if (exponent >= -2 && exponent < 5) return value.toFixed(Math.max(0, digits - 1 - exponent));
  return String.raw`${scaled(value, exponent).toFixed(digits - 1)}{\times}10^{${exponent}}`;
}

/** A product as one number; as two factors where it leaves the range of doubles. */
export function texProduct(a: number, b: number): string {
  const product = a * b;
  const normal = a === 0 || b === 0 || (Math.abs(product) > 1e-300 && Number.isFinite(product));
  return normal ? texNumber(product) : String.raw`${texNumber(a)}\cdot${texNumber(b)}`;
}

/** A whole number with separators. */
export const wholeNumber = (value: number): string => grouped(value, 0);

/**
 * A number of things.
 *
 * @example counted(1, 'example') // => '1 example'
 * @example counted(1200, 'example') // => '1,200 examples'
 */
export const counted = (value: number, noun: string): string =>
  `${wholeNumber(value)} ${noun}${wholeNumber(value) === '1' ? '' : 's'}`;

/** 79 % */
export const percent = (share: number): string => `${grouped(100 * share, share > 0 && share < 0.01 ? 1 : 0)} %`;

/** Bytes with binary units: 128 bytes, 1.5 MiB, 3.6 TiB. */
export function byteCount(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit === 0 ? wholeNumber(bytes) : grouped(bytes, bytes < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/**
 * Both ends with the same decimals and one shared power of ten: two significant digits of the half-width decide, but no
 * more than three of the larger end where one digit of the half-width is left.
 *
 * @param exponent the power of ten to share with the value, unless the larger end is far from it
 * @example writtenInterval(0.1576, 0.1694) // => { text: '0.158 … 0.169' }
 * @example writtenInterval(0.0324, 0.1066) // => { text: '0.032 … 0.107' }
 * @example writtenInterval(0.00193, 0.00235, -3) // => { text: '1.93 … 2.35', exponent: -3 }
 */
export function writtenInterval(lower: number, upper: number, exponent?: number): WrittenNumber {
  const larger = Math.max(Math.abs(lower), Math.abs(upper));
  const own = larger === 0 ? undefined : written(larger, 3).exponent;
  const e = exponent !== undefined && Math.abs(scaled(larger, exponent)) < 99_999.5 ? exponent : own;
  const [low, high] = e === undefined ? [lower, upper] : [scaled(lower, e), scaled(upper, e)];
  const half = (high - low) / 2;
  const top = Math.max(Math.abs(low), Math.abs(high));
  // five digits are more than anybody reads, however narrow the interval
  const most = Math.max(0, 4 - decimalExponent(top, 5));
  const decimals = half > 0 ? Math.min(12, most, Math.max(0, decimalsWithin(half, top))) : 2;
  const text = `${grouped(low, decimals)} … ${grouped(high, decimals)}`;
  return e === undefined ? { text } : { text, exponent: e };
}

/**
 * The same on one line for places without superscripts: each end with its power of ten.
 *
 * @example plainInterval(0.00193, 0.00235) // => '1.93e-3 … 2.35e-3'
 * @example plainInterval(0, 1e-46) // => '0 … 1.00e-46'
 */
export function plainInterval(lower: number, upper: number, exponent?: number): string {
  const { text, exponent: power } = writtenInterval(lower, upper, exponent);
  if (power === undefined) return text;
  return text
    .split(' … ')
    .map((end) => (/[1-9]/.test(end) ? `${end}e${power}` : '0'))
    .join(' … ');
}

/**
 * A number no finer than its interval: three significant digits, fewer when two digits of the half-width say so.
 *
 * @example writtenWithin(0.0693, 0.0324, 0.1066) // => { text: '0.069' }
 * @example writtenWithin(3.09, 2, 6.7) // => { text: '3.1' }
 */
export function writtenWithin(value: number, lower: number, upper: number): WrittenNumber {
  const { exponent } = written(value);
  const half = (upper - lower) / 2 / 10 ** (exponent ?? 0);
  if (value === 0 || !(half > 0)) return written(value);
  const supported = Math.max(0, 1 - Math.floor(Math.log10(half)));
  if (exponent !== undefined) return { text: grouped(scaled(value, exponent), Math.min(2, supported)), exponent };
  return { text: grouped(value, Math.min(Math.max(0, 2 - decimalExponent(value, 3)), supported)) };
}

function decimalsWithin(half: number, larger: number): number {
  const coarsest = -Math.floor(Math.log10(half));
  return Math.max(coarsest, Math.min(coarsest + 1, 2 - decimalExponent(larger, 3)));
}

function decimalExponent(value: number, digits: number): number {
  // by way of the decimal digits, so that 9.996 with three digits counts as 10.0
  return Number(
    Math.abs(value)
      .toExponential(digits - 1)
      .split('e')[1],
  );
}

/** value / 10^exponent without the overflow of 10 ** 320. */
function scaled(value: number, exponent: number): number {
  return Math.abs(exponent) < 300 ? value / 10 ** exponent : value / 10 ** (exponent / 2) / 10 ** (exponent / 2);
}

/** A plain number with separators and a fixed number of decimals. */
export function grouped(value: number, decimals: number): string {
  // Intl.NumberFormat writes the same, and takes a tenth of the sample's analysis to get ready
  const [whole = '', fraction] = (Math.abs(value) < 1e21 ? value.toFixed(decimals) : digitsOf(value)).split('.');
  const separated = whole.replace(/\B(?=(?:\d{3})+$)/g, ',').replace('-', MINUS);
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

/** All digits of a number beyond those that toFixed writes. */
const digitsOf = (value: number): string => (Number.isFinite(value) ? BigInt(value).toString() : String(value));
