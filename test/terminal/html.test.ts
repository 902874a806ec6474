import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from '../../src/terminal/command';
import { faultOfMarkup } from '../report/drawing/markup';

const sample = path.resolve('media/sample/grad-step-000020.npy');
const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const folder = mkdtempSync(path.join(tmpdir(), 'html-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function command(...argv: string[]) {
  let [output, errors] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (output += text) }, { write: (text) => (errors += text) });
  return { code, output, errors };
}

test('--html writes the report beside what is printed, and over an older one', async () => {
  const file = path.join(folder, 'report.html');
  for (const options of [[], ['--json']]) {
    const { code, output, errors } = await command('analyze', sample, '--html', file, ...options);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain('grad-step-000020.npy');
    const html = readFileSync(file, 'utf8');
    expect(html).toContain('<title>grad-step-000020.npy</title>');
    expect(html.match(/<svg /g)?.length).toBeGreaterThan(8);
    expect(html.length).toBeLessThan(2 ** 20);
    expect(readdirSync(folder)).toEqual(['report.html']);
  }
});

test('--html writes a run with its verdict, its curves and its steps, and a comparison with its differences', async () => {
  const [a, b] = ['step-000000.npy', 'step-001000.npy'].map((name) => path.join(DIGITS, name)) as [string, string];
  for (const [argv, words] of [
    [
      ['analyze', DIGITS],
      ['Next batch size|The batch of', 'All steps of run', 'Noise over signal of a batch', 'Empirical observations'],
    ],
    [
      ['compare', a, b],
      ['What changed from A to B', 'Resolved first', 'Settings of both', 'Same examples'],
    ],
  ] as const) {
    const file = path.join(folder, 'report.html');
    const { code, errors, output } = await command(...argv, '--html', file);
    expect([code, errors]).toEqual([0, '']);
    expect(output).not.toContain('<svg');
    const html = readFileSync(file, 'utf8');
    for (const word of words) expect(html).toMatch(new RegExp(word));
    expect(html).not.toMatch(/<script|<link|<img|\sstyle=|\son\w+=|href=|src=|NaN|undefined/);
    expect(faultOfMarkup(html)).toBeUndefined();
    expect(html.length).toBeLessThan(2 ** 21);
  }
});

test.each([
  ['a name that does not end in .html', ['analyze', sample, '--html', path.join(folder, 'a.npy')], 2],
  ['several dumps', ['analyze', sample, sample, '--html', path.join(folder, 'a.html')], 2],
  ['a folder that does not exist', ['analyze', sample, '--html', path.join(folder, 'none', 'a.html')], 1],
])('--html is refused with %s, and nothing is written', async (_, argv, code) => {
  const ended = await command(...argv);
  expect(ended.code).toBe(code);
  expect(ended.errors).not.toBe('');
  expect(existsSync(path.join(folder, 'a.html')) || existsSync(path.join(folder, 'a.npy'))).toBe(false);
});
