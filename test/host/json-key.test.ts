import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOfKey } from '../../src/host/json-key';

const textAt = (text: string, key: string): string | undefined => {
  const place = placeOfKey(text, key);
  return place && text.slice(...place);
};

test('a key is found on the outermost level only, in both spellings, and not in a value', () => {
  const text =
    '{\n  "rows": { "batchSize": 1 }, "labels": ["step", "batchSize:"],\n  "loss": "step", "batch_size" : 2, "st\\u0065p": 3 }';
  expect(textAt(text, 'batchSize')).toBe('"batch_size"');
  expect(textAt(text, 'batch_size')).toBe('"batch_size"');
  expect(textAt(text, 'step')).toBe('"st\\u0065p"');
  expect(textAt(text, 'meanOf')).toBeUndefined();
});

test('in a text that is being typed nothing is thrown', () => {
  for (const text of ['', '{', '{"', '{"a', '{"a":', '}{"a":1}', '{"\\', '[{"a": 1}'])
    expect(() => placeOfKey(text, 'a')).not.toThrow();
});

test('every key of every object is found, however the text is laid out', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(4), (object, indent) => {
      const text = JSON.stringify(object, undefined, indent);
      for (const key of Object.keys(object)) {
        const found = textAt(text, key);
        const name = JSON.parse(found ?? 'null') as unknown;
        const camel = (written: string): string =>
          written.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
        expect(name === key || camel(String(name)) === key).toBe(true);
      }
    }),
  );
});
