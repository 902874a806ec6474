import { describe, expect, test } from 'vitest';
import { BAD_JSON } from './bad-json';
import { BAD_NPY } from './bad-npy';
import { BAD_NPZ } from './bad-npz';
import { BAD_SAFETENSORS } from './bad-safetensors';
import { npy, refusal } from './build';
import type { BadFile } from './case';

/** Words of the machinery below, which no reader of a report knows. */
const FOREIGN =
  /RangeError|TypeError|SyntaxError|FlateError|\bE[A-Z]{4,}\b|Unexpected|undefined is|\bNaN bytes|\[object/;

describe.each([
  ['.npy', BAD_NPY],
  ['.json', BAD_JSON],
  ['.npz', BAD_NPZ],
  ['.safetensors', BAD_SAFETENSORS],
] as const)('%s: what is refused', (_, files) => {
  test.each(files.map((file): [string, BadFile] => [file.title, file]))(
    '%s',
    (_, { name, bytes, code, found, where }) => {
      const problem = refusal(name, bytes);
      expect(problem?.code).toBe(code);
      expect(problem?.found).toMatch(found);
      if (typeof where === 'number') expect(problem?.where).toMatch(new RegExp(String.raw`(?:^|, )byte ${where}$`));
      else if (where !== undefined) expect(problem?.where).toBe(where);
      // what was found is a sentence without its period, what to do is one with it, or leads to a line of code
      expect(problem?.found).toMatch(/^[A-Z“\d].*[^.:]$/s);
      expect(problem?.where).toMatch(/\S/);
      expect(problem?.remedy).toMatch(problem?.fix === undefined ? /^[A-Z].*\.$/ : /^[A-Z].*[.:]$/);
      expect(`${problem?.found} ${problem?.where} ${problem?.remedy}`).not.toMatch(FOREIGN);
      expect(problem?.found.length).toBeLessThan(400);
    },
  );
});

test('a .npy file that is refused comes with the line that writes it again', () => {
  for (const bytes of [new Uint8Array(0), npy().subarray(0, 100), npy({ header: 'None' }), npy({ magic: '\x92NUMPY' })])
    expect(refusal('grad.npy', bytes)?.fix).toBe('np.save("grad.npy", grads)');
});
