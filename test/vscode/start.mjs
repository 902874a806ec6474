// npm start: what the sample dump says, on this terminal; then the extension on a copy of it in a real VS Code.
// npm start -- --check: the same, but ends as soon as VS Code answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ensurePackages, hasScreen, quietly, ROOT, run } from './machine.mjs';
import { removeWorkspace, sampleWorkspace } from './sample-workspace.mjs';
import { startServer } from './server.mjs';

const SAMPLE = 'media/sample/grad-step-000020.npy';
const NEXT = `right-click ${path.basename(SAMPLE)} in the Explorer and choose "Analyze Gradient Dump".`;
const checking = process.argv.includes('--check');

try {
  ensurePackages();
  quietly('npm', ['run', 'build']);
  if (run(process.execPath, ['dist/cli.js', 'analyze', SAMPLE]) !== 0)
    throw new Error('The sample could not be analyzed, as printed above.');
  const folder = sampleWorkspace();
  const opened = await openInVsCode(folder);
  if (checking) removeWorkspace(folder);
  if (checking && !opened) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Tries one VS Code after another; says whether one opened. */
async function openInVsCode(folder) {
  for (const open of hasScreen() ? [inInstalledVsCode, inDownloadedVsCode, inServer] : [inServer]) {
    try {
      await open(folder);
      return true;
    } catch (error) {
      console.log(`Not opened yet: ${error.message}.`);
    }
  }
  console.log('No VS Code could be opened. Install it (https://code.visualstudio.com), then say npm start again.');
  return false;
}

async function inInstalledVsCode(folder) {
  if (run('code', ['--version'], { stdio: 'ignore' }) !== 0) throw new Error('there is no command `code`');
  if (!checking && run('code', ['--new-window', ...developmentArguments(folder)]) !== 0)
    throw new Error('`code` failed as printed above');
  console.log(`VS Code opens ${folder}: ${NEXT}`);
}

async function inDownloadedVsCode(folder) {
  const { downloadDesktop } = await import('./desktop.mjs');
  const executable = await downloadDesktop();
  console.log(`VS Code opens ${folder}: ${NEXT}`);
  if (checking) return;
  const data = ['--user-data-dir', path.join(ROOT, '.vscode-test/user-data')];
  const quiet = ['--no-sandbox', '--disable-updates', '--disable-workspace-trust', '--skip-welcome'];
  const editor = spawn(executable, [...developmentArguments(folder), ...data, ...quiet], { stdio: 'ignore' });
  const [code] = await once(editor, 'exit');
  if (code !== 0) throw new Error(`the downloaded VS Code ended with ${code}`);
}

/** Serves VS Code to a browser until Ctrl-C, with the extension as it is packed for its users. */
async function inServer(folder) {
  quietly('npm', ['run', 'package']);
  const server = await startServer({ vsix: path.join(ROOT, 'gradient-covariance.vsix') });
  try {
    const address = `${server.address}&folder=${encodeURIComponent(folder)}`;
    await answers(address);
    console.log(`VS Code is at  ${address}\nOpen this address in a browser, then ${NEXT}`);
    if (checking) return;
    console.log('Ctrl-C ends it.');
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), server.ended]);
  } finally {
    await server.stop();
  }
}

/** Throws unless the workbench is served at an address; its first answer turns the secret in it into a cookie. */
async function answers(address) {
  const { headers } = await fetch(address, { redirect: 'manual' });
  const cookie = headers.getSetCookie().map((value) => value.split(';')[0]);
  const response = await fetch(new URL(headers.get('location'), address), { headers: { cookie: cookie.join('; ') } });
  if (!(await response.text()).includes('vscode-workbench'))
    throw new Error(`VS Code's server answers with ${response.status} and no workbench`);
}

function developmentArguments(folder) {
  return [`--extensionDevelopmentPath=${ROOT}`, folder];
}
