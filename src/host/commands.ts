import { commands, Disposable, env, FileType, Uri, window, workspace } from 'vscode';
import { AnalysisError, describeProblem, PROBLEMS, problemOf } from '../shared/problem';
import { exportTarget } from '../shared/messages';
import type { ChosenRun, ExportForm } from '../shared/protocol';
import type { Settings } from '../shared/settings';
import type { DumpDescription } from '../shared/summary';
import { activeDump, pickDump } from './choose-dump';
import { isRun, pickStep } from './choose-step';
import { keyOf } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import type { ComparisonPanels } from './comparison-panels';
import { dumpInFolder, joinedDump } from './choose-layout';
import type { FilesOfRun } from './choose-layout';
import { nameOf } from './dump-file';
import type { Host } from './host';
import type { ProgramDoor } from './program-door';
import type { ReportPanel } from './report-panel';
import type { ReportPanels } from './report-panels';
import { chosenRun } from './run-panels';
import type { RunPanels } from './run-panels';
import { parsedNumber, refusal } from './training-input';
import type { TrainingField } from './training-input';

/** Where reports, runs and comparisons are shown. */
interface Panels {
  readonly panels: ReportPanels;
  readonly runs: RunPanels;
  readonly comparisons: ComparisonPanels;
}

/** Everything a reader can ask for, by menu and palette. The Explorer hands over what was clicked, and all that is selected. */
export function registerCommands(host: Host, { panels, runs, comparisons }: Panels, door: ProgramDoor): Disposable {
  const command = (name: string, act: (clicked: unknown, all: unknown) => Promise<unknown>): Disposable =>
    commands.registerCommand(`gradientCovariance.${name}`, async (clicked: unknown, all: unknown) => {
      try {
        await act(clicked, all);
      } catch (error) {
        void tell(error, host);
      }
    });
  return Disposable.from(
    command('analyze', async (clicked, all) => {
      const found = await chosen(selection(clicked, all), host, panels);
      if (found === undefined) return;
      if ('run' in found) runs.open(await chosenRuns(found.run));
      else panels.open(found);
    }),
    command('analyzeRun', async (clicked, all) => {
      const selected = selection(clicked, all);
      const files = selected.length > 0 ? selected : await pickRun();
      if (files.length > 0) runs.open(await chosenRuns(files));
    }),
    command('analyzeTemperature', async (clicked) => {
      const found = await chosen(selection(clicked), host, panels);
      if (found === undefined || 'run' in found) return;
      const report = panels.open(found);
      report.show('temperature');
      await askWhatTheDumpDoesNotSay(report);
    }),
    command('compare', async (clicked, all) => {
      const dumps = await comparedDumps(clickedFirst(clicked, all), host, panels);
      if (dumps !== undefined) comparisons.open(dumps);
    }),
    command('useAsBaseline', async (clicked) => {
      const dump = await oneDump(selection(clicked), host, panels);
      if (dump !== undefined) comparisons.useAsBaseline(dump);
    }),
    command('compareWithBaseline', async (clicked) => {
      const { baseline } = comparisons;
      const other = baseline && (await oneDump(selection(clicked), host, panels));
      if (baseline === undefined || other === undefined) return;
      if (keyOf(baseline) !== keyOf(other)) comparisons.open({ baseline, other });
      else void window.showInformationMessage('This is the baseline itself. Open the dump to compare with it.');
    }),
    command('analyzeGradients', async (clicked) => door.analyze(clicked)),
    command('trySample', async () => {
      panels.open(Uri.joinPath(host.context.extensionUri, 'media', 'sample', 'grad-step-000020.npy'));
      return Promise.resolve();
    }),
    ...Object.entries(EXPORTS).map(([name, form]) =>
      command(name, async (clicked) => {
        const target = exportTarget(clicked);
        if (target !== undefined) (panels.active ?? runs.active ?? comparisons.active)?.export(target, form);
        return Promise.resolve();
      }),
    ),
    command('copyClusterScript', async () => {
      const file = Uri.joinPath(host.context.extensionUri, 'media', 'python', 'gradstats.py');
      await env.clipboard.writeText(new TextDecoder().decode(await workspace.fs.readFile(file)));
      void window.showInformationMessage(
        'The script is on the clipboard. Save it as gradstats.py beside your training script; its first lines say how it is used.',
      );
    }),
    command('showLog', async () => {
      host.log.show();
      return Promise.resolve();
    }),
  );
}

/** What the menu of the page offers of a plot, table, card or formula. */
const EXPORTS: Readonly<Record<string, ExportForm>> = {
  copyImage: 'image',
  saveSvg: 'svg',
  savePng: 'png',
  copyCsv: 'csv',
  copyLatexTable: 'latex',
  copyFormula: 'formula',
  copyValue: 'value',
};

/** The files of a menu: all that are selected where the clicked one is among them. Other menus hand over other things. */
function selection(clicked: unknown, all?: unknown): readonly Uri[] {
  // the title of a page of ours hands over the page itself
  if (!(clicked instanceof Uri) || clicked.scheme === 'webview-panel') return [];
  const selected = Array.isArray(all) ? all.filter((each) => each instanceof Uri) : [];
  return selected.some((each) => each.toString() === clicked.toString()) ? selected : [clicked];
}

/** The same, what was clicked first. */
function clickedFirst(clicked: unknown, all: unknown): readonly Uri[] {
  const selected = selection(clicked, all);
  const isClicked = (each: Uri): boolean => clicked instanceof Uri && each.toString() === clicked.toString();
  return [...selected.filter(isClicked), ...selected.filter((each) => !isClicked(each))];
}

