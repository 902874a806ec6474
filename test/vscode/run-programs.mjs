// Gradients of running Python programs, in the packed extension: of one that stops at a breakpoint, with a real debugpy; of a
// notebook, with a real ipykernel; and of a training script with the three lines of the README. Needs a Python with debugpy,
// ipykernel and PyTorch: GRADIENT_PYTHON, or python3. Pictures stay in test/screenshots. Writes how many steps passed to the
// file that TEST_COUNTS names.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withThreeLines } from '../python/three-lines.mjs';
import { ROOT } from './machine.mjs';
import { startServer } from './server.mjs';
import { takeSteps } from './steps.mjs';
import { chooseInExplorer, openBrowser, panelDocument, runCommand, THEMES, workbenchAddress } from './workbench.mjs';

const PYTHON = process.env.GRADIENT_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
const PICTURES = path.join(ROOT, 'test/screenshots');
const PROGRAMS = path.join(import.meta.dirname, 'python');
const lines = readFileSync(path.join(PROGRAMS, 'train.py'), 'utf8').split('\n');
/** Where the gradients of a step are complete. */
const STOP = lines.findIndex((line) => line.includes('w1 -=')) + 1;
/** Widths of the window in which the report has about 400, 800 and 1,100 px beside the source. */
const WIDTHS = { 400: 1150, 800: 1950, 1100: 2550 };

const workspace = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-')), 'training');
const program = path.join(workspace, 'train.py');

/** Why Python cannot run a program; undefined when it can. */
function lacking(...modules) {
  const { status, stderr, error } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  return status === 0 ? undefined : `${PYTHON}: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`;
}

const quiet = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const pythonWhere = (folder, code, ...args) => execFileSync(PYTHON, ['-c', code, ...args], { cwd: folder, env: quiet });

/** The trace that the command line finds in the gradients which the program has in its step number k, counted from 1. */
function traceAtStep(k) {
  const file = path.join(path.dirname(workspace), 'step.npz');
  const save = 'import sys, numpy, train; numpy.savez(sys.argv[1], **train.train(int(sys.argv[2])))';
  pythonWhere(PROGRAMS, save, file, `${k}`);
  const report = execFileSync(process.execPath, ['dist/cli.js', 'analyze', file, '--json'], { cwd: ROOT });
  return JSON.parse(report).metrics['covariance-trace'].value;
}

mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
cpSync(path.join(PROGRAMS, 'train.py'), program);
const launch = { name: 'train', type: 'debugpy', request: 'launch', program, console: 'internalConsole' };
writeFileSync(
  path.join(workspace, '.vscode/launch.json'),
  JSON.stringify({ version: '0.2.0', configurations: [launch] }),
);
const cell = (source) => ({ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source });
const CELLS = ['import train', 'grads = train.train(1)', 'grads = train.train(2)', 'grads = train.train(5)'];
writeFileSync(
  path.join(workspace, 'notebook.ipynb'),
  JSON.stringify({ cells: CELLS.map(cell), metadata: {}, nbformat: 4, nbformat_minor: 5 }),
);

const server = await startServer({
  vsix: path.join(ROOT, 'gradient-covariance.vsix'),
  folders: [PROGRAMS],
  environment: { GRADIENT_PYTHON: PYTHON, GRADIENT_KERNEL: path.join(ROOT, 'test/host/kernel.py') },
  settings: {
    'debug.internalConsoleOptions': 'neverOpen',
    'debug.openDebug': 'neverOpen',
    'debug.toolBarLocation': 'docked',
    'editor.minimap.enabled': false,
    'explorer.compactFolders': false,
    'notebook.variablesView': true,
  },
});
const { browser, page } = await openBrowser();
page.setDefaultTimeout(60_000);
mkdirSync(PICTURES, { recursive: true });
const picture = (name) => page.screenshot({ path: path.join(PICTURES, `program-${name}.png`) });
const panel = panelDocument(page);
const card = panel.locator('[data-metric="covariance-trace"]');
const inExplorer = (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });

/** Waits until the report has the numbers of a step, to the digits it shows, and says of what moment they are. */
async function shows(k, moment) {
  const wanted = traceAtStep(k);
  let shown;
  await panel.getByText(moment).first().waitFor();
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(50)) {
    await card.filter({ hasText: /\d/ }).waitFor();
    shown = /\d[\d,]*(\.\d+)?/.exec(await card.innerText())[0].replaceAll(',', '');
    if (Math.abs(shown - wanted) <= 0.51 * 10 ** -(shown.split('.')[1]?.length ?? 0)) return;
  }
  throw new Error(`the trace is ${shown} instead of ${wanted}`);
}

/** Right-clicks until the menu has the entry, and chooses it. */
async function analyzeGradients(variable, name) {
  const entry = page.locator('.monaco-menu .action-item', { hasText: 'Analyze Gradients' });
  for (const end = Date.now() + 60_000; !(await entry.isVisible());) {
    if (Date.now() > end) throw new Error('the menu of the variable has no “Analyze Gradients”');
    await page.keyboard.press('Escape');
    await variable.click({ button: 'right' });
    await page.waitForTimeout(500);
  }
  await picture(name);
  await entry.click();
  await page.mouse.move(900, 870); // nothing is hovered there
}

/** Pictures in every kind of theme and at three widths; throws where the report scrolls sideways. */
async function inAllThemes(name) {
  const { width, height } = page.viewportSize();
  for (const [theme, { label, kind }] of Object.entries(THEMES)) {
    await runCommand(page, 'Preferences: Color Theme', label);
    await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
    for (const [about, window] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: window, height });
      await page.waitForTimeout(700); // for the last frame of the charts
      await picture(`${name}-${theme}-${about}`);
      const overflow = await panel.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
      if (overflow > 0) throw new Error(`at ${about} px the report is ${overflow} px wider than its panel`);
    }
    await page.setViewportSize({ width, height });
  }
  await runCommand(page, 'Preferences: Color Theme', THEMES.light.label);
}

