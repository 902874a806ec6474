import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { wasmKernel } from '../../src/kernel/wasm/kernel';
import type { Kernel } from '../../src/kernel/kernel';

/** Where it was compiled to. */
export const folder = mkdtempSync(path.join(tmpdir(), 'kernel-'));
execFileSync(process.execPath, [path.resolve('src/kernel/wasm/build.mjs'), folder]);
afterAll(() => rmSync(folder, { recursive: true }));

/** The WebAssembly kernel, compiled from its source for this test file. */
export function compiled(options: Parameters<typeof wasmKernel>[1] = {}): Kernel {
  const kernel = wasmKernel(folder, options);
  if (kernel === undefined) throw new Error('this engine does not run the kernel');
  return kernel;
}
