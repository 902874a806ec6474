import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import { AnalysisError } from '../../src/shared/problem';
import type { DumpMetadata } from '../../src/shared/dump';
import { suggestedSettings } from '../../src/shared/settings';
import { noise } from '../reference/noise';
import { f8, headerOf, npy, npz, utf8 } from './build';

/* What metadata state is used, or refused with a reason, or a note says that it was not. */

const folder = mkdtempSync(path.join(tmpdir(), 'statements-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'grad.npy');
const rows = noise(6, 4, 1);
const square = (x: number): Uint8Array => npy({ header: headerOf("'<f8'", '(4, 4)'), data: f8(...Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? x : 0))) }); // prettier-ignore
writeFileSync(file, npy({ header: headerOf("'<f8'", '(6, 4)'), data: f8(...rows.flat()) }));
writeFileSync(path.join(folder, 'matrix.npy'), square(2));
writeFileSync(path.join(folder, 'other.npy'), npy({ header: headerOf("'<f8'", '(6, 4)'), data: f8(...rows.flat().map((x) => 2 * x)) })); // prettier-ignore

interface Outcome {
  readonly said: string;
  readonly notes: readonly string[];
  readonly refused?: string;
}

async function outcomeOf(metadata: object): Promise<Outcome> {
  writeFileSync(path.join(folder, 'grad.meta.json'), JSON.stringify(metadata));
  try {
    const summary = await analyze({ paths: [file], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }, () => undefined); // prettier-ignore
    const { dump } = summary;
    const { dump: _, notes: __, ...report } = evaluate(summary, suggestedSettings(dump));
    return { said: JSON.stringify([report, dump.layers, dump.metadata.step, dump.metadata.loss]), notes: dump.notes };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return { said: '', notes: [], refused: error.problem.found };
  }
}

type Expected = 'used' | RegExp;
const KEYS: {
  readonly [Key in keyof Required<DumpMetadata>]: readonly [value: DumpMetadata[Key], expected: Expected];
} & Readonly<Record<string, readonly [unknown, Expected]>> = {
  learningRate: [0.1, 'used'],
  batchSize: [3, 'used'],
  datasetSize: [60, 'used'],
  gradientScale: [8, 'used'],
  weights: [[1, 2, 3, 1, 2, 3], 'used'],
  momentum: [0.9, 'used'],
  dampening: [0.5, 'used'],
  clip: [2, 'used'],
  privacyNoise: [1, 'used'],
  optimizer: ['adam', 'used'],
  step: [7, 'used'],
  loss: [0.5, 'used'],
  losses: [[1, 2, 3, 4, 5, 6], 'used'],
  labels: [['a', 'a', 'b', 'b', 'c', 'c'], 'used'],
  groups: [['a', 'a', 'b', 'b', 'c', 'c'], 'used'],
  layers: [[{ name: 'w', size: 3 }, { name: 'b', size: 1 }], 'used'], // prettier-ignore
  rows: [{ meanOf: 4 }, 'used'],
  batches: ['independent', 'used'],
  convention: ['population', 'used'],
  projected: [{ from: 100, to: 4, kind: 'count-sketch', seed: 1 }, 'used'],
  dtype: ['bfloat16', /^“dtype” is bfloat16, and the elements of the file are float64$/],
  shape: [[4, 6], /^“shape” is \[4, 6\], and the file itself says \[6, 4\]$/],
  hessian: ['matrix.npy', 'used'],
  fisher: ['matrix.npy', 'used'],
  modelLabels: ['other.npy', 'used'],
  compared: ['other.npy', 'used'],
  secondMoments: ['other.npy', 'used'],
  parameters: ['other.npy', /“parameters” of its metadata are used only where it is compared/],
};

