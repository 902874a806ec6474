import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import type { GradientDump } from '../../src/shared/dump';
import { f4, joined, MEANS, npy, read, refusal, rowsOf, u16, utf8 } from './build';

const ROWS = [
  [1, -2.5],
  [0.125, 4],
  [5, 6],
];

describe('a table of numbers', () => {
  test.each([
    ['commas', '1,-2.5\n0.125,4\n5,6\n'],
    ['semicolons and Windows line ends', '1; -2.5\r\n0.125; 4\r\n5; 6'],
    ['tabs', '1\t-2.5\n1.25e-1\t+4\n5.\t6\n'],
    ['spaces, as np.savetxt writes them', '# made by hand\n1.0e+00 -2.5e+00\n.125 4\n\n5 6\n'],
    ['a line of names', 'w,b\n1,-2.5\n0.125,4\n5,6\n'],
    ['quotes', '"w","b"\n"1","-2.5"\n"0.125","4"\n"5","6"\n'],
    ['a byte order mark', '\ufeffw,b\n1,-2.5\n0.125,4\n5,6\n'],
  ])('with %s is read', (_, text) => {
    const dump = read('g.csv', utf8(text));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump).toMatchObject({ format: 'csv', dtype: 'float64', notes: [] });
  });

  test.each([
    ['that pandas writes', ',0,1\n0,1,-2.5\n1,0.125,4\n2,5,6\n'],
    ['without a name', '1,1,-2.5\n2,0.125,4\n3,5,6\n'],
    ['by name', 'id,w,b\n7,1,-2.5\n9,0.125,4\n8,5,6\n'],
  ])('leaves a column out that counts the rows, %s', (_, text) => {
    const dump = read('g.csv', utf8(text));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.notes).toHaveLength(1);
  });

  test('takes columns of losses and labels for metadata', () => {
    const dump = read('g.csv', utf8('w,label,b,loss\n1,cat,-2.5,1\n0.125,dog,4,2\n5,cat,6,6\n'));
    expect(rowsOf(dump)).toEqual(ROWS);
    expect(dump.metadata).toEqual({ labels: ['cat', 'dog', 'cat'], losses: [1, 2, 6], loss: 3 });
  });

  test('counts empty cells as NaN, and knows infinity', () => {
    const dump = read('g.csv', utf8('1,\n-inf,Infinity\n'));
    expect(rowsOf(dump)).toEqual([[1, NaN], [-Infinity, Infinity]]); // prettier-ignore
    expect(dump.notes).toEqual(['1 empty cells count as NaN.']);
  });

  test('is read in pieces, and within the budget', () => {
    const line = `${Array.from({ length: 5000 }, (_, k) => k / 8).join(',')}\n`;
    const bytes = utf8(line.repeat(60));
    expect(bytes.length).toBeGreaterThan(2 ** 20);
    const dump = read('g.csv', bytes);
    expect([dump.rows, dump.parameters]).toEqual([60, 5000]);
    expect(rowsOf(dump)[59]?.[4999]).toBe(4999 / 8);
    expect(refusal('g.csv', bytes, { memoryBudget: 2 ** 20 })?.code).toBe('file/too-large');
  });

  test.each([
    ['1,2\n3\n', 'The line has 1 cells, the lines before it have 2', 'line 2'],
    ['1,2\n3,x\n', 'A number is expected here, not “x”', 'line 2, column 2'],
    ['w,b\n', 'It has no line of numbers', 'byte 0'],
    ['', 'It has no line of numbers', 'byte 0'],
    ['step,loss,lr\n0,1,0.1\n1,0.5,0.1\n', 'Its columns are “step”, “loss”, “lr”: a training log', 'byte 0'],
    ['1,5;2\n3;4\n', 'Its numbers have a decimal comma', 'line 1'],
    ['1,2\n0x10,4\n', 'A number is expected here, not “0x10”', 'line 2, column 1'],
  ])('%j is refused', (text, found, where) =>
    expect(refusal('g.csv', utf8(text))).toMatchObject({ code: 'csv/table', found, where }),
  );
});

