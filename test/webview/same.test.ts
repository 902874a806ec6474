import { expect, test } from 'vitest';
import { same } from '../../webview/same';

test('equal data in other objects is the same, whatever holds its numbers', () => {
  const plot = (y: ArrayLike<number>) => ({ id: 'p', panels: [{ x: { min: 1 }, y, fine: undefined }] });
  expect(same(plot(new Float64Array([1, NaN])), plot(new Float64Array([1, NaN])))).toBe(true);
  expect(same(plot([1, 2]), plot([1, 2]))).toBe(true);
});

test.each([
  ['a number moved', { y: [1, 2] }, { y: [1, 3] }],
  ['a point was added', { y: [1] }, { y: [1, 2] }],
  ['a field was added', { a: 1 }, { a: 1, b: 2 }],
  ['a field has another name', { a: 1 }, { b: 1 }],
  ['a list became an object', { y: [] }, { y: {} }],
  ['something became nothing', { y: {} }, { y: null }],
  ['a sign of zero changed', { y: 0 }, { y: -0 }],
])('%s: not the same', (_, a, b) => {
  expect(same(a, b)).toBe(false);
  expect(same(b, a)).toBe(false);
});
