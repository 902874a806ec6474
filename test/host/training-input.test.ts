import { describe, expect, test } from 'vitest';
import { parsedNumber, refusal } from '../../src/host/training-input';
import type { DumpMetadata } from '../../src/shared/dump';
import { suggestedSettings } from '../../src/shared/settings';

describe('a typed number', () => {
  test.each([
    ['0.1', 0.1],
    [' 1e-3 ', 0.001],
    ['.5', 0.5],
    ['3.', 3],
    ['+2E+2', 200],
    ['-1', -1],
  ])('%j is %d', (text, value) => expect(parsedNumber(text)).toBe(value));

  test.each(['', ' ', 'abc', '0,1', '1e', '0x10', '1 2', 'Infinity', 'NaN', '1_000', '٣'])('%j is none', (text) =>
    expect(parsedNumber(text)).toBeUndefined(),
  );
});

describe('a typed setting', () => {
  const refused = (
    field: 'learningRate' | 'batchSize',
    text: string,
    metadata: DumpMetadata = { datasetSize: 120 },
  ) => {
    const rows = { rows: 120, metadata };
    return refusal(field, text, suggestedSettings(rows), rows);
  };

  test.each([
    ['learningRate', '0.1'],
    ['learningRate', '1e-4'],
    ['batchSize', '1'],
    ['batchSize', '120'],
    ['batchSize', ''],
  ] as const)('%s %j is accepted', (field, text) => expect(refused(field, text)).toBeUndefined());

  test.each([
    ['learningRate', '0', 'The learning rate is 0. It is a positive number.'],
    ['learningRate', '-0.1', 'The learning rate is -0.1. It is a positive number.'],
    ['learningRate', '1e999', 'The learning rate is Infinity. It is a positive number.'],
    ['learningRate', '0,1', 'Write the decimal point as a point: 0.1.'],
    ['learningRate', 'fast', 'Enter a number such as 0.1 or 1e-3.'],
    ['batchSize', '1.5', 'The batch size is 1.5. It is a whole number of examples, at least 1.'],
    ['batchSize', 'all', 'Enter a whole number such as 32.'],
    [
      'batchSize',
      '121',
      'A batch of 121 cannot be drawn without replacement from 120 examples. Choose a smaller batch, or draw with replacement.',
    ],
  ] as const)('%s %j is refused: %s', (field, text, why) => expect(refused(field, text)).toBe(why));

  test('any batch goes with a data set of unknown size, but none smaller than what a row averages', () => {
    expect(refused('batchSize', '100000', {})).toBeUndefined();
    expect(refused('batchSize', '1', { rows: { meanOf: 2 } })).toContain('smaller than the 2 examples');
  });
});
