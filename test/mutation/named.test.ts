import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly fullName: string;
  readonly status: string;
}
const ran: Ran[] = [];

// one run of the tests that are to fail, over sources with every fault in them
beforeAll(() => {
  const outputFile = path.join(folder, 'report.json');
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const environment = Object.entries(process.env).filter(([name]) => !/^(VITE|TEST$|NODE_ENV$)/.test(name));
  const { stderr } = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/mutation/named.config.mjs'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...Object.fromEntries(environment), NAMED_MUTANTS: outputFile },
  });
  let report: { testResults: { name: string; assertionResults: Ran[]; message: string }[] };
  try {
    report = JSON.parse(readFileSync(outputFile, 'utf8')) as typeof report;
  } catch {
    throw new Error(`the run of the mutants left no report: ${stderr}`);
  }
  for (const { name, assertionResults, message } of report.testResults) {
    // a file that does not even load has noticed nothing
    expect(assertionResults.length, `${name}: ${message}`).toBeGreaterThan(0);
    ran.push(...assertionResults);
  }
}, 300_000);

describe('sources with a fault', () => {
  test.each(MUTANTS)('$name: the test fails that is there for it', ({ file, find, put, fails }) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    expect(source.split(find), `${file} holds ${find} once`).toHaveLength(2);
    expect(find).not.toBe(put);
    expect(ran.find(({ fullName }) => fullName === fails)?.status, fails).toBe('failed');
  });

  test('let most other tests pass, so that each fault was noticed by what it does', () => {
    const passed = ran.filter(({ status }) => status === 'passed').length;
    expect(passed).toBeGreaterThan(ran.length * 0.75);
  });
});
