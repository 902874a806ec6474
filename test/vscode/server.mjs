// A real VS Code where no desktop build can be had: code-server, which embeds VS Code's server, workbench and Node extension
// host, and the Node it needs, both from the npm registry.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npmInstall, ROOT } from './machine.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
const FOLDER = process.env.TEST_SERVER_DIR ?? path.join(ROOT, '.vscode-test-server');
const NODE_PACKAGE = `node-linux-${process.arch}`;
const NODE_24 = path.join(FOLDER, 'node_modules', NODE_PACKAGE, 'bin/node');
const VSCODE = 'node_modules/code-server/lib/vscode';
const MAIN = path.join(FOLDER, VSCODE, 'out/server-main.js');

/** Installs both into a git-ignored folder unless they are there; throws why they cannot be installed. */
export function ensureServer() {
  const complete = `complete-${CODE_SERVER}-${NODE}`;
  if (existsSync(path.join(FOLDER, complete))) return;
  if (process.platform !== 'linux') throw new Error('code-server runs on Linux only');
  console.log(`Installing code-server ${CODE_SERVER} into ${path.relative(ROOT, FOLDER)} (once, 700 MB) …`);
  const building = `${FOLDER}-${process.pid}`; // in place when it is complete, also when two install at once
  mkdirSync(building, { recursive: true });
  try {
    writeFileSync(path.join(building, 'package.json'), '{ "private": true }');
    // without scripts: they would compile Kerberos, and what serving the workbench needs comes prebuilt
    const packages = [`code-server@${CODE_SERVER}`, `${NODE_PACKAGE}@${NODE}`];
    const vscode = path.join(building, VSCODE);
    if (npmInstall(building, '--ignore-scripts', ...packages) || npmInstall(vscode, '--ignore-scripts', '--omit=dev'))
      throw new Error('code-server could not be installed, as printed above; it needs the npm registry');
    // large, and nothing here uses them
    for (const extension of ['copilot', 'mermaid-markdown-features'])
      rmSync(path.join(vscode, 'extensions', extension), { recursive: true, force: true });
    writeFileSync(path.join(building, complete), '');
    rmSync(FOLDER, { recursive: true, force: true });
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
  'security.workspace.trust.enabled': false,
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
 * Starts VS Code's server on a free port of 127.0.0.1 (webviews need a secure context, and loopback is one) with throw-away
 * data and a secret in its address, for other users of this machine reach the port, too.
 *
 * @param vsix a packed extension to install first
 * @param folders extensions that are not packed: a server for development takes one from the page, and these in addition
 * @param development whether the page may name an extension under development: a built VS Code ignores such names, and
 *   shows notifications, unless it was started with its smoke-test driver
 * @param environment variables the extension host shall see
 * @param settings of the user, in addition, @param keybindings of the user
 */
export async function startServer({
  vsix,
  folders = [],
  development = false,
  environment = {},
  settings = {},
  keybindings = [],
} = {}) {
  ensureServer();
  const home = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-vscode-'));
  const data = path.join(home, 'data');
  mkdirSync(path.join(data, 'User'), { recursive: true });
  writeFileSync(path.join(data, 'User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  writeFileSync(path.join(data, 'User/keybindings.json'), JSON.stringify(keybindings));
  const env = { ...withoutVsCode(process.env), ...environment };
  Object.assign(env, {
    HOME: home,
    TMPDIR: home, // for its sockets, which it leaves behind
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  });
  const args = [MAIN, '--accept-server-license-terms', '--server-data-dir', home, '--user-data-dir', data];
  for (const folder of folders)
    cpSync(folder, path.join(home, 'extensions', path.basename(folder)), { recursive: true });
  if (vsix) installExtension(vsix, args, env);

  const secret = randomBytes(16).toString('hex');
  args.push('--host', '127.0.0.1', '--port', '0', '--connection-token', secret, '--telemetry-level', 'off');
  if (development) args.push('--enable-smoke-test-driver');
  // a process group of its own, so that its extension hosts end with it
  const server = spawn(NODE_24, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
    const port = await portOf(server);
    return { address: `http://127.0.0.1:${port}/?tkn=${secret}`, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function installExtension(vsix, args, env) {
  const { status, stdout, stderr } = spawnSync(NODE_24, [...args, '--install-extension', vsix], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0 || !stdout.includes('successfully installed'))
    throw new Error(`${path.basename(vsix)} could not be installed:\n${stdout}${stderr}`);
}

/** The port a server says that it listens on. */
function portOf(server) {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`VS Code's server ${what}:\n${output}`));
    const timer = setTimeout(() => fail('did not listen within 60 s'), 60_000);
    const read = (text) => {
      output += text;
      const said = /agent listening on (\d+)/.exec(output);
      if (said === null) return;
      clearTimeout(timer);
      resolve(said[1]);
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
