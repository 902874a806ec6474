// npm run tool -- NAME [argument …]: what is run by hand now and then. Each says more in the comment at its head.
import { run } from './vscode/machine.mjs';

const node = (...args) => [process.execPath, args];
const npm = (...args) => ['npm', ['run', '--silent', ...args]];
const esbuild = (...args) => ['npx', ['--no', 'esbuild', '--', '--bundle', '--platform=node', '--log-level=warning', ...args]]; // prettier-ignore
const vitest = (...args) => node('node_modules/vitest/vitest.mjs', 'run', '--dir', 'test', ...args);

/** What each does, and its commands; the arguments go to the last of them. */
const TOOLS = {
  coverage: {
    does: 'which lines of the readers no test runs',
    commands: [vitest('formats', 'storage', '--coverage', '--coverage.include=src/{formats,storage}/**')],
  },
  fuzz: {
    does: '[files|messages|bits|relations] [count] [seed]: what is made to be wrong, many times',
    commands: [esbuild('test/fuzz-run.ts', '--outfile=coverage/fuzz.cjs'), node('coverage/fuzz.cjs')],
  },
  pictures: {
    does: '[folder] [part of a name …]: the report of the sample at three widths in four themes, to be looked at',
    commands: [
      npm('build'),
      esbuild('test/page/pictures.ts', '--format=cjs', '--packages=external', '--outfile=dist/pictures.cjs'),
      node('dist/pictures.cjs'),
    ],
  },
  'moving-picture': {
    does: 'the one of the README, out of what run-programs.mjs has pictured; needs Python with Pillow',
    commands: [[process.env.GRADIENT_PYTHON ?? 'python3', ['test/vscode/moving-picture.py']]],
  },
  races: {
    does: '[count] [seed]: requests, cancellations and changes of files in every order',
    commands: [
      npm('build'),
      esbuild('test/worker/races-run.ts', '--format=esm', '--packages=external', '--outfile=coverage/races.mjs'),
      node('coverage/races.mjs'),
    ],
  },
  mutation: {
    does: '[folder or file …]: faults that no test finds; all of it takes hours',
    commands: [node('test/mutation/run.mjs')],
  },
  bench: {
    does: '[size …] [--pairs N]: time and memory, compared with NumPy',
    commands: [npm('build'), node('test/bench/bench.mjs')],
  },
  packed: {
    does: 'the tests of the package; npm run package makes it',
    commands: [vitest('package.test.ts')],
  },
  suite: {
    does: 'builds the tests that run in VS Code',
    commands: [
      esbuild('test/vscode/suite/*.ts', '--format=cjs', '--packages=external', '--sourcemap=inline', '--outdir=.vscode-test/suite'), // prettier-ignore
    ],
  },
};

const [name, ...given] = process.argv.slice(2);
if (!Object.hasOwn(TOOLS, name ?? '')) {
  console.error(`npm run tool -- NAME [argument …], where NAME is one of\n`);
  for (const [tool, { does }] of Object.entries(TOOLS)) console.error(`  ${tool.padEnd(14)} ${does}`);
  process.exit(2);
}
const { commands } = TOOLS[name];
for (const [k, [command, args]] of commands.entries()) {
  const last = k === commands.length - 1;
  // Node is started without a shell, which would split paths and arguments at spaces
  const shell = command !== process.execPath && process.platform === 'win32';
  const status = run(command, last ? [...args, ...given] : args, { shell });
  if (status !== 0) process.exit(status);
}
