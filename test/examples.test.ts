import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const EXAMPLE = /@example (.+?) \/\/ => (.+)$/gm;
const source = join(import.meta.dirname, '../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, examples: [...readFileSync(join(source, file), 'utf8').matchAll(EXAMPLE)] }))
  .filter(({ examples }) => examples.length > 0);

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
      expect(value).toEqual(promised);
    },
  );
});

test('the closed forms have examples', () => {
  expect(files.filter(({ file }) => file.startsWith('theory')).length).toBeGreaterThan(5);
});
