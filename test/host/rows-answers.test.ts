import { expect, test } from 'vitest';
import { RowsAnswers } from '../../src/host/rows-answers';

/** The storage of a workspace, as far as it is asked for. */
function storageOf(kept?: unknown) {
  let value = kept;
  return {
    get: (): unknown => value,
    update: async (_: string, next: unknown): Promise<void> => {
      value = next;
      return Promise.resolve();
    },
  };
}

test('the answer about the rows of a dump is found again by its address, also by a later window', async () => {
  const storage = storageOf();
  const answers = new RowsAnswers(storage);
  await answers.keep('file:///a.npy', { convention: 'population', datasetSize: 4 });
  await answers.keep('file:///b.npy', { convention: 'sample' });
  await answers.keep('file:///a.npy', { convention: 'sample', datasetSize: 1500 });
  const later = new RowsAnswers(storage);
  expect(later.of('file:///a.npy')).toEqual({ convention: 'sample', datasetSize: 1500 });
  expect(later.of('file:///b.npy')).toEqual({ convention: 'sample' });
  expect(later.of('file:///c.npy')).toBeUndefined();
});

test('an answer keeps what a row is', async () => {
  const answers = new RowsAnswers(storageOf());
  await answers.keep('file:///a.npy', { convention: 'sample', rows: { meanOf: 32 } });
  expect(answers.of('file:///a.npy')).toEqual({ convention: 'sample', rows: { meanOf: 32 } });
});

test('more than 500 answers forget the oldest', async () => {
  const answers = new RowsAnswers(storageOf());
  for (let k = 0; k <= 500; k++) await answers.keep(`file:///${k}.npy`, { convention: 'sample' });
  expect(answers.of('file:///0.npy')).toBeUndefined();
  expect(answers.of('file:///1.npy')).toEqual({ convention: 'sample' });
  expect(answers.of('file:///500.npy')).toEqual({ convention: 'sample' });
});

test.each([
  'text',
  [['file:///a.npy']],
  [['file:///a.npy', { convention: 'all' }]],
  [['file:///a.npy', { convention: 'sample', datasetSize: 0.5 }]],
  [['file:///a.npy', { convention: 'sample', rows: 'batch' }]],
  [['file:///a.npy', { convention: 'sample', rows: { meanOf: 0 } }]],
  [['file:///a.npy', { convention: 'sample', rows: null }]],
  [[1, { convention: 'sample' }]],
  [['file:///a.npy', null]],
])('what somebody else left in the storage counts for nothing: %j', (kept) => {
  expect(new RowsAnswers(storageOf(kept)).of('file:///a.npy')).toBeUndefined();
});
