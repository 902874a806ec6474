import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { namesAPlace } from '../../src/host/program-python';
import { inspectValue, saveValue } from '../../src/host/program-value';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { DebugpySession } from './debugpy';
import { lacking, whyNot } from './python';

describe('an expression is evaluated at every stop', () => {
  test.each(['g', 'self.grads', 'outs[0]', 'outs[-1]', `d["layer's"]`, `d['a"b'].grad`, 'größe', ' g '])(
    'when it only names a place: %s',
    (expression) => expect(namesAPlace(expression)).toBe(true),
  );
  test.each(['next(loader)', 'g + 1', 'd[k]', 'g[:2]', 'g, h', 'x := 3', 'await', 'None', '', '3', '"text"', 'd["a]'])(
    'but once when it may do something: %s',
    (expression) => expect(namesAPlace(expression)).toBe(false),
  );
});

const problemOf = async (promise: Promise<unknown>): Promise<Problem> => {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AnalysisError);
  return (error as AnalysisError).problem;
};

describe('a program that answers something else', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'program-value-')), 'g.npy');
  afterAll(() => rmSync(path.dirname(file), { recursive: true }));

  test('is quoted with the last line of its traceback', async () => {
    const answer = async () => Promise.reject(new Error("Traceback:\n  File x\nNameError: name 'g' is not defined\n"));
    expect(await problemOf(saveValue(answer, 'g', file, undefined))).toMatchObject({
      code: 'program/evaluation',
      found: "The program answered: NameError: name 'g' is not defined",
      where: 'g',
    });
  });

  test('and says that it saved what never appears here is on another disk; nothing is left behind', async () => {
    const reply = { type: 'ndarray', layers: null, shape: [2, 3], dtype: 'float32', bytes: 24, left: [], size: 152 };
    const answer = async () => Promise.resolve(`'gradients:${Buffer.from(JSON.stringify(reply)).toString('hex')}'`);
    const problem = await problemOf(saveValue(answer, 'g', file, undefined));
    expect(problem.code).toBe('program/disk');
    expect(problem.found).toBe('The program says that it wrote 152 bytes, and the file did not appear here');
    expect(readdirSync(path.dirname(file))).toEqual([]);
  });
});

/* x has the rows (1, 2), (3, 6), (8, 1): mean (4, 3), centered (-3, -1), (-1, 3), (4, -2): 10 + 10 + 20 = 40; ‖mean‖² = 25 */
const SCATTER = 40;
const MEAN = 25;

const PROGRAM = `# -*- coding: utf-8 -*-
import collections
import numpy as np
x = np.array([[1, 2], [3, 6], [8, 1]])
f16, f32, f64, i32 = x.astype("f2"), x.astype("f4"), x.astype("f8"), x.astype("i4")
fortran, big, wide = np.asfortranarray(f64), x.astype(">f8"), x.astype("longdouble")
numbers = [[1, 2], [3, 6], [8, 1.0]]
vectors = [f32[0], f32[1], f32[2]]
single = (f64,)
d = {"layer's": f32[:, :1], 'a"b': f64[:, 1:], "loss": 0.5, "file": None}
tree = {"dense": {"kernel": f32[:, :1].reshape(3, 1, 1)}, "bias": collections.OrderedDict(b=f32[:, 1])}
beside = {"w": f32[:, :1], "scale": f32[:, 1], "loss": f64[:, 0], "Labels": f64[:, 1], "id": i32[:, 0],
          "who": np.array(["a", "b", "c"]), "lr": np.float32(0.1), "rows": np.array(3.0)}
parts = [f32[:, :1], np.hstack([f32[:, 1:], np.zeros((3, 1), "f4")])]
twins = [f32, f32]
batch = {"w": np.ones((4, 2)), "b": np.ones(3)}
masked = np.ma.masked_array(f32)
objects = np.array([f32[0], [1]], dtype=object)
complex_numbers = f64 + 1j
größe = f32
class Odd:
    @property
    def shape(self): raise SystemExit("the reader's code was run")
odd = Odd()
def run(*a, **k): raise SystemExit("the reader's code was run")
class Meta(type):
    __eq__ = __getattribute__ = run
    __hash__ = type.__hash__
class Tricky(metaclass=Meta): __getattribute__ = __class__ = property(run)
class OwnList(list): __iter__ = __len__ = __getitem__ = run
class OwnDict(dict): items = __iter__ = __getitem__ = __missing__ = run
class OwnArray(np.ndarray): __array_function__ = __array_ufunc__ = __array__ = __getattribute__ = run
class OwnKey(int): __str__ = __repr__ = run
tricky, own_list, own_dict = Tricky(), OwnList([x[0] * 1.0, x[1] * 1.0, x[2] * 1.0]), OwnDict(a=x * 1.0)
own_array, own_key = (x * 1.0).view(OwnArray), {OwnKey(3): x * 1.0}
class Model:
    __slots__ = ("kept",)
    named = x * 1.0
    noisy = property(run)
class Loose(Model):
    def __getattr__(self, name): run()
model, loose = Model(), Loose()
model.kept = x * 1.0
loose.grads = [x * 1.0]
counted = collections.defaultdict(run, a=x * 1.0)
calls = []
def once(): calls.append(1); return f32
def step(k):
    grads = f32 * k
    return grads
stop = 1
step(2)
`;

