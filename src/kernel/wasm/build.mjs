// Compiles the two WebAssembly variants of the kernel and bundles the script of its threads: node build.mjs FOLDER
import { build } from 'esbuild';
import asc from 'assemblyscript/asc';
import path from 'node:path';

const here = import.meta.dirname;
const folder = process.argv[2] ?? 'dist';
const FEATURES = ['--enable', 'simd', '--enable', 'threads'];
const MEMORY = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];
const VARIANTS = { simd: FEATURES, 'relaxed-simd': [...FEATURES, '--enable', 'relaxed-simd'] };

for (const [name, features] of Object.entries(VARIANTS)) {
  const { error, stderr } = await asc.main([
    path.relative(process.cwd(), path.join(here, 'assembly/index.ts')),
    ...['--outFile', path.relative(process.cwd(), path.join(folder, `kernel-${name}.wasm`))],
    ...['-O3', '--noAssert', '--runtime', 'stub', ...MEMORY, ...features],
  ]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
}
await build({
  entryPoints: [path.join(here, 'thread.ts')],
  outfile: path.join(folder, 'kernel-thread.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  sourcemap: true,
  logLevel: 'warning',
});
