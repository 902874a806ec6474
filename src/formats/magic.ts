/** What a file really is, told by its first bytes, and what to do about it. */
export interface Content {
  readonly what: string;
  readonly remedy: string;
}

const KINDS: readonly (readonly [begins: string | readonly number[], what: string, remedy: string])[] = [
  [[0x1f, 0x8b], 'compressed by gzip', 'Decompress it first.'],
  ['PK', 'a zip archive, such as a .npz', 'Rename it to .npz if it is one.'],
  [[0x80], 'a Python pickle, which is never loaded here', 'Save the array with np.save.'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file', 'Save the array with np.save.'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG picture', 'Choose the file of the gradients.'],
  ['version https://git-lfs', 'a pointer of Git LFS, not the file itself', 'Run “git lfs pull”.'],
  ['<<<<<<<', 'a file with an unresolved merge conflict', 'Resolve the conflict.'],
  ['<!DOCTYPE', 'an HTML page, most likely an error page', 'Download the file again.'],
  ['<!doctype', 'an HTML page, most likely an error page', 'Download the file again.'],
  ['<html', 'an HTML page, most likely an error page', 'Download the file again.'],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'a .npy file', 'Rename it to .npy.'],
  ['[', 'text, most likely JSON', 'Rename it to .json if it is JSON.'],
  ['{', 'text, most likely JSON', 'Rename it to .json if it is JSON.'],
  [[0, 0, 0, 0, 0, 0, 0, 0], 'all zeros at its beginning', 'The disk may have lost it: write it again.'],
];

export function nameOfContent(start: Uint8Array): Content | undefined {
  for (const [begins, what, remedy] of KINDS) {
    const bytes = typeof begins === 'string' ? new TextEncoder().encode(begins) : Uint8Array.from(begins);
    if (bytes.every((byte, index) => start[index] === byte)) return { what, remedy };
  }
  return undefined;
}
