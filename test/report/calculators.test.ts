import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { fieldProblem } from '../../src/report/calculators/calculator';
import { CALCULATORS } from '../../src/report/calculators';
import { evaluate } from '../../src/report/evaluate';
import type { Text } from '../../src/shared/report';
import { SITUATIONS } from '../reference/situations';

const plain = (text: Text): string =>
  text
    .map((phrase) => (typeof phrase === 'string' ? phrase : 'strong' in phrase ? phrase.strong : phrase.math))
    .join('');
const { 'two-batch-sizes': twoBatchSizes, 'gibbs-odds': gibbsOdds } = CALCULATORS;

describe('two squared norms', () => {
  test('of 20 at b = 1 and 19 at B = 2 leave a signal of 18, a noise of 2 and a noise scale of 1/9', () => {
    const { formulas, text } = twoBatchSizes.answer({ smallSize: 1, smallNorm: 20, largeSize: 2, largeNorm: 19 });
    expect(formulas.map(([first]) => first!.substituted)).toEqual(['18', '2', '0.1111']);
    expect(plain(text)).toContain('equal at 0.111 examples');
  });

  test('that rise with the batch give a negative noise, which is told and not divided', () => {
    const { formulas, text } = twoBatchSizes.answer({ smallSize: 8, smallNorm: 3, largeSize: 64, largeNorm: 4 });
    expect(formulas).toHaveLength(2);
    expect(plain(text)).toContain('The noise comes out negative');
  });

  test('that fall like 1/B leave no signal, hence no noise scale', () => {
    const { formulas, text } = twoBatchSizes.answer({ smallSize: 8, smallNorm: 8, largeSize: 64, largeNorm: 1 });
    expect(formulas.map(([first]) => first!.substituted)).toEqual(['0', '64']);
    expect(plain(text)).toContain('The signal cannot be distinguished from zero');
  });

  test('of one size tell nothing', () => {
    const { formulas, text } = twoBatchSizes.answer({ smallSize: 8, smallNorm: 2, largeSize: 8, largeNorm: 1 });
    expect(formulas).toEqual([]);
    expect(plain(text)).toContain('must differ');
  });
});

describe('odds between a flat, higher minimum A (h = 0.5, L = 0.02) and a sharp, lower one B (h = 5, L = 0)', () => {
  const minima = { directions: 2, lossA: 0.02, curvatureA: 0.5, lossB: 0, curvatureB: 5 };
  // n = ησ²/(2B) with σ² = 1 and η/B = 0.01 … 0.2: 10·exp(−0.02/n)
  test.each([
    [0.005, '0.1832'],
    [0.025, '4.493'],
    [0.05, '6.703'],
    [0.1, '8.187'],
  ])('at the temperature %d are %s', (temperature, odds) => {
    expect(gibbsOdds.answer({ ...minima, temperature }).formulas[0]![0]!.substituted).toBe(odds);
  });

  test('turn at the temperature 0.00869, and are written as a power of ten where a double underflows', () => {
    const { formulas, text } = gibbsOdds.answer({ ...minima, temperature: 1e-6 });
    expect(plain(text)).toContain('equally likely at the temperature 8.69\\times10^{-3}');
    expect(plain(text)).toContain('B is the likelier one');
    // log₁₀(10·e^−20000) = 1 − 20000/ln 10 = −8684.9
    expect(formulas[0]![0]!.substituted).toBe('10^{-8{,}685}');
  });

  test('conclude nothing for a dump whose noise is not isotropic', () => {
    const text = (excess: number): string => plain(gibbsOdds.answer({ ...minima, temperature: 0.1, excess }).text);
    expect(text(40)).toContain('say nothing about its training');
    expect(text(0.9)).toContain('do not rule that out');
  });
});

test('what cannot be used is told by the name of its field', () => {
  const [size, norm] = twoBatchSizes.fields;
  expect(fieldProblem(size!, 2.5)).toBe('The smaller batch size is a whole number of at least 1.');
  expect(fieldProblem(size!, undefined)).toBeDefined();
  expect(fieldProblem(norm!, 0)).toBeUndefined();
  expect(fieldProblem(norm!, -1)).toBe('The squared norm of the smaller batch is a number of at least 0.');
  expect(fieldProblem(norm!, Infinity)).toBeDefined();
});

test.each(SITUATIONS)('with $name the fields begin with what can be used, and the formulas can be set', (each) => {
  const blocks = evaluate(each.summary, each.settings).sections.flatMap((section) => section.blocks);
  for (const block of blocks) {
    if (block.kind !== 'calculator') continue;
    const { fields, answer } = CALCULATORS[block.calculator];
    for (const field of fields) expect(fieldProblem(field, block.given[field.name])).toBeUndefined();
    const { formulas, text } = answer(block.given);
    expect(plain(text)).not.toMatch(/NaN|Infinity|undefined/);
    for (const { symbol, substituted } of formulas.flat())
      for (const tex of [symbol, substituted ?? symbol])
        expect(() => katex.renderToString(tex, { throwOnError: true, strict: 'error' })).not.toThrow();
  }
});