/** @returns a step by what holds after it, where nothing that it needs is lacking */
const where = (lack, steps) =>
  lack === undefined ? steps : Object.fromEntries(Object.keys(steps).map((title) => [title, lack]));

const variables = page.locator('.debug-variables .monaco-list-row');
const DEBUGGER = {
  'a program stops at a breakpoint, and its variables are listed': async () => {
    await inExplorer('train.py').dblclick();
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
  'a right-click on a variable opens its report beside the source, with the numbers of the command line': async () => {
    await analyzeGradients(variables.filter({ hasText: /^grads/ }), 'menu');
    await shows(1, `as of the stop at train.py:${STOP}`);
    await page.locator('.view-lines span', { hasText: 'import' }).first().waitFor();
    await picture('report');
  },
  'a step over one line leaves the numbers, and the report says where the program is now': async () => {
    await page.keyboard.press('F10');
    await shows(1, `as of the stop at train.py:${STOP + 1}`);
    await picture('step');
  },
  'the report follows the program from stop to stop': async () => {
    for (const stop of [2, 3, 4]) {
      await page.keyboard.press('F5');
      await shows(stop, `as of the stop at train.py:${STOP}`);
      await picture(`stop-${stop}`);
    }
  },
  'the report of a stopped program is whole in every theme and at every width': async () => {
    await inAllThemes('debugger');
  },
  'the report stays when the program is stopped, and says so': async () => {
    await page.keyboard.press('Shift+F5');
    await panel.getByText('the debug session has ended').first().waitFor();
    await shows(4, `as of the stop at train.py:${STOP}`);
    await picture('ended');
  },
};

const cells = page.locator('.notebookOverlay .cell-list-container .monaco-list-row');
const notebookVariables = page.locator('.pane', { hasText: 'Notebook Variables' }).locator('.monaco-list-row');
/** Runs a cell, by its place from 0, and waits for its number. */
async function runCell(k) {
  await cells.nth(k).hover();
  await cells.nth(k).locator('.run-button-container .codicon-notebook-execute').click();
  await cells
    .nth(k)
    .locator('.execution-count-label', { hasText: `[${k + 1}]` })
    .waitFor();
}
const NOTEBOOK = {
  'a kernel runs the cells of a notebook, and its variables are listed': async () => {
    await page.keyboard.press('Control+Shift+e');
    await inExplorer('notebook.ipynb').dblclick();
    await cells.nth(3).waitFor();
    await page.locator('.notebook-toolbar-container .kernel-label', { hasText: 'Python' }).waitFor();
    await runCell(0);
    await runCell(1);
    await page.keyboard.press('Escape');
    await runCommand(page, 'Run and Debug: Focus on Notebook Variables View');
    await notebookVariables.filter({ hasText: 'grads' }).waitFor();
    await picture('notebook');
  },
  'a right-click on a variable of a notebook opens its report, as of its cell': async () => {
    await analyzeGradients(notebookVariables.filter({ hasText: 'grads' }), 'notebook-menu');
    await shows(1, 'as of cell [2]');
    await picture('notebook-report');
  },
  'the report follows the notebook from cell to cell': async () => {
    await runCell(2);
    await shows(2, 'as of cell [3]');
    await picture('notebook-cell');
  },
  'the report of a notebook is whole in every theme and at every width': async () => {
    await inAllThemes('notebook');
  },
};

const TRAINING = {
  'three lines in a training script make a run that its page follows': async () => {
    const folder = path.join(workspace, 'model');
    const training = spawn(PYTHON, [withThreeLines(folder)], {
      cwd: folder,
      env: quiet,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const run = path.join(folder, 'runs/a');
    training.stdin.write('1\n');
    for (const end = Date.now() + 60_000; Date.now() < end && !existsSync(path.join(run, 'run.json'));)
      await page.waitForTimeout(100);
    await runCommand(page, 'View: Close All Editors');
    await page.keyboard.press('Control+Shift+e');
    const named = (name) =>
      page.locator('.explorer-folders-view .monaco-list-row', { has: page.getByText(name, { exact: true }) });
    for (const [name, child] of [
      ['model', 'runs'],
      ['runs', 'a'],
      ['a', 'run.json'],
    ])
      for (const end = Date.now() + 60_000; !(await named(child).isVisible()) && Date.now() < end;) {
        await named(name).click();
        await page.waitForTimeout(1000);
      }
    await chooseInExplorer(page, 'run.json', 'Analyze Training Run');
    await panel
      .getByText(/\b1 dump\b/)
      .first()
      .waitFor();
    await picture('run-1');
    for (const [epochs, steps] of [
      [6, 2],
      [12, 4],
      [19, 7],
    ]) {
      training.stdin.write('1\n'.repeat(epochs));
      await panel
        .getByText(new RegExp(`\\b${steps} dumps\\b`))
        .first()
        .waitFor();
      await page.waitForTimeout(700);
      await picture(`run-${steps}`);
    }
    training.kill();
  },
};

await page.goto(workbenchAddress(server, workspace, { proposals: true }));
await inExplorer('train.py').waitFor();
await takeSteps(
  {
    ...where(lacking('debugpy', 'numpy'), DEBUGGER),
    ...where(lacking('ipykernel', 'jupyter_client', 'numpy'), NOTEBOOK),
    ...where(lacking('torch', 'numpy'), TRAINING),
  },
  (number) => picture(`failed-${number}`),
  'the program did not stop',
);
await browser.close();
await server.stop();
rmSync(path.dirname(workspace), { recursive: true, force: true });
