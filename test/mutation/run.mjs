// npm run tool -- mutation [FOLDER or FILE …]: changes the sources one expression at a time and counts how often no test fails.
// All of it takes hours. What was found is kept in coverage/mutation, and a run of everything looks at changed sources only;
// what is named is tried anew, because a new test alone is not noticed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from '../vscode/machine.mjs';

// Installed here, at the first run, and not in package.json: for what runs now and then it would be 116 packages and 1,581
// lines of the lock file, 15 % of it. npx cannot run it, because its runner must share one Vitest with the tests.
const VERSION = '9.5.1';
const STRYKER = path.resolve('node_modules/@stryker-mutator/core/bin/stryker.js');
if (!existsSync(STRYKER)) {
  const packages = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${VERSION}`);
  const status = run('npm', ['install', '--no-save', '--ignore-scripts', ...packages], {
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status);
}
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
