import type { Kernel } from './kernel';
import { plainKernel } from './plain';
import { wasmKernel } from './wasm/kernel';

const chosen = new Map<string, Kernel>();

/**
 * The fastest kernel that this engine can run, the same one every time: its threads stay for the next dump.
 *
 * @param folder with the compiled kernel; by default that of the script which runs
 */
export const chooseKernel = async (folder = __dirname): Promise<Kernel> => {
  const kernel = chosen.get(folder) ?? wasmKernel(folder) ?? plainKernel;
  chosen.set(folder, kernel);
  return Promise.resolve(kernel);
};
