import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonProblem, JsonReport } from '../../src/report/json-report';
import { runCommand } from '../../src/terminal/command';
import { f8, headerOf, npy } from '../formats/build';
import { noise } from '../reference/noise';

const folder = mkdtempSync(path.join(tmpdir(), 'parts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

function written(name: string, rows: readonly (readonly number[])[]): string {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), npy({ header: headerOf("'<f8'", `(${rows.length}, ${rows[0]?.length})`), data: f8(...rows.flat()) })); // prettier-ignore
  return at(name);
}

async function command(...argv: string[]): Promise<{ code: number; output: string; errors: string }> {
  let [output, errors] = ['', ''];
  const code = await runCommand(argv, { write: (text) => (output += text) }, { write: (text) => (errors += text) });
  return { code, output, errors };
}
const reportOf = async (...argv: string[]): Promise<JsonReport> =>
  JSON.parse((await command(...argv, '--json')).output) as JsonReport;

const rows = noise(24, 6, 1);
const whole = written('whole.npy', rows);
const [first, second] = [written('store/rank0.npy', rows.slice(0, 9)), written('store/rank1.npy', rows.slice(9))];

describe('parts of one dump on the command line', () => {
  test('are one report with --rows or --columns, whether named one by one, as a folder or in a list', async () => {
    const { metrics, spectrum } = await reportOf('analyze', whole);
    writeFileSync(at('list.txt'), `# the ranks\nstore/rank0.npy\r\n\n${second}\n`);
    for (const parts of [[first, second], [at('store')], [`@${at('list.txt')}`]]) {
      const report = await reportOf('analyze', '--rows', ...parts);
      expect(report).toMatchObject({ kind: 'dump', metrics, spectrum });
      expect(report.dump.joined).toMatchObject({
        layout: 'rows',
        files: [
          { name: 'rank0.npy', path: first, samples: 9, parameters: 6 },
          { name: 'rank1.npy', path: second, samples: 15, parameters: 6 },
        ],
      });
      expect((await command('analyze', '--rows', ...parts)).output).toMatch(/^rank0\.npy and 1 more\n24 rows × 6 parameters · float64 · rows of 2 files\n/); // prettier-ignore
    }
    const sides = [written('left.npy', rows.map((row) => row.slice(0, 2))), written('right.npy', rows.map((row) => row.slice(2)))]; // prettier-ignore
    const { dump } = await reportOf('analyze', '--columns', ...sides);
    expect(dump).toMatchObject({ samples: 24, layers: [{ name: 'left', size: 2 }, { name: 'right', size: 4 }] }); // prettier-ignore
  });

  test('are asked about before any report, once, and with both ways', async () => {
    const both = /^Nothing says rows or columns: .*--rows for other examples.*--columns for other parameters.*np\.concatenate.*\[data\/layout\]\n$/s; // prettier-ignore
    for (const parts of [[first, second], [at('store')]]) {
      const { code, output, errors } = await command('analyze', ...parts);
      expect([code, output]).toEqual([1, '']);
      expect(errors).toMatch(both);
      expect(errors.split('\n')).toHaveLength(2);
    }
    const { code, output } = await command('analyze', first, second, '--json');
    const found = JSON.parse(output) as JsonProblem[];
    expect([code, found]).toEqual([1, [expect.objectContaining({ kind: 'problem', path: first })]]);
  });

  test('are several reports where their names say that they are no parts', async () => {
    const other = written('validation.npy', noise(24, 6, 2));
    const reports = (await reportOf('analyze', whole, other)) as unknown as JsonReport[];
    expect(reports.map(({ dump }) => dump.path)).toEqual([whole, other]);
  });

  test('in a list that names nothing, that is no text, or that names what is no file of this machine are refused', async () => {
    for (const [text, words] of [
      ['# none\n\n', /It names no files/],
      [Uint8Array.of(0xff, 0xfe, 0x00), /It is not UTF-8/],
      ['//server/share/a.npy\n', /a share of another machine/],
      ['/dev/zero\n', /leads to a device/],
    ] as const) {
      writeFileSync(at('bad.txt'), text);
      const { code, errors } = await command('analyze', '--rows', `@${at('bad.txt')}`);
      expect(code).toBe(1);
      expect(errors).toMatch(words);
    }
    expect((await command('analyze', `@${at('missing.txt')}`)).errors).toMatch(/\[file\/missing\]/);
  });

  test('are not looked for in a file whose name begins with @, when its path says so', async () => {
    const file = written('@odd.npy', rows);
    expect((await reportOf('analyze', file)).dump.path).toBe(file);
    const given = path.relative(process.cwd(), file);
    expect((await reportOf('analyze', given.startsWith('@') ? `./${given}` : given)).dump.path).toBe(file);
  });

  test('are reduced as a folder, too', async () => {
    const target = at('all.gradstats.npz');
    expect(await command('reduce', '--rows', at('store'), '-o', target)).toMatchObject({ code: 0, errors: '' });
    expect((await reportOf('analyze', target)).dump).toMatchObject({ samples: 24, parameters: 6 });
    expect((await command('reduce', at('store'), '-o', target, '--force')).errors).toMatch(/\[data\/layout\]/);
  });
});
