// npm run tool -- mutation [FOLDER or FILE …]: changes the sources one expression at a time and counts how often no test fails.
// All of it takes hours. What was found is kept in coverage/mutation, and a run of everything looks at changed sources only;
// what is named is tried anew, because a new test alone is not noticed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const STRYKER = path.resolve('node_modules/@stryker-mutator/core/bin/stryker.js');
const CONFIG = path.resolve('test/mutation/stryker.config.json');
/**
 * Readers, statistics, then what is shown; each is tried by the tests of its own folder. The compiled kernel is WebAssembly.
 * A few faults of all of them are tried in every run of the tests: see named.test.ts.
 */
const ALL = ['src/storage', 'src/formats', 'src/theory', 'src/kernel', 'src/metrics', 'src/plots', 'src/report'];

const asked = process.argv.slice(2).map((name) => path.normalize(name));
const results = (asked.length > 0 ? asked : ALL).map((place) => {
  const folder = place.split(path.sep)[1];
  const files = place.endsWith('.ts') ? place : `${place}/**/*.ts,!src/kernel/wasm/**`;
  const kept = `coverage/mutation/${folder}.json`;
  const args = ['run', CONFIG, '--mutate', files, '--incrementalFile', kept, ...(asked.length > 0 ? ['--force'] : [])];
  const { status } = spawnSync(process.execPath, [STRYKER, ...args], {
    stdio: 'inherit',
    env: { ...process.env, MUTATED_FOLDER: folder },
  });
  return { place, good: status === 0 };
});
for (const { place, good } of results) console.log(`${good ? '✓' : '✗'} ${place}`);
process.exitCode = results.every(({ good }) => good) ? 0 : 1;
