// Gradients of a Python program that stops at a breakpoint, in the packed extension with a real debugpy. Needs a Python with
// debugpy and NumPy: GRADIENT_PYTHON, or python3. Pictures stay in test/screenshots. Writes how many steps passed to the file
// that TEST_COUNTS names.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './machine.mjs';
import { startServer } from './server.mjs';
import { skipSteps, takeSteps } from './steps.mjs';
import { openBrowser, panelDocument, workbenchAddress } from './workbench.mjs';

const PYTHON = process.env.GRADIENT_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
const PICTURES = path.join(ROOT, 'test/screenshots');
const PROGRAMS = path.join(import.meta.dirname, 'python');
const lines = readFileSync(path.join(PROGRAMS, 'train.py'), 'utf8').split('\n');
/** Where the gradients of a step are complete. */
const STOP = lines.findIndex((line) => line.includes('w1 -=')) + 1;

const workspace = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-')), 'training');
const program = path.join(workspace, 'train.py');

/** Why no program can be debugged here; undefined when one can. */
function whyNot() {
  const { status, stderr, error } = spawnSync(PYTHON, ['-c', 'import debugpy, numpy'], { encoding: 'utf8' });
  return status === 0 ? undefined : `${PYTHON}: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`;
}

/** The trace that the command line finds in the gradients which the program has at its stop number k. */
function traceAtStop(k) {
  const file = path.join(path.dirname(workspace), 'stop.npz');
  const save = 'import sys, numpy, train; numpy.savez(sys.argv[1], **train.train(int(sys.argv[2])))';
  execFileSync(PYTHON, ['-c', save, file, `${k}`], {
    cwd: PROGRAMS,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const report = execFileSync(process.execPath, ['dist/cli.js', 'analyze', file, '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return JSON.parse(report).metrics['covariance-trace'].value;
}

const why = whyNot();
if (why === undefined) await debugProgram();
else skipSteps('gradients of a stopped program', why);

async function debugProgram() {
  mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
  cpSync(path.join(PROGRAMS, 'train.py'), program);
  const launch = { name: 'train', type: 'debugpy', request: 'launch', program, console: 'internalConsole' };
  writeFileSync(
    path.join(workspace, '.vscode/launch.json'),
    JSON.stringify({ version: '0.2.0', configurations: [launch] }),
  );
  const server = await startServer({
    vsix: path.join(ROOT, 'gradient-covariance.vsix'),
    folders: [PROGRAMS],
    environment: { GRADIENT_PYTHON: PYTHON },
    settings: {
      'debug.internalConsoleOptions': 'neverOpen',
      'debug.openDebug': 'neverOpen',
      'debug.toolBarLocation': 'docked',
      'editor.minimap.enabled': false,
    },
  });
  const { browser, page } = await openBrowser();
  page.setDefaultTimeout(60_000);
  mkdirSync(PICTURES, { recursive: true });
  const picture = (name) => page.screenshot({ path: path.join(PICTURES, `debugger-${name}.png`) });
  const panel = panelDocument(page);
  const card = panel.locator('[data-metric="covariance-trace"]');
  const variables = page.locator('.debug-variables .monaco-list-row');

  /** Waits until the report has the numbers of a stop, to the digits it shows, and says where that is. */
  async function showsStop(k, line = STOP) {
    const wanted = traceAtStop(k);
    let shown;
    await panel.getByText(`as of the stop at train.py:${line}`).first().waitFor();
    for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(50)) {
      await card.filter({ hasText: /\d/ }).waitFor();
      shown = /\d[\d,]*(\.\d+)?/.exec(await card.innerText())[0].replaceAll(',', '');
      // to the digits that it shows
      if (Math.abs(shown - wanted) <= 0.51 * 10 ** -(shown.split('.')[1]?.length ?? 0)) return;
    }
    throw new Error(`the trace is ${shown} instead of ${wanted}`);
  }

  await takeSteps(
    {
      'a program stops at a breakpoint, and its variables are listed': async () => {
        await page.goto(workbenchAddress(server, workspace));
        await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'train.py' }).dblclick();
        await page.locator('.view-lines span', { hasText: 'import' }).first().waitFor();
        await page.keyboard.press('Control+g');
        await page.locator('.quick-input-widget input').first().fill(`:${STOP}`);
        await page.keyboard.press('Enter');
        await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
        // VS Code takes no breakpoint before the extension has said that Python can have one
        const breakpoint = page.locator('.codicon-debug-breakpoint').first();
        for (const end = Date.now() + 60_000; !(await breakpoint.isVisible()) && Date.now() < end;) {
          await page.keyboard.press('F9');
          await page.waitForTimeout(1000);
        }
        await breakpoint.waitFor();
        await page.keyboard.press('F5');
        await page.locator('.debug-top-stack-frame-line').first().waitFor();
        await page.keyboard.press('Control+Shift+d');
        const grads = variables.filter({ hasText: /^grads/ });
        await variables.filter({ hasText: 'Locals' }).waitFor();
        await page.waitForTimeout(1000); // the first scope unfolds by itself where it is not a large one
        if (!(await grads.isVisible())) await variables.filter({ hasText: 'Locals' }).click();
        await grads.waitFor();
        await picture('stopped');
      },
      'a right-click on a variable opens its report beside the source, with the numbers of the command line':
        async () => {
          const entry = page.locator('.monaco-menu .action-item', { hasText: 'Analyze Gradients' });
          for (const end = Date.now() + 60_000; !(await entry.isVisible());) {
            if (Date.now() > end) throw new Error('the menu of the variable has no “Analyze Gradients”');
            await page.keyboard.press('Escape');
            await variables.filter({ hasText: /^grads/ }).click({ button: 'right' });
            await page.waitForTimeout(500);
          }
          await picture('menu');
          await entry.click();
          await page.mouse.move(900, 870); // nothing is hovered there
          await showsStop(1);
          await page.locator('.view-lines span', { hasText: 'import' }).first().waitFor();
          await picture('report');
        },
      'a step over one line leaves the numbers, and the report says where the program is now': async () => {
        await page.keyboard.press('F10');
        await showsStop(1, STOP + 1);
        await picture('step');
      },
      'the report follows the program from stop to stop': async () => {
        for (const stop of [2, 3, 4]) {
          await page.keyboard.press('F5');
          await showsStop(stop);
          await picture(`stop-${stop}`);
        }
      },
      'the report stays when the program is stopped, and says so': async () => {
        await page.keyboard.press('Shift+F5');
        await panel.getByText('the debug session has ended').first().waitFor();
        await showsStop(4);
        await picture('ended');
      },
    },
    (number) => picture(`failed-${number}`),
    'the program did not stop',
  );
  await browser.close();
  await server.stop();
  rmSync(path.dirname(workspace), { recursive: true, force: true });
}
