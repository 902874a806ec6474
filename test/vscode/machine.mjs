// What the commands of this repository need of a machine: Node itself is enough to load this file.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Runs a command to its end, its output on this terminal; returns its exit code, 1 when it could not be started. */
export function run(command, args, options = {}) {
  const shell = process.platform === 'win32';
  return (
    spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], shell, ...options }).status ?? 1
  );
}

/** Runs a command to its end without a word, unless it fails: then throws, after its output was printed. */
export function quietly(command, args) {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, shell, encoding: 'utf8' });
  if (status === 0) return;
  console.log(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Error(`${command} ${args.join(' ')} failed, as printed above`);
}

/** Its own pauses between attempts make a machine without a network wait for minutes. */
const QUICK_TO_FAIL = [
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--fetch-retry-mintimeout=500',
  '--fetch-retry-maxtimeout=2000',
];
export const npm = (...args) => run('npm', args);
export const npmInstall = (folder, ...args) => npm('install', '--prefix', folder, ...QUICK_TO_FAIL, ...args);

/** Installs the packages of package-lock.json unless each is there in its version. */
export function ensurePackages() {
  if (packagesAreInstalled()) return;
  console.log('Installing the packages named in package-lock.json (npm ci) …');
  if (npm('ci', ...QUICK_TO_FAIL) !== 0)
    throw new Error('The packages could not be installed: npm ci failed as printed above. It needs the npm registry.');
}

/** Compares versions, not times: a checkout touches files, and two written at once have no order. */
function packagesAreInstalled() {
  const packagesIn = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')).packages;
  const installedList = 'node_modules/.package-lock.json';
  if (!existsSync(path.join(ROOT, installedList))) return false;
  const installed = packagesIn(installedList);
  return Object.entries(packagesIn('package-lock.json')).every(
    ([place, { version, optional }]) => place === '' || optional || installed[place]?.version === version,
  );
}

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of a browser that speaks Chromium's protocol; undefined when there is none. */
const findBrowser = () => [process.env.CHROMIUM_PATH, ...BROWSERS].find((file) => file && existsSync(file));

/** Like findBrowser, after having installed Debian's chromium where that is possible; throws what to do where it is not. */
export function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  const remedy = 'Install Chromium or Chrome, or set CHROMIUM_PATH to one.';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(`No browser was found. ${remedy}`);
  console.log('Installing chromium and a font for its screenshots (apt-get) …');
  const apt = (...args) =>
    run('apt-get', ['-qq', '-o', 'Acquire::Retries=1', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  const status = apt('update') || apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  const installed = findBrowser();
  if (status !== 0 || !installed) throw new Error(`apt-get could not install chromium, as printed above. ${remedy}`);
  return installed;
}

/** A desktop VS Code needs a screen; only Linux has machines without one that run programs like this. */
export const hasScreen = () =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
