import { describe, expect, test } from 'vitest';
import type { DumpMetadata } from '../../src/shared/dump';
import { changedSettings, settingsNotes, settingsProblems, suggestedSettings } from '../../src/shared/settings';
import type { SaidSettings, Settings } from '../../src/shared/settings';
import { optimizerKind } from '../../src/shared/training';

const settings: Settings = {
  learningRate: 0.1,
  batchSize: 32,
  datasetSize: 1500,
  scaleFactor: 4,
  momentum: 0,
  optimizer: 'sgd',
  convention: 'sample',
  conventionFrom: 'data-set size',
  replacement: 'without',
};
const rows = (rows: number, metadata: DumpMetadata = {}) => ({ rows, metadata });

describe('settings a dump suggests', () => {
  test.each<[DumpMetadata, SaidSettings, Partial<Settings>]>([
    [{}, {}, { convention: 'sample', conventionFrom: 'unknown data set', replacement: 'with' }],
    [{ datasetSize: 1500 }, {}, { convention: 'sample', conventionFrom: 'data-set size', replacement: 'without' }],
    [{ datasetSize: 256 }, {}, { convention: 'population', conventionFrom: 'data-set size', datasetSize: 256 }],
    [{ datasetSize: 100 }, {}, { convention: 'sample', conventionFrom: 'data-set size', datasetSize: 100 }],
    [{}, { datasetSize: 256 }, { convention: 'population', conventionFrom: 'data-set size' }],
    [{ convention: 'population' }, {}, { convention: 'population', conventionFrom: 'metadata', datasetSize: 256 }],
    [{ convention: 'population', datasetSize: 1500 }, {}, { convention: 'population', datasetSize: 256 }],
    [{ convention: 'sample', datasetSize: 256 }, {}, { convention: 'sample', conventionFrom: 'metadata' }],
    [{ convention: 'sample' }, { convention: 'population' }, { convention: 'population', conventionFrom: 'option' }],
    [{ datasetSize: 256 }, { convention: 'sample' }, { convention: 'sample', conventionFrom: 'option' }],
    [{ rows: { meanOf: 4 }, datasetSize: 256 }, {}, { convention: 'sample', conventionFrom: 'data-set size' }],
    [{ rows: { meanOf: 4 }, datasetSize: 1024 }, {}, { convention: 'sample' }],
    [{ rows: { meanOf: 4 } }, {}, { convention: 'sample', conventionFrom: 'unknown data set' }],
    [{ batches: 'independent', datasetSize: 256 }, {}, { convention: 'sample' }],
    [{ batchSize: 8, learningRate: 1 }, { batchSize: 16 }, { batchSize: 16, learningRate: 1 }],
    [{ momentum: 0.9 }, { optimizer: 'adam', momentum: 0.5 }, { momentum: 0.5, optimizer: 'adam' }],
    [{}, { datasetSize: 1500, replacement: 'with' }, { replacement: 'with' }],
    [{ convention: 'population' }, {}, { replacement: 'without' }],
  ])('256 rows with the metadata %j and the options %j give %j', (metadata, said, expected) => {
    expect(suggestedSettings(rows(256, metadata), said)).toMatchObject(expected);
  });

  test('dampening is taken over from the metadata', () => {
    expect(suggestedSettings(rows(4, { momentum: 0.9, dampening: 0.5 })).dampening).toBe(0.5);
    expect('dampening' in suggestedSettings(rows(4, { momentum: 0.9 }))).toBe(false);
  });

  test('what the metadata does not say stays unknown', () => {
    const suggested = suggestedSettings(rows(4));
    expect('learningRate' in suggested || 'batchSize' in suggested || 'datasetSize' in suggested).toBe(false);
  });

  test.each([
    [{ optimizer: 'AdamW' }, 'adam'],
    [{ optimizer: 'SGD', momentum: 0.9 }, 'momentum'],
    [{ optimizer: 'SGD' }, 'sgd'],
    [{ optimizer: 'RMSprop' }, 'adam'],
    [{ optimizer: 'Adagrad', momentum: 0.9 }, 'adam'],
    [{ optimizer: 'torch.optim.NAdam' }, 'adam'],
    [{ optimizer: 'LAMB' }, 'adam'],
    [{ optimizer: 'Lion' }, 'sgd'],
    [{}, 'sgd'],
  ])('%j means the optimizer %s', (metadata, optimizer) => {
    expect(suggestedSettings(rows(4, metadata)).optimizer).toBe(optimizer);
  });
});

