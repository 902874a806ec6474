// GFLOP/s of the kernel's inner loop on one core: node peak.mjs FOLDER true|false (double precision)
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [folder, double] = process.argv.slice(2);
const load = (variant) => {
  const file = path.join(folder, `kernel-${variant}.wasm`);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
  return new WebAssembly.Module(readFileSync(file));
};
let module;
try {
  module = load('relaxed-simd');
} catch (error) {
  if (!(error instanceof WebAssembly.CompileError)) throw error;
  module = load('simd');
}
const memory = new WebAssembly.Memory({ initial: 32, maximum: 65535, shared: true });
const engine = new WebAssembly.Instance(module, { env: { memory, abort: () => undefined } }).exports;
const tile = double === 'true' ? engine.tile64 : engine.tile32;
const rows = 12; // 24 KB: the first cache
const lanes = double === 'true' ? 256 : 512;
let best = 0;
for (const shape of [0, 1, 2])
  for (const start = performance.now(); performance.now() - start < 300;) {
    const before = performance.now();
    for (let k = 0; k < 50; k++) tile(shape, 65536, rows, 65536, rows, 2048, 1 << 20, rows * 8, false);
    best = Math.max(best, (50 * 2 * rows * rows * lanes) / (performance.now() - before) / 1e6);
  }
console.log(best);
