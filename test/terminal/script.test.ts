import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../../src/shared/problem';
import { parseArguments, USAGE } from '../../src/terminal/arguments';
import { SCRIPTS, scriptText } from '../../src/terminal/script';

const FOLDER = path.resolve('media/python');

const refusal = (...argv: string[]): string => {
  try {
    parseArguments(argv);
  } catch (error) {
    return problemOf(error).found;
  }
  throw new Error('was not refused');
};

describe('the command “script”', () => {
  test('prints each Python file of the package as it is', () => {
    expect(Object.values(SCRIPTS).sort()).toEqual(readdirSync(FOLDER).filter((file) => file.endsWith('.py')));
    expect(parseArguments(['script', 'dump'])).toEqual({ kind: 'script', script: 'dump' });
    for (const name of ['dump', 'gradstats'] as const)
      expect(scriptText(name, FOLDER)).toBe(readFileSync(path.join(FOLDER, SCRIPTS[name]), 'utf8'));
    for (const name of Object.keys(SCRIPTS)) expect(USAGE).toContain(name);
  });

  test('refuses another name, more than one, and options, and lists what there is', () => {
    expect(refusal('script')).toBe('The scripts are dump, gradstats; asked for: none');
    expect(refusal('script', 'toString')).toBe('The scripts are dump, gradstats; asked for: toString');
    expect(refusal('script', 'dump', 'dump')).toBe('The scripts are dump, gradstats; asked for: dump dump');
    expect(refusal('script', 'dump', '--json')).toBe('The command “script” has no option “--json”');
  });
});
