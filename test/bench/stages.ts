import { readFileSync } from 'node:fs';
import { chooseKernel } from '../../src/kernel';
import type { PassContext } from '../../src/kernel/kernel';
import { noiseDirections } from '../../src/kernel/noise-directions';
import { readDumpOrStatistics } from '../../src/formats';

/** Prints the seconds of each stage for a dump in a warm process, as JSON: the median of three. */

const context: PassContext = { memoryBudget: 2 ** 30, checkCanceled: () => undefined, report: () => undefined };
const [path = ''] = process.argv.slice(2);
readFileSync(path); // into the cache of the system, as NumPy has it
const dump = readDumpOrStatistics({ path, memoryBudget: context.memoryBudget, checkCanceled: context.checkCanceled });
if ('gram' in dump) throw new Error('statistics have no stages');
const kernel = await chooseKernel();

async function seconds<T>(stage: () => T | Promise<T>): Promise<readonly [T, number]> {
  const times: number[] = [];
  let result = await stage();
  for (let repeat = 0; repeat < 3; repeat++) {
    const begun = performance.now();
    result = await stage();
    times.push((performance.now() - begun) / 1000);
  }
  return [result, times.toSorted((a, b) => a - b)[1]!];
}

const { rows: N, parameters: d } = dump;
const products = new Float64Array(N * N);
const [{ moments, ...formed }, gram] = await seconds(() => kernel.gram(dump, products.fill(0), context));
const bytes = new Uint8Array(products.buffer);
const location = { kind: 'memory', bytes, offset: 0 } as const;
const stored = { columns: N, element: 'f8', littleEndian: true, order: 'C', location } as const;
const [spectrum, solved] = await seconds(() =>
  kernel.spectrumOfGram({ ...formed, products: stored }, moments, d, context),
);
const [, directions] = await seconds(() => noiseDirections(dump, moments, spectrum, context));
console.log(JSON.stringify({ 'moments and products': gram, eigenvalues: solved, directions }));
