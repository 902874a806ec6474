import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProgramFiles } from '../../src/host/program-files';

describe('the files that programs save', () => {
  let storage: string;
  let files: ProgramFiles;
  beforeEach(() => {
    storage = mkdtempSync(path.join(tmpdir(), 'program-files-'));
    files = new ProgramFiles(path.join(storage, 'not there yet'));
  });
  afterEach(() => rmSync(storage, { recursive: true }));

  test.each([
    ['g', /^g_[0-9a-f]{8}\.gradients$/],
    ['self.grads[0]', /^self_grads_0_[0-9a-f]{8}\.gradients$/],
    [`d['../../"x"\\n']`, /^d_x_n_[0-9a-f]{8}\.gradients$/],
    ['größe', /^gr_e_[0-9a-f]{8}\.gradients$/],
    ['∇', /^value_[0-9a-f]{8}\.gradients$/],
    ['x'.repeat(300), /^x{40}_[0-9a-f]{8}\.gradients$/],
  ])('of %s have a name of plain letters, in a folder that exists', async (expression, name) => {
    const file = await files.pathFor(expression);
    expect(path.basename(file)).toMatch(name);
    expect(path.dirname(file)).toBe(path.join(storage, 'not there yet', 'live'));
    expect(existsSync(path.dirname(file))).toBe(true);
    expect(await files.pathFor(expression)).not.toBe(file);
  });

  test('are removed with what stands beside them, and nothing else is', async () => {
    const [first, second] = [await files.pathFor('g'), await files.pathFor('g')];
    const sidecar = second.replace('.gradients', '.meta.json');
    const outside = path.join(storage, 'g.gradients');
    for (const file of [
      first,
      `${first}.nonce`,
      `${first}.part`,
      first.replace('.gradients', '.meta.json'),
      second,
      sidecar,
      outside,
    ])
      writeFileSync(file, '');
    await files.remove(first);
    await files.remove(outside);
    expect(readdirSync(files.folder).sort()).toEqual([second, sidecar].map((file) => path.basename(file)).sort());
    expect(existsSync(outside)).toBe(true);
  });

  test('are removed after a day', async () => {
    const now = Date.UTC(2026, 10, 25);
    const hour = 3600 * 1000;
    const ages = { old: 25, young: 23 };
    await files.pathFor('g');
    for (const [name, age] of Object.entries(ages)) {
      const file = path.join(files.folder, name);
      writeFileSync(file, '');
      utimesSync(file, (now - age * hour) / 1000, (now - age * hour) / 1000);
    }
    await files.removeOld(now);
    expect(readdirSync(files.folder)).toEqual(['young']);
  });

  test('are not removed while another window shows them, which may share the folder', async () => {
    const [mine, another] = [files, new ProgramFiles(path.dirname(files.folder))];
    const [shown, forgotten] = [await mine.pathFor('g'), await mine.pathFor('g')];
    const young = Date.now() / 1000;
    for (const file of [shown, forgotten]) writeFileSync(file, '');
    await mine.remove(forgotten);
    writeFileSync(forgotten, '');
    await mine.keep();
    const later = (young + 25 * 3600) * 1000;
    for (const name of readdirSync(files.folder))
      if (name.endsWith('.shown')) utimesSync(path.join(files.folder, name), young + 24 * 3600, young + 24 * 3600);
    await another.removeOld(later);
    expect(readdirSync(files.folder).sort()).toEqual(
      [path.basename(shown), path.basename(shown).replace('.gradients', '.shown')].sort(),
    );
    await mine.remove(shown);
    expect(readdirSync(files.folder)).toEqual([]);
    expect(await another.pathFor('g')).not.toBe(await mine.pathFor('g'));
  });

  test('need not be there to be removed', async () => {
    await files.removeOld(Date.now());
    await files.remove(path.join(files.folder, 'g.gradients'));
    expect(existsSync(files.folder)).toBe(false);
  });
});
