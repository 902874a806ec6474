import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { FORMATS, readDump, readRun } from '../../src/formats';
import { extensionsOf } from '../../src/shared/dump-names';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import {
  counting,
  f4,
  headerOf,
  joined,
  MEANS,
  npy,
  npz,
  refusal,
  rowsOf,
  safetensors,
  tensor,
  u16,
  utf8,
} from './build';

const root = mkdtempSync(path.join(tmpdir(), 'beside-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
let count = 0;
beforeEach(() => {
  folder = path.join(root, String(++count));
  mkdirSync(folder);
});
const put = (name: string, content: Uint8Array | string | object): void =>
  writeFileSync(
    path.join(folder, name),
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
  );
const dump = (name: string): GradientDump => readDump({ path: path.join(folder, name), ...MEANS });

describe('metadata beside a dump', () => {
  test('come as bytes where the dump does, and none are looked for on the disk', () => {
    put('x.json', [[1, 2], [3, 4]]); // prettier-ignore
    put('x.meta.json', { batchSize: 3 });
    const bytes = utf8('[[1, 2], [3, 4]]');
    const file = path.join(folder, 'x.json');
    expect(readDump({ path: file, bytes, ...MEANS }).metadata).toEqual({});
    const beside = {
      sidecar: utf8('{"batchSize": 8}'),
      run: utf8('{"learningRate": 0.5, "batchSize": 4, "steps": [{"file": "x.json", "step": 7}]}'),
    };
    expect(readDump({ path: file, bytes, beside, ...MEANS }).metadata).toEqual({ learningRate: 0.5, batchSize: 8, step: 7 }); // prettier-ignore
    const { run } = beside;
    expect(readDump({ path: file, bytes, beside: { run }, ...MEANS }).metadata.batchSize).toBe(4);
  });

  test('are read from NAME.meta.json, keys of others left alone', () => {
    put('grad.npy', npy());
    put('grad.meta.json', {
      learningRate: 0.1,
      batchSize: 32,
      datasetSize: 1500,
      momentum: 0.9,
      dampening: 0.5,
      optimizer: 'sgd',
      step: 7,
      loss: 2,
      labels: ['a', 1, 'b'],
      rows: { meanOf: 4 },
      layers: [
        { name: 'w', size: 3 },
        { name: 'b', size: 1 },
      ],
      hessian: 'h.npy',
      fisher: 'f.npy',
      modelLabels: 'm.npy',
      compared: 'c.npy',
      parameters: 'p.npy',
      author: { me: true },
    });
    const { metadata, layers } = dump('grad.npy');
    expect(metadata).toEqual({
      learningRate: 0.1,
      batchSize: 32,
      datasetSize: 1500,
      momentum: 0.9,
      dampening: 0.5,
      optimizer: 'sgd',
      step: 7,
      loss: 2,
      labels: ['a', 1, 'b'],
      rows: { meanOf: 4 },
      layers,
      hessian: 'h.npy',
      fisher: 'f.npy',
      modelLabels: 'm.npy',
      compared: 'c.npy',
      parameters: 'p.npy',
    });
    expect(layers).toEqual([
      { name: 'w', size: 3 },
      { name: 'b', size: 1 },
    ]);
  });

  test.each([
    ['{"loss": NaN, "step": 3}', 'The loss of its metadata is NaN, and was not used.'],
    [
      '{"losses": [1, -Infinity, 2], "step": 3}',
      'The losses of its metadata were not used: that of row 1 is -Infinity.',
    ],
  ])('of which a loss is not finite keep all else, with a note: %s', (text, note) => {
    put('grad.npy', npy());
    put('grad.meta.json', utf8(text));
    expect(dump('grad.npy')).toMatchObject({ metadata: { step: 3 }, notes: [note] });
    expect(dump('grad.npy').metadata).toEqual({ step: 3 });
  });

  test.each(['', '{bad', '{"step": 3', '{"step": 3}}', '[1', '\0\0\0\0'])(
    'that are not JSON are told with their own file, and with what to do about that one: %j',
    (text) => {
      put('grad.npy', npy());
      put('grad.meta.json', utf8(text));
      let problem: Problem | undefined;
      try {
        dump('grad.npy');
      } catch (error) {
        problem = (error as AnalysisError).problem;
      }
      expect(problem?.where).toContain('grad.meta.json');
      expect(problem).toMatchObject({ remedy: expect.stringContaining('Correct this metadata file') as string });
      expect(problem?.fix).toBeUndefined();
    },
  );

  test('with losses alone have their mean for a loss', () => {
    put('grad.npy', npy());
    put('grad.meta.json', { losses: [1, 2, 6] });
    expect(dump('grad.npy').metadata).toEqual({ losses: [1, 2, 6], loss: 3 });
    put('grad.meta.json', { losses: [1, 2, 6], loss: 4 });
    expect(dump('grad.npy').metadata.loss).toBe(4);
  });

  test('that are broken or do not fit keep the dump from being read, because they are meant for it', () => {
    put('grad.npy', npy());
    put('grad.meta.json', '{"learningRate": 0.1');
    expect(() => dump('grad.npy')).toThrow(/json\/truncated/);
    put('grad.meta.json', '[0.1]');
    expect(() => dump('grad.npy')).toThrow(/It is a list, not an object \(grad.meta.json, \$\)\. Write an object/);
    put('grad.meta.json', { layers: [{ name: 'w', size: 5 }] });
    expect(() => dump('grad.npy')).toThrow(
      /The 1 layers have 5 parameters together, the dump has 4 \(grad.meta.json, \$\.layers\)/,
    );
  });

  test('say what two bytes without a type are', () => {
    put('grad.npy', npy({ header: headerOf("'|V2'", '(1, 2)'), data: u16(0x3f80, 0xc040) }));
    expect(() => dump('grad.npy')).toThrow(/say so in the \.meta\.json file beside it: \{"dtype": "bfloat16"\}/);
    put('grad.meta.json', { dtype: 'bfloat16' });
    expect(rowsOf(dump('grad.npy'))).toEqual([[1, -3]]);
    put('grad.meta.json', { dtype: 'float16' });
    expect(() => dump('grad.npy')).toThrow(/npy\/dtype/);
  });

  test('that name a type or a shape are used, or contradict the file and are refused', () => {
    put('grad.npy', npy());
    put('grad.meta.json', { dtype: 'bfloat16' });
    expect(() => dump('grad.npy')).toThrow(/“dtype” is bfloat16, and the elements of the file are float32 \(grad\.meta\.json, \$\.dtype\)/); // prettier-ignore
    for (const dtype of ['float32', '<f4', 'torch.float32', 'single']) {
      put('grad.meta.json', { dtype, shape: [3, 4] });
      expect(dump('grad.npy').dtype).toBe('float32');
    }
    put('grad.meta.json', { shape: [4, 3] });
    expect(() => dump('grad.npy')).toThrow(/“shape” is \[4, 3\], and the file itself says \[3, 4\]/);
    // two bytes that NumPy has no type for are often kept in whole numbers
    put('grad.npy', npy({ header: headerOf("'<u2'", '(1, 2)'), data: u16(0x3f80, 0xc040) }));
    put('grad.meta.json', { dtype: 'bfloat16' });
    expect(rowsOf(dump('grad.npy'))).toEqual([[1, -3]]);
  });

  test('may give other names to the layers of a file that has layers, and not contradict their sizes', () => {
    put('grad.npz', npz({ a: npy(), b: npy() }));
    put('grad.meta.json', {
      layers: [
        { name: 'first', size: 4 },
        { name: 'second', size: 4 },
      ],
    });
    expect(dump('grad.npz').layers.map(({ name }) => name)).toEqual(['first', 'second']);
    put('grad.meta.json', {
      layers: [
        { name: 'a', size: 6 },
        { name: 'b', size: 2 },
      ],
    });
    expect(() => dump('grad.npz')).toThrow(/do not follow them from “a” on/);
  });

  test('name the layers of an archive with a single array', () => {
    put('grad.npz', npz({ arr_0: npy() }));
    put('grad.meta.json', {
      layers: [
        { name: 'a', size: 3 },
        { name: 'b', size: 1 },
      ],
    });
    expect(dump('grad.npz').layers).toHaveLength(2);
  });

  test('go before those inside a JSON dump, which go before those of its run', () => {
    put('grad.json', { gradients: [[1]], learningRate: 2, batchSize: 2 });
    put('grad.meta.json', { learningRate: 3 });
    put('run.json', { steps: [{ step: 4, file: 'grad.json', batchSize: 4, datasetSize: 4 }] });
    expect(dump('grad.json').metadata).toEqual({ learningRate: 3, batchSize: 2, datasetSize: 4, step: 4 });
  });
});

describe('a run.json beside a dump', () => {
  const steps = [
    { step: 10, file: 'a.npy', loss: 3 },
    { file: './b.npy', learningRate: 0.05 },
  ];
  const layers = [{ name: 'w', size: 4 }];

  test('hands its own metadata and the entry of the dump down', () => {
    put('a.npy', npy());
    put('b.npy', npy());
    put('c.npy', npy());
    put('run.json', { learningRate: 0.1, layers, steps });
    expect(dump('a.npy')).toMatchObject({ layers, metadata: { learningRate: 0.1, step: 10, loss: 3 } });
    expect(dump('b.npy')).toMatchObject({ layers, metadata: { learningRate: 0.05, step: 1 } });
    expect(dump('c.npy')).toMatchObject({ layers: [], metadata: {} });
  });

  test('that is something else, or broken, does not keep a dump from being read', () => {
    put('a.npy', npy());
    put('run.json', { config: { lr: 0.1 } });
    expect(dump('a.npy')).toMatchObject({ metadata: {}, notes: [] });
    put('run.json', [1, 2]);
    expect(dump('a.npy')).toMatchObject({ metadata: {}, notes: [] });
    put('run.json', { steps: [1, { file: 3 }, 'a.npy'] });
    expect(dump('a.npy')).toMatchObject({ metadata: {}, notes: [] });
    put('run.json', '{"steps": ');
    expect(dump('a.npy').notes).toEqual(['The run.json beside it was not used: It ends where a value is expected.']);
    rmSync(path.join(folder, 'run.json'));
    mkdirSync(path.join(folder, 'run.json'));
    expect(dump('a.npy').notes).toEqual(['The run.json beside it was not used: This is a folder.']);
  });

  test('is not waited for when the reader cancels', () => {
    put('a.npy', npy());
    put('run.json', { steps });
    const checkCanceled = (): void => {
      throw new AnalysisError({ code: 'run/canceled', found: 'Canceled', remedy: 'Again.' });
    };
    expect(() => readDump({ path: path.join(folder, 'a.npy'), memoryBudget: 1e6, checkCanceled })).toThrow(
      'run/canceled',
    );
  });

  test('that lists a dump twice is not used for it', () => {
    put('a.npy', npy());
    put('run.json', { steps: [...steps, { step: 20, file: 'a.npy' }] });
    expect(dump('a.npy')).toMatchObject({
      metadata: {},
      notes: ['The run.json beside it lists it 2 times and was not used.'],
    });
  });

  test('whose entry of this dump is wrong is a problem, of another dump not', () => {
    put('a.npy', npy());
    put('run.json', { steps: [{ file: 'a.npy' }, { file: 'b.npy', learningRate: -1 }] });
    expect(dump('a.npy').metadata).toEqual({ step: 0 });
    put('run.json', { steps: [{ file: 'a.npy', learningRate: -1 }] });
    expect(() => dump('a.npy')).toThrow(
      /“learningRate” is -1, not a positive number \(run\.json, \$\.steps\[0\]\.learningRate\)/,
    );
  });

  test('lists its steps in its order', () => {
    put('run.json', { learningRate: 0.1, steps });
    expect(readRun({ path: path.join(folder, 'run.json') })).toEqual([
      { step: 10, file: 'a.npy', loss: 3 },
      { step: 1, file: './b.npy' },
    ]);
    const bytes = utf8(JSON.stringify({ steps: [{ step: 3, file: 'x.npy' }] }));
    expect(readRun({ path: 'vscode-vfs://host/run.json', bytes })).toEqual([{ step: 3, file: 'x.npy' }]);
  });

  test('lists nothing outside of a workspace that is not trusted', () => {
    put('run.json', { steps: [{ file: 'a.npy' }, { file: '../b.npy' }] });
    const request = { path: path.join(folder, 'run.json') };
    expect(() => readRun({ ...request, confinedTo: [folder] })).toThrow(/outside of the workspace/);
    expect(readRun({ ...request, confinedTo: [path.dirname(folder)] })).toHaveLength(2);
  });

  test.each([
    [{}, /It has no list “steps” of dumps \(run\.json, \$\.steps\)/],
    [{ steps: [] }, /no list “steps”/],
    [[{ file: 'a.npy' }], /no list “steps”/],
    [{ steps: [{ step: 1 }] }, /The step names no file \(run\.json, \$\.steps\[0\]\.file\)/],
    [{ steps: [{ file: '' }] }, /The step names no file/],
    [{ steps: ['a.npy'] }, /It is the text "a\.npy", not an object \(run\.json, \$\.steps\[0\]\)/],
    [{ steps: [{ file: 'a.npy', step: -1 }] }, /“step” is -1, not a whole number from 0 up/],
    [
      { steps: [{ file: 'a.npy' }], batchSize: 0 },
      /“batchSize” is 0, not a whole number from 1 up \(run\.json, \$\.batchSize\)/,
    ],
    [{ steps: [{ file: '//server/a.npy' }] }, /“\/\/server\/a\.npy” is a share of another machine/],
    [{ steps: [{ file: 'a.npy' }, { file: 'https://a/b.npy' }] }, /is an address, not a path/],
  ])('%j is not a run', (run, found) => {
    const bytes = utf8(JSON.stringify(run));
    expect(() => readRun({ path: '/dumps/run.json', bytes })).toThrow(found);
  });
});

describe('the name of a dump', () => {
  test('is any that the system allows, and nothing in it is interpreted', () => {
    const names = [
      '<img src=x onerror=alert(1)>.npy',
      `it's "quoted" \`so\`.npy`,
      '$(touch x);.npy',
      'a b#c?d%41.npy',
      '%2e%2e%2f.npy',
      'a\u202Egnp.npy',
      '😀.npy',
      'e\u0301.npy',
      '-rf.npy',
      'line\nbreak.npy',
      `${'n'.repeat(240)}.npy`,
      'GRAD.NPY',
      'grad.json.npy',
      '.npy',
      '\\frac{a}{b}.npy',
      '[x](command:y).npy',
      '${HOME}.npy',
    ].filter((name) => process.platform !== 'win32' || !/[<>:"|?*\n]/.test(name));
    for (const name of names) {
      put(name, npy());
      expect(dump(name)).toMatchObject({ name, path: path.join(folder, name), format: 'npy', rows: 3 });
    }
  });

  test('decides by its ending; where that says nothing, the content does', () => {
    expect(FORMATS.map(({ id }) => [id, extensionsOf(id)])).toEqual([
      ['gradstats', ['.gradstats.npz']],
      ['npy', ['.npy']],
      ['pytorch', ['.pt', '.pth']],
      ['npz', ['.npz']],
      ['safetensors', ['.safetensors']],
      ['json', ['.json']],
      ['csv', ['.csv', '.tsv', '.txt']],
      ['raw', ['.bin', '.dat', '.mmap', '.memmap', '.raw']],
    ]);
    const files: readonly (readonly [string, Uint8Array])[] = [
      ['npy', npy()],
      ['npz', npz({ g: npy() })],
      ['safetensors', safetensors({ w: tensor('F32', [3, 4], 0, 48) }, f4(...counting(12)))],
      ['json', utf8(' [[1, 2]]')],
    ];
    for (const [format, bytes] of files) {
      put('grad.bin', bytes);
      expect(dump('grad.bin').format).toBe(format);
    }
  });

  test.each([
    ['a pickle', joined(Uint8Array.of(0x80, 4), utf8('.')), 'It is a Python pickle, which is never loaded here'],
    ['an empty file', new Uint8Array(0), 'It begins with nothing'],
    ['bytes of no known kind', Uint8Array.of(1, 2, 3), 'It begins with 01 02 03'],
  ])('of %s that says nothing is no dump', (_, bytes, found) => {
    expect(refusal('grad', bytes)).toMatchObject({ code: 'format/unknown', found });
    if (!found.startsWith('It is'))
      expect(refusal('grad', bytes)?.remedy).toBe(
        'Dumps are .gradstats.npz, .npy, .pt, .pth, .npz, .safetensors, .json, .csv, .tsv, .txt, .bin, .dat, .mmap, .memmap, .raw files.',
      );
  });
});
