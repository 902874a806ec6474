import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CancellationToken } from 'vscode';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { NotebookFollower } from '../../src/host/notebook-follower';
import type { CellRun } from '../../src/host/notebook-follower';
import { evaluateIn } from '../../src/host/notebook-kernel';
import type { Kernel, KernelOutput } from '../../src/host/notebook-kernel';
import { saveValue } from '../../src/host/program-value';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { lacking, whyNot } from './python';
import { PythonKernel } from './python-kernel';

const token = { isCancellationRequested: false } as CancellationToken;
const MIB = 2 ** 20;
const CARRY = 8 * MIB;

const problemOf = async (promise: Promise<unknown>): Promise<Problem> => {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AnalysisError);
  return (error as AnalysisError).problem;
};

const analyzed = async (file: string): Promise<DumpSummary> =>
  analyze({ paths: [file], memoryBudget: 350 * MIB, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);

/* x has the rows (1, 2), (3, 6), (8, 1): mean (4, 3), centered (-3, -1), (-1, 3), (4, -2): 10 + 10 + 20 = 40; ‖mean‖² = 25 */
const SCATTER = 40;
const MEAN = 25;

const CELLS = `import numpy as np
x = np.array([[1, 2], [3, 6], [8, 1]])
f16, f32, f64 = x.astype("f2"), x.astype("f4"), x.astype("f8")
numbers = [[1, 2], [3, 6], [8, 1.0]]
d = {"layer's": f32[:, :1], 'a"b': f64[:, 1:], "loss": 0.5}
größe = f32
complex_numbers = f64 + 1j
large = np.zeros((3, 2**20))
calls = []
def once(): calls.append(1); return f32
class Model:
    def __init__(self): self.grads, self.parts = f32, {"w": [f64]}
    @property
    def noisy(self): calls.append(2); return f32
model = Model()
`;
const TORCH = `import torch
bf16 = torch.tensor(x).bfloat16()
parameter = torch.nn.Parameter(torch.tensor(f32))
sparse = torch.tensor(f32).to_sparse()
layer = torch.nn.Linear(2, 3); layer.weight.grad = torch.tensor(f32)
`;

/** Whether the folder stands where the kernel sees it: a program in a container has none of this name. */
const elsewhere = (code: string): string => code.replaceAll('/live/', '/other machine/');

describe.each([
  ['a process of Python', false, ['numpy']],
  ['ipykernel', true, ['numpy', 'ipykernel', 'jupyter_client']],
] as const)('a notebook whose kernel is %s', (_name, ipykernel, modules) => {
  const missing = lacking(modules);
  const why = missing.length === 0 ? '' : ` (not here: ${whyNot(missing)})`;
  const withoutTorch = lacking(['torch']);

  describe.skipIf(missing.length > 0)(`has its values saved${why}`, () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'notebook 梯度 ∇’"-'));
    const live = path.join(folder, 'live');
    let kernel: PythonKernel;
    let count = 0;
    const evaluate = async (expression: string): Promise<string> => evaluateIn(kernel, expression, token);
    const save = async (expression: string, as = evaluate): Promise<string> => {
      const file = path.join(live, `value_${count++}.gradients`);
      await saveValue(as, expression, file, 2 ** 30, CARRY);
      return file;
    };
    const remote = async (expression: string): Promise<string> => evaluate(elsewhere(expression));

    beforeAll(async () => {
      mkdirSync(live);
      kernel = new PythonKernel(ipykernel);
      expect(await kernel.cell(CELLS)).toBe('');
    }, 120_000);
    afterAll(async () => {
      await kernel.end();
      rmSync(folder, { recursive: true });
    }, 60_000);

    test.each([
      ['f16', 'float16'],
      ['f32', 'float32'],
      ['f64', 'float64'],
      ['größe', 'float32'],
      ['numbers', 'float64'],
      ['f32[:]', 'float32'],
      ['model.grads', 'float32'],
      [`model.parts['w'][0]`, 'float64'],
      ['f64  # the gradients', 'float64'],
    ])('as they are: %s, whose covariance is that by hand', async (expression, dtype) => {
      const { dump, moments } = await analyzed(await save(expression));
      expect(dump).toMatchObject({ rows: 3, parameters: 2, dtype });
      expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
    });

    test('as layers where they are a dict, under names with quotes', async () => {
      const { dump, moments } = await analyzed(await save('d'));
      expect(dump.layers.map(({ name }) => name)).toEqual(["layer's", 'a"b']);
      expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
    });

    test('once where a call gives them', async () => {
      await save('once()');
      expect((await kernel.cell('print(calls)')).trim()).toBe('[1]');
    });

    test('without a change to any of its names', async () => {
      await kernel.cell('before = set(dir()); was = globals().get("_")');
      await save('f32');
      expect(
        (await kernel.cell('print(set(dir()) - before - {"before", "was"}, globals().get("_") is was)')).trim(),
      ).toBe('set() True');
    });

    test('but not where reading one would run code of the notebook: then the line to type is said', async () => {
      const problem = await problemOf(save('model.noisy'));
      expect(problem).toMatchObject({
        code: 'program/value',
        found: 'Reading the attribute noisy runs code of the class Model',
        fix: '(model.noisy)',
      });
      expect((await kernel.cell('print(calls.count(2))')).trim()).toBe('0');
      expect((await analyzed(await save('(model.noisy)'))).moments).toMatchObject({ scatter: SCATTER });
      expect((await kernel.cell('print(calls.count(2))')).trim()).toBe('1');
    });

    test.each([
      ['complex_numbers', 'Its numbers are complex', 'np.stack([complex_numbers.real, complex_numbers.imag], -1)'],
      ['d["loss"]', 'It is of the type float', undefined],
    ])('but not %s, and the line to type is said where there is one', async (expression, found, fix) => {
      const problem = await problemOf(save(expression));
      expect(problem).toMatchObject({ code: 'program/value', found });
      expect(problem.fix).toBe(fix);
      if (fix !== undefined) expect((await analyzed(await save(fix))).dump).toMatchObject({ rows: 3, parameters: 4 });
    });

    test.each([
      ['no_such_name', "NameError: name 'no_such_name' is not defined"],
      ['model.no_such', "AttributeError: 'Model' object has no attribute 'no_such'"],
      [`d['no such']`, "KeyError: 'no such'"],
    ])('or what Python raises is said: %s', async (expression, raised) => {
      expect(await problemOf(save(expression))).toMatchObject({
        code: 'program/evaluation',
        found: `The program answered: ${raised}`,
      });
    });

    test('over the wire where its disk is another, up to 8 MiB', async () => {
      const file = await save('f32', remote);
      expect((await analyzed(file)).moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
      const layers = await analyzed(await save('d', remote));
      expect(layers.dump.layers.map(({ name }) => name)).toEqual(["layer's", 'a"b']);
      const whole = await save('np.zeros((4, 2**18)) + np.arange(4)[:, None]', remote);
      // the rows are 0, 1, 2, 3 in each of 2**18 columns: 2.25 + 0.25 + 0.25 + 2.25 = 5
      expect((await analyzed(whole)).moments).toMatchObject({ scatter: 5 * 2 ** 18 });
      expect(existsSync(path.join(folder, 'other machine'))).toBe(false);
      expect(readdirSync(live).filter((name) => /part|nonce/.test(name))).toEqual([]);
    });

    test('and above 8 MiB there the line that saves them is said, and works', async () => {
      const problem = await problemOf(save('large', remote));
      expect(problem).toMatchObject({
        code: 'program/disk',
        found:
          'The folder of the extension is not on the disk of the program, and its 24.0 MiB are too many to be sent',
        fix: 'import numpy; numpy.save("gradients.npy", large)',
      });
      expect(problem.remedy).toContain('save the array there where this window reads it');
      await kernel.cell(`import os; os.chdir(${JSON.stringify(folder)})`);
      await kernel.cell(problem.fix!);
      expect((await analyzed(path.join(folder, 'gradients.npy'))).dump).toMatchObject({ rows: 3, parameters: 2 ** 20 });
    });

    test('where the nonce is another one, over the wire, too', async () => {
      mkdirSync(path.join(folder, 'other machine'));
      writeFileSync(path.join(folder, 'other machine', `value_${count}.gradients.nonce`), 'another');
      await save('f32', remote);
      expect(readdirSync(path.join(folder, 'other machine'))).toHaveLength(1);
      rmSync(path.join(folder, 'other machine'), { recursive: true });
    });

    const torch = withoutTorch.length === 0 ? '' : ` (not here: ${whyNot(withoutTorch)})`;
    describe.skipIf(withoutTorch.length > 0)(`also tensors of PyTorch${torch}`, () => {
      beforeAll(async () => expect(await kernel.cell(TORCH)).toBe(''), 120_000);

      test.each(['bf16', 'parameter', 'layer.weight.grad', 'sparse.to_dense()'])(
        'as float32: %s',
        async (expression) => {
          for (const as of [evaluate, remote]) {
            const { dump, moments } = await analyzed(await save(expression, as));
            expect(dump).toMatchObject({ rows: 3, parameters: 2, dtype: 'float32' });
            expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
          }
        },
      );

      test('but sparse ones only as the line that is said', async () => {
        expect(await problemOf(save('sparse'))).toMatchObject({ found: 'It is sparse', fix: 'sparse.to_dense()' });
      });
    });
  });

  describe.skipIf(missing.length > 0)(`is followed${why}`, () => {
    let folder: string;
    let kernel: PythonKernel;
    let changes: string[];
    beforeEach(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'notebook-'));
      kernel = new PythonKernel(ipykernel);
      changes = [];
      expect(await kernel.cell(CELLS)).toBe('');
    }, 120_000);
    afterEach(async () => {
      await kernel.end();
      rmSync(folder, { recursive: true });
    }, 60_000);
    const after = (cell?: number): CellRun => ({
      cell,
      evaluate: async (expression) => evaluateIn(kernel, expression, token),
    });
    const following = (expression: string): NotebookFollower => {
      const follower = new NotebookFollower({
        expression,
        file: path.join(folder, 'g.gradients'),
        carry: CARRY,
        agree: async () => Promise.resolve(true),
        log: () => undefined,
        onChange: () => changes.push(follower.origin),
      });
      return follower;
    };
    const scatter = async (): Promise<number | undefined> =>
      (await analyzed(path.join(folder, 'g.gradients'))).moments?.scatter;

    test('after each cell, through a cell that takes the name away and a restart', async () => {
      const follower = following('f64');
      await follower.save(after(3));
      expect(follower.origin).toBe('as of cell [3]');
      await kernel.cell('f64 = 2 * f64');
      await follower.follow(after(4));
      expect([follower.origin, await scatter()]).toEqual(['as of cell [4]', 4 * SCATTER]);
      await kernel.cell('kept = f64; del f64');
      await follower.follow(after(5));
      expect(follower.origin).toBe(
        "as of cell [4]; not saved after cell [5]: The program answered: NameError: name 'f64' is not defined",
      );
      expect(await scatter()).toBe(4 * SCATTER);
      kernel.restart();
      follower.interrupt('the kernel is restarting');
      expect(follower.origin).toBe('as of cell [4]; the kernel is restarting');
      await kernel.cell(CELLS);
      await follower.follow(after(1));
      expect([follower.origin, await scatter()]).toEqual(['as of cell [1]', SCATTER]);
      expect(changes).toHaveLength(4);
    }, 120_000);

    test('but not where a call gives the value', async () => {
      const follower = following('once()');
      await follower.save(after());
      await follower.follow(after(4));
      expect(follower.origin).toBe('as of the click; evaluated once, because it may change the program');
      expect((await kernel.cell('print(calls)')).trim()).toBe('[1]');
      expect(follower.isAbout('once()')).toBe(false);
    });

    test('until its notebook is closed', async () => {
      const follower = following('f64');
      await follower.save(after(3));
      expect(follower.isAbout('f64')).toBe(true);
      follower.end('the notebook was closed');
      await kernel.cell('f64 = 2 * f64');
      await follower.follow(after(4));
      expect(follower.origin).toBe('as of cell [3]; the notebook was closed');
      expect([await scatter(), follower.isAbout('f64')]).toEqual([SCATTER, false]);
    });

    test('and its death ends what waits for an answer', async () => {
      const waiting = problemOf(
        following('f64').save({
          cell: 1,
          evaluate: async (expression) => {
            const answer = evaluateIn(kernel, `(__import__("time").sleep(60), ${expression})[1]`, token);
            kernel.die();
            return answer;
          },
        }),
      );
      expect((await waiting).found).toBe('The program answered: The kernel is dead');
      kernel.restart();
    });
  });
});