describe('a change by the reader', () => {
  const unknown = suggestedSettings(rows(256));

  test('to population makes the rows the data set, and back to sample forgets that size', () => {
    const all = changedSettings(unknown, { convention: 'population' }, rows(256));
    expect(all).toMatchObject({ conventionFrom: 'answer', datasetSize: 256, replacement: 'without' });
    const back = changedSettings(all, { convention: 'sample' }, rows(256));
    expect(back).toMatchObject({ convention: 'sample', conventionFrom: 'answer', replacement: 'with' });
    expect('datasetSize' in back).toBe(false);
  });

  test('to sample goes back to the size that the metadata states', () => {
    const dump = rows(256, { datasetSize: 1500, convention: 'population' });
    expect(changedSettings(suggestedSettings(dump), { convention: 'sample' }, dump).datasetSize).toBe(1500);
  });

  test('of the data-set size answers what the rows are, and decides how batches are drawn unless the reader did', () => {
    const known = changedSettings(unknown, { datasetSize: 1500 }, rows(256));
    expect(known).toMatchObject({ convention: 'sample', conventionFrom: 'answer', replacement: 'without' });
    const repeated = changedSettings(known, { replacement: 'with' }, rows(256));
    expect(changedSettings(repeated, { datasetSize: 1600 }, rows(256)).replacement).toBe('with');
    expect(changedSettings(known, { datasetSize: undefined }, rows(256)).replacement).toBe('with');
  });

  test('leads to settings that can be used, whatever was clicked', () => {
    const clicks = [{ convention: 'population' }, { convention: 'sample' }, { datasetSize: 1500 }, { datasetSize: undefined }] as const; // prettier-ignore
    let current = unknown;
    for (let k = 0; k < 4 ** 4; k++) {
      current = changedSettings(current, clicks[Math.floor(k / 4 ** (k % 4)) % 4]!, rows(256));
      expect(settingsProblems(current, rows(256))).toEqual([]);
    }
  });
});

describe('the name of an optimizer', () => {
  test.each([
    'SGD',
    'sgd+momentum',
    'torch.optim.SGD',
    'SGD with Nesterov momentum',
    'NAG',
    'heavy-ball',
    'gradient descent',
    'SGDM',
  ])('%s is SGD', (name) => expect(optimizerKind(name)).toBe('sgd'));
  test.each(['adam', 'AdamW', 'RAdam', 'Adamax', 'adafactor', 'adan', 'yogi', 'RMSProp', 'lamb'])(
    '%s is of Adam’s kin',
    (name) => expect(optimizerKind(name)).toBe('adam'),
  );
  test.each(['Lion', 'Muon', 'signSGD', 'Shampoo', 'Sophia', 'L-BFGS', 'LARS', 'lambda', '7'])(
    '%s is not known',
    (name) => expect(optimizerKind(name)).toBeUndefined(),
  );
});

