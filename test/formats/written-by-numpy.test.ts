import { describe, expect, test } from 'vitest';
import { read, rowsOf } from './build';
import files from './written-by-numpy.json';

describe('files that NumPy wrote are read with the values that NumPy reads', () => {
  test.each(Object.entries(files))('%s', (name, { file, rows, ...more }) => {
    const dump = read(name.replace(/^\W/, ''), Buffer.from(file, 'base64'));
    expect(rowsOf(dump)).toEqual(rows);
    expect([dump.rows, dump.parameters]).toEqual([rows.length, rows[0]?.length]);
    const layers = 'layers' in more && Object.keys(more.layers).length > 1 ? Object.entries(more.layers) : [];
    expect(dump.layers.map(({ name, size }) => [name, size])).toEqual(layers);
  });
});