describe('what a kernel answers', () => {
  const answering = (...outputs: (readonly [mime: string, text: string])[]): Kernel => ({
    language: 'python',
    status: 'idle',
    onDidChangeStatus: () => ({ dispose: () => undefined }),
    executeCode: async function* (): AsyncGenerator<KernelOutput> {
      for (const [mime, text] of await Promise.resolve(outputs))
        yield { items: [{ mime, data: new TextEncoder().encode(text) }] };
    },
  });

  test('is put together from the parts in which it comes', async () => {
    const kernel = answering(
      ['application/vnd.code.notebook.stdout', 'grad'],
      ['text/html', '…'],
      ['text/plain', 'ients:'],
    );
    expect(await evaluateIn(kernel, 'g', token)).toBe('gradients:');
  });

  test('is an error where it says so, with its name where it has one', async () => {
    const error = 'application/vnd.code.notebook.error';
    const of = (text: string): Promise<string> => evaluateIn(answering([error, text]), 'g', token);
    await expect(of('{"name": "NameError", "message": "no g"}')).rejects.toThrow('NameError: no g');
    await expect(of('{"message": "interrupted"}')).rejects.toThrow('interrupted');
    await expect(of('Traceback')).rejects.toThrow('Traceback');
  });

  test('is not waited for where the kernel is dead already', async () => {
    const never: Kernel = {
      ...answering(),
      status: 'dead',
      executeCode: async function* (): AsyncGenerator<KernelOutput> {
        await new Promise(() => undefined);
        yield { items: [] };
      },
    };
    await expect(evaluateIn(never, 'g', token)).rejects.toThrow('The kernel is dead');
  });
});
