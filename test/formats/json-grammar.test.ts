import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/formats/json-parser';
import type { JsonDocument } from '../../src/formats/json-parser';
import { JsonMatrix } from '../../src/formats/json-value';
import type { JsonValue } from '../../src/formats/json-value';
import { parseJsonFile } from '../../src/formats/json';
import { openSource } from '../../src/formats/source';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { MEANS, utf8 } from './build';
import { AMBIGUOUS, FREE, INVALID, PYTHONS, VALID } from './json-grammar';

const parsed = (bytes: Uint8Array): JsonDocument => parseJson(openSource('/grad.json', bytes), MEANS);
const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? utf8(text) : text);
function problem(read: () => unknown): Problem {
  try {
    read();
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
  return expect.fail('it was accepted');
}
function problemBefore(bytes: Uint8Array): string {
  try {
    parsed(bytes);
    return 'none';
  } catch (error) {
    return error instanceof AnalysisError ? error.problem.code : String(error);
  }
}

/** As JSON.parse has it; there are no matrices of several rows among these texts. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonMatrix) return [[...value.numbers]];
  if (value instanceof Float64Array) return [...value];
  if (value instanceof Map)
    return Object.fromEntries([...(value as Map<string, JsonValue>)].map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(plain) : value;
}

test('all of the 318 texts are here: 95 valid, 188 invalid, 35 that are free', () => {
  expect([VALID.length + AMBIGUOUS.length, INVALID.length + PYTHONS.length, FREE.length]).toEqual([95, 188, 35]);
  const names = [...VALID, ...AMBIGUOUS, ...INVALID, ...PYTHONS, ...FREE].map(([name]) => name);
  expect(new Set(names).size).toBe(318);
});

describe('valid JSON is read with the value that JSON.parse gives', () => {
  test.each(VALID)('%s', (_, bytes) => {
    const { value, notes } = parsed(bytes);
    expect(plain(value)).toEqual(JSON.parse(new TextDecoder().decode(bytes)));
    expect(notes).toEqual([]);
  });

  test.each(AMBIGUOUS)('except that a name given twice is refused: %s', (_, bytes) => {
    expect(problem(() => parsed(bytes))).toMatchObject({ code: 'json/duplicate', where: 'byte 9, at $' });
  });
});

describe('invalid JSON is refused at the first token, escape or byte that cannot stand there', () => {
  test.each(INVALID)('%s', (_, text, byte) => {
    const bytes = bytesOf(text);
    const { code, where } = problem(() => parsed(bytes));
    expect(code).toMatch(/^json\/(?:syntax|truncated|encoding|empty|depth)$/);
    expect(where).toMatch(new RegExp(String.raw`^byte ${byte}, at \$`));
    // what stands before it is whole, or is the beginning of something: nothing earlier was wrong
    const cut = problemBefore(bytes.subarray(0, byte));
    expect(cut).toMatch(code === 'json/depth' ? /^json\/depth$/ : /^(?:none|json\/truncated|json\/empty)$/);
  });

  test.each(PYTHONS)('except the words that Python writes: %s', (_, bytes) => {
    const word = new TextDecoder().decode(bytes.subarray(1, -1));
    expect(plain(parsed(bytes).value)).toEqual([Number(word)]);
  });
});

describe('where JSON leaves it open, it is decided', () => {
  const of = (decision: (typeof FREE)[number][2]): [string, string | Uint8Array][] =>
    FREE.filter(([, , each]) => each === decision).map(([name, text]) => [name, text]);

  test.each(of('infinity'))('a number beyond the doubles is infinite, with a note: %s', (_, text) => {
    const { value, notes } = parsed(bytesOf(text));
    expect(plain(value)).toEqual(JSON.parse(text as string));
    expect(Math.abs((value as Float64Array)[0]!)).toBe(Infinity);
    expect(notes).toEqual(['Numbers beyond 1.8e308 became infinite: 1, the first at $[0].']);
  });

  test.each(of('zero'))('a number below the doubles is 0, with a note: %s', (_, text) => {
    const { value, notes } = parsed(bytesOf(text));
    expect(plain(value)).toEqual([0]);
    expect(notes).toEqual(['Numbers below 4.9e-324 became 0: 1, the first at $[0].']);
  });

  test.each(of('rounded'))('a whole number that no double holds is rounded, with a note: %s', (_, text) => {
    const { value, notes } = parsed(bytesOf(text));
    expect(plain(value)).toEqual(JSON.parse(text as string));
    expect(notes).toEqual(['Whole numbers beyond 2⁵³ were rounded: 1, the first at $[0].']);
  });

  test.each(of('encoding'))('what is not UTF-8, or half of a surrogate pair, is refused: %s', (_, text) => {
    const { code, where } = problem(() => parseJsonFile(openSource('/grad.json', bytesOf(text)), MEANS));
    expect(code).toBe('json/encoding');
    expect(where).toMatch(/^byte \d+/);
  });

  test.each(of('depth'))('what is nested deeper than 64 levels is refused: %s', (_, text) => {
    expect(problem(() => parsed(bytesOf(text)))).toMatchObject({
      code: 'json/depth',
      where: expect.stringMatching(/^byte 65, /) as string,
    });
  });

  test.each(of('accepted'))('a byte order mark, and large whole numbers that doubles hold, are read: %s', (_, text) => {
    const bytes = bytesOf(text);
    const { value, notes } = parsed(bytes);
    expect(plain(value)).toEqual(JSON.parse(new TextDecoder().decode(bytes)));
    expect(notes).toEqual([]);
  });
});
