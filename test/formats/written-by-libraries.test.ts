import { describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import { MEANS, refusal, rowsOf, utf8 } from './build';
import written from './written-by-libraries.json';

const bytesOf = (file: string): Uint8Array => Buffer.from(file, 'base64');

describe('files that safetensors and ml_dtypes wrote are read with the values that NumPy makes of them', () => {
  test.each(Object.entries(written.read))('%s', (name, { file, rows, layers, metadata, ...more }) => {
    const sidecar = 'sidecar' in more ? { sidecar: utf8(JSON.stringify(more.sidecar)) } : {};
    const dump = readDump({ path: `/dumps/${name}`, bytes: bytesOf(file), beside: sidecar, ...MEANS });
    expect(rowsOf(dump)).toEqual(rows);
    expect(dump.layers.map(({ name, size }) => [name, size])).toEqual(layers);
    expect(dump.metadata).toEqual(metadata);
  });
});

describe('files of SciPy and ml_dtypes that do not say enough are refused with what they hold', () => {
  test.each<[keyof typeof written.refused, string]>([
    ['a sparse matrix.npz', 'It holds a sparse matrix, as scipy.sparse.save_npz writes it'],
    ['a sparse matrix.npy', 'The elements are Python objects (pickle), which are never loaded here'],
    ['bfloat16 of which nothing is said.npy', 'The elements are <V2, two bytes without a type: bfloat16 is saved like this, but so are others'], // prettier-ignore
    [
      'float8 of which nothing is said.npy',
      'The elements are <V1, single bytes without a type: 8-bit floats are saved like this',
    ],
  ])('%s', (name, found) => expect(refusal(name, bytesOf(written.refused[name]))?.found).toBe(found));

  test('and none is left out of this list', () => expect(Object.keys(written.refused)).toHaveLength(4));
});
