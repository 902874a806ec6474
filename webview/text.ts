import { plainMath } from '../src/shared/plain-math';
import { intervalWords } from '../src/shared/interval-words';
import { byteCount, written, writtenInterval, writtenWithin } from '../src/shared/numbers';
import type { WrittenNumber } from '../src/shared/numbers';
import type { Interval, MetricResult, Text } from '../src/shared/report';
import { h } from './element';
import type { Description } from './element';
import { math } from './formula';

export type Piece = Description | string;

/** A text as it is read out, without mathematics drawn. */
export const spokenText = (text: Text): string =>
  text
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      return 'strong' in phrase ? phrase.strong : plainMath(phrase.math);
    })
    .join('');

export function phrases(text: Text): Piece[] {
  return text.map((phrase) => {
    if (typeof phrase === 'string') return unbroken(phrase);
    return 'strong' in phrase ? h('b', {}, unbroken(phrase.strong)) : math(phrase.math);
  });
}

/** Numbers keep their signs and percents on their own line. */
export const unbroken = (text: string): string =>
  text.replace(/ ([=≈<>≤≥×]) /g, '\u00A0$1\u00A0').replace(/(\d) %/g, '$1\u00A0%');

/** A number with its power of ten as a real superscript. */
export function number({ text, exponent }: WrittenNumber): Piece[] {
  return exponent === undefined ? [text] : [text, ...powerOfTen(exponent)];
}

const powerOfTen = (exponent: number): Piece[] => [' ×10', h('sup', {}, String(exponent).replace('-', '−'))];

/** An interval with the end first that can be relied on. */
export const inWords = (ends: WrittenNumber, interval: Interval): WrittenNumber => ({
  ...ends,
  text: intervalWords(ends.text, interval),
});

/** A unit with its powers as real superscripts: gradient². */
export const unitPieces = (unit: string): Piece[] =>
  unit
    .split(/(?=[²³])|(?<=[²³])/)
    .map((part) => (part === '²' ? h('sup', {}, '2') : part === '³' ? h('sup', {}, '3') : part));

/** What stands on a card: the value, its unit with the power of ten before it, and one fact below. */
export interface CardText {
  readonly value: string;
  readonly unit: Piece[];
  readonly note: Piece[];
  readonly state: 'value' | 'unavailable' | 'pending';
}

/** Others, such as powers of the gradient's, are in the explanation of the number only. */
const CARD_UNITS: ReadonlySet<string> = new Set(['examples', 'directions']);

export function cardText({ outcome, unit, note, convention }: MetricResult): CardText {
  const shownUnit = CARD_UNITS.has(unit) ? [` ${unit}`] : [];
  switch (outcome.kind) {
    case 'pending':
      return { value: '', unit: [], note: [], state: 'pending' };
    case 'unavailable': {
      if (outcome.interval === undefined)
        return { value: '–', unit: [], note: [outcome.problem.found], state: 'unavailable' };
      const { text, exponent } = written(outcome.interval.lower, 2);
      return {
        value: `≥ ${text}`,
        unit: [...(exponent === undefined ? [] : powerOfTen(exponent)), ...shownUnit],
        note: ['not resolved: a lower bound'],
        state: 'value',
      };
    }
    case 'value': {
      const { interval } = outcome;
      if (unit === 'bytes') return { value: byteCount(outcome.value), unit: [], note: [note ?? ''], state: 'value' };
      const { text, exponent } =
        interval?.upper === undefined
          ? written(outcome.value)
          : writtenWithin(outcome.value, interval.lower, interval.upper);
      const power = exponent === undefined ? [] : powerOfTen(exponent);
      const range =
        interval?.upper === undefined
          ? undefined
          : number(inWords(writtenInterval(interval.lower, interval.upper, exponent), interval));
      return {
        value: text,
        unit: [...power, ...shownUnit],
        note: range ?? [unbroken(note ?? convention)],
        state: 'value',
      };
    }
  }
}