const TORCH = `import torch
x = torch.tensor([[1., 2.], [3., 6.], [8., 1.]])
f32, f16, f64, bf16 = x, x.half(), x.double(), x.bfloat16()
parameter = torch.nn.Parameter(x)
grown = parameter * 1
bparameter = torch.nn.Parameter(bf16)
numbers = [x[0], x[1], x[2]]
layers = [x[:, :1], x[:, 1]]
named = {"layer's weight": bf16[:, :1].reshape(3, 1, 1), 'a"b': f16[:, 1:], "step": 7}
twins = [x, x]
complex_numbers = torch.complex(x, x)
negative = torch.complex(-x, -x).conj().imag
sparse, csr = x.to_sparse(), x.to_sparse_csr()
strided = torch.stack([x.t(), x.t()])[0].t()
meta = x.to("meta")
integers = x.long()
e5 = x.to(torch.float8_e5m2)
nothing = torch.nn.Linear(2, 1).weight.grad
class Own(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): raise SystemExit("the reader's code was run")
own = x.as_subclass(Own)
class DTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): raise SystemExit("a collective was started")
    def to_local(self): return x
distributed = x.as_subclass(DTensor)
nested = torch.nested.nested_tensor([x[0], x[1]])
quantized = torch.quantize_per_tensor(x, 0.5, 0, torch.qint8)
linear = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
state = dict(linear.named_parameters())
stop = 1
`;

/** The 1-based line of a program on which a text stands. */
const lineOf = (program: string, text: string): number =>
  program.split('\n').findIndex((line) => line.startsWith(text)) + 1;

