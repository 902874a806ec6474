import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemOf, PROBLEMS } from '../../src/shared/problem';

const page = readFileSync(path.resolve(import.meta.dirname, '../../media/problems.md'), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [code, meaning, ...rest] = section.split('\n').filter((line) => line !== '');
    return { code, meaning, text: rest.join(' ') };
  });

describe('the page of problems', () => {
  test('has a section for every code, in their order', () => {
    expect(sections.map(({ code }) => code)).toEqual(Object.keys(PROBLEMS));
  });

  test('says of each what its title and consequence say in the report', () => {
    const meanings = Object.entries(PROBLEMS).map(([code, [title, consequence]]) => [
      code,
      `**${title}.** ${consequence}`,
    ]);
    expect(sections.map(({ code, meaning }) => [code, meaning])).toEqual(meanings);
  });

  test('says more than the report does', () => {
    expect(sections.filter(({ text }) => text.length < 40).map(({ code }) => code)).toEqual([]);
  });

  test('has headings that no other code could be mistaken for when they become links', () => {
    const links = sections.map(({ code }) => code!.replace('/', ''));
    expect(new Set(links).size).toBe(links.length);
    for (const link of links) expect(link).toMatch(/^[a-z-]+$/);
  });
});

test('memory that the system does not give is a matter of the budget, not a fault of ours', () => {
  const attempt = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return problemOf(error);
    }
  };
  expect(attempt(() => new ArrayBuffer(2 ** 52))).toEqual({
    code: 'memory/budget',
    found: 'The system does not give the memory that the budget allows',
    remedy: 'Lower “gradientCovariance.memoryBudgetMiB”, or close other programs.',
  });
  for (const told of ['Memory(): could not allocate memory', 'Memory.grow(): Unable to grow instance memory'])
    expect(problemOf(new RangeError(`WebAssembly.${told}`))).toMatchObject({ code: 'memory/budget' });
  expect(attempt(() => new Float64Array(-1))).toMatchObject({ code: 'run/internal' });
});