/** What was clicked, else what the reader looks at, else what the reader picks. */
async function chosen(
  clicked: readonly Uri[],
  host: Host,
  panels: ReportPanels,
): Promise<ChosenDump | FilesOfRun | undefined> {
  if (clicked.length > 1) return joinedDump(clicked);
  const uri = clicked[0] ?? activeDump();
  if (uri === undefined && panels.active !== undefined) return panels.active.dump;
  const picked = uri ?? (await pickDump());
  if (picked === undefined) return undefined;
  const dump = (await isFolder(picked)) ? await dumpInFolder(picked) : picked;
  if (!(dump instanceof Uri)) return dump;
  const step = isRun(dump) ? await pickStep(dump, host) : dump;
  return step && { files: [step] };
}

/**
 * The same, where a run has no place.
 *
 * @throws AnalysisError usage/invalid
 */
async function oneDump(clicked: readonly Uri[], host: Host, panels: ReportPanels): Promise<ChosenDump | undefined> {
  const found = await chosen(clicked, host, panels);
  if (found === undefined || !('run' in found)) return found;
  throw new AnalysisError({ code: 'usage/invalid', found: 'This is a training run, and only dumps are compared', remedy: 'Select two of its dumps.' }); // prettier-ignore
}

const isFolder = async (uri: Uri): Promise<boolean> =>
  workspace.fs.stat(uri).then(
    ({ type }) => (type & FileType.Directory) !== 0,
    () => false,
  );

/**
 * Folders and run files are a run each; several other files are the steps of one.
 *
 * @throws AnalysisError where one of them is not on a disk
 */
async function chosenRuns(files: readonly Uri[]): Promise<readonly ChosenRun[]> {
  const elsewhere = files.find(({ scheme }) => scheme !== 'file');
  if (elsewhere !== undefined)
    throw new AnalysisError({
      code: 'file/unreadable',
      found: 'A training run is followed only where its files are on a disk',
      where: elsewhere.toString(),
      remedy: 'Copy it to a disk, or open the steps one by one.',
    });
  const isWhole = await Promise.all(files.map(async (uri) => isRun(uri) || isLog(uri) || isFolder(uri)));
  return isWhole.every(Boolean) ? files.map((file) => chosenRun([file])) : [chosenRun(files)];
}

const isLog = (uri: Uri): boolean => /\.gradnorms\.\w+$/i.test(uri.path);

/** The run that the reader looks at, else the one that the reader picks. */
async function pickRun(): Promise<readonly Uri[]> {
  const uri = activeDump();
  if (uri !== undefined && isRun(uri)) return [uri];
  const picked = await window.showOpenDialog({
    title: 'Choose a training run: its folder, its run.json, or a norm log',
    openLabel: 'Analyze',
    canSelectFiles: true,
    canSelectFolders: true,
    canSelectMany: true,
  });
  return picked ?? [];
}

/** The clicked one is the baseline, else that of the report in sight; the reader picks what is missing. */
async function comparedDumps(
  clicked: readonly Uri[],
  host: Host,
  panels: ReportPanels,
): Promise<{ readonly baseline: ChosenDump; readonly other: ChosenDump } | undefined> {
  const [first, second, ...others] = clicked;
  if (others.length > 0) throw new AnalysisError({ code: 'usage/invalid', found: `${clicked.length} files are selected`, remedy: 'Select two dumps to compare.' }); // prettier-ignore
  const baseline = await oneDump(first === undefined ? [] : [first], host, panels);
  if (baseline === undefined) return undefined;
  const picked = second ?? (await pickDump(`${nameOf(baseline)} is the baseline. Which dump should be compared with it?`)); // prettier-ignore
  const other = picked && (await oneDump([picked], host, panels));
  return other && { baseline, other };
}

/** η and B by input boxes, one after the other; Escape leaves a value unknown. */
async function askWhatTheDumpDoesNotSay(panel: ReportPanel): Promise<void> {
  const { report } = panel;
  const dump = await report.dump();
  if (dump === undefined) return;
  for (const [field, title, placeHolder] of QUESTIONS) {
    const { settings } = report.state;
    if (panel.closed || settings === undefined || settings[field] !== undefined) continue;
    const text = await window.showInputBox({
      title,
      placeHolder,
      prompt: `${dump.name} does not say it. Press Escape to leave it unknown.`,
      ignoreFocusOut: true,
      validateInput: (typed) => refusedFor(field, typed, settings, dump),
    });
    const value = text === undefined ? undefined : parsedNumber(text);
    if (value === undefined) continue;
    panel.choose({ ...(report.state.settings ?? settings), [field]: value });
  }
}

const QUESTIONS: readonly (readonly [field: TrainingField, title: string, placeHolder: string])[] = [
  ['learningRate', 'Learning rate η of the training', '0.1'],
  ['batchSize', 'Batch size B of the training', '32'],
];

function refusedFor(
  field: TrainingField,
  typed: string,
  settings: Settings,
  dump: DumpDescription,
): string | undefined {
  return refusal(field, typed, settings, dump);
}

/** What happens before there is a panel to say it in. */
async function tell(error: unknown, host: Host): Promise<void> {
  const problem = problemOf(error);
  if (problem.code === 'run/canceled') return;
  host.log.error(describeProblem(problem));
  const log = 'Show Log';
  const answer = await window.showErrorMessage(
    `${PROBLEMS[problem.code][0]}: ${problem.found}. ${problem.remedy}${problem.fix === undefined ? '' : ` ${problem.fix}`}`,
    log,
  );
  if (answer === log) host.log.show();
}
