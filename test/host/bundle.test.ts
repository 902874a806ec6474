import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('the extension host loads nothing of formats, kernel or report: what it starts with is small', async () => {
  const { metafile } = await build({
    absWorkingDir: path.resolve(import.meta.dirname, '../..'),
    entryPoints: ['src/extension.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    outdir: 'dist',
    logLevel: 'error',
  });
  const rooms = Object.keys(metafile.inputs).flatMap((file) => /^src\/(\w+)\//.exec(file)?.[1] ?? []);
  expect([...new Set(rooms)].sort()).toEqual(['host', 'shared']);
  const [output] = Object.values(metafile.outputs);
  expect(output?.bytes).toBeLessThan(250_000);
});
