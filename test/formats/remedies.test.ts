import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { readDump } from '../../src/formats';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { MEANS, rowsOf } from './build';

/* every line of Python that a problem shows is run on the very object that provokes it; the file it makes has its rows */

const PYTHON = process.env['GRADIENT_PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');
const SCRIPT = path.resolve(import.meta.dirname, 'remedies.py');
const folder = mkdtempSync(path.join(tmpdir(), 'remedies-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly made: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Bytes that reading may use, where that provokes the problem. */
  readonly budgets: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
}

function python(what: string, input = ''): unknown {
  const { status, stdout, stderr } = spawnSync(PYTHON, [SCRIPT, what, folder], { encoding: 'utf8', input });
  // a fault of the script is not a missing library
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return JSON.parse(stdout);
}

async function problemOf(file: string, budget: number | undefined): Promise<Problem | undefined> {
  const means = { ...MEANS, ...(budget !== undefined && { memoryBudget: budget }) };
  try {
    // batches are put under one another where that is asked for
    const layout = budget !== undefined && /batches/.test(file) ? { layout: 'rows' as const } : {};
    if (!/\.zarr$/.test(file)) readDump({ path: file, ...means, ...layout });
    if (budget !== undefined) return undefined;
    const request = { paths: [file], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) };
    const { companions, suspicions: [seen] = [] } = await analyze(request, () => undefined); // prettier-ignore
    if (companions?.hessian !== undefined && 'problem' in companions.hessian) return companions.hessian.problem;
    return seen && { ...seen, code: 'data/layout' };
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}

const numpy = spawnSync(PYTHON, ['-c', 'import numpy']).status === 0;
const reason = numpy ? undefined : `${PYTHON} cannot import numpy`;
const { made, budgets, missing } = numpy ? (python('make') as Made) : { made: {}, budgets: {}, missing: [] };
if (missing.length > 0) console.log(`The lines for ${missing.join(', ')} are not run: ${PYTHON} cannot import them.`);
const place = (name: string, file = name): string => path.join(folder, name, file);
const problems = new Map<string, Problem | undefined>();
for (const name of Object.keys(made)) problems.set(name, await problemOf(place(name), budgets[name]));
const before = new Map(Object.keys(made).map((name) => [name, new Set(readdirSync(place(name, '.')))]));
const lines = Object.fromEntries([...problems].flatMap(([name, problem]) => (problem?.fix === undefined ? [] : [[name, problem.fix]]))); // prettier-ignore
const ran = numpy ? python('run', JSON.stringify(lines)) : {};

describe.skipIf(!numpy)(`the line of a problem, run on the object that provokes it${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test('runs', () => expect(ran).toEqual({}));

  test.each(Object.entries(made))('leads to the right rows: %s', (name, rows) => {
    const problem = problems.get(name);
    expect(problem, 'there is a problem').toBeDefined();
    expect(problem?.fix, `${problem?.found}. ${problem?.remedy}`).toBeDefined();
    const file = readdirSync(place(name, '.')).find((file) => before.get(name)?.has(file) === false) ?? name;
    expect(rowsOf(readDump({ path: place(name, file), ...MEANS })), problem?.fix).toEqual(rows);
  });
}); // prettier-ignore

/* --- none is forgotten ------------------------------------------------------------------------------------------------ */

const CODE = /\b(?:np|torch|json|pickle|scipy|h5py|safetensors|pyarrow|zarr|orbax)\.[\w.]+\(/;
/** Lines that are parts of others, and those that are run elsewhere or cannot be: with the reason. */
const ELSEWHERE: readonly (readonly [file: RegExp, line: RegExp, reason: string])[] = [
  [/layout-question/, /./, 'test/terminal/parts.test.ts'],
  [/suspicions/, /./, 'test/analysis/suspicions.test.ts'],
  [/without-rows/, /isfinite/, 'the line of non-finite numbers, written as a whole'],
  [/drawn-batches|report\/evaluate/, /ldexp/, 'the line of moments.ts with another power of two'],
  [/(?:debug|program)-python|notebook/, /./, 'test/host/program-value.test.ts'],
  [/content\.ts/, /orbax/, 'Orbax is not among the libraries of the tests'],
  [/gradstats\.ts/, /np\.asarray/, 'a type in a message'],
];
/** What stands in a line as a value. */
const PART = /^(?:np\.load|np\.loadtxt|json\.load|torch\.load|safetensors\.numpy\.load_file)\(/;

/** Literals of the sources that hold Python, with a § for each value in them. */
function literals(): [file: string, line: string][] {
  const root = path.resolve(import.meta.dirname, '../../src');
  const found: [string, string][] = [];
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      const text =
        ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)
          ? node.text
          : ts.isTemplateExpression(node)
            ? node.head.text + node.templateSpans.map(({ literal }) => `§${literal.text}`).join('')
            : '';
      if (CODE.test(text)) found.push([file.replaceAll('\\', '/'), text]);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

test.skipIf(!numpy || missing.length > 0)(
  `every line of Python in the sources was run${missing.length > 0 ? ` (skipped: ${PYTHON} cannot import ${missing.join(', ')})` : ''}`,
  () => {
    const executed = Object.values(lines);
    const forgotten = literals().filter(([file, line]) => {
      if (PART.test(line) || ELSEWHERE.some(([where, what]) => where.test(file) && what.test(line))) return false;
      const pattern = line
        .replace('FILE', '§')
        .split('§')
        .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*');
      return !executed.some((shown) => new RegExp(`^${pattern}$`).test(shown));
    });
    expect(forgotten).toEqual([]);
  },
);

test.skipIf(!numpy)('a problem is provoked for each of more than 20 objects', () =>
  expect(problems.size).toBeGreaterThan(20),
);
