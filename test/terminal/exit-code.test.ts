import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from '../../src/terminal/command';

const folder = mkdtempSync(path.join(tmpdir(), 'exit-code-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'good.json'), '[[1, 2], [3, 5]]');
writeFileSync(path.join(folder, 'bad.json'), '[[1, 2], [3]]');

const ended = async (...argv: string[]): Promise<{ code: number; output: string; errors: string }> => {
  const told = { output: '', errors: '' };
  const into = (stream: keyof typeof told) => ({ write: (text: string) => (told[stream] += text) });
  return { code: await runCommand(argv, into('output'), into('errors')), ...told };
};

test('the exit code is 0 when there is a report, or when help was asked for', async () => {
  expect(await ended('analyze', path.join(folder, 'good.json'))).toMatchObject({ code: 0, errors: '' });
  expect(await ended('--help')).toMatchObject({ code: 0, errors: '' });
});

test.each([['--no-such-option'], ['--batch-size', 'many'], ['--convention', 'both']])(
  'the exit code is 2 when the command line cannot be understood: %s',
  async (...more) => {
    const { code, output, errors } = await ended('analyze', path.join(folder, 'good.json'), ...more);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain('[usage/invalid]');
  },
);

test.each(['bad.json', 'not-there.npy'])('the exit code is 1 when %s has a problem', async (name) => {
  const { code, output, errors } = await ended('analyze', path.join(folder, name));
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).not.toBe('');
});
