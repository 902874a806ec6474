// npm start: what the sample dump says, on this terminal; then the extension on a copy of it in a real VS Code.
// npm start -- --check: the same, but ends as soon as VS Code answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ensurePackages, hasScreen, npm, ROOT, run } from './machine.mjs';
import { sampleWorkspace } from './sample-workspace.mjs';
import { startServer } from './server.mjs';

const SAMPLE = 'media/sample/grad-step-000020.npy';
const NEXT = `right-click ${path.basename(SAMPLE)} in the Explorer and choose "Analyze Gradient Dump".`;
const checking = process.argv.includes('--check');

try {
  ensurePackages();
  if (npm('run', '--silent', 'build') !== 0) throw new Error('The extension could not be built, as printed above.');
  if (run(process.execPath, ['dist/cli.js', 'analyze', SAMPLE]) !== 0)
    throw new Error('The sample could not be analyzed, as printed above.');
  const opened = await openInVsCode(sampleWorkspace());
  if (!opened && checking) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Tries one VS Code after another; says whether one opened. */
async function openInVsCode(folder) {
  for (const open of [inInstalledVsCode, inDownloadedVsCode, inServer]) {
    try {
      await open(folder);
      return true;
    } catch (error) {
      console.log(`· ${error.message}`);
    }
  }
  console.log(`No VS Code could be opened. Install it (https://code.visualstudio.com), then say npm start again.`);
  return false;
}

async function inInstalledVsCode(folder) {
  if (!hasScreen()) throw new Error('An installed VS Code needs a screen, and DISPLAY is not set.');
  if (run('code', ['--version'], { stdio: 'ignore' }) !== 0) throw new Error('There is no command `code` here.');
  if (!checking && run('code', ['--new-window', ...developmentArguments(folder)]) !== 0)
    throw new Error('`code` could not open the sample, as printed above.');
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
  if (code !== 0) throw new Error(`VS Code ended with ${code}.`);
}

/** Serves VS Code to a browser until Ctrl-C, with the extension as it is packed for its users. */
async function inServer(folder) {
  if (npm('run', '--silent', 'package') !== 0) throw new Error('The extension could not be packed, as printed above.');
  const server = await startServer({ vsix: path.join(ROOT, 'gradient-covariance.vsix') });
  const address = `${server.address}&folder=${encodeURIComponent(folder)}`;
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`VS Code's server answers with ${response.status}.`);
    console.log(`\nVS Code is at  ${address}\nOpen this address in a browser, then ${NEXT}`);
    if (checking) return;
    console.log('Ctrl-C ends it.');
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), server.ended]);
  } finally {
    await server.stop();
  }
}

const developmentArguments = (folder) => [`--extensionDevelopmentPath=${ROOT}`, folder];
