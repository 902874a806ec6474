import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Phrases on which a native reader stumbles, and what to say instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\btold (?:from|apart)\b|\btells?(?: \S+){1,4} (?:from|apart)\b/i, 'cannot be distinguished from'],
  [/(?<!\bthere |\band |\bor )\b(?:is|are) no (?!longer\b|more\b|less\b|larger\b|smaller\b|wider\b|better\b|worse\b|other than\b)\w/i, 'is not a minimum'], // prettier-ignore
  [/\b(?:one|array|file|tensor|entry|numbers?|values?) an? (?:layer|example|row|column|step|batch|line|parameter)\b/i, 'one per layer'], // prettier-ignore
  [/\bstops? paying\b(?! off)/i, 'stops paying off'],
  [/\bin turns\b/i, 'alternating'],
  [/\bof the most that\b/i, 'of the peak throughput'],
  [/\bbut for (?:what|the|those|rounding|their)\b/i, 'except for'],
  [/\bstands? (?:beside|inside|behind)\b/i, 'is next to, goes in, background'],
  [/\ba B-th\b/, '1/B of it'],
  [/\bthe straight way\b/i, 'a straight line'],
  [/\bsure in length\b/i, 'certain in length, not in direction'],
  [/\bnothing but light\b/i, 'simply means light tails'],
  [/\b(?:goes|go) before\b/i, 'takes precedence over'],
  [/\ba right (?:is missing|or)\b/i, 'permission is missing'],
  [/\bshould stand\b/i, 'is expected'],
  [/, for (?:they|it|only|nobody)\b/i, 'because'],
  [/\bor its like\b/i, 'or similar'],
  [/\btold to\b/i, 'unless asked to'],
  [/\b(?:write|writes|written|saved?|read|looks?) (?:\w+ )?so[,.:')]/i, 'like this'],
  [/\bsteps of a training\b(?! run)/i, 'steps of a training run'],
  [/\bthe file rests\b/i, 'the file stops changing'],
  [/\bspeaks against\b/i, 'rules out'],
  [/\bshuns? no\b/i, 'is equal in all directions'],
  [/[\0-\x08\x0e-\x1f]/, 'a word'],
];

const root = path.resolve(import.meta.dirname, '..');
const under = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')));

const found = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line, k) =>
      PHRASES.filter(([phrase]) => phrase.test(line)).map(
        ([phrase, better]) => `${k + 1}: ${phrase.source} → ${better}`,
      ),
    );

test('a phrase to avoid is found with its line, and a plain sentence passes', () => {
  expect(found('Fine.\nThe signal is not told from zero.')).toEqual([expect.stringMatching(/^2: .*distinguished/)]);
  expect(found('One array per layer, except for what needs the rows. Averaging stops paying off.')).toEqual([]);
});

test('the documents and the sources avoid phrases on which a native reader stumbles', () => {
  const files =
    ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...under('media', '.md'), ...under('.github', ''), ...under('src', '.ts'), ...under('webview', '.ts')] // prettier-ignore
      .filter((file) => /\.(?:md|ts|yml)$/.test(file));
  expect(files.length).toBeGreaterThan(100);
  const wrong = files.flatMap((file) => found(readFileSync(path.join(root, file), 'utf8')).map((what) => `${file}:${what}`)); // prettier-ignore
  expect(wrong).toEqual([]);
});
