import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fuzz } from './formats/fuzz';
import { fuzzBits, fuzzRelations } from './kernel/fuzz';
import { fuzzMessages } from './shared/fuzz';

// npm run tool -- fuzz [seconds] [seed] reads files that are made to be wrong;
// npm run tool -- fuzz messages|bits|relations [count] [seed] tries what its name says.
const FUZZED: Readonly<Record<string, (seed: number, count: number) => unknown>> = {
  messages: fuzzMessages,
  bits: (seed, count) => fuzzBits(kernel(), seed, count),
  relations: (seed, count) => fuzzRelations(kernel(), seed, count),
};

/** Built beside this script. */
function kernel(): string {
  const folder = path.resolve('coverage/kernel');
  execFileSync(process.execPath, [path.resolve('src/kernel/wasm/build.mjs'), folder]);
  return folder;
}

const [first = '60', ...rest] = process.argv.slice(2);
const what = FUZZED[first];
const [much, given] = what ? [rest[0] ?? '1000', rest[1]] : [first, rest[0]];
const seed = Number(given ?? Date.now() % 2 ** 31);
void (async () => {
  if (what) {
    const begun = performance.now();
    const counts = await what(seed, Number(much));
    console.log(`seed ${seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s:`, counts);
    return;
  }
  const { runs, read, refused } = fuzz(seed, { seconds: Number(much) });
  console.log(`seed ${seed}: ${runs} files, ${read} of them read; refused:`);
  for (const [code, count] of [...refused].sort(([, a], [, b]) => b - a)) console.log(`  ${code.padEnd(24)} ${count}`);
})();
