import { expect, test } from 'vitest';
import { sidecarWithAnswer } from '../../src/host/sidecar';

const written = (existing: string | undefined, ...answer: Parameters<typeof sidecarWithAnswer>[1][]): unknown =>
  JSON.parse(sidecarWithAnswer(existing, answer[0] ?? { convention: 'population' }, '/run/grad.meta.json'));

test('an answer goes into a metadata file, beside what is in it already', () => {
  expect(written(undefined)).toEqual({ convention: 'population' });
  expect(written('{"batchSize": 32, "convention": "sample", "mine": [1]}')).toEqual({
    batchSize: 32,
    convention: 'population',
    mine: [1],
  });
  expect(written('{}', { convention: 'sample', datasetSize: 1500 })).toEqual({
    convention: 'sample',
    datasetSize: 1500,
  });
});

test.each(['', '[1]', 'null', '3', '{"batchSize": 32', '"text"'])(
  'a metadata file that is not an object is left alone: %j',
  (existing) => {
    expect(() => written(existing)).toThrow('is not a JSON object');
  },
);
