import { expect, test } from 'vitest';
import { prose } from '../../src/report/phrases';

test('a paragraph has TeX between dollar signs and strong words between asterisks', () => {
  expect(prose`Drift $\eta G$, **always**: $${'B_{\\text{simple}}'}/B$.`).toEqual([
    'Drift ',
    { math: String.raw`\eta G` },
    ', ',
    { strong: 'always' },
    ': ',
    { math: String.raw`B_{\text{simple}}/B` },
    '.',
  ]);
});

test('two asterisks within TeX are TeX', () => {
  expect(prose`$a**b$`).toEqual([{ math: 'a**b' }]);
});

test('a name that looks like markup stays the text that it is, also beside other text', () => {
  expect(prose`Layer ${'$x$ **y**'} and ${[{ strong: 'z' }, '$']}.`).toEqual([
    'Layer $x$ **y** and ',
    { strong: 'z' },
    '$.',
  ]);
});

test('an open dollar sign or a phrase within TeX is a mistake of the programmer and throws', () => {
  expect(() => prose`costs $5`).toThrow(/not closed/);
  expect(() => prose`**much`).toThrow(/not closed/);
  expect(() => prose`$x${{ strong: 'y' }}$`).toThrow(/only text/);
});
