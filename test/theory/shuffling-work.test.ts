import { expect, test } from 'vitest';
import { SHUFFLES, shufflingWork } from '../../src/theory/shuffling-work';

test('19 spectra of shuffled columns: by chance the largest of 19 is exceeded in one of 20 cases', () => {
  expect(1 / (SHUFFLES + 1)).toBe(0.05);
});

test('a spectrum multiplies every element once with each of the smaller dimension, whichever that is', () => {
  expect(shufflingWork({ rows: 100, parameters: 1000 })).toBe(19 * 100 * 100 * 1000);
  expect(shufflingWork({ rows: 1000, parameters: 100 })).toBe(19 * 100 * 100 * 1000);
});
