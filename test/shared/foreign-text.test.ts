import { describe, expect, test } from 'vitest';
import {
  csvCell,
  csvComment,
  jsonText,
  markdownCode,
  shortName,
  shortNames,
  visible,
} from '../../src/shared/foreign-text';

/** Whatever a terminal obeys or a reader does not see. */
const EVIL = [
  ['ESC, which begins what a terminal obeys', '\u001b]52;c;ZXZpbA==\u0007'],
  ['a carriage return, which writes over the line', 'evil\rgood'],
  ['a line break, which begins a line of its own', 'a\nerror: b'],
  ['a backspace', 'evil\b\b\b\bgood'],
  ['DEL', '\u007f'],
  ['C1, the ESC [ of one byte', '\u009b31m'],
  ['a bidi override', 'a\u202egpj.exe'],
  ['bidi isolates', '\u2066a\u2069'],
  ['marks of direction', '\u200e\u200f\u061c'],
  ['zero-width characters', 'a\u200bb\u200cc\u200dd\u2060e\ufefff'],
  ['a soft hyphen', 'a\u00adb'],
  ['fillers that look like nothing', '\u115f\u3164\uffa0'],
  ['a variation selector', 'a\ufe0f'],
  ['tags beyond the basic plane', 'a\u{e0041}b'],
  ['separators of lines and paragraphs', 'a\u2028b\u2029c'],
  ['half a pair', 'a\ud800b'],
] as const;
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}\ud800-\udfff]/u;

describe('text from a file on a terminal', () => {
  test.each(EVIL)('shows %s', (_, text) => {
    expect(text).toMatch(UNSEEN);
    expect(visible(text)).not.toMatch(UNSEEN);
  });

  test('names the character that it does not write', () => {
    expect(visible('a\u202eb\u0007c\n\u{e0041}')).toBe(String.raw`a\u202eb\u0007c\u000a\u{e0041}`);
  });

  test.each(['λ₁ ≥ 2.5×10⁻³ · “layer.0”', 'größe', 'g̅', '層', 'مرحبا', '𝛴', 'C:\\a b'])('leaves %s alone', (text) => {
    expect(visible(text)).toBe(text);
  });
});

describe('text from a file in JSON', () => {
  test.each(EVIL)('hides nothing of %s, and is the same value', (_, text) => {
    const json = jsonText({ [text]: [text] });
    expect(json.replaceAll('\n', '')).not.toMatch(UNSEEN);
    expect(JSON.parse(json)).toEqual({ [text]: [text] });
  });
});

describe('text from a file in a spreadsheet', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1+1', '＝1+1', '=HYPERLINK("http://a","b")'])(
    '%s is no formula as a cell',
    (text) => {
      const cell = csvCell(text);
      expect(cell).toBe(`"'${text.replaceAll('"', '""')}"`);
    },
  );

  test.each(['\t=1+1', '\r=1+1', '\n=1+1'])('%j is no formula, and on one line', (text) => {
    expect(csvCell(text)).toMatch(/^"\\u00(09|0d|0a)=1\+1"$/);
  });

  test('a name as names are stays what it is', () => {
    expect(csvCell('layer.0, "a" = b - c')).toBe('"layer.0, ""a"" = b - c"');
  });

  test('a line of comment has no part that is a formula where it is split', () => {
    for (const separator of [',', ';', '|', ', ', '","'])
      expect(`# file: ${csvComment(`a${separator}=1+1`)}`).not.toMatch(/[,;|"]\s*[=+\-@]/);
    expect(csvComment('a\n=1+1')).toBe(String.raw`a\u000a=1+1`);
    expect(csvComment('a = b, c-d')).toBe('a = b, c-d');
  });
});

describe('text from a file in Markdown', () => {
  test.each([
    ['![x](https://a/b.png)', '`![x](https://a/b.png)`'],
    ['<img src=x onerror=alert(1)>', '`<img src=x onerror=alert(1)>`'],
    ['`<b>`', '`` `<b>` ``'],
    ['a``b`c', '``` a``b`c ```'],
    ['@everyone $x$', '`@everyone $x$`'],
    ['a\n\n![x](y)', String.raw`${'`'}a\u000a\u000a![x](y)${'`'}`],
    ['  ', '`    `'],
  ])('%j is code: %s', (text, code) => {
    expect(markdownCode(text)).toBe(code);
  });

  test('is closed by nothing that it holds', () => {
    for (const text of ['`', '``', 'a`', '`a', '```', '` `` ```']) {
      const [, fence = ''] = /^(`+)/.exec(markdownCode(text)) ?? [];
      const inside = markdownCode(text).slice(fence.length, -fence.length);
      expect(inside.match(/`+/g)?.map(({ length }) => length)).not.toContain(fence.length);
    }
  });
});

describe('names that are shortened', () => {
  const long = 'n'.repeat(200);

  test('keep their beginning and their end', () => {
    expect(shortName('encoder.layers.0.self_attention.weight', 21)).toBe('encoder.la…ion.weight');
    expect(shortName('a'.repeat(120))).toBe('a'.repeat(120));
    expect(Array.from(shortName('𝛴'.repeat(200), 9))).toHaveLength(9);
  });

  test('differ where the whole names differ, wherever they do', () => {
    const names = [`${long}a${long}`, `${long}b${long}`, `a${long}${long}`, `${long}${long}a`, 'bias'];
    const short = shortNames(names, 40);
    expect(new Set(short).size).toBe(names.length);
    expect(short.map(({ length }) => length <= 40)).toEqual(names.map(() => true));
    expect(short.slice(0, 2)).toEqual([
      expect.stringMatching(/^n+…n+ \(1\)$/) as unknown,
      expect.stringMatching(/^n+…n+ \(2\)$/) as unknown,
    ]);
    expect(short[4]).toBe('bias');
  });

  test('stay the same where the whole names are the same', () => {
    const [one, other] = shortNames([long, long]);
    expect(one).toBe(other);
  });

  test('of any length take no time', () => {
    expect(shortName('x'.repeat(1e7), 40)).toHaveLength(40);
  });
});
