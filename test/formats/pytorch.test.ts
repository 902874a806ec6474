import { describe, expect, test } from 'vitest';
import { read, refusal, rowsOf } from './build';
import written from './written-by-pytorch.json';

const bytesOf = (file: string): Uint8Array => Buffer.from(file, 'base64');

describe('files that PyTorch wrote are read with the values that PyTorch reads', () => {
  test.each(Object.entries(written.read))('%s', (_, { file, rows, layers, metadata, notes }) => {
    const dump = read('grad.pt', bytesOf(file));
    expect(dump.format).toBe('pytorch');
    expect(rowsOf(dump)).toEqual(rows);
    expect(dump.layers.map(({ name, size }) => [name, size])).toEqual(layers);
    expect(dump.metadata).toEqual(metadata);
    expect(dump.notes, dump.notes.join('\n')).toHaveLength(notes);
  });

  test('whatever their name', () => {
    const { file, rows } = written.read.float32;
    for (const name of ['grad.pth', 'grad.npz', 'grad', 'grad.bin'])
      expect(rowsOf(read(name, bytesOf(file)))).toEqual(rows);
  });
});

describe('files of PyTorch that are refused say what they hold', () => {
  const { refused } = written;
  test.each<[keyof typeof refused, string]>([
    ['the old form', 'It is a PyTorch file of the old form, which is not an archive'],
    ['a TorchScript program', 'It is a TorchScript program, not a file of tensors'],
    [
      'a whole model',
      'It mentions “torch.nn.modules.linear.Linear”, which is not among the few names that are read as data',
    ],
    ['a model of a program', 'It mentions “__main__.Net”, which is not among the few names that are read as data'],
    ['a sparse tensor', 'It mentions “torch._utils._rebuild_sparse_tensor”, which'],
    ['a quantized tensor', 'It mentions “torch._utils._rebuild_qtensor”, which'],
    ['a tensor without numbers', 'It mentions “torch._utils._rebuild_meta_tensor_no_storage”, which'],
    ['a nested tensor', 'It mentions “torch._utils._rebuild_nested_tensor”, which'],
    ['float8 of exponents alone', 'It mentions “torch.float8_e8m0fnu”, which'],
    ['a number of NumPy', 'It mentions “numpy._core.multiarray.scalar”, which'],
    ['an array of NumPy', 'It mentions “numpy._core.multiarray._reconstruct”, which'],
    ['a defaultdict', 'It mentions “collections.defaultdict”, which'],
    ['the conjugate of a tensor', 'The tensor “w” is the conjugate or the negative of what is stored'],
    ['the negative of a tensor', 'The tensor “w” is the conjugate or the negative of what is stored'],
    ['an expanded tensor', 'The tensor “w”, (4, 6), repeats the same numbers along an axis (its stride is 0)'],
    ['a namedtuple', 'It mentions “torch.return_types.max”, which'],
  ])('%s', (title, found) => {
    const problem = refusal('grad.pt', bytesOf(refused[title]));
    expect(problem?.code).toMatch(/^pytorch\//);
    expect(problem?.found.slice(0, found.length)).toBe(found);
  });

  test('and none is left out of this list', () => expect(Object.keys(refused)).toHaveLength(16));
});
