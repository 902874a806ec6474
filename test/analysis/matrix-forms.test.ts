import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import type { Companion, MatrixSummary } from '../../src/shared/summary';
import { f8, headerOf, npy, npz, safetensors, tensor } from '../formats/build';
import { noise } from '../reference/noise';

/* a matrix beside a dump of six parameters, w (2 × 2) and b (2), in every form in which tools write it */

const folder = mkdtempSync(path.join(tmpdir(), 'matrix-'));
afterAll(() => rmSync(folder, { recursive: true }));

const D = 6;
const half = noise(D, D, 1);
const H = half.map((row, i) => row.map((x, j) => x + half[j]![i]!));
const block = (rows: readonly number[], columns: readonly number[]): number[] => rows.flatMap((i) => columns.map((j) => H[i]![j]!)); // prettier-ignore
const [w, b] = [[0, 1, 2, 3], [4, 5]]; // prettier-ignore
const array = (shape: string, numbers: readonly number[], order = 'False'): Uint8Array => npy({ header: headerOf("'<f8'", shape, order), data: f8(...numbers) }); // prettier-ignore
const all = H.flat();

async function hessian(name: string, bytes: Uint8Array, layered: boolean): Promise<Companion<MatrixSummary>> {
  const rows = noise(8, D, 2);
  const part = (from: number, to: number): Uint8Array => array(`(8, ${to - from})`, rows.flatMap((row) => row.slice(from, to))); // prettier-ignore
  const dump = path.join(folder, layered ? 'layers.npz' : 'flat.npy');
  writeFileSync(dump, layered ? npz({ w: part(0, 4), b: part(4, 6) }) : part(0, 6));
  writeFileSync(path.join(folder, name), bytes);
  const request = { paths: [dump], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) };
  const { companions } = await analyze({ ...request, companions: { hessian: path.join(folder, name) } }, () => undefined); // prettier-ignore
  return companions!.hessian!;
}

const truth = await hessian('square.npy', array('(6, 6)', all), true);
const numbers = (companion: Companion<MatrixSummary>): unknown =>
  'summary' in companion ? companion.summary : companion.problem;
/** Elements of (2, 3, 6) with the first axis running fastest. */
const fortran = Array.from({ length: 36 }, (_, k) => H[3 * (k % 2) + (Math.floor(k / 2) % 3)]![Math.floor(k / 6)]!);

describe('a matrix beside a dump has the numbers of the square one', () => {
  test('which are those of its elements', () => {
    expect(numbers(truth)).toMatchObject({
      trace: expect.closeTo(
        H.reduce((sum, row, i) => sum + row[i]!, 0),
        10,
      ) as number,
      frobeniusNorm: expect.closeTo(Math.hypot(...all), 10) as number,
    });
  });

  const blocks = (name: (a: string, b: string) => string): Record<string, Uint8Array> => ({
    // in an order of their own
    [name('b', 'b')]: array('(2, 2)', block(b, b)),
    [name('w', 'w')]: array('(2, 2, 2, 2)', block(w, w)),
    [name('w', 'b')]: array('(2, 2, 2)', block(w, b)),
    [name('b', 'w')]: array('(2, 2, 2)', block(b, w)),
  });
  test.each<[string, string, Uint8Array]>([
    ['with an axis of length one before it, as autograd writes it', 'one.npy', array('(1, 6, 6)', all)],
    ['with the axes of its parameters twice, as JAX and torch.func write it', 'four.npy', array('(2, 3, 2, 3)', all)],
    ['with the axes of its parameters twice, in Fortran order', 'fortran.npy', array('(2, 3, 6)', fortran, 'True')], // prettier-ignore
    ['as one array of an archive', 'one.npz', npz({ hessian: array('(1, 6, 1, 6)', all) })],
    ['as a tensor of safetensors', 'one.safetensors', safetensors({ h: tensor('F64', [2, 3, 6], 0, 288) }, f8(...all))],
    ['as text', 'one.json', Buffer.from(JSON.stringify([H]))],
    ['as blocks with the names of both layers', 'blocks.npz', npz(blocks((a, c) => `${a}_${c}`))],
    ['as blocks in another way of naming them', 'dots.npz', npz(blocks((a, c) => `${a}/${c}`))],
    [
      'as a dict of dicts in text',
      'nested.json',
      Buffer.from(JSON.stringify({ layers: { 'w.w': [block(w, w)], 'w.b': [block(w, b)], 'b.w': [block(b, w)], 'b.b': [block(b, b)] } })), // prettier-ignore
    ],
  ])('%s', async (_, name, bytes) => {
    expect(numbers(await hessian(name, bytes, true))).toEqual(numbers(truth));
  });
});

describe('a matrix that is none of them is refused with what it is', () => {
  const problem = async (name: string, bytes: Uint8Array, layered: boolean): Promise<unknown> => {
    const found = await hessian(name, bytes, layered);
    return 'problem' in found ? found.problem : undefined;
  };

  test('blocks beside a dump that does not say its layers, with the line that joins them', async () => {
    const file = npz({
      w_w: array('(4, 4)', block(w, w)), w_b: array('(4, 2)', block(w, b)), b_w: array('(2, 4)', block(b, w)), b_b: array('(2, 2)', block(b, b)),
    }); // prettier-ignore
    expect(await problem('hessian.npz', file, false)).toEqual({
      code: 'metadata/invalid',
      found: 'It holds the blocks of a matrix for the layers “w”, “b”, and the dump does not say which layers it has',
      where: path.join(folder, 'hessian.npz'),
      remedy: 'Say “layers” in the metadata of the dump, in the order of its columns, or save one matrix, its layers in that order:', // prettier-ignore
      fix: 'h, names = np.load("hessian.npz"), ["w","b"]; np.save("matrix.npy", np.block([[h[a + "_" + b].reshape(round(h[a + "_" + a].size ** 0.5), -1) for b in names] for a in names]))',
    });
  });

  test('numbers whose axes do not part into two halves, with the line that gives them the shape', async () => {
    expect(await problem('long.npy', array('(36, 1)', all), true)).toMatchObject({
      found: 'The matrix has the shape (36, 1), whose axes are not those of 6 × 6 numbers',
      fix: 'np.save("matrix.npy", np.load("long.npy").reshape(6, 6))',
    });
    expect(await problem('odd.npy', array('(4, 9)', all), true)).toMatchObject({
      found: 'The matrix has the shape (4, 9), whose axes are not those of 6 × 6 numbers',
    });
  });

  test('blocks of other sizes, and matrices of another size', async () => {
    const file = npz({ w_w: array('(3, 3)', block([0, 1, 2], [0, 1, 2])), w_b: array('(3, 3)', all.slice(0, 9)), b_w: array('(3, 3)', all.slice(0, 9)), b_b: array('(3, 3)', all.slice(0, 9)) }); // prettier-ignore
    expect(await problem('sizes.npz', file, true)).toMatchObject({
      found: 'Its block “w_w” has 9 numbers, and the layers have 4 × 4 parameters',
    });
    expect(await problem('small.npy', array('(1, 5, 5)', all.slice(0, 25)), true)).toMatchObject({
      found: 'The matrix is 1 × 25, but the dump has 6 parameters',
    });
  });
});
