import type { ByteSource } from './source';

/** What a file really is, by its first bytes, and what to do about it. */
export interface Content {
  readonly what: string;
  readonly remedy: string;
  /** A line of Python. */
  readonly fix?: string;
}

const SAVE = 'Save the array with np.save.';
const HTML = 'Download the file again, and look at what the server says.';
const TRUST = 'If you trust who wrote it, save its arrays in Python:';

/** FILE stands for the name of the file, in quotes. */
const CONTENTS: readonly (readonly [begins: RegExp, what: string, remedy: string, fix?: string])[] = [
  [/^\x93NUMPY/, 'a .npy file', 'Rename it to .npy.'],
  [/^PK(?:\x03\x04|\x05\x06)/, 'a zip archive, such as a .npz', 'Rename it to .npz if it is one.'],
  [/^.{5}\0\0\0\{/s, 'a .safetensors file', 'Rename it to .safetensors.'],
  [/^\x1f\x8b/, 'compressed by gzip', 'Decompress it first.'],
  [/^(?:\x28\xb5\x2f\xfd|BZh|\xfd7zXZ)/, 'a compressed file', 'Decompress it first.'],
  [
    /^\x80[\x02-\x05]|^(?:\(lp0|cnumpy|c__builtin__)/,
    'a Python pickle, which is never loaded here',
    TRUST,
    'g = pickle.load(open(FILE, "rb")); np.savez("grad.npz", **(g if hasattr(g, "keys") else {"grads": g}))',
  ],
  [
    /^\x89HDF/,
    'an HDF5 file',
    'Save its arrays in Python:',
    'f = h5py.File(FILE); np.savez("grad.npz", **{k: f[k][()] for k in f})',
  ],
  [
    /^MATLAB/,
    'a MATLAB file',
    'Save its arrays in Python:',
    'np.savez("grad.npz", **{k: v for k, v in scipy.io.loadmat(FILE).items() if k[0] != "_"})',
  ],
  [
    /^PAR1/,
    'a Parquet file',
    'Save its columns in Python:',
    'np.save("grad.npy", np.column_stack([np.array(c.to_pylist()) for c in pyarrow.parquet.read_table(FILE).columns]))',
  ],
  [
    /^(?:ARROW1|FEA1)/,
    'an Arrow (Feather) file',
    'Save its columns in Python:',
    'np.save("grad.npy", np.column_stack([np.array(c.to_pylist()) for c in pyarrow.feather.read_table(FILE).columns]))',
  ],
  [
    /brain\.Event:\d/,
    'a log of TensorBoard',
    'It holds single values over time. Save the gradients of the examples themselves with np.save.',
  ],
  [/^\x89PNG|^\xff\xd8\xff|^GIF8/, 'a picture', 'Choose the file of the gradients.'],
  [/^GGUF/, 'a GGUF file, the weights of a model', 'Choose the file of the gradients.'],
  [/^SQLite format 3/, 'an SQLite database', SAVE],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS, not the file itself', 'Run “git lfs pull”.'],
  [/^<<<<<<< /, 'a file with an unresolved merge conflict', 'Resolve the conflict.'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'an HTML page, most likely an error page', HTML],
  [/^(?:\xff\xfe|\xfe\xff|[[{]\0|\0[[{])/, 'text in UTF-16', 'Save the file as UTF-8.'],
  [/^(?:\xef\xbb\xbf)?\s*[[{]/, 'text, most likely JSON', 'Rename it to .json if it is JSON.'],
  [/^(?:---|[\w ]+: )/, 'text, most likely YAML', SAVE],
  [/^[\w.]+\(/, 'a program or JSONP', 'Save plain JSON.'],
  [/^[-+\d.eE \t]+[,;\t\n ]/, 'text, most likely CSV', 'Rename it to .csv if it is a table of numbers.'],
];

/** Folders that are one store of arrays in themselves, by a file that each of them has. */
export const STORES: readonly (Content & { readonly files: readonly string[] })[] = [
  {
    files: ['zarr.json', '.zgroup', '.zarray'],
    what: 'a zarr store',
    remedy: 'Save its arrays in Python:',
    fix: 'z = zarr.open(FILE, mode="r"); np.savez("grad.npz", **({k: a[...] for k, a in sorted(z.arrays())} if hasattr(z, "arrays") else {"grads": z[...]}))',
  },
  {
    files: ['_CHECKPOINT_METADATA', '_METADATA', 'manifest.ocdbt'],
    what: 'a checkpoint of Orbax',
    remedy: 'Save its arrays in Python:',
    fix: 't = orbax.checkpoint.PyTreeCheckpointer().restore(os.path.abspath(FILE)); np.savez("grad.npz", **{jax.tree_util.keystr(k): a for k, a in jax.tree_util.tree_leaves_with_path(t)})',
  },
];

/** Places that are looked at before zeros are taken for a loss. */
const PROBES = 64;

export function contentOf(source: ByteSource): Content | undefined {
  const start = source.read(0, 64);
  const text = String.fromCharCode(...start);
  const [, what, remedy, fix] = CONTENTS.find(([begins]) => begins.test(text)) ?? [];
  if (what !== undefined && remedy !== undefined)
    return { what, remedy, ...(fix !== undefined && { fix: fix.replace('FILE', () => JSON.stringify(source.name)) }) };
  if (!/^\0{8}/.test(text) || !isZero(source)) return undefined;
  return { what: 'zeros from its beginning to its end', remedy: 'The disk may have lost its content: write it again.' };
}

/** Gradients may begin with zeros; a file that lost its content has nothing else. */
const isZero = (source: ByteSource): boolean =>
  Array.from({ length: PROBES }, (_, k) => Math.floor((k * source.size) / PROBES)).every((position) =>
    source.read(position, 64).every((byte) => byte === 0),
  );

export const hexadecimal = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
