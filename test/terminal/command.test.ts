import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json';
import type { JsonProblem, JsonReport } from '../../src/report/json-report';
import { runCommand } from '../../src/terminal/command';
import { f8, headerOf, latin1, npy, npz, safetensors, tensor } from '../formats/build';
import { noise } from '../reference/noise';

const sample = path.resolve('media/sample/grad-step-000020.npy');
const folder = mkdtempSync(path.join(tmpdir(), 'terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function command(...argv: string[]): Promise<Ended> {
  let [output, errors] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (output += text) }, { write: (text) => (errors += text) });
  return { code, output, errors };
}
const json = async (...argv: string[]): Promise<Ended & { readonly report: JsonReport }> => {
  const ended = await command(...argv, '--json');
  return { ...ended, report: JSON.parse(ended.output) as JsonReport };
};

/** Twelve rows of four parameters beside metadata. */
function dump(name: string, metadata: object = {}): string {
  const file = path.join(folder, `${name}.npy`);
  writeFileSync(file, npy({ header: headerOf("'<f8'", '(12, 4)'), data: f8(...noise(12, 4, 3).flat()) }));
  writeFileSync(path.join(folder, `${name}.meta.json`), JSON.stringify(metadata));
  return file;
}
const plain = dump('plain', { learningRate: 0.1, batchSize: 4, datasetSize: 100 });

describe('what is said on the command line', () => {
  test.each([
    [['--momentum', '0.9'], { momentum: 0.9 }],
    [['--optimizer', 'AdamW'], { optimizer: 'AdamW' }],
    [['--optimizer', 'sgd'], { optimizer: 'sgd' }],
    [['--dataset-size', '500'], { datasetSize: 500 }],
    [['--dataset-size', '12'], { datasetSize: 12 }],
    [['--batch-size', '2'], { batchSize: 2 }],
    [['--learning-rate', '0.5'], { learningRate: 0.5 }],
    [['--gradient-scale', '8'], { gradientScale: 8 }],
  ])('%j is what %j in the metadata is', async (options, metadata) => {
    const before = { learningRate: 0.1, batchSize: 4, datasetSize: 100 };
    const said = await json('analyze', dump('said', before), ...options);
    const stated = await json('analyze', dump('said', { ...before, ...metadata }));
    expect([said.code, said.errors]).toEqual([0, '']);
    expect({ ...said.report, dump: undefined }).toEqual({ ...stated.report, dump: undefined });
  });

  test('goes before the metadata', async () => {
    const file = dump('adam', { learningRate: 0.1, batchSize: 4, datasetSize: 100, optimizer: 'adam', momentum: 0.9 });
    const settings = async (...options: string[]): Promise<JsonReport['settings']> =>
      (await json('analyze', file, ...options)).report.settings;
    expect(await settings()).toMatchObject({ optimizer: 'adam', momentum: 0.9, replacement: 'without' });
    expect(await settings('--optimizer', 'sgd', '--momentum', '0')).toMatchObject({ optimizer: 'sgd', momentum: 0 });
    expect(await settings('--replacement', 'with')).toMatchObject({ replacement: 'with' });
  });

  test('is refused as the metadata would be: a batch larger than the data set, drawn without replacement', async () => {
    const size = { datasetSize: 100, learningRate: 0.1 };
    const said = await command('analyze', dump('large-batch', size), '--batch-size', '101');
    const stated = await command('analyze', dump('large-batch', { ...size, batchSize: 101 }));
    expect(said).toEqual({ code: 1, output: '', errors: expect.stringContaining('[settings/invalid]') as string });
    expect(stated).toEqual(said);
    const replaced = await command(
      'analyze',
      dump('large-batch', { ...size, batchSize: 101 }),
      '--replacement',
      'with',
    );
    expect(replaced.code).toBe(0);
  });
});

