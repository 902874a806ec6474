import { describe, expect, test } from 'vitest';
import { planarGradients } from '../../src/theory/planar-gradients';

describe('four gradients around (3, 3)', () => {
  const near = planarGradients([[2, 2], [2, 4], [4, 4], [4, 2]]); // prettier-ignore
  const far = planarGradients([[1, 1], [1, 5], [5, 5], [5, 1]]); // prettier-ignore

  test('have the same mean, and one times or four times the unit matrix as covariance', () => {
    expect(near.mean).toEqual([3, 3]);
    expect(far.mean).toEqual([3, 3]);
    expect(near.covariance).toEqual([1, 0, 1]);
    expect(far.covariance).toEqual([4, 0, 4]);
  });

  test('have a trace that is the sum of the eigenvalues, and a noise scale of trace over squared mean', () => {
    expect([near.trace, far.trace]).toEqual([2, 8]);
    expect(near.noiseScale).toBe(2 / 18);
    expect(far.noiseScale).toBe(8 / 18);
  });
});

test('on one line the second eigenvalue is 0 and the first is the trace, along that line', () => {
  const { eigen, trace } = planarGradients([[1, 1], [2, 2], [4, 4], [5, 5]]); // prettier-ignore
  expect(trace).toBe(5);
  expect(eigen).toEqual({ values: [5, 0], angle: Math.PI / 4 });
});

test('differ from each other by their deviations, and the noise scale of a single gradient is 0', () => {
  expect(planarGradients([[0, 0], [2, 4]]).covariance).toEqual([1, 2, 4]); // prettier-ignore
  expect(planarGradients([[3, 4]])).toMatchObject({ meanSquaredNorm: 25, trace: 0, noiseScale: 0 }); // prettier-ignore
});

test('around zero every batch is noise: the noise scale is infinite, and without any gradient there is none', () => {
  expect(planarGradients([[-1, 0], [1, 0]]).noiseScale).toBe(Infinity); // prettier-ignore
  expect(planarGradients([[0, 0], [0, 0]]).noiseScale).toBeUndefined(); // prettier-ignore
});

test('moving all gradients moves the mean alone', () => {
  const points = [[0.3, -0.7], [1.9, 2.2], [4.1, 0.4], [-0.6, 5.5]] as const; // prettier-ignore
  const moved = planarGradients(points.map(([x, y]) => [x + 16, y - 8] as const));
  const here = planarGradients(points);
  moved.covariance.forEach((entry, index) => expect(entry).toBeCloseTo(here.covariance[index]!, 12));
  expect(moved.mean[0]).toBeCloseTo(here.mean[0] + 16, 12);
  expect(moved.mean[1]).toBeCloseTo(here.mean[1] - 8, 12);
});
