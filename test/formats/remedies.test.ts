import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { MEANS, rowsOf } from './build';

/* every line of Python that a refusal shows is run on the very object that provokes it; the file it makes has its rows */

const PYTHON = process.env['PYTHON'] ?? 'python3';
const SCRIPT = path.resolve(import.meta.dirname, 'remedies.py');
const folder = mkdtempSync(path.join(tmpdir(), 'remedies-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly made: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly missing: readonly string[];
}

const python = (what: string, input = ''): { readonly output: unknown } | { readonly reason: string } => {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, [SCRIPT, what, folder], { encoding: 'utf8', input });
  if (status === 0) return { output: JSON.parse(stdout) as unknown };
  return { reason: error === undefined ? stderr.trim().slice(-200) : error.message };
};

function problemOf(file: string): Problem | undefined {
  try {
    readDump({ path: file, ...MEANS });
    return undefined;
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}

const made = python('make');
const { made: rowsOfEach, missing } = 'output' in made ? (made.output as Made) : { made: {}, missing: [] };
const reason = 'reason' in made ? `${PYTHON} with NumPy is not to be had: ${made.reason}` : undefined;
if (missing.length > 0) console.log(`The lines for ${missing.join(', ')} are not run: ${PYTHON} cannot import them.`);
const place = (name: string, file = name): string => path.join(folder, name, file);
const problems = new Map(Object.keys(rowsOfEach).map((name) => [name, problemOf(place(name))]));
const before = new Map(Object.keys(rowsOfEach).map((name) => [name, new Set(readdirSync(place(name, '.')))]));
const lines = Object.fromEntries([...problems].flatMap(([name, problem]) => (problem?.fix === undefined ? [] : [[name, problem.fix]]))); // prettier-ignore
const ran = reason === undefined ? python('run', JSON.stringify(lines)) : { output: {} };

describe.skipIf(reason !== undefined)('the line of a refusal, run on the object that was refused', () => {
  test('runs', () => expect(ran).toEqual({ output: {} }));

  test.each(Object.entries(rowsOfEach))('%s', (name, rows) => {
    const problem = problems.get(name);
    expect(problem, 'it is refused').toBeDefined();
    expect(problem?.fix, `${problem?.found}. ${problem?.remedy}`).toBeDefined();
    const file = readdirSync(place(name, '.')).find((file) => before.get(name)?.has(file) === false) ?? name;
    expect(rowsOf(readDump({ path: place(name, file), ...MEANS })), problem?.fix).toEqual(rows);
  });
});

test.skipIf(reason !== undefined)(reason ?? 'Python and NumPy are to be had', () =>
  expect(problems.size).toBeGreaterThan(20),
);