describe('the exit code', () => {
  test('is 0 for what was printed, and errors are empty', async () => {
    expect(await command('analyze', plain)).toMatchObject({ code: 0, errors: '' });
    expect(await command('--help')).toMatchObject({ code: 0, errors: '' });
  });

  test('is 2 for what is no command, before any path is looked at', async () => {
    const { code, output, errors } = await command('analyze', '/nothing.npy', '--replacement', 'twice');
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(/^The command was not understood: The replacement “twice” is neither with nor without\./);
    expect(errors).toMatch(/\nusage: gradient-covariance analyze/);
  });

  test('is 1 for a problem, which is printed among the errors', async () => {
    const { code, output, errors } = await command('analyze', path.join(folder, 'nothing.npy'));
    expect([code, output]).toEqual([1, '']);
    expect(errors).toBe(
      `The file is not there: There is no file of this name (${folder}/nothing.npy). Choose another file. [file/missing]\n`,
    );
  });

  test.each([
    ['--hessian', 'hessian'],
    ['--fisher', 'fisher'],
    ['--model-labels', 'modelLabels'],
    ['--compared', 'compared'],
    ['--second-moments', 'secondMoments'],
  ])(
    'is 1 where the file of %s fails, and 0 where the metadata named it; both say why, and the report is there',
    async (option, key) => {
      const missing = path.join(folder, 'missing.npy');
      const asked = await command('analyze', plain, option, missing);
      expect(asked.code).toBe(1);
      expect(asked.errors).toBe(
        `The file is not there: There is no file of this name (${missing}). Choose another file. [file/missing]\n`,
      );
      const named = await command(
        'analyze',
        dump('plain-named', { [key]: 'missing.npy', learningRate: 0.1, batchSize: 4, datasetSize: 100 }),
      );
      expect([named.code, named.errors]).toEqual([0, `Not used: ${asked.errors}`]);
      expect(named.output.split('\n').slice(1)).toEqual(asked.output.split('\n').slice(1));
    },
  );

  test('is 1 where a companion was asked for beside statistics, which have no rows to compare', async () => {
    const target = path.join(folder, 'plain.gradstats.npz');
    expect(await command('reduce', plain, '-o', target)).toMatchObject({ code: 0, errors: '' });
    const { code, errors } = await command('analyze', target, '--compared', plain);
    expect(code).toBe(1);
    expect(errors).toContain('needs the rows themselves');
  });
});

