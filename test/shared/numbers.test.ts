import { describe, expect, test } from 'vitest';
import {
  byteCount,
  grouped,
  percent,
  plainNumber,
  texNumber,
  wholeNumber,
  written,
  writtenInterval,
} from '../../src/shared/numbers';
import { uniformRandom } from '../../src/theory/random';

describe('numbers for people', () => {
  test.each([
    [0, 3, { text: '0' }],
    [1234.5, 3, { text: '1,235' }],
    [99_999, 3, { text: '99,999' }],
    [100_000, 3, { text: '1.00', exponent: 5 }],
    [0.01, 3, { text: '0.0100' }],
    [0.009_99, 3, { text: '9.99', exponent: -3 }],
    [0.003_141_6, 3, { text: '3.14', exponent: -3 }],
    [-2.5, 2, { text: '−2.5' }],
    [9.996, 3, { text: '10.0' }],
    [0.009_999_9, 3, { text: '0.0100' }],
    [1e-320, 3, { text: '1.00', exponent: -320 }],
    [1.7e308, 3, { text: '1.70', exponent: 308 }],
  ])('%d with %d digits is written %j', (value, digits, expected) => {
    expect(written(value, digits)).toEqual(expected);
  });

  test.each([
    [1.0002e-320, /^1\.0+/],
    [123_456, /^1\.23e5$/],
    [-0.000_012_3, /^−1\.23e-5$/],
  ])('%d stands on one line where there are no superscripts', (value, expected) => {
    expect(plainNumber(value)).toMatch(expected);
  });

  test.each([
    [5.335_864, '5.336'],
    [32, '32'],
    [1500, '1500'],
    [0, '0'],
    [0.003_125, String.raw`3.125{\times}10^{-3}`],
    [-0.5, '-0.5000'],
    [1_234_567, String.raw`1.235{\times}10^{6}`],
  ])('%d stands in a formula as %s', (value, expected) => {
    expect(texNumber(value)).toBe(expected);
  });

  test('both ends of an interval have the same decimals, chosen by two digits of the half-width', () => {
    expect(writtenInterval(0.0324, 0.1066)).toEqual({ text: '0.032 … 0.107' });
    expect(writtenInterval(64.7, 219.2)).toEqual({ text: '65 … 219' });
    expect(writtenInterval(-0.5, 1.25)).toEqual({ text: '−0.50 … 1.25' });
  });

  test('the ends of a narrow interval are no finer than three digits, unless they would look alike', () => {
    expect(writtenInterval(0.1576, 0.1694)).toEqual({ text: '0.158 … 0.169' });
    expect(writtenInterval(5.34412, 5.34438)).toEqual({ text: '5.3441 … 5.3444' });
  });

  test('both ends of an interval share one power of ten', () => {
    expect(writtenInterval(0.00193, 0.00235)).toEqual({ text: '1.93 … 2.35', exponent: -3 });
    expect(writtenInterval(193_000, 235_000, 5)).toEqual({ text: '1.93 … 2.35', exponent: 5 });
  });

  test('an interval of no width still shows digits', () => {
    expect(writtenInterval(2, 2)).toEqual({ text: '2.00 … 2.00' });
  });

  test.each([
    [4e12, '3.6 TiB'],
    [128, '128 bytes'],
    [1536, '1.5 KiB'],
    [350 * 2 ** 20, '350 MiB'],
  ])('%d bytes are written %s', (bytes, expected) => {
    expect(byteCount(bytes)).toBe(expected);
  });

  test('whole numbers have separators and percentages a base of one', () => {
    expect(wholeNumber(1_234_567)).toBe('1,234,567');
    expect([percent(0.786), percent(0.004), percent(0), percent(1)]).toEqual(['79 %', '0.4 %', '0 %', '100 %']);
  });
});

test('numbers are grouped and rounded as Intl.NumberFormat does it', () => {
  const random = uniformRandom(7);
  const values = Array.from({ length: 2000 }, () => (random() - 0.5) * 10 ** Math.floor(random() * 13 - 4));
  for (const value of [0, 0.5, 2.5, -2.5, 999.5, 999.95, 1000, -999_999.5, 1e21, -3e22, ...values])
    for (const decimals of Math.abs(value) < 1e9 ? [0, 1, 2, 5] : [0]) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      expect(grouped(value, decimals)).toBe(value.toLocaleString('en-US', digits).replace('-', '−'));
    }
});
