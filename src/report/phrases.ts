import type { Quantities, Quantity } from '../metrics/quantities';
import { intervalPieces } from '../shared/interval-words';
import { grouped, wholeNumber, written, writtenInterval, writtenWithin } from '../shared/numbers';
import type { WrittenNumber } from '../shared/numbers';
import type { Phrase, Term, Text } from '../shared/report';
import type { View } from '../shared/settings';

/** The pieces sentences are made of. */
export const strong = (text: string): Phrase => ({ strong: text });
export const math = (tex: string): Phrase => ({ math: tex });

/**
 * A paragraph as it is read, TeX between dollar signs and strong words between double asterisks. What is put in outside of these
 * is taken as it is, so that the name of a layer never becomes markup.
 *
 * @example prose`An epoch is $N/B$ **steps**.` // => ['An epoch is ', { math: 'N/B' }, ' ', { strong: 'steps' }, '.']
 */
export function prose(written: TemplateStringsArray, ...parts: readonly (Phrase | Text)[]): Text {
  const result: Phrase[] = [];
  // what a sign has opened and none has closed yet
  let [tex, bold]: (string | undefined)[] = [];
  for (const [k, piece] of written.raw.entries()) {
    for (const token of piece.split(/(\$|\*\*)/)) {
      if (token === '$') {
        if (tex !== undefined) result.push(math(tex));
        tex = tex === undefined ? '' : undefined;
      } else if (token === '**' && tex === undefined) {
        if (bold !== undefined) result.push(strong(bold));
        bold = bold === undefined ? '' : undefined;
      } else if (tex !== undefined) tex += token;
      else if (bold !== undefined) bold += token;
      else if (token !== '') result.push(token);
    }
    const part = parts[k];
    if (part === undefined) continue;
    if (tex === undefined && bold === undefined)
      result.push(...(Array.isArray(part) ? (part as Text) : [part as Phrase]));
    else if (typeof part !== 'string') throw new TypeError('only text can be put into TeX and strong words');
    else if (tex !== undefined) tex += part;
    else bold = `${bold}${part}`;
  }
  if (tex !== undefined || bold !== undefined)
    throw new TypeError('a sign that opens TeX or strong words is not closed');
  return joined(result);
}

/** A number in a sentence; one with a power of ten is set as mathematics. */
export const number = (value: number, digits = 3): Phrase => phraseOf(written(value, digits));

/** A value in as many digits as its interval supports. */
export function quantity({ value, interval }: Quantity): Phrase {
  if (interval?.upper === undefined) return number(value);
  return phraseOf(writtenWithin(value, interval.lower, interval.upper));
}

/** The interval of a value in parentheses, with a space before; nothing when it has none. */
export function within({ value, interval }: Quantity): Text {
  if (interval?.upper === undefined) return [];
  const { exponent } = written(value);
  const ends = writtenInterval(interval.lower, interval.upper, exponent);
  // a range of numbers with a power of ten is one piece of mathematics
  if (ends.exponent !== undefined && interval.caution === undefined && interval.lower !== 0)
    return [' (', phraseOf(ends), ')'];
  const [low = '', high = ''] = ends.text.split(' … ').map((text) => phraseOf({ ...ends, text }));
  return joined([' (', ...intervalPieces(low, high, interval), ')']);
}

/** Neighboring strings as one. */
function joined(text: Text): Text {
  const result: Phrase[] = [];
  for (const phrase of text) {
    const last = result.at(-1);
    if (typeof phrase === 'string' && typeof last === 'string') result[result.length - 1] = last + phrase;
    else result.push(phrase);
  }
  return result;
}

/**
 * The numbers of one column of a table, all with the same decimals: two significant digits of the smallest, at most three
 * decimals. A column that reaches below 0.001 or beyond 99,999 is written with powers of ten.
 */
export function column(values: readonly number[]): (value: number) => Phrase {
  const sizes = values.filter((value) => value !== 0).map(Math.abs);
  const smallest = sizes.reduce((least, size) => Math.min(least, size), Infinity);
  const largest = sizes.reduce((most, size) => Math.max(most, size), -Infinity);
  if (smallest < 0.001 || largest >= 1e5) return number;
  const decimals = Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(smallest)), 2 - Math.floor(Math.log10(largest))));
  // nobody reads more than five digits
  if (decimals > 0 && Math.floor(Math.log10(largest)) + 1 + decimals > 5) return number;
  return (value) => (value === 0 ? '0' : grouped(value, decimals));
}

function phraseOf({ text, exponent }: WrittenNumber): Phrase {
  if (exponent === undefined) return text;
  return math(
    String.raw`${text
      .replaceAll(',', '{,}')
      .replaceAll('…', String.raw`\ldots`)
      .replaceAll('−', '-')}\times10^{${exponent}}`,
  );
}

/** A number, strong where it is plain text, between the words that belong to it. */
export const emphasized = (phrase: Phrase, after = '', before = ''): Text =>
  typeof phrase === 'string'
    ? [strong(before + phrase + after)]
    : [...(before === '' ? [] : [strong(before)]), phrase, ...(after === '' ? [] : [strong(after)])];

/** Why nothing is said about a batch. */
export const batchUnknown = ({ settings }: Quantities, use: string): string =>
  settings.batchSize === undefined
    ? `Set the batch size to see ${use}.`
    : 'The batch size given cannot be used with these rows.';

/** A column of a formula. */
export const term = (symbol: string, substituted?: string, word?: string): Term => ({
  symbol,
  ...(substituted !== undefined && { substituted }),
  ...(word !== undefined && { word }),
});

/** What the rows count as, for one line without markup. */
export const conventionWords = ({ convention, datasetSize }: View): string =>
  [
    `data set ${datasetSize === undefined ? 'of unknown size' : wholeNumber(datasetSize)}`,
    convention === 'population'
      ? 'population: the rows are the whole data set, 1/n, no intervals'
      : 'sample: the rows are drawn from it, 1/(n−1), 95 % intervals',
  ].join(' · ');
