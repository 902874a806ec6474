import { expect, test } from 'vitest';
import type { MetricResult, Outcome } from '../../src/shared/report';
import { cardText, phrases, unbroken } from '../../webview/text';
import type { Piece } from '../../webview/text';

/** As a reader sees it; superscripts after ^. */
const read = (pieces: readonly Piece[]): string =>
  pieces
    .map((piece) => (typeof piece === 'string' ? piece : `${piece.tag === 'sup' ? '^' : ''}${read(piece.children)}`))
    .join('');

function card(outcome: Outcome, more: Partial<MetricResult> = {}): string {
  const { value, unit, note } = cardText({
    id: 'covariance-trace',
    name: 'Covariance trace',
    symbol: String.raw`\operatorname{tr}\Sigma`,
    unit: '',
    meaning: '',
    misleads: '',
    citation: { authors: '', year: 2018, title: '', url: '' },
    where: '',
    degree: 2,
    terms: [],
    convention: '',
    outcome,
    ...more,
  });
  return `${value}${read(unit)} | ${read(note)}`;
}
const interval = (lower: number, upper: number) => ({ lower, upper, level: 0.95, method: 'Hall' }) as const;

test.each<[string, Outcome, Partial<MetricResult>]>([
  [
    '5.34 | exact for these rows',
    { kind: 'value', value: 5.3442 },
    { unit: 'gradient²', note: 'exact for these rows' },
  ],
  ['3.13 ×10^−3 | exact', { kind: 'value', value: 0.003125 }, { note: 'exact' }],
  [
    '1.64 ×10^−3 | 1.58 … 1.69 ×10^−3',
    { kind: 'value', value: 0.001635, interval: interval(0.001576, 0.001694) },
    { unit: 'parameter²' },
  ],
  ['45 examples | 26 … 185', { kind: 'value', value: 45.22, interval: interval(26.1, 184.6) }, { unit: 'examples' }],
  ['12 | at most 26', { kind: 'value', value: 12, interval: interval(0, 26) }, {}],
  [
    '45 examples | at least 26, perhaps up to 185',
    { kind: 'value', value: 45.22, interval: { ...interval(26.1, 184.6), caution: 'upper end' } },
    { unit: 'examples' },
  ],
  [
    '1.6 ×10^−3 | rough: at least 1.1, perhaps up to 9.1 ×10^−3',
    { kind: 'value', value: 0.001635, interval: { ...interval(0.00111, 0.00913), caution: 'rough' } },
    {},
  ],
  ['1.4 MiB | as a whole', { kind: 'value', value: 1_488_400 }, { unit: 'bytes', note: 'as a whole' }],
  [
    '0 | 1/N, the rows are the whole data set',
    { kind: 'value', value: 0 },
    { convention: '1/N, the rows are the whole data set' },
  ],
])('a card shows %s', (expected, outcome, more) => {
  expect(card(outcome, more)).toBe(expected);
});

test('a value that is only bounded from below says so', () => {
  const problem = { code: 'value/not-resolved', found: 'The noise hides it', remedy: 'Take more rows.' } as const;
  const bounded = { lower: 210.4, level: 0.95, method: 'score test' } as const;
  expect(card({ kind: 'unavailable', problem, interval: bounded }, { unit: 'examples' })).toBe(
    '≥ 210 examples | not resolved: a lower bound',
  );
  expect(card({ kind: 'unavailable', problem })).toBe('– | The noise hides it');
});

test('a pending card is empty', () => {
  expect(card({ kind: 'pending' })).toBe(' | ');
});

test('numbers stay on a line with their sign and their percent', () => {
  expect(unbroken('at B = 32, 58 % of it')).toBe('at B\u00A0=\u00A032, 58\u00A0% of it');
  expect(read(phrases([{ strong: '58 %' }, ' is noise']))).toBe('58\u00A0% is noise');
});
