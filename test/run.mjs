// npm test: installs what is missing, runs every check and every test, and ends with how many passed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditOf } from './audit.mjs';
import { ensureBrowser, ensurePackages, hasScreen, npm, quietly, run } from './vscode/machine.mjs';
import { ensureServer } from './vscode/server.mjs';

const counts = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-test-')), 'counts.json');

/* what a step can be: each returns an exit code and, when it has tests of its own, what became of them; or why it could not be taken */
const command = (name) => () => ({ status: npm('run', '--silent', name) });
const script =
  (...args) =>
  () => ({
    status: run(process.execPath, args, { env: { ...process.env, TEST_COUNTS: counts } }),
    ...readCounts(),
  });
const silently =
  (...args) =>
  () => {
    try {
      quietly(process.execPath, args);
      return { status: 0 };
    } catch (error) {
      console.log(error.message);
      return { status: 1 };
    }
  };
const vitest =
  (...args) =>
  () => {
    const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${counts}`];
    const status = npm('run', '--silent', ...args, ...report);
    const { numPassedTests: passed, numFailedTests: failed, testResults = [] } = readCounts();
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const skipped = tests.filter((test) => !['passed', 'failed'].includes(test.status)).map((test) => test.fullName);
    return { status, passed, failed, skipped };
  };

/** Known vulnerabilities in what is shipped, as the registry lists them; not every network lets one ask. */
const audit = () => {
  const shell = process.platform === 'win32';
  // an answer takes seconds; npm itself waits for minutes where there is none
  const limits = { shell, encoding: 'utf8', timeout: 120_000 };
  const outcome = auditOf(spawnSync('npm', ['audit', '--omit=dev', '--json'], limits));
  if ('reason' in outcome) return outcome;
  console.log(outcome.counts);
  return { status: outcome.vulnerable ? 1 : 0 };
};

/* what a step can need: each throws why it is not to be had */
const browser = () => (process.env.CHROMIUM_PATH = ensureBrowser());
const server = () => [ensureServer(), browser()];
const vscode = () => hasScreen() || server();

/** In this order; `after` names the step whose outcome a step tests, `only` the system that it can run on. */
const STEPS = [
  { name: 'types', work: command('types') },
  { name: 'lint', work: command('lint') },
  { name: 'unit tests', work: vitest('unit', '--') },
  { name: 'known vulnerabilities', work: audit },
  { name: 'build', work: command('build') },
  { name: 'the page in a browser', work: vitest('page', '--'), after: 'build', needs: browser },
  { name: 'in a real VS Code', work: script('test/vscode/run-suite.mjs'), after: 'build', needs: vscode },
  { name: 'package', work: command('package'), after: 'build' },
  { name: 'what the package holds', work: vitest('tool', '--', 'packed'), after: 'package' },
  {
    name: 'the installed package',
    work: script('test/vscode/run-ui.mjs'),
    after: 'package',
    needs: server,
    only: 'linux',
  },
  {
    name: 'running programs',
    work: script('test/vscode/run-programs.mjs'),
    after: 'package',
    needs: server,
    only: 'linux',
  },
  { name: 'restricted mode', work: script('test/vscode/run-restricted.mjs'), after: 'package', needs: server },
  { name: 'npm start', work: silently('test/vscode/start.mjs', '--check'), after: 'package', needs: server, only: 'linux' }, // prettier-ignore
];

const total = { passed: 0, failed: 0, skipped: [] };
const times = [];
const good = new Set();
try {
  ensurePackages();
  STEPS.forEach(take);
} catch (error) {
  console.error(error.message);
  total.failed++;
} finally {
  rmSync(path.dirname(counts), { recursive: true, force: true });
}
console.log(['', ...times, ...total.skipped.map((which) => `skipped: ${which}`)].join('\n'));
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

function take(step) {
  console.log(`\n── ${step.name} ${'─'.repeat(100 - step.name.length)}`);
  const started = Date.now();
  const hindrance = whyNot(step);
  const outcome = hindrance === undefined ? step.work() : { reason: hindrance };
  const { reason, status, passed = 0, failed = 0, skipped = [] } = outcome;
  if (reason !== undefined) total.skipped.push(`${step.name}: ${reason}`);
  else if (status === 0) good.add(step.name);
  total.passed += passed;
  // a step that failed without a failed test, such as a test file that does not load, is one failure
  total.failed += Math.max(failed, status ? 1 : 0);
  total.skipped.push(...skipped);
  const word = reason !== undefined ? 'skipped' : status === 0 ? 'ok' : 'FAILED';
  times.push(`${step.name.padEnd(24)} ${word.padEnd(8)} ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s`);
}

/** Why a step cannot be taken; undefined when it can. */
function whyNot({ after, needs, only }) {
  if (only !== undefined && process.platform !== only) return `runs on ${only} only`;
  if (after !== undefined && !good.has(after)) return `${after} failed`;
  try {
    needs?.();
    return undefined;
  } catch (error) {
    // nobody looks at what a machine of the integration skipped
    if (process.env.CI) total.failed++;
    return error.message;
  }
}

/** What a step left in its file of counts. */
function readCounts() {
  if (!existsSync(counts)) return {};
  const read = JSON.parse(readFileSync(counts, 'utf8'));
  rmSync(counts);
  return read;
}
