// A real VS Code where no desktop build can be had: code-server, which embeds VS Code's server, workbench and Node extension
// host, and the Node it needs, both from the npm registry.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npmInstall, ROOT } from './machine.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
const FOLDER = process.env.VSCODE_TEST_SERVER_DIR ?? path.join(ROOT, '.vscode-test-server');
const NODE_PACKAGE = `node-linux-${process.arch}`;

const nodeOf = (folder) => path.join(folder, 'node_modules', NODE_PACKAGE, 'bin/node');
const codeServerOf = (folder) => path.join(folder, 'node_modules/code-server');
const entryOf = (folder) => path.join(codeServerOf(folder), 'out/node/entry.js');

/** Installs code-server into a git-ignored folder unless it is there; throws what to do where it cannot be installed. */
export function ensureServer() {
  if (process.platform !== 'linux')
    throw new Error('code-server is installed on Linux only; use a desktop VS Code here.');
  const complete = path.join(FOLDER, `complete-${CODE_SERVER}-${NODE}`);
  if (existsSync(complete)) return;
  console.log(`Installing code-server ${CODE_SERVER} into ${path.relative(ROOT, FOLDER)} (once, 700 MB) …`);
  const building = `${FOLDER}-${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    writeFileSync(path.join(building, 'package.json'), '{ "private": true }');
    // without scripts: they would compile Kerberos, and what serving the workbench needs comes prebuilt
    const packages = ['--ignore-scripts', `code-server@${CODE_SERVER}`, `${NODE_PACKAGE}@${NODE}`];
    const vscode = path.join(codeServerOf(building), 'lib/vscode');
    if (npmInstall(building, ...packages) !== 0 || npmInstall(vscode, '--ignore-scripts', '--omit=dev') !== 0)
      throw new Error('code-server could not be installed, as printed above. It needs the npm registry.');
    // large, and nothing here uses them
    for (const extension of ['copilot', 'mermaid-markdown-features'])
      rmSync(path.join(vscode, 'extensions', extension), { recursive: true, force: true });
    rmSync(FOLDER, { recursive: true, force: true });
    writeFileSync(path.join(building, path.basename(complete)), '');
    renameSync(building, FOLDER);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'npm.fetchOnlinePackageInfo': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Starts code-server on a free port of 127.0.0.1 (webviews need a secure context, and loopback is one) with throw-away data.
 *
 * @param vsix a packed extension to install first
 * @param development whether the page may name an extension under development: a built VS Code ignores such names, and
 *   shows notifications, unless it was started with its smoke-test driver
 * @param environment variables the extension host shall see
 */
export async function startServer({ vsix, development = false, environment = {} } = {}) {
  ensureServer();
  const home = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-vscode-'));
  const settingsFile = path.join(home, 'data/User/settings.json');
  mkdirSync(path.dirname(settingsFile), { recursive: true });
  const changeSettings = (changes) => writeFileSync(settingsFile, JSON.stringify({ ...SETTINGS, ...changes }));
  changeSettings({});
  const port = await freePort();
  const config = path.join(home, 'config.yaml');
  writeFileSync(config, `bind-addr: 127.0.0.1:${port}\nauth: none\ncert: false\n`);
  const common = [
    '--config',
    config,
    '--user-data-dir',
    path.join(home, 'data'),
    '--extensions-dir',
    path.join(home, 'extensions'),
  ];
  const env = { ...withoutVsCode(process.env), HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, ...environment };
  env.EXTENSIONS_GALLERY = '{"serviceUrl":""}'; // no look-ups on the network
  if (vsix) installExtension(vsix, common, env);

  const quiet = [
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    '--disable-proxy',
  ];
  const driver = development ? ['--vscode-option', 'enable-smoke-test-driver'] : [];
  const server = spawn(nodeOf(FOLDER), [entryOf(FOLDER), ...common, '--auth', 'none', ...quiet, ...driver], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that its extension hosts end with it
  });
  const end = (signal) => {
    try {
      process.kill(-server.pid, signal);
    } catch {
      // it has ended
    }
  };
  process.once('exit', () => end('SIGKILL'));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    end('SIGTERM');
    const timer = setTimeout(() => end('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await listening(server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: `http://127.0.0.1:${port}`, changeSettings, ended, stop };
}

function installExtension(vsix, common, env) {
  const args = [entryOf(FOLDER), ...common, '--install-extension', vsix];
  const { status, stdout, stderr } = spawnSync(nodeOf(FOLDER), args, { env, encoding: 'utf8' });
  if (status !== 0 || !stdout.includes('successfully installed'))
    throw new Error(`${path.basename(vsix)} could not be installed:\n${stdout}${stderr}`);
}

function listening(server) {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`code-server ${what}:\n${output}`));
    const timer = setTimeout(() => fail('did not listen within 60 s'), 60_000);
    const read = (text) => {
      output += text;
      if (!output.includes('HTTP server listening')) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

/** A terminal inside VS Code sets variables that would make the server believe it is a part of that one. */
const withoutVsCode = (environment) =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('VSCODE_')),
  );

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