describe('metadata of a dump', () => {
  test.each(Object.entries(KEYS))(
    'that say %s change the report, or are refused, or a note says why not',
    async (key, [value, expected]) => {
      const [before, after] = [await outcomeOf({}), await outcomeOf({ [key]: value })];
      if (expected === 'used') {
        expect(after.refused).toBeUndefined();
        expect(after.said).not.toBe(before.said);
      } else expect([after.refused, ...after.notes].join('\n')).toMatch(new RegExp(expected.source, 'm'));
    },
  );

  const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  test.each(Object.entries(KEYS).filter(([key]) => snake(key) !== key))(
    'that say %s in Python’s spelling say the same',
    async (key, [value]) => {
      expect(await outcomeOf({ [snake(key)]: value })).toEqual(await outcomeOf({ [key]: value }));
    },
  );

  test('that say one thing in two spellings must say it with one value', async () => {
    expect(await outcomeOf({ learningRate: 0.1, learning_rate: 0.1 })).toEqual(await outcomeOf({ learningRate: 0.1 }));
    expect(await outcomeOf({ lr: 0.1 })).toEqual(await outcomeOf({ learningRate: 0.1 }));
    expect((await outcomeOf({ learningRate: 0.1, learning_rate: 0.2 })).refused).toBe('“learningRate” is given twice, in two spellings and with two values'); // prettier-ignore
  });

  test.each([
    ['LR', 'learningRate'],
    ['LearningRate', 'learningRate'],
    ['learning-rate', 'learningRate'],
    ['learninRate', 'learningRate'],
    ['batch', 'batchSize'],
    ['batch_sizes', 'batchSize'],
    ['dataset_sise', 'datasetSize'],
    ['num_examples', 'datasetSize'],
    ['loss_scale', 'gradientScale'],
    ['momentun', 'momentum'],
    ['label', 'labels'],
    ['mean_of', 'rows'],
    ['hesian', 'hessian'],
  ])('that say “%s” get a note that “%s” is read', async (key, meant) => {
    const before = await outcomeOf({});
    const { said, notes } = await outcomeOf({ [key]: 1 });
    expect(said).toBe(before.said);
    expect(notes).toEqual([`The key “${key}” of the metadata was not used: the name that is read is “${meant}”.`]);
  });

  test.each(['author', 'git_commit', 'seed', 'model', 'date', 'epochs', 'comment', 'project'])(
    'that say %s, which is the writer’s own, get no note',
    async (key) => expect((await outcomeOf({ [key]: 'x' })).notes).toEqual([]),
  );

  test('get a note for keys of prototypes, and for those that no version reads yet', async () => {
    const text = '{"__proto__": {"learningRate": 5}, "hvp": "h.npy"}';
    writeFileSync(path.join(folder, 'grad.meta.json'), text);
    const { dump } = await analyze({ paths: [file], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }, () => undefined); // prettier-ignore
    expect(dump.metadata).toEqual({});
    expect(dump.notes).toEqual([
      'The key “__proto__” of the metadata was not used: no setting is called so.',
      'The key “hvp” of the metadata was not used: this version does not know what to do with it.',
    ]);
  });

  test('inside JSON and in a run are held to the same', async () => {
    const inside = path.join(folder, 'inside.json');
    writeFileSync(inside, utf8(JSON.stringify({ gradients: rows, learning_rate: 0.25, LR: 1, dtype: 'float32' })));
    writeFileSync(
      path.join(folder, 'run.json'),
      JSON.stringify({ steps: [{ file: 'inside.json', batch_size: 4, mu: 1 }] }),
    );
    const { dump } = await analyze({ paths: [inside], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }, () => undefined); // prettier-ignore
    rmSync(path.join(folder, 'run.json'));
    expect(dump.metadata).toMatchObject({ learningRate: 0.25, batchSize: 4 });
    expect(dump.notes.toSorted()).toEqual([
      'The key “LR” of the metadata was not used: the name that is read is “learningRate”.',
      'The key “mu” of the metadata was not used: the name that is read is “momentum”.',
      'The “dtype” of its metadata, float32, was not used: the numbers were read as float64.',
    ]);
  });

  test('that name files beside a dump which is not on a disk get a note', async () => {
    const bytes = npz({ g: npy({ header: headerOf("'<f8'", '(6, 4)'), data: f8(...rows.flat()) }) });
    const sidecar = utf8(JSON.stringify({ hessian: 'matrix.npy' }));
    const request = { paths: ['memfs:/grad.npz'], bytes, beside: { sidecar }, memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }; // prettier-ignore
    expect((await analyze(request, () => undefined)).dump.notes).toEqual([
      'The files that its metadata name were not read, because the dump itself is not on a disk: “hessian”.',
    ]);
  });
});
