import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { judged, assertionOf } from '../../src/terminal/assertion';
import type { JsonComparison, JsonRun } from '../../src/report/run/json';
import { runCommand } from '../../src/terminal/command';

const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const folder = mkdtempSync(path.join(tmpdir(), 'runs-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function command(...argv: string[]): Promise<{ code: number; output: string; errors: string }> {
  let [output, errors] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (output += text) }, { write: (text) => (errors += text) });
  return { code, output, errors };
}

describe('analyze RUN', () => {
  test('as JSON is a run with the metrics of every step, as those of its dump', async () => {
    const { code, output } = await command('analyze', DIGITS, '--json');
    const run = JSON.parse(output) as JsonRun;
    expect([code, run.schema, run.kind, run.steps.map(({ step }) => step)]).toEqual([0, 1, 'run', [0, 20, 200, 1000]]);
    const alone = JSON.parse((await command('analyze', path.join(DIGITS, 'step-000200.npy'), '--json')).output) as {
      metrics: Record<string, { value?: number; interval?: unknown }>;
    };
    for (const [id, { value, interval }] of Object.entries(run.steps[2]?.metrics ?? {})) {
      // what columns shuffled apart would show takes too long to find at every step
      if (id === 'noise-floor') continue;
      expect([id, value]).toEqual([id, alone.metrics[id]?.value]);
      expect([id, interval]).toEqual([id, alone.metrics[id]?.interval]);
    }
    expect(run.steps[2]?.metrics['noise-floor']?.unavailable).toBeTypeOf('string');
  });

  test('gives one table for terminals, Markdown and CSV, and one next batch size', async () => {
    const [text, markdown, csv] = await Promise.all([[], ['--markdown'], ['--csv']].map(async (more) => (await command('analyze', DIGITS, ...more)).output)); // prettier-ignore
    expect(text).toContain('batch');
    expect(markdown).toContain('| step | loss |');
    const [head = '', ...rows] = (csv ?? '').trimEnd().split('\n');
    expect(head.split(',').slice(0, 5)).toEqual(['step', 'file', 'loss', 'learning-rate', 'batch-size']);
    expect(rows).toHaveLength(4);
    const width = head.split(',').length;
    expect(rows.every((row) => row.split(',').length === width)).toBe(true);
  });

  test('with --watch misses no step that is written while another one is being reported', async () => {
    const at = path.join(folder, 'growing');
    mkdirSync(at);
    const add = (step: string): void =>
      cpSync(path.join(DIGITS, `step-${step}.npy`), path.join(at, `step-${step}.npy`));
    add('000000');
    const reports: JsonRun[] = [];
    const write = (text: string): void => {
      reports.push(JSON.parse(text) as JsonRun);
      if (reports.length === 1) add('000020');
    };
    let closed = false;
    const ended = runCommand(
      ['analyze', at, '--run', '--watch', '--json'],
      { write },
      { write: () => undefined },
      () => closed,
    );
    await expect.poll(() => reports.at(-1)?.steps.map(({ step }) => step)).toEqual([0, 20]);
    closed = true;
    writeFileSync(path.join(at, 'end'), '');
    expect(await ended).toBe(0);
  });

  test('goes on past a step that fails, names it, and ends with 1', async () => {
    const at = path.join(folder, 'failing');
    cpSync(DIGITS, at, { recursive: true });
    writeFileSync(
      path.join(at, 'step-000020.npy'),
      readFileSync(path.join(DIGITS, 'step-000020.npy')).subarray(0, 999),
    );
    const { code, output, errors } = await command('analyze', at, '--json');
    expect(code).toBe(1);
    expect(errors).toContain('step-000020.npy');
    const { steps } = JSON.parse(output) as JsonRun;
    expect(steps.map(({ problem }) => problem?.code)).toEqual([undefined, 'npy/truncated', undefined, undefined]);
  });

  test('reads a norm log, and --run takes files in any order as steps', async () => {
    const log = path.join(folder, 'x.gradnorms.jsonl');
    writeFileSync(log, '{"gradnorms": 1}\n{"step": 3, "b": 1, "B": 4, "small": 8, "big": 4.25}\n');
    const norms = JSON.parse((await command('analyze', log, '--json')).output) as JsonRun;
    expect(norms.steps[0]?.metrics['simple-noise-scale']?.value).toBeCloseTo(5 / 3, 12);
    const files = ['step-001000.npy', 'step-000000.npy'].map((name) => path.join(DIGITS, name));
    const said = JSON.parse((await command('analyze', ...files, '--run', '--json')).output) as JsonRun;
    expect(said.steps.map(({ step }) => step)).toEqual([0, 1000]);
  });
});

