// npm run python: every test of the writers in media/python, of values in the debugger and in notebooks, and of the lines of
// Python in problems, in a virtual environment with all that they need.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve('.python');
const listed = path.resolve(import.meta.dirname, 'requirements.txt');
const installed = path.join(folder, 'requirements.txt');
const windows = process.platform === 'win32';
const python = path.join(folder, windows ? 'Scripts/python.exe' : 'bin/python');

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

const wanted = readFileSync(listed, 'utf8');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
  rmSync(folder, { recursive: true, force: true });
  run(windows ? 'python' : 'python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', listed]);
  // last, so that an installation that was broken off is made again
  writeFileSync(installed, wanted);
}
const tests = [
  '--dir',
  'test',
  'test/python/',
  'test/host/program-value',
  'test/host/notebook',
  'test/formats/remedies',
];
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests], { GRADIENT_PYTHON: python });
