// Runs the suite beside this file in the extension host of a real VS Code: of a desktop build where one can be downloaded and
// shown, else of code-server. Writes how many tests passed to the file that TEST_COUNTS names.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { downloadDesktop } from './desktop.mjs';
import { npm, ROOT } from './machine.mjs';
import { removeWorkspace, sampleWorkspace } from './sample-workspace.mjs';

const compiled = path.join(ROOT, '.vscode-test/suite'); // inside the repository, where node_modules is found
rmSync(compiled, { recursive: true, force: true });
if (npm('run', '--silent', 'tool', '--', 'suite') !== 0) process.exit(1);

const vscodeExecutablePath = await downloadDesktop().catch((reason) => {
  // a version that was asked for is not replaced by another one
  if (process.env.VSCODE_VERSION) throw reason;
  console.log(`In code-server, because ${reason.message}.`);
  return path.join(ROOT, 'test/vscode/code-shim.mjs');
});
const folder = sampleWorkspace();
try {
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: [ROOT, path.join(ROOT, 'test/vscode/programs')],
    extensionTestsPath: path.join(compiled, 'index.js'),
    launchArgs: [folder],
  });
} catch {
  process.exitCode = 1; // what failed is printed above
} finally {
  removeWorkspace(folder);
}
