import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { fourGradientsPlot } from '../../src/plots/four-gradients';
import { FOUR_GRADIENTS, fourGradientsFinding, fourGradientsFormulas } from '../../src/report/dump/four-gradients';
import type { Text } from '../../src/shared/report';

const plain = (text: Text): string =>
  text
    .map((phrase) => (typeof phrase === 'string' ? phrase : 'strong' in phrase ? phrase.strong : phrase.math))
    .join('');
const set = (name: string) => FOUR_GRADIENTS.find((each) => each.name === name)!.points;

test.each(FOUR_GRADIENTS)('$name: every formula can be set, with numbers and symbols', ({ points }) => {
  for (const { symbol, substituted } of fourGradientsFormulas(points).flat())
    for (const tex of [symbol, substituted ?? symbol])
      expect(() => katex.renderToString(tex, { throwOnError: true, strict: 'error' })).not.toThrow();
});

describe('what is said of them', () => {
  test('a single gradient of four around the mean misses it by the root of the trace', () => {
    expect(plain(fourGradientsFinding(set('Close together')))).toBe(
      'One of the four, drawn at random, misses their mean by 1.41 (root mean square), in no direction more than in another. The square of that is 0.111 times the squared length of the mean.',
    );
    expect(plain(fourGradientsFinding(set('Twice as far out')))).toContain('misses their mean by 2.83');
  });

  test('on one line the covariance has rank 1', () => {
    expect(plain(fourGradientsFinding(set('On one line')))).toContain('all of it along one line');
  });

  test('around zero no batch size helps, and the same four have no noise', () => {
    expect(plain(fourGradientsFinding(set('Around zero')))).toContain('no batch size makes the signal larger');
    expect(plain(fourGradientsFinding([[1, 2], [1, 2], [1, 2], [1, 2]]))).toContain('there is no noise'); // prettier-ignore
  });
});

test('the picture draws an axis of the covariance only where there is one', () => {
  const axes = (name: string): number =>
    fourGradientsPlot(set(name)).panels[0]!.series.filter((series) => series.name === 'axis').length;
  expect(axes('Close together')).toBe(0);
  expect(axes('On one line')).toBe(2);
});
