/** What a file really is, told by its first bytes, and what to do about it. */
export interface Content {
  readonly what: string;
  readonly remedy: string;
}

const SAVE = 'Save the array with np.save.';
const HTML = 'Download the file again, and look at what the server says.';

const CONTENTS: readonly (readonly [begins: RegExp, what: string, remedy: string])[] = [
  [/^\x93NUMPY/, 'a .npy file', 'Rename it to .npy.'],
  [/^PK(?:\x03\x04|\x05\x06)/, 'a zip archive, such as a .npz', 'Rename it to .npz if it is one.'],
  [/^.{5}\0\0\0\{/s, 'a .safetensors file', 'Rename it to .safetensors.'],
  [/^\x1f\x8b/, 'compressed by gzip', 'Decompress it first.'],
  [/^(?:\x28\xb5\x2f\xfd|BZh|\xfd7zXZ)/, 'a compressed file', 'Decompress it first.'],
  [/^\x80[\x02-\x05]|^(?:\(lp0|cnumpy|c__builtin__)/, 'a Python pickle, which is never loaded here', SAVE],
  [/^\x89HDF/, 'an HDF5 file', SAVE],
  [/^MATLAB/, 'a MATLAB file', SAVE],
  [/^(?:\x89PNG|\xff\xd8\xff|GIF8)/, 'a picture', 'Choose the file of the gradients.'],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS, not the file itself', 'Run “git lfs pull”.'],
  [/^<<<<<<< /, 'a file with an unresolved merge conflict', 'Resolve the conflict.'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'an HTML page, most likely an error page', HTML],
  [/^(?:\xff\xfe|\xfe\xff|[[{]\0|\0[[{])/, 'text in UTF-16', 'Save the file as UTF-8.'],
  [/^(?:\xef\xbb\xbf)?\s*[[{]/, 'text, most likely JSON', 'Rename it to .json if it is JSON.'],
  [/^\0{8}/, 'zeros from its beginning', 'The disk may have lost its content: write it again.'],
  [/^(?:---|[\w ]+: )/, 'text, most likely YAML', SAVE],
  [/^[\w.]+\(/, 'a program or JSONP', 'Save plain JSON.'],
  [/^[-+\d.eE \t]+[,;\t\n ]/, 'text, most likely CSV', 'Read it with np.loadtxt, and save the array with np.save.'],
];

/** @param start the first bytes, 64 or more if there are that many */
export function contentOf(start: Uint8Array): Content | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  const [, what, remedy] = CONTENTS.find(([begins]) => begins.test(text)) ?? [];
  return what === undefined || remedy === undefined ? undefined : { what, remedy };
}

export const hexadecimal = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