describe('settings that cannot be used', () => {
  test('settings that fit have no problem', () => {
    expect(settingsProblems(settings, rows(256))).toEqual([]);
  });

  test.each<[Partial<Settings>, keyof Settings, string]>([
    [{ learningRate: 0 }, 'learningRate', 'The learning rate is 0'],
    [{ learningRate: NaN }, 'learningRate', 'The learning rate is NaN'],
    [{ batchSize: 0 }, 'batchSize', 'The batch size is 0'],
    [{ batchSize: 2.5 }, 'batchSize', 'The batch size is 2.5'],
    [{ batchSize: 1501 }, 'batchSize', 'A batch of 1501 cannot be drawn without replacement from 1500 examples'],
    [{ datasetSize: 0 }, 'datasetSize', 'The data-set size is 0'],
    [{ scaleFactor: 0 }, 'scaleFactor', 'The scale factor is 0'],
    [{ momentum: 1 }, 'momentum', 'The momentum is 1'],
    [{ dampening: 1 }, 'dampening', 'The dampening is 1'],
    [{ dampening: -0.1 }, 'dampening', 'The dampening is -0.1'],
  ])('%j is refused at its field', (change, field, found) => {
    expect(settingsProblems({ ...settings, ...change }, rows(256))).toContainEqual({
      field,
      problem: expect.objectContaining({ code: 'settings/invalid', found }) as unknown,
    });
  });

  test.each<[DumpMetadata, SaidSettings, keyof Settings, RegExp]>([
    [{ rows: { meanOf: 64 }, convention: 'population' }, {}, 'convention', /mean of 64 examples/],
    [{ rows: { meanOf: 64 } }, { convention: 'population' }, 'convention', /mean of 64 examples/],
    [{ batches: 'independent', convention: 'population' }, {}, 'convention', /drawn independently/],
    [{ rows: { meanOf: 64 }, datasetSize: 63 }, {}, 'datasetSize', /mean of 64 examples, and the data set has 63/],
    [{ rows: { meanOf: 64 } }, { datasetSize: 63 }, 'datasetSize', /mean of 64 examples, and the data set has 63/],
    [{ rows: { meanOf: 4 }, batchSize: 2 }, {}, 'batchSize', /smaller than the 4 examples/],
    [{ batchSize: 64, datasetSize: 32 }, {}, 'batchSize', /A batch of 64 cannot be drawn/],
    [{}, { replacement: 'without' }, 'replacement', /needs the data-set size/],
  ])(
    '8 rows with the metadata %j and the options %j are refused at %s, whoever says it',
    (metadata, said, field, found) => {
      const described = rows(8, metadata);
      const problems = settingsProblems(suggestedSettings(described, said), described);
      expect(problems.map((problem) => problem.field)).toEqual([field]);
      expect(problems[0]!.problem.found).toMatch(found);
    },
  );

  test('a batch larger than the data set is possible with replacement, or when the data set is of unknown size', () => {
    expect(settingsProblems({ ...settings, batchSize: 9999, replacement: 'with' }, rows(256))).toEqual([]);
    const { datasetSize: _, ...unknown } = { ...settings, batchSize: 9999, replacement: 'with' as const };
    expect(settingsProblems(unknown, rows(256))).toEqual([]);
  });

  test('under the population convention the dump itself is the data set', () => {
    expect(settingsProblems({ ...settings, convention: 'population', batchSize: 257 }, rows(256))).toHaveLength(1);
  });
});

describe('notes on how rows and data set are taken together', () => {
  const notes = (n: number, metadata: DumpMetadata): readonly string[] =>
    settingsNotes(suggestedSettings(rows(n, metadata)), rows(n, metadata));

  test.each<[string, number, DumpMetadata, RegExp]>([
    [
      'an optimizer that is not known here',
      256,
      { optimizer: 'Lion' },
      /The optimizer “Lion” is not one of those known/,
    ],
    [
      'another stated size under population',
      256,
      { convention: 'population', datasetSize: 1500 },
      /stated to have 1,500/,
    ],
    ['more rows than examples', 300, { datasetSize: 256 }, /drawn with replacement/],
    [
      'several passes',
      200,
      { rows: { meanOf: 128 }, datasetSize: 256 },
      /2 batches of 128, so the 200 rows count as 100 passes\./,
    ],
    [
      'a part of a pass',
      20,
      { rows: { meanOf: 512 }, datasetSize: 5000 },
      /9 batches of 512, so the 20 rows count as 2 passes and 2 rows of the next/,
    ],
  ])('%s is said', (_, n, metadata, note) => {
    expect(notes(n, metadata)).toEqual([expect.stringMatching(note)]);
  });

  test.each<[string, number, DumpMetadata]>([
    ['nothing is known', 256, {}],
    ['the optimizer is of Adam’s kin', 256, { optimizer: 'AdamW' }],
    ['the rows are fewer', 256, { datasetSize: 1500 }],
    ['the rows are as many', 256, { datasetSize: 256 }],
    ['one pass is not over', 8, { rows: { meanOf: 64 }, datasetSize: 640 }],
    ['batches are stated to be independent', 200, { rows: { meanOf: 128 }, datasetSize: 256, batches: 'independent' }],
  ])('there is none when %s', (_, n, metadata) => {
    expect(notes(n, metadata)).toEqual([]);
  });
});
