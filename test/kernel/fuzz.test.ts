import { expect, test } from 'vitest';
import { folder } from './compiled';
import { fuzzBits, fuzzRelations } from './fuzz';

test('no bit depends on the size of the blocks, the way of reading or the number of threads, in 12 random dumps', () => {
  expect(fuzzBits(folder, 1, 12).runs).toBe(12);
});

test('40 random dumps are exactly homogeneous and odd, and hardly know an order', async () => {
  expect((await fuzzRelations(folder, 1, 40)).runs).toBe(40);
});