describe('numbers without a header', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'raw-'));
  afterAll(() => rmSync(root, { recursive: true }));
  let count = 0;
  const put = (files: Readonly<Record<string, Uint8Array | object>>): string => {
    const folder = path.join(root, String(count++));
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files))
      writeFileSync(path.join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
    return folder;
  };
  const dump = (folder: string, name: string): GradientDump => readDump({ path: path.join(folder, name), ...MEANS });
  const numbers = f4(0, 0, 0, 0, 5, 6);

  test('are read by the shape and the type that the sidecar says', () => {
    const meta = { shape: [3, 2], dtype: 'float32' };
    const folder = put({ 'g.mmap': numbers, 'g.meta.json': meta });
    expect(rowsOf(dump(folder, 'g.mmap'))).toEqual([[0, 0], [0, 0], [5, 6]]); // prettier-ignore
    const half = put({ 'g.bin': u16(0x3f80, 0xc040), 'g.meta.json': { shape: [2, 1], dtype: 'torch.bfloat16' } });
    expect(rowsOf(dump(half, 'g.bin'))).toEqual([[1], [-3]]);
  });

  test('of another size than said, or of a type that is none, are refused', () => {
    const folder = put({ 'g.dat': numbers, 'g.meta.json': { shape: [4, 2], dtype: '<f4' } });
    expect(() => dump(folder, 'g.dat')).toThrow(/\(4, 2\) float32 are 32 bytes, and it has 24/);
    const odd = put({ 'g.dat': numbers, 'g.meta.json': { shape: [3, 2], dtype: 'object' } });
    expect(() => dump(odd, 'g.dat')).toThrow(/The stated type “object” is not a type of real numbers/);
  });

  test('of which nothing is said are refused with both ways to say it, also where they begin with zeros', () => {
    expect(refusal('g.mmap', numbers)).toEqual({
      code: 'raw/form',
      found: 'It begins with 00 00 00 00 00 00 00 00: numbers without a header, and neither their shape nor their type is said',
      where: 'byte 0',
      remedy: 'Say both in g.meta.json, {"shape": [n, d], "dtype": "float32"}, or save it as .npy:',
      fix: 'np.save("grad.npy", np.memmap("g.mmap", dtype="float32", mode="r", shape=(n, d)))',
    }); // prettier-ignore
    expect(refusal('g.mmap', new Uint8Array(4096))?.found).toBe('It is zeros from its beginning to its end');
  });

  test('are an array of NumPy where they begin like one', () => {
    expect(read('grads.mmap', npy()).format).toBe('npy');
  });

  test('of a Bergson store are read by its info.json', () => {
    const info = { num_grads: 3, dtype: {}, grad_sizes: { a: 1, b: 1 }, base_dtype: '<f4' };
    const folder = put({ 'gradients.bin': numbers, 'info.json': info });
    const read_ = dump(folder, 'gradients.bin');
    expect(rowsOf(read_)).toEqual([[0, 0], [0, 0], [5, 6]]); // prettier-ignore
    expect(read_.layers).toEqual([{ name: 'a', size: 1 }, { name: 'b', size: 1 }]); // prettier-ignore
    expect(() => dump(folder, 'info.json')).toThrow(/Open the gradients\.bin beside it/);
    const lying = put({ 'gradients.bin': numbers, 'info.json': { ...info, num_grads: 4 } });
    expect(() => dump(lying, 'gradients.bin')).toThrow(/\(4, 2\) float32 are 32 bytes, and it has 24/);
    const odd = put({ 'gradients.bin': numbers, 'info.json': { ...info, grad_sizes: { a: -1 } } });
    expect(() => dump(odd, 'gradients.bin')).toThrow(/does not say how many gradients/);
  });
});

describe('JSON', () => {
  const three = '[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]';
  const flat = [[1, 2, 3, 4], [5, 6, 7, 8]]; // prettier-ignore
  test.each([
    ['in three levels', three],
    ['as gradients', `{"gradients": ${three}, "y": [0, 1]}`],
    ['as one layer', `{"layers": {"w": ${three}}}`],
    ['under any name', `{"fc": ${three}, "config": {"x": [1]}, "note": "x"}`],
    ['as pandas splits it', '{"columns": [0, 1, 2, 3], "index": [0, 1], "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}'],
  ])('%s is flattened', (_, text) => expect(rowsOf(read('g.json', utf8(text)))).toEqual(flat));

  test('of several arrays has layers, scalar parameters among them', () => {
    const dump = read('g.json', utf8(`{"w": ${three}, "b": [0.5, 1.5], "losses": [[1], [3]], "learningRate": 0.5}`));
    expect(rowsOf(dump)).toEqual([[1, 2, 3, 4, 0.5], [5, 6, 7, 8, 1.5]]); // prettier-ignore
    expect(dump.layers).toEqual([{ name: 'w', size: 4 }, { name: 'b', size: 1 }]); // prettier-ignore
    expect(dump.metadata).toEqual({ losses: [1, 3], loss: 2, learningRate: 0.5 });
  });

  test('of levels of different lengths is refused where they differ', () => {
    expect(refusal('g.json', utf8('[[[1, 2]], [[3]]]'))?.code).toBe('json/shape');
  });
});

test.each([
  ['PAR1', 'It is a Parquet file'],
  ['ARROW1', 'It is an Arrow (Feather) file'],
  ['\x18\0\0\0\0\0\0\0\xa3\x7fK"\t\0\0brain.Event:2', 'It is a log of TensorBoard'],
  ['SQLite format 3\0', 'It is an SQLite database'],
])('a file that begins with %j is named', (start, found) =>
  expect(refusal('grad.bin', joined(Uint8Array.from(Buffer.from(start, 'latin1')), new Uint8Array(80)))?.found).toBe(
    found,
  ),
);
