import { Uri, window, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { AnalysisWorkers, startAnalysisThread } from './host/analysis-worker';
import { registerCommands } from './host/commands';
import { ComparisonPanels } from './host/comparison-panels';
import type { Host } from './host/host';
import { registerLanguageTool } from './host/language-tool';
import { preferencesFrom } from './host/preferences';
import { ProgramDoor } from './host/program-door';
import { ProgramDumps } from './host/program-dumps';
import { RecentSummaries } from './host/recent-summaries';
import { ReportPanels } from './host/report-panels';
import { RowsAnswers } from './host/rows-answers';
import { RunPanels } from './host/run-panels';
import { SidecarDiagnostics } from './host/sidecar-diagnostics';
import type { ComparisonState, PanelState, RunPanelState } from './shared/protocol';

/** What other extensions, and the tests, may read. */
export interface GradientCovarianceApi {
  /** The open reports, each with its dump (a URI) and what is known of it at this moment. */
  readonly panels: () => readonly { readonly path: string; readonly state: PanelState }[];
  /** The open pages of training runs. */
  readonly runs: () => readonly RunPanelState[];
  /** The open comparisons. */
  readonly comparisons: () => readonly ComparisonState[];
}

/** Nothing is read and no thread is started before the reader asks for a report. */
export function activate(context: ExtensionContext): GradientCovarianceApi {
  const log = window.createOutputChannel('Gradient Covariance', { log: true });
  const script = Uri.joinPath(context.extensionUri, 'dist', 'worker.js').fsPath;
  const workers = new AnalysisWorkers(() => startAnalysisThread(script));
  const read = () => {
    const configuration = workspace.getConfiguration('gradientCovariance');
    return preferencesFrom(
      (key) => configuration.get(key),
      (line) => log.warn(line),
    );
  };
  let preferences = read();
  const dumps = new ProgramDumps(context, log);
  const door = new ProgramDoor(dumps);
  const host: Host = {
    context,
    workers,
    programDumps: dumps,
    recent: new RecentSummaries(),
    rowsAnswers: new RowsAnswers(context.workspaceState),
    log,
    preferences: () => preferences,
  };
  const panels = new ReportPanels(host);
  const runs = new RunPanels(host, panels);
  const comparisons = new ComparisonPanels(host, panels);
  context.subscriptions.push(
    log,
    workers,
    workspace.onDidChangeConfiguration((changed) => {
      if (changed.affectsConfiguration('gradientCovariance')) preferences = read();
    }),
    dumps.attach(panels),
    door.listen(),
    registerCommands(host, { panels, runs, comparisons }, door),
    panels.registerSerializer(),
    runs.registerSerializer(),
    comparisons.registerSerializer(),
    panels.registerEditor(),
    registerLanguageTool(host),
    new SidecarDiagnostics(host).register(),
  );
  return {
    panels: () => panels.all.map(({ key, report }) => ({ path: key, state: report.state })),
    runs: () => runs.all.map(({ state }) => state),
    comparisons: () => comparisons.all.map(({ state }) => state),
  };
}