function scripted(name: string, modules: readonly string[], program: string, stops: readonly string[]) {
  const missing = lacking(modules);
  const why = missing.length === 0 ? '' : ` (not here: ${whyNot(missing)})`;
  const folder = mkdtempSync(path.join(tmpdir(), 'debug value 梯度 ∇’"-'));
  const live = path.join(folder, 'storage é', 'live');
  let session: DebugpySession | undefined;
  let count = 0;
  const evaluate = async (expression: string): Promise<string> => session!.evaluate(expression);
  const it = {
    evaluate,
    proceed: async (): Promise<void> => session!.proceed(),
    live,
    folder,
    save: async (expression: string, limit?: number): Promise<string> => {
      const file = path.join(live, `value_${count++}.gradients`);
      await saveValue(evaluate, expression, file, limit);
      return file;
    },
    summary: async (expression: string): Promise<DumpSummary> => analyzed(await it.save(expression)),
  };
  const block = (body: () => void): void => {
    describe.skipIf(missing.length > 0)(`${name}${why}`, () => {
      beforeAll(async () => {
        mkdirSync(live, { recursive: true });
        const file = path.join(folder, 'train.py');
        writeFileSync(file, program);
        session = await DebugpySession.at(
          file,
          stops.map((text) => lineOf(program, text)),
        );
      }, 120_000);
      afterAll(async () => {
        await session?.end();
      }, 60_000);
      body();
    });
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { ...it, block };
}

const analyzed = async (file: string): Promise<DumpSummary> =>
  analyze({ paths: [file], memoryBudget: 350 * 2 ** 20, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);

const rows = scripted('a stopped program with NumPy', ['debugpy', 'numpy'], PROGRAM, ['stop = 1', '    return grads']);
rows.block(() => {
  test.each([
    ['f16', 'float16'],
    ['f32', 'float32'],
    ['f64', 'float64'],
    ['i32', 'int32'],
    ['fortran', 'float64'],
    ['big', 'float64, big-endian'],
    ['wide', 'float64'],
    ['numbers', 'float64'],
    ['vectors', 'float32'],
    ['single', 'float64'],
    ['größe', 'float32'],
    ['f32  # the gradients', 'float32'],
    ['f32[\n:]', 'float32'],
  ])('saves %j as it is, whose covariance is that by hand', async (expression, dtype) => {
    const { dump, moments } = await rows.summary(expression);
    expect(dump).toMatchObject({ rows: 3, parameters: 2, dtype });
    expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
  });

  test.each([
    ['d', ["layer's", 'a"b']],
    ['tree', ['dense.kernel', 'bias.b']],
    ['beside', ['w', 'scale']],
  ])('saves the dict %s as layers under their names, without what is no array', async (expression, names) => {
    const { dump, moments } = await rows.summary(expression);
    expect(dump).toMatchObject({ rows: 3, parameters: 2 });
    expect(dump.layers.map(({ name }) => name)).toEqual(names);
    expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
  });

  test('saves a list of arrays of different width as layers', async () => {
    const { dump, moments } = await rows.summary('parts');
    expect(dump.layers.map(({ name, size }) => [name, size])).toEqual([
      ['parameter_0', 1],
      ['parameter_1', 2],
    ]);
    expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
  });

  test('finds a value under a name with quotes', async () => {
    const { dump } = await rows.summary(`{'it"s': f32}['it"s']`);
    expect(dump).toMatchObject({ rows: 3, parameters: 2 });
  });

  test.each([
    ['twins', 'It is a list of 2 arrays of one shape (3, 2)', 'np.concatenate(twins)'],
    ['batch', 'Its arrays have no axis of examples in common ((4, 2), (3,))', undefined],
    ['masked', 'It is a masked array', 'masked.filled(0)'],
    ['objects', 'It is an array of Python objects', 'np.stack(list(objects))'],
    ['complex_numbers', 'Its numbers are complex', 'np.stack([complex_numbers.real, complex_numbers.imag], -1)'],
    ['None', 'It is None', undefined],
    ['[]', 'It is empty', undefined],
    ['[[1, 2], [3]]', 'It is a list whose rows are not equally long lists of numbers', undefined],
    ['["a"]', 'It is a list that holds str', undefined],
    ['[f32, 3]', 'It is a list of arrays that also holds int', undefined],
    ['odd', 'It is of the type Odd', undefined],
    ['{"c": complex_numbers}', 'At {"c": complex_numbers}[\'c\']: Its numbers are complex', undefined],
  ])('refuses %s, and says what to ask for instead', async (expression, found, fix) => {
    const problem = await problemOf(rows.save(expression));
    expect(problem.code).toBe('program/value');
    expect(problem.found.slice(0, found.length)).toBe(found);
    if (fix !== undefined) expect(problem.fix).toBe(fix);
  });

  test.each(['own_list', 'own_dict', 'own_array', "own_dict['a']", 'own_list[0]'])(
    'runs no method of a class of the reader’s, such as that of %s',
    async (expression) => {
      const refused = await rows.save(expression).then(
        async (file) => {
          expect((await analyzed(file)).moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
          return undefined;
        },
        (error: unknown) => (error as AnalysisError).problem.found,
      );
      const known = expression.endsWith(']') ? `Reading an item runs code of the class Own` : undefined;
      expect(refused?.slice(0, known?.length)).toBe(known);
    },
  );

  test.each([
    ['tricky', 'It is of the type Tricky'],
    ['own_key', 'It is a dict whose keys are OwnKey, not names'],
    ['model.noisy', 'Reading the attribute noisy runs code of the class Model'],
    ['loose.nothing', 'Reading the attribute nothing runs code of the class Loose'],
    ['tricky.grads', 'Reading the attribute grads runs code of the class Tricky'],
  ])('refuses %s, and runs no code of its class to find out', async (expression, found) => {
    const problem = await problemOf(rows.save(expression));
    expect(problem).toMatchObject({ code: 'program/value', found });
    expect(problem.fix).toBe(expression.includes('.') ? `(${expression})` : undefined);
  });

  test.each(['model.kept', 'model.named', 'loose.grads[0]', "counted['a']"])(
    'reads attributes and items that run none: %s',
    async (expression) => {
      expect((await rows.summary(expression)).moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
    },
  );

  test('makes no value for a key that is not there', async () => {
    expect((await problemOf(rows.save("counted['b']"))).found).toBe("The program answered: KeyError: 'b'");
  });

  test('says where to save what is on another disk, and never sends it through the debugger', async () => {
    const mapped = async (expression: string): Promise<string> =>
      rows.evaluate(expression.replace(/storage \\u00e9\/live/g, 'no such folder'));
    const problem = await problemOf(saveValue(mapped, 'f32', path.join(rows.live, 'far.npy'), undefined));
    expect(problem).toMatchObject({
      code: 'program/disk',
      found: 'The folder of the extension is not on the disk of the program',
      fix: 'import numpy; numpy.save("gradients.npy", f32)',
    });
  });

  test('takes the line that a refusal proposes', async () => {
    const { fix } = await problemOf(rows.save('complex_numbers'));
    const { dump } = await rows.summary(fix!);
    expect(dump).toMatchObject({ rows: 3, parameters: 4 });
    expect((await rows.summary((await problemOf(rows.save('twins'))).fix!)).dump.rows).toBe(6);
  });

  test('says what a value is, and saves nothing then', async () => {
    const before = readdirSync(rows.live);
    expect(await inspectValue(rows.evaluate, 'f16')).toMatchObject({
      type: 'ndarray',
      shape: [3, 2],
      dtype: 'float16',
      bytes: 12,
    });
    expect(await inspectValue(rows.evaluate, 'd')).toMatchObject({
      type: 'dict',
      layers: [
        ["layer's", [3, 1]],
        ['a"b', [3, 1]],
      ],
      bytes: 12 + 24,
      left: ['loss', 'file'],
    });
    expect(readdirSync(rows.live)).toEqual(before);
  });

  test('evaluates a call once', async () => {
    await rows.save('once()', 2 ** 30);
    expect(await rows.evaluate('len(calls)')).toBe('1');
  });

  test('refuses what is above a limit, before it converts anything', async () => {
    const problem = await problemOf(rows.save('np.broadcast_to(f64[:, :1], (3, 2**20))', 2 ** 20));
    expect(problem).toMatchObject({ code: 'program/value', found: 'It has 24 MiB' });
  });

  test('leaves nothing half-written when saving fails', async () => {
    const file = path.join(rows.live, 'taken.npy');
    mkdirSync(path.join(file, 'by a folder'), { recursive: true });
    const problem = await problemOf(saveValue(rows.evaluate, 'f32', file, undefined));
    expect(problem.found).toMatch(/^(?:IsADirectory|Permission|OS)Error: /);
    expect(readdirSync(rows.live).filter((name) => /part|nonce/.test(name))).toEqual([]);
  });

  test('writes nothing at all on a disk that is not the one of the extension', async () => {
    // what a program in a container sees: no folder of this name, or one with other content
    const elsewhere = path.join(rows.folder, 'other disk');
    mkdirSync(elsewhere);
    const file = path.join(rows.live, 'foreign.npy');
    const mapped = async (expression: string): Promise<string> =>
      rows.evaluate(expression.replace(/storage \\u00e9\/live/g, 'other disk'));
    const problem = await problemOf(saveValue(mapped, 'f32', file, undefined));
    expect(problem).toMatchObject({
      code: 'program/disk',
      found: 'The folder of the extension is not on the disk of the program',
    });
    writeFileSync(path.join(elsewhere, 'foreign.npy.nonce'), 'another');
    expect((await problemOf(saveValue(mapped, 'f32', file, undefined))).code).toBe('program/disk');
    expect(readdirSync(elsewhere)).toEqual(['foreign.npy.nonce']);
    expect(existsSync(file)).toBe(false);
  });

  test('says that a name is not there', async () => {
    expect(await problemOf(rows.save('no_such_name'))).toMatchObject({
      code: 'program/evaluation',
      found: "The program answered: NameError: name 'no_such_name' is not defined",
    });
    expect((await problemOf(rows.save('f32 = 3'))).code).toBe('program/evaluation');
  });

  test('sees the locals of a function at a later stop', async () => {
    await rows.proceed();
    const { moments } = await rows.summary('grads');
    expect(moments).toMatchObject({ scatter: 4 * SCATTER, meanSquaredNorm: 4 * MEAN });
  });
});

const tensors = scripted('a stopped program with PyTorch', ['debugpy', 'numpy', 'torch'], TORCH, ['stop = 1']);
tensors.block(() => {
  test.each([
    ['f32', 'float32'],
    ['f16', 'float16'],
    ['f64', 'float64'],
    ['bf16', 'float32'],
    ['e5', 'float32'],
    ['parameter', 'float32'],
    ['bparameter', 'float32'],
    ['grown', 'float32'],
    ['numbers', 'float32'],
    ['negative', 'float32'],
    ['strided', 'float32'],
    ['integers', 'int64'],
    ['own', 'float32'],
    ['sparse.to_dense()', 'float32'],
  ])('saves the tensor %s, whose covariance is that by hand', async (expression, dtype) => {
    const { dump, moments } = await tensors.summary(expression);
    expect(dump).toMatchObject({ rows: 3, parameters: 2, dtype });
    // 6 is 6 in 8 bits with 2 of them for the fraction, too: every number here is exact
    expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
  });

  test.each([
    ['layers', ['parameter_0', 'parameter_1']],
    ['named', ["layer's weight", 'a"b']],
  ])('saves the tensors of %s as layers', async (expression, names) => {
    const { dump, moments } = await tensors.summary(expression);
    expect(dump.layers.map(({ name }) => name)).toEqual(names);
    expect(moments).toMatchObject({ scatter: SCATTER, meanSquaredNorm: MEAN });
  });

  test.each([
    ['complex_numbers', 'Its numbers are complex', 'torch.view_as_real(complex_numbers)'],
    ['sparse', 'It is sparse', 'sparse.to_dense()'],
    ['csr', 'It is sparse', 'csr.to_dense()'],
    ['twins', 'It is a list of 2 arrays of one shape (3, 2)', 'torch.cat(twins)'],
    ['distributed', 'It is a DTensor: gathering it needs every process of the job', 'distributed.to_local()'],
    ['quantized', 'It is quantized', 'quantized.dequantize()'],
    ['nested', 'It is a nested tensor', undefined],
    ['meta', 'It is on the device meta, which holds no numbers', undefined],
    ['nothing', 'It is None', undefined],
    ['state', 'Its arrays have no axis', undefined],
    ['linear', 'It is of the type Sequential', undefined],
  ])('refuses %s, and says what to ask for instead', async (expression, found, fix) => {
    const problem = await problemOf(tensors.save(expression));
    expect(problem.code).toBe('program/value');
    expect(problem.found.slice(0, found.length)).toBe(found);
    if (fix === undefined) return;
    expect(problem.fix).toBe(fix);
    const { dump } = await tensors.summary(fix);
    expect(dump.rows).toBe(expression === 'twins' ? 6 : 3);
  });
});
