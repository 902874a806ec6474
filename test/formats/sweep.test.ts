import { describe, expect, test } from 'vitest';
import { DUMP_NAMES } from '../../src/shared/dump-names';
import type { FormatId } from '../../src/shared/dump-names';
import { read, refusal, rowsOf } from './build';
import { SAMPLES } from './samples';

/** Formats whose every byte of data is under a checksum. */
const CHECKED = /\.npz$|^checked\.pt$/;

/** Formats that cannot pass these tests, and why. */
const UNSWEPT: Partial<Record<FormatId, string>> = {
  csv: 'a table does not say where it ends, so that one without its last digit is another table',
  raw: 'it has nothing but numbers, so that any bit of them may be another',
  gradstats: 'an .npz file, whose numbers are compared with one another besides (gradstats-lies)',
};

test('every format is among the files that are cut and altered, or says why it is not', () => {
  const swept = SAMPLES.map(([name, bytes]) => read(name, bytes).format);
  expect([...new Set([...swept, ...Object.keys(UNSWEPT)])].sort()).toEqual(Object.keys(DUMP_NAMES).sort());
  for (const id of swept) expect(UNSWEPT).not.toHaveProperty(id);
});

describe.each(SAMPLES)('%s', (name, bytes) => {
  const rows = rowsOf(read(name, bytes));

  test('cut at any byte is refused, or has the same values', () => {
    let refused = 0;
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.slice(0, end);
      if (refusal(name, cut) !== undefined) refused++;
      else expect(rowsOf(read(name, cut))).toEqual(rows);
    }
    // a line end after JSON, or padding, is all that may be missing
    expect(refused).toBeGreaterThanOrEqual(bytes.length - 1);
  });

  test('with any one bit flipped is refused or read, and its values stay where there are checksums', () => {
    let [refused, same, other] = [0, 0, 0];
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if (refusal(name, flipped) !== undefined) {
        refused++;
        continue;
      }
      const read_ = rowsOf(read(name, flipped));
      if (JSON.stringify(read_) === JSON.stringify(rows)) same++;
      else other++;
    }
    expect(refused).toBeGreaterThan(bytes.length);
    if (CHECKED.test(name)) expect(other).toBe(0);
    expect(refused + same + other).toBe(8 * bytes.length);
  });
});
