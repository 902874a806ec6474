import { byteCount, written, writtenInterval } from '../src/shared/numbers';
import type { WrittenNumber } from '../src/shared/numbers';
import type { MetricResult, Text } from '../src/shared/report';
import { h } from './element';
import type { Description } from './element';
import { math } from './formula';

export type Piece = Description | string;

export function phrases(text: Text): Piece[] {
  return text.map((phrase) => {
    if (typeof phrase === 'string') return phrase;
    return 'strong' in phrase ? h('b', {}, phrase.strong) : math(phrase.math);
  });
}

/** A number with its power of ten as a real superscript. */
export function number({ text, exponent }: WrittenNumber): Piece[] {
  return exponent === undefined ? [text] : [text, ...powerOfTen(exponent)];
}

const powerOfTen = (exponent: number): Piece[] => [' ×10', h('sup', {}, String(exponent).replace('-', '−'))];

/** What stands on a card: the value, its unit with the power of ten before it, and one fact below. */
export interface CardText {
  readonly value: string;
  readonly unit: Piece[];
  readonly note: Piece[];
  readonly state: 'value' | 'unavailable' | 'pending';
}

export function cardText({ outcome, unit, note }: MetricResult): CardText {
  const shownUnit = unit === '' ? [] : [` ${unit}`];
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
      const { text, exponent } = written(outcome.value, digitsOf(outcome.value, interval));
      const power = exponent === undefined ? [] : powerOfTen(exponent);
      const range =
        interval?.upper === undefined ? undefined : number(writtenInterval(interval.lower, interval.upper, exponent));
      return { value: text, unit: [...power, ...shownUnit], note: range ?? [note ?? ''], state: 'value' };
    }
  }
}

/** Three significant digits, two when the interval says that the third means nothing. */
function digitsOf(value: number, interval: { readonly lower: number; readonly upper?: number } | undefined): number {
  if (interval?.upper === undefined) return 3;
  return (interval.upper - interval.lower) / 2 > Math.abs(value) / 4 && Math.abs(value) < 100 ? 2 : 3;
}
