import { describe, expect, test } from 'vitest';
import { optimizerKind, settingsProblems, suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';

const settings: Settings = {
  learningRate: 0.1,
  batchSize: 32,
  datasetSize: 1500,
  scaleFactor: 4,
  momentum: 0,
  optimizer: 'sgd',
  convention: 'sample',
  replacement: 'without',
};

describe('settings a dump suggests', () => {
  test('rows are a sample exactly when the data set is larger than the dump', () => {
    expect(suggestedSettings({ datasetSize: 1500 }, 256).convention).toBe('sample');
    expect(suggestedSettings({ datasetSize: 256 }, 256).convention).toBe('population');
    expect(suggestedSettings({}, 256).convention).toBe('population');
  });

  test('rows that are means over b examples have seen b times as many', () => {
    expect(suggestedSettings({ datasetSize: 1500, rows: { meanOf: 10 } }, 150).convention).toBe('population');
  });

  test('dampening is taken over from the metadata', () => {
    expect(suggestedSettings({ momentum: 0.9, dampening: 0.5 }, 4).dampening).toBe(0.5);
    expect('dampening' in suggestedSettings({ momentum: 0.9 }, 4)).toBe(false);
  });

  test('what the metadata does not say stays unknown', () => {
    const suggested = suggestedSettings({}, 4);
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
    expect(suggestedSettings(metadata, 4).optimizer).toBe(optimizer);
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
    expect(settingsProblems(settings, 256)).toEqual([]);
  });

  test.each<[Partial<Settings>, keyof Settings, string]>([
    [{ learningRate: 0 }, 'learningRate', 'The learning rate is 0'],
    [{ learningRate: NaN }, 'learningRate', 'The learning rate is NaN'],
    [{ batchSize: 0 }, 'batchSize', 'The batch size is 0'],
    [{ batchSize: 2.5 }, 'batchSize', 'The batch size is 2.5'],
    [{ batchSize: 1501 }, 'batchSize', 'A batch of 1501 cannot be drawn without replacement from 1500 examples'],
    [{ datasetSize: 255 }, 'datasetSize', 'The data set has 255 examples, the dump already shows 256'],
    [{ datasetSize: 0 }, 'datasetSize', 'The data-set size is 0'],
    [{ scaleFactor: 0 }, 'scaleFactor', 'The scale factor is 0'],
    [{ momentum: 1 }, 'momentum', 'The momentum is 1'],
    [{ dampening: 1 }, 'dampening', 'The dampening is 1'],
    [{ dampening: -0.1 }, 'dampening', 'The dampening is -0.1'],
  ])('%j is refused at its field', (change, field, found) => {
    expect(settingsProblems({ ...settings, ...change }, 256)).toContainEqual({
      field,
      problem: expect.objectContaining({ code: 'settings/invalid', found }) as unknown,
    });
  });

  test('a batch larger than the data set is possible with replacement, or when the data set is of unknown size', () => {
    expect(settingsProblems({ ...settings, batchSize: 9999, replacement: 'with' }, 256)).toEqual([]);
    const { datasetSize: _, ...unknown } = { ...settings, batchSize: 9999 };
    expect(settingsProblems(unknown, 256)).toEqual([]);
  });

  test('under the population convention the dump itself is the data set', () => {
    expect(settingsProblems({ ...settings, convention: 'population', batchSize: 257 }, 256)).toHaveLength(1);
  });
});
