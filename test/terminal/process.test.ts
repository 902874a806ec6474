import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const sample = path.join(root, 'media/sample/grad-step-000020.npy');
const folder = mkdtempSync(path.join(tmpdir(), 'process-'));
const script = path.join(folder, 'cli.js');
beforeAll(() => {
  buildSync({ entryPoints: [path.join(root, 'src/cli.ts')], bundle: true, platform: 'node', outfile: script });
});
afterAll(() => rmSync(folder, { recursive: true }));

const cli = `'${process.execPath}' '${script}'`;

/** The exit code of the program itself, what is left of its output, and its errors. */
function shell(line: string): { readonly output: string; readonly errors: string } {
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  return { output: stdout, errors: stderr };
}

describe.runIf(existsSync('/bin/bash'))('the program in a shell', () => {
  test.each([
    ['a report', `analyze '${sample}'`, 0],
    ['reports of several', `analyze '${sample}' '${sample}' '${sample}'`, 0],
    ['a report as JSON', `analyze '${sample}' --json`, 0],
    ['the usage', '--help', 0],
  ])('ends without a word where nobody reads %s', (_, words, code) => {
    // the reader is gone before anything is written
    const { output, errors } = shell(`{ sleep 0.2; ${cli} ${words}; echo "code $?" >&2; } | true`);
    expect([output, errors]).toEqual(['', `code ${code}\n`]);
  });

  test('gives what was read before the reader left, and the code of what it did', () => {
    const { output, errors } = shell(
      `${cli} analyze '${sample}' /nothing.npy | head -n 1; echo "code \${PIPESTATUS[0]}"`,
    );
    expect(output).toBe('grad-step-000020.npy\ncode 1\n');
    expect(errors).toMatch(/^The file is not there: .*\n$/);
  });

  test('keeps its code where nobody reads its errors', () => {
    const code = path.join(folder, 'code');
    const { output } = shell(
      `{ sleep 0.2; ${cli} analyze /nothing.npy 2>&1; echo "code $?" >'${code}'; } | true; cat '${code}'`,
    );
    expect(output).toBe('code 1\n');
  });

  test.runIf(existsSync('/dev/full'))('fails where what it prints cannot be written', () => {
    const { output, errors } = shell(`${cli} analyze '${sample}' > /dev/full; echo "code $?"`);
    expect(output).toBe('code 1\n');
    expect(errors).toMatch(/^The file cannot be written: What was printed could not be written \(ENOSPC\)\..*\n$/);
  });

  test.each([
    [['--version'], 0],
    [['analyze'], 2],
    [['analyze', '/nothing.npy'], 1],
  ])('for %j exits with %i', (argv, code) => {
    expect(spawnSync(process.execPath, [script, ...argv]).status).toBe(code);
  });
});
