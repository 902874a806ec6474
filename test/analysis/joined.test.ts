import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import type { ElementType, Layout } from '../../src/shared/dump';
import type { AnalyzeRequest } from '../../src/shared/protocol';
import type { DumpSummary } from '../../src/shared/summary';
import { headerOf, npy } from '../formats/build';
import { refused } from '../kernel/run';
import { stored } from '../kernel/stored';
import { noise } from '../reference/noise';

const folder = mkdtempSync(path.join(tmpdir(), 'joined-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const DESCR: Partial<Record<ElementType, string>> = { f2: '<f2', f4: '<f4', f8: '<f8', i2: '<i2' };

/** Writes rows as an array, and what is said about them. */
function written(
  name: string,
  rows: readonly (readonly number[])[],
  { element = 'f8', order = 'C' }: { element?: ElementType; order?: 'C' | 'F' } = {},
  metadata?: object,
): string {
  const [array] = stored(
    rows.map((row) => [...row]),
    { element, order },
  ).arrays;
  const data = array?.location.kind === 'memory' ? array.location.bytes : new Uint8Array();
  const header = headerOf(`'${DESCR[element]}'`, `(${rows.length}, ${rows[0]?.length})`, order === 'F' ? 'True' : 'False'); // prettier-ignore
  writeFileSync(at(`${name}.npy`), npy({ header, data }));
  if (metadata) writeFileSync(at(`${name}.meta.json`), JSON.stringify(metadata));
  return at(`${name}.npy`);
}

const summaryOf = (
  paths: readonly string[],
  layout?: Layout,
  more: Partial<AnalyzeRequest> = {},
): Promise<DumpSummary> =>
  analyze(
    { paths, ...(layout && { layout }), memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4), ...more },
    () => undefined,
  );

/** Everything but where the dump lies: the same bits are the same numbers. */
const numbers = ({ dump, ...rest }: DumpSummary): unknown => ({
  ...rest,
  rows: dump.rows,
  parameters: dump.parameters,
  layers: dump.layers,
});

describe('several files as one dump', () => {
  test('have the bits of one file with all their rows under one another', async () => {
    const rows = noise(24, 30, 1);
    const whole = await summaryOf([written('whole', rows)]);
    const files = [rows.slice(0, 7), rows.slice(7, 8), rows.slice(8)].map((part, k) => written(`rank${k}`, part));
    const joined = await summaryOf(files, 'rows');
    expect(numbers(joined)).toEqual(numbers(whole));
    expect(joined.dump).toMatchObject({
      name: 'rank0.npy and 2 more',
      joined: { layout: 'rows', files: [{ rows: 7 }, { rows: 1 }, { rows: 16 }] },
    });
  });

  test('have the bits of one file with all their columns side by side, in layers called like them', async () => {
    const rows = noise(24, 30, 2);
    const layers = [{ name: 'head', size: 4 }, { name: 'body', size: 26 }]; // prettier-ignore
    const whole = await summaryOf([written('wide', rows, {}, { layers })]);
    const files = [written('head', rows.map((row) => row.slice(0, 4))), written('body', rows.map((row) => row.slice(4)))]; // prettier-ignore
    const joined = await summaryOf(files, 'columns');
    expect(numbers(joined)).toEqual(numbers(whole));
    expect(joined.dump.joined?.files.map(({ parameters }) => parameters)).toEqual([4, 26]);
  });

  test('are not joined before it is said how they lie', async () => {
    const files = ['shard0', 'shard1'].map((name, k) => written(name, noise(8, 5, k)));
    const both = /names that only count.*--rows for other examples.*--columns for other parameters.*np\.concatenate/s;
    await expect(summaryOf(files)).rejects.toEqual(refused('data/layout', both));
  });
});
