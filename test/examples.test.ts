import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const EXAMPLE = /@example (.+?) \/\/ => (.+?)(?: \*\/)?$/gm;
const source = join(import.meta.dirname, '../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, examples: [...readFileSync(join(source, file), 'utf8').matchAll(EXAMPLE)] }))
  .filter(({ examples }) => examples.length > 0);

/** Numbers to 14 digits: a comment promises the value, not its last bit. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toPrecision(14)) + 0 : value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array, rounded);
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rounded(entry)]));
}

describe.each(files)('the examples in the comments of $file hold', ({ file, examples }) => {
  test.each(examples.map(([, expression, result]) => [expression, result] as const))(
    '%s is %s',
    async (expression, result) => {
      const exported = (await import(join(source, file))) as Record<string, unknown>;
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- runs what our own comments promise
      const evaluated = new Function(...Object.keys(exported), `return [${expression}, ${result}]`) as (
        ...values: unknown[]
      ) => [unknown, unknown];
      const [value, promised] = evaluated(...Object.values(exported));
      expect(rounded(value)).toEqual(rounded(promised));
    },
  );
});

test('the closed forms have examples', () => {
  expect(files.filter(({ file }) => file.startsWith('theory')).length).toBeGreaterThan(5);
});