describe('several paths', () => {
  const broken = path.join(folder, 'broken.npy');
  writeFileSync(broken, npy().slice(0, 100));

  test('give a list with the problem in the place of the report that could not be made', async () => {
    const { code, output, errors } = await command('analyze', plain, broken, sample, '--json');
    const list = JSON.parse(output) as (JsonReport | JsonProblem)[];
    expect(code).toBe(1);
    expect(list.map(({ kind }) => kind)).toEqual(['dump', 'problem', 'dump']);
    expect(list[1]).toEqual({
      schema: 1,
      kind: 'problem',
      program: { name: 'gradient-covariance', version: manifest.version },
      path: broken,
      problem: expect.objectContaining({ code: 'npy/truncated' }) as unknown,
    });
    expect(errors).toContain(broken);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  test('print the reports of those that can be read, and say which cannot', async () => {
    const { code, output, errors } = await command('analyze', broken, plain, path.join(folder, 'nothing.npy'));
    expect(code).toBe(1);
    expect(output).toMatch(/^plain\.npy\n/);
    expect(errors).toContain(`(${broken}, byte`);
    expect(errors).toContain(`(${folder}/nothing.npy)`);
  });

  test('that nobody reads any more are not analyzed', async () => {
    let output = '';
    const stream = { write: (text: string) => (output += text) };
    const code = await runCommand(['analyze', plain, broken], stream, stream, () => output !== '');
    expect(code).toBe(0);
    expect(output).not.toContain('npy/truncated');
  });

  test('of which there is one give no list, also when it is a problem', async () => {
    const { output } = await command('analyze', broken, '--json');
    expect(JSON.parse(output)).toMatchObject({ schema: 1, kind: 'problem', path: broken });
  });
});

describe('the report as JSON', () => {
  test('says what it is and who wrote it, before all that it held before', async () => {
    const { report } = await json('analyze', sample);
    expect(Object.keys(report)).toEqual([
      'schema',
      'kind',
      'program',
      'dump',
      'suspicions',
      'settings',
      'metrics',
      'spectrum',
      'directions',
    ]);
    expect(report).toMatchObject({
      schema: 1,
      kind: 'dump',
      program: { name: 'gradient-covariance', version: manifest.version },
      dump: { samples: 120, parameters: 610 },
    });
  });

  test('holds the whole names of layers', async () => {
    const names = ['a', 'b'].map((end) => 'n'.repeat(300) + end);
    const { report } = await json('analyze', dump('long', { layers: names.map((name) => ({ name, size: 2 })) }));
    expect(report.dump.layers.map(({ name }) => name)).toEqual(names);
  });
});

test('shards whose layers differ after 120 characters belong together, and those of one name do not', async () => {
  const shard = (name: string, layer: string): string => dump(name, { layers: [{ name: layer, size: 4 }] });
  const long = 'n'.repeat(200);
  const target = path.join(folder, 'shards.gradstats.npz');
  const [a, b, again] = [shard('shard-a', `${long}a`), shard('shard-b', `${long}b`), shard('shard-c', `${long}a`)];
  expect(await command('reduce', a, b, '-o', target)).toMatchObject({ code: 0, errors: '' });
  const { report } = await json('analyze', target);
  expect(report.dump.layers.map(({ name }) => name)).toEqual([`${long}a`, `${long}b`]);
  const { code, errors } = await command('reduce', a, again, '-o', target, '--force');
  expect([code, errors]).toEqual([1, expect.stringContaining('[data/layout]')]);
  // a message says enough of a name to find it, not all of it
  expect(errors).toContain('n'.repeat(60));
  expect(errors).not.toContain('n'.repeat(100));
});

test('the version is that of the manifest', async () => {
  expect(await command('--version')).toEqual({
    code: 0,
    output: `gradient-covariance ${manifest.version}\n`,
    errors: '',
  });
});

describe('the report as text', () => {
  test('of the sample has at most 60 lines, of at most 100 characters', async () => {
    const { output } = await command('analyze', sample);
    const lines = output.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('stays short for any number of rows, layers and notes', async () => {
    const layers = Array.from({ length: 80 }, (_, k) => ({ name: `layer.${k}`, size: 1 }));
    const file = path.join(folder, 'wide.npy');
    writeFileSync(file, npy({ header: headerOf("'<f8'", '(60, 80)'), data: f8(...noise(60, 80, 5).flat()) }));
    writeFileSync(path.join(folder, 'wide.meta.json'), JSON.stringify({ layers, rows: 'example' }));
    const { output } = await command('analyze', file);
    expect(output.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  test('holds the verdict whole, a line for every other section, and where the rest is', async () => {
    const { output } = await command('analyze', sample);
    const text = output.replaceAll(/\s+/g, ' ');
    expect(text).toContain('A batch of 32: these rows cannot tell which is larger, noise or signal');
    expect(text).toContain('3 of 119 directions carry at least half of the noise');
    expect(text).toContain('All other numbers and tables: --json');
    for (const short of ['Spectrum', 'Temperature', 'Layers', 'Examples'])
      expect(output).toMatch(new RegExp(`^${short} +\\S`, 'm'));
  });

  test('gives an interval its power of ten, also around a value that has another or is 0', async () => {
    const scaled = noise(12, 4, 3).map((row) => row.map((value) => (value + 0.2) * 1e-9));
    const file = path.join(folder, 'tiny.npy');
    writeFileSync(file, npy({ header: headerOf("'<f8'", '(12, 4)'), data: f8(...scaled.flat()) }));
    writeFileSync(path.join(folder, 'tiny.meta.json'), JSON.stringify({ datasetSize: 1000 }));
    const { output } = await command('analyze', file);
    const [, signal = ''] = /True gradient.*gradient²\s+(.*)/.exec(output) ?? [];
    expect(signal).toMatch(/^(at least [\d.]+e-\d+, )?perhaps up to [\d.]+e-\d+$/);
  });
});

/* --- names that a terminal would obey ------------------------------------------------------------------------------- */

const EVIL = '\u001b]52;c;ZXZpbA==\u0007\u202egpj\r\nerror: all is lost\u009b31m\u200b\u2066\u{e0041}';
const SEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e0fff}]/u;

describe.runIf(process.platform !== 'win32')('a name that a terminal would obey', () => {
  const layers = [EVIL, `${EVIL}2`].map((name) => ({ name, size: 2 }));
  // a folder that exists, so that paths lead through it
  const within = path.join(folder, EVIL);
  mkdirSync(within);
  const data = f8(...noise(12, 4, 3).flat());
  const place = (name: string, content: Uint8Array | string): string => {
    writeFileSync(path.join(within, name), content);
    return path.join(within, name);
  };
  const good = npy({ header: headerOf("'<f8'", '(12, 4)'), data });
  const evil = place(`${EVIL}.npy`, good);
  place(`${EVIL}.meta.json`, JSON.stringify({ layers, labels: Array(12).fill(EVIL), optimizer: EVIL }));

  const metadata = (stated: object): string => {
    const name = `beside-${Object.keys(stated).join('-')}`;
    place(`${name}.meta.json`, JSON.stringify(stated));
    return place(`${name}.npy`, good);
  };

  test.each<[string, readonly string[], number]>([
    ['of a dump, its folder and its layers, in the report', ['analyze', evil], 0],
    ['in the report as JSON', ['analyze', evil, '--json'], 0],
    ['in reports of several', ['analyze', evil, plain, evil], 0],
    ['of a file that is missing', ['analyze', `${within}/${EVIL}-no`], 1],
    ['of a file that is missing, as JSON', ['analyze', `${within}/${EVIL}-no`, plain, '--json'], 1],
    ['of a companion that is missing', ['analyze', plain, '--hessian', `${within}/${EVIL}-no`], 1],
    ['of a command', [EVIL], 2],
    ['of an option', ['analyze', `--${EVIL}`], 2],
    ['in the place of a number', ['analyze', plain, '--batch-size', EVIL], 2],
    ['in the place of a word', ['analyze', plain, `--convention=${EVIL}`], 2],
    ['of statistics, and where they are written', ['reduce', evil, '-o', `${within}/${EVIL}.gradstats.npz`], 0],
    ['of statistics that cannot be written', ['reduce', evil, '-o', `${within}/${EVIL}/no.gradstats.npz`], 1],
    ['of layers in two shards', ['reduce', evil, evil, '-o', `${within}/two.gradstats.npz`], 1],
    [
      'of an entry of an archive that is no dump',
      ['analyze', place('vector.npz', npz({ [EVIL]: good, other: npy() }))],
      1,
    ],
    ['of a key in JSON', ['analyze', place('grad.json', JSON.stringify({ [EVIL]: 1 }))], 1],
    ['of a key that is given twice', ['analyze', place('twice.json', `{"a\\u001b": 1, "a\\u001b": 2}`)], 1],
    [
      'of a layer in JSON whose rows do not fit',
      ['analyze', place('rows.json', JSON.stringify({ layers: { [EVIL]: [[1], [2]], b: [[1]] } }))],
      1,
    ],
    [
      'of a key of a .npy header',
      [
        'analyze',
        place(
          'key.npy',
          npy({ header: `{'descr': '<f4', '\u202e\\x1b': 1, 'fortran_order': False, 'shape': (3, 4), }` }),
        ),
      ],
      1,
    ],
    ['of a type of a .npy header', ['analyze', place('type.npy', npy({ header: headerOf(`'\u202e\\x1b'`) }))], 1],
    ['of a type in metadata', ['analyze', metadata({ dtype: EVIL, rows: EVIL })], 1],
    ['of a layer that does not fit', ['analyze', metadata({ layers: [{ name: EVIL, size: 99 }] })], 1],
    ['of a companion in metadata', ['analyze', metadata({ hessian: EVIL, layers })], 0],
    [
      'of a tensor',
      ['analyze', place('t.safetensors', safetensors({ [EVIL]: tensor('F64', [4], 0, 33) }, f8(1, 2, 3, 4)))],
      1,
    ],
    ['of what begins no dump', ['analyze', place('none.xyz', latin1('\u001b]0;evil\u0007'))], 1],
  ])('%s is written so that it is seen', async (_, argv, code) => {
    const ended = await command(...argv);
    expect(ended.code).toBe(code);
    for (const text of [ended.output, ended.errors]) {
      expect(text).not.toMatch(SEEN);
      // no name begins a line of its own
      expect(text).not.toMatch(/^error: all is lost/m);
    }
  });

  test('is one line per problem, whatever it holds', async () => {
    const { errors } = await command('analyze', `${within}/${EVIL}-no`);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
    expect(errors).toContain(String.raw`\u202egpj\u000d\u000aerror`);
  });
});
