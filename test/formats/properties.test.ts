import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/formats/json-parser';
import { scanNumber } from '../../src/formats/json-number';
import type { ScannedNumber } from '../../src/formats/json-number';
import { JsonMatrix } from '../../src/formats/json-value';
import type { JsonValue } from '../../src/formats/json-value';
import { openSource } from '../../src/formats/source';
import { f8, headerOf, MEANS, npy, npz, read, rowsOf, safetensors, tensor, utf8 } from './build';

fc.configureGlobal({ seed: 20 });

const any = fc.double();
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(any, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
  );
const npyOf = (rows: readonly (readonly number[])[]): Uint8Array =>
  npy({ header: headerOf("'<f8'", `(${rows.length}, ${rows[0]?.length})`), data: f8(...rows.flat()) });
/** As Python writes JSON. */
const python = (value: unknown): string =>
  typeof value === 'number'
    ? Object.is(value, -0)
      ? '-0.0'
      : String(value)
    : Array.isArray(value)
      ? `[${value.map(python).join(', ')}]`
      : JSON.stringify(value);

describe('what is written is read', () => {
  test('from .npy, .npz and .safetensors, and from .json as Python writes it, bit for bit', () => {
    fc.assert(
      fc.property(matrix, (rows) => {
        const [n, d] = [rows.length, rows[0]!.length];
        expect(rowsOf(read('g.npy', npyOf(rows)))).toEqual(rows);
        expect(rowsOf(read('g.npz', npz({ g: npyOf(rows) }, true)))).toEqual(rows);
        const tensors = safetensors({ g: tensor('F64', [n, d], 0, 8 * n * d) }, f8(...rows.flat()));
        expect(rowsOf(read('g.safetensors', tensors))).toEqual(rows);
        expect(rowsOf(read('g.json', utf8(python(rows))))).toEqual(rows);
      }),
    );
  });

  test('from a Fortran array of up to six axes, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 6 }), (shape) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const data = new Float64Array(size);
        // the c-th place in C order is the f-th in Fortran order
        for (let c = 0; c < size; c++) {
          let [rest, f] = [c, 0];
          const index = shape.map(() => 0);
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            index[axis] = rest % shape[axis]!;
            rest = Math.floor(rest / shape[axis]!);
          }
          for (let axis = shape.length - 1; axis >= 0; axis--) f = f * shape[axis]! + index[axis]!;
          data[f] = c;
        }
        const file = npy({
          header: headerOf("'<f8'", `(${shape.join(', ')})`, 'True'),
          data: new Uint8Array(data.buffer),
        });
        expect(rowsOf(read('g.npy', file)).flat()).toEqual(Array.from({ length: size }, (_, k) => k));
      }),
    );
  });
});

test('a Fortran array of four trailing axes is read as np.asfortranarray means it', () => {
  // python3 -c "import numpy as np; print(np.arange(48.).reshape(2,2,3,2,2).ravel('F')[:9])": [0 24 12 36 4 28 16 40 8]
  const shape = [2, 2, 3, 2, 2];
  const steps = [24, 12, 4, 2, 1];
  const data: number[] = [];
  for (let f = 0; f < 48; f++) {
    let rest = f;
    let value = 0;
    for (const [axis, length] of shape.entries()) {
      value += (rest % length) * steps[axis]!;
      rest = Math.floor(rest / length);
    }
    data.push(value);
  }
  expect(data.slice(0, 9)).toEqual([0, 24, 12, 36, 4, 28, 16, 40, 8]);
  const file = npy({ header: headerOf("'<f8'", '(2, 2, 3, 2, 2)', 'True'), data: f8(...data) });
  expect(rowsOf(read('g.npy', file)).flat()).toEqual(Array.from({ length: 48 }, (_, k) => k));
});

describe('the JSON parser', () => {
  const plain = (value: JsonValue): unknown => {
    if (value instanceof JsonMatrix)
      return Array.from({ length: value.rows }, (_, k) => [
        ...value.numbers.subarray(k * value.columns, (k + 1) * value.columns),
      ]);
    if (value instanceof Float64Array) return [...value];
    if (value instanceof Map)
      return Object.fromEntries(
        [...(value as ReadonlyMap<string, JsonValue>)].map(([key, item]) => [key, plain(item)]),
      );
    return Array.isArray(value) ? value.map((item) => plain(item as JsonValue)) : value;
  };
  const parsed = (text: string): unknown => plain(parseJson(openSource('a.json', utf8(text)), MEANS).value);

  test('reads what JSON.parse reads, alike, with any white space', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5, stringUnit: 'binary' }), fc.constantFrom(0, 1, 2), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(parsed(JSON.stringify(value, undefined, indent))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses what JSON.parse refuses, but for the words that Python writes', () => {
    const accepts = (text: string): boolean => {
      try {
        parsed(text);
        return true;
      } catch {
        return false;
      }
    };
    const strict = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const signs = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '"a"',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      'null',
      'true',
      ' ',
      '\n',
      '\\',
      '\\u00e9',
      'x',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 12 }), (list) => {
        const text = list.join('');
        // JSON.parse keeps the last of two equal names
        fc.pre(!/"a".*"a"|"".*""/.test(text));
        expect(accepts(text)).toBe(strict(text));
      }),
      { numRuns: 5000 },
    );
  });

  const scan = (text: string): ScannedNumber => {
    const result: ScannedNumber = { value: 0, end: 0, fault: undefined, loss: undefined };
    scanNumber(utf8(text), 0, result);
    return result;
  };

  test('rounds every decimal to the nearest double, as the language does', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 20n }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: -40, max: 40 }),
        (digits, point, exponent) => {
          const text = `-${String(digits).slice(0, -point || undefined) || '0'}.${String(digits).slice(-point) || '0'}e${exponent}`;
          expect(scan(text)).toMatchObject({ value: Number(text), end: text.length, fault: undefined });
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(scan(String(value)).value).toBe(Number(String(value)));
      }),
      { numRuns: 2000 },
    );
  });
});
