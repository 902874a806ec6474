import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openBlocks } from '../../src/kernel/blocks';
import { bfloat16, float16 } from '../../src/kernel/elements';
import { ELEMENT_BYTES } from '../../src/shared/dump';
import type { ElementType } from '../../src/shared/dump';
import { noise } from '../reference/noise';
import { encodeFloat16 } from './float16';
import { refused } from './run';
import { inFile, stored } from './stored';

const folder = mkdtempSync(path.join(tmpdir(), 'blocks-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('blocks of a dump', () => {
  const integers = [
    [1, 0, 3, 0, 1],
    [0, 1, 1, 2, 0],
    [5, 1, 0, 0, 7],
  ];
  const cases = (Object.keys(ELEMENT_BYTES) as ElementType[]).flatMap((element) =>
    (['C', 'F'] as const).flatMap((order) => [true, false].map((littleEndian) => ({ element, order, littleEndian }))),
  );
  test.each(cases)('$element in $order order, little-endian: $littleEndian', ({ element, order, littleEndian }) => {
    const rows = element === 'b1' ? integers.map((row) => row.map((value) => Math.min(1, value))) : integers;
    const dump = stored(rows, { element, order, littleEndian, widths: [2, 3], offset: 3 });
    const file = inFile(dump, path.join(folder, `${element}${order}${littleEndian}`), writeFileSync);
    for (const source of [dump, file]) {
      const reader = openBlocks(source);
      const tile = new Float64Array(9);
      reader.readColumns(1, 3, tile);
      expect([...tile]).toEqual(rows.flatMap((row) => row.slice(1, 4)));
      reader.readRows(1, 1, tile);
      expect([...tile.slice(0, 5)]).toEqual(rows[1]);
      reader.checkUnchanged();
      reader.close();
    }
  });

  test('a file that is rewritten is noticed, and one that is gone as well', () => {
    const file = path.join(folder, 'changing');
    const dump = inFile(stored(noise(2, 3, 1)), file, writeFileSync);
    const reader = openBlocks(dump);
    writeFileSync(file, new Uint8Array(7));
    expect(() => reader.checkUnchanged()).toThrow(refused('file/changed'));
    expect(() => reader.readColumns(0, 3, new Float64Array(6))).toThrow(refused('file/changed'));
    reader.close();
    rmSync(file);
    expect(() => openBlocks(dump)).toThrow(refused('file/missing'));
  });
});

test('every half-precision number has its value', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = float16(bits);
    if (Number.isNaN(value)) expect(bits & 0x7fff).toBeGreaterThan(0x7c00);
    else expect(encodeFloat16(value)).toBe(bits);
  }
  // python3 -c "import numpy as np; print(np.array([0x3555,0xc248,0x0001],'u2').view('f2').astype(float))"
  expect([0x3555, 0xc248, 0x0001].map(float16)).toEqual([0.333251953125, -3.140625, 5.960464477539063e-8]);
});

test('a bfloat16 is the upper half of a float32', () => {
  expect([0x3f80, 0xc040, 0x0000, 0x7f80].map(bfloat16)).toEqual([1, -3, 0, Infinity]);
});
