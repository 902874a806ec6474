import { expect, test } from 'vitest';
import { RecentSummaries } from '../../src/host/recent-summaries';
import type { DumpSummary } from '../../src/shared/summary';

/** About 8 kB a thousand eigenvalues; nothing else of it matters here. */
const summary = (count: number): DumpSummary =>
  ({ spectrum: { eigenvalues: new Float64Array(count) } }) as unknown as DumpSummary;

test('a version that was kept is given back as it is, another one is not known', () => {
  const recent = new RecentSummaries();
  const kept = summary(3);
  recent.keep('a 1', kept);
  expect(recent.get('a 1')).toBe(kept);
  expect(recent.get('a 2')).toBeUndefined();
});

test('when they become too many, the one that was not used for longest is forgotten', () => {
  const recent = new RecentSummaries(20_000);
  recent.keep('a', summary(1000));
  recent.keep('b', summary(1000));
  recent.get('a');
  recent.keep('c', summary(1000));
  expect(['a', 'b', 'c'].map((version) => recent.get(version) !== undefined)).toEqual([true, false, true]);
});

test('a summary larger than all that may be kept is not kept, and pushes nothing out', () => {
  const recent = new RecentSummaries(20_000);
  recent.keep('a', summary(1000));
  recent.keep('large', summary(10_000));
  expect(recent.get('large')).toBeUndefined();
  expect(recent.get('a')).toBeDefined();
});

test('a version kept twice counts once', () => {
  const recent = new RecentSummaries(20_000);
  for (let time = 0; time < 10; time++) recent.keep('a', summary(1000));
  recent.keep('b', summary(1000));
  expect(recent.get('a')).toBeDefined();
});