describe('compare A B', () => {
  const [a, b] = ['step-000000.npy', 'step-001000.npy'].map((name) => path.join(DIGITS, name)) as [string, string];

  test('as JSON has for each metric both values, the difference and whether it is resolved', async () => {
    const { code, output } = await command('compare', a, b, '--json');
    const { kind, differences } = JSON.parse(output) as JsonComparison;
    expect([code, kind]).toEqual([0, 'comparison']);
    const { baseline = NaN, other = NaN, difference } = differences['covariance-trace'] ?? {};
    expect(baseline).toBeCloseTo(5.0608527215864525, 10);
    expect(other).toBeCloseTo(2.4895068231328357, 10);
    expect(difference?.value).toBeCloseTo(other - baseline, 12);
  });

  test('of the same dump twice resolves nothing', async () => {
    expect((await command('compare', a, a)).output).toContain('0 of ');
  });

  test.each([[['compare', a]], [['compare', a, b, '--watch']], [['compare', a, b, '--json', '--csv']]])(
    'is refused as %j',
    async (argv) => expect((await command(...argv)).code).toBe(2),
  );
});

describe('An assertion', () => {
  test.each([
    ['simple-noise-scale>5', [10], true],
    ['simple-noise-scale>5', [4], false],
    ['simple-noise-scale>5', [10, 6, 20], true],
    ['simple-noise-scale>5', [10, 4, 20], 'undecided'],
    ['simple-noise-scale>5', [10, 6, null], true],
    ['simple-noise-scale<25', [10, 6, null], 'undecided'],
    ['simple-noise-scale<5', [10, 6, 20], false],
    ['simple-noise-scale.lower>5', [10, 6, 20], true],
    ['simple-noise-scale.lower>5', [10], true],
    ['simple-noise-scale.lower>5', [null, 6, null], true],
    ['simple-noise-scale.upper<5', [null, 6, null], 'undecided'],
    ['simple-noise-scale>5', [null, 6, null], 'undecided'],
    ['simple-noise-scale>5', undefined, 'undecided'],
  ] as const)('%s with the value %j is %s', (text, value, holds) => {
    expect(judged(assertionOf(text), value, true).holds).toBe(holds);
  });

  test.each([
    [['covariance-trace>1'], 0],
    [['covariance-trace>6'], 3],
    [['covariance-trace.upper<100', 'sgd-temperature<1'], 0],
    [['simple-noise-scale>100'], 0],
    [['simple-noise-scale>100', '--strict'], 3],
  ])('%j on every step of a run ends with %d', async ([assertion = '', ...more], code) => {
    const options = assertion.startsWith('--') ? [] : ['--assert', assertion];
    const others = more.flatMap((each) => (each.startsWith('--') ? [each] : ['--assert', each]));
    expect((await command('analyze', DIGITS, ...options, ...others)).code).toBe(code);
  });

  test('on one dump and in a comparison uses its value and the difference', async () => {
    const file = path.join(DIGITS, 'step-000000.npy');
    expect((await command('analyze', file, '--assert', 'covariance-trace<4')).code).toBe(3);
    expect((await command('compare', file, path.join(DIGITS, 'step-000200.npy'), '--assert', 'covariance-trace>-3')).code).toBe(0); // prettier-ignore
    const failing = await command('analyze', file, '--assert', 'covariance-trace<4');
    expect(failing.errors).toMatch(/^error: step-000000\.npy: covariance-trace<4 does not hold: it is 5\.06/);
  });

  test.each(['covariance-trace', 'covariance-trace>x', 'no-such-metric>1', 'covariance-trace=1'])(
    'written “%s” is a usage error',
    async (text) => expect((await command('analyze', DIGITS, '--assert', text)).code).toBe(2),
  );
});

test('An estimate without an interval has no ends that an assertion could be judged by', () => {
  expect(judged(assertionOf('tail-index.lower>2'), [3], false)).toMatchObject({
    holds: 'undecided',
    found: 'it is an estimate of 3.00 without an interval',
  });
  expect(judged(assertionOf('tail-index.lower>2'), [3, 2.5, 4], false).holds).toBe(true);
  expect(judged(assertionOf('tail-index>2'), [3], false).holds).toBe(true);
});

test('The lines of assertions match the problem matcher of the action', async () => {
  const file = '.github/actions/assert-gradients/problem-matcher.json';
  const { problemMatcher } = JSON.parse(readFileSync(file, 'utf8')) as {
    problemMatcher: [{ pattern: [{ regexp: string }] }];
  };
  const { errors } = await command('analyze', DIGITS, '--assert', 'covariance-trace>6');
  const lines = errors.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(line).toMatch(new RegExp(problemMatcher[0].pattern[0].regexp));
});
