import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partName, plainFileName, saveFilters, writeWhole } from '../../src/host/save';
import type { Writable } from '../../src/host/save';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'save-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The disk, failing at one of its calls. */
const disk = (failing?: keyof Writable<string>): Writable<string> => {
  const attempt = async (call: keyof Writable<string>, work: () => void): Promise<void> => {
    if (call !== failing) work();
    // a full disk has written a part of the file when it fails
    return call === failing ? Promise.reject(new Error(`${call} failed`)) : Promise.resolve();
  };
  return {
    writeFile: async (place, bytes) => {
      if (failing === 'writeFile') writeFileSync(place, bytes.subarray(0, 1));
      await attempt('writeFile', () => writeFileSync(place, bytes));
    },
    rename: async (from, to) => attempt('rename', () => renameSync(from, to)),
    delete: async (place) => attempt('delete', () => rmSync(place)),
  };
};
const save = async (files: Writable<string>): Promise<void> =>
  writeWhole(files, path.join(folder, 'spectrum.csv'), path.join(folder, '.spectrum.csv.part'), Buffer.from('λ\n1\n'));

describe('saving', () => {
  test('writes the whole file, and leaves nothing beside it', async () => {
    await save(disk());
    expect(readdirSync(folder)).toEqual(['spectrum.csv']);
    expect(readFileSync(path.join(folder, 'spectrum.csv'), 'utf8')).toBe('λ\n1\n');
  });

  test.each(['writeFile', 'rename'] as const)(
    'that fails at %s keeps what was there, and no half file',
    async (call) => {
      writeFileSync(path.join(folder, 'spectrum.csv'), 'old');
      await expect(save(disk(call))).rejects.toThrow(`${call} failed`);
      expect(readdirSync(folder)).toEqual(['spectrum.csv']);
      expect(readFileSync(path.join(folder, 'spectrum.csv'), 'utf8')).toBe('old');
    },
  );

  test('tells of the first failure, not of the one of cleaning up', async () => {
    const files = { ...disk('rename'), delete: async () => Promise.reject(new Error('delete failed')) };
    await expect(save(files)).rejects.toThrow('rename failed');
  });
});

describe('the name of a saved file', () => {
  test.each([
    ['spectrum.csv', 'spectrum.csv'],
    ['grad-step-000020 λ.png', 'grad-step-000020 λ.png'],
    ['../../etc/passwd', '..-..-etc-passwd'],
    ['C:\\Windows\\a.csv', 'C--Windows-a.csv'],
    ['a\u0000b\n.csv', 'a-b-.csv'],
    ['', 'export'],
    ['..', 'export'],
    ['/ /', 'export'],
    ['grad\u202evsc.exe', 'grad-vsc.exe'],
    ['a.csv. . ', 'a.csv'],
    ['con.csv', '_con.csv'],
    ['COM1', '_COM1'],
    ['.npy.csv', '.npy.csv'],
  ])('for %j is %j', (proposed, name) => expect(plainFileName(proposed)).toBe(name));

  test('is short enough for any file system', () => expect(plainFileName('a'.repeat(1000))).toHaveLength(120));

  test.each([100, 116, 117, 120, 197, 255, 5000])('keeps its extension at %i characters', (length) => {
    const name = plainFileName(`${'a'.repeat(length)}.npy.csv`);
    expect(name).toMatch(/^a+.*\.csv$/);
    expect(name.length).toBeLessThanOrEqual(120);
  });

  test.each(['é', '層', '𝛴', '👩‍🔬'])(
    'made of %s has whole characters, and bytes enough for a file of another name beside it',
    (character) => {
      const name = plainFileName(`${character.repeat(250)}.json`);
      expect(name.isWellFormed()).toBe(true);
      expect(name).toMatch(/\.json$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
      expect(Buffer.byteLength(partName(`${character.repeat(250)}.json`))).toBeLessThanOrEqual(255);
    },
  );

  test('an ending that is no extension may be cut', () => {
    expect(plainFileName(`a.${'b'.repeat(300)}`)).toBe(`a.${'b'.repeat(118)}`);
  });

  test('of a file that is being written begins with a dot', () => {
    expect(partName('spectrum.csv')).toBe('.spectrum.csv.part');
  });

  test('decides the filter of the dialog', () => {
    expect(saveFilters('spectrum.csv')).toEqual({ CSV: ['csv'] });
    expect(saveFilters('report')).toEqual({});
  });
});
