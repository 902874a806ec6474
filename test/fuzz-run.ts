import { execFileSync } from 'node:child_process';
import path from 'node:path';
import * as fc from 'fast-check';
import { answerTo, wrongFile } from './formats/fuzz';
import { fuzzBits, fuzzRelations } from './kernel/fuzz';
import { arrival, handled } from './shared/fuzz';

// npm run tool -- fuzz [files|messages|bits|relations] [count] [seed]: what the tests of these names do, many more times
const kernel = (): string => {
  const folder = path.resolve('coverage/kernel');
  execFileSync(process.execPath, [path.resolve('src/kernel/wasm/build.mjs'), folder]);
  return folder;
};
const FUZZED: Readonly<Record<string, (seed: number, numRuns: number) => unknown>> = {
  files: (seed, numRuns) => fc.assert(fc.property(wrongFile, ([name, bytes]) => isAnswered(name, bytes)), { seed, numRuns }), // prettier-ignore
  messages: async (seed, numRuns) => fc.assert(fc.asyncProperty(arrival, async ([door, message]) => isHandled(door, message)), { seed, numRuns }), // prettier-ignore
  bits: (seed, count) => fuzzBits(kernel(), seed, count),
  relations: (seed, count) => fuzzRelations(kernel(), seed, count),
};
const isAnswered = (name: string, bytes: Uint8Array): void => {
  answerTo(name, bytes);
};
const isHandled = async (door: string, message: unknown): Promise<void> => {
  await handled(door, message);
};

const [what = 'files', count = '100000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
void (async () => {
  const begun = performance.now();
  const counts = await FUZZED[what]?.(Number(seed), Number(count));
  console.log(
    `seed ${seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s, no fault:`,
    counts ?? `${count} ${what}`,
  );
})();
