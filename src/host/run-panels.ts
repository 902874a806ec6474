import { commands, ViewColumn, window } from 'vscode';
import type { Disposable, Uri, WebviewPanel } from 'vscode';
import { runMemory } from '../shared/messages';
import type { ChosenRun } from '../shared/protocol';
import type { Host } from './host';
import type { ReportPanels } from './report-panels';
import { newRunPanel, RUN_VIEW_TYPE, runKey, RunPanel } from './run-panel';

/** The open pages of training runs: of the same runs one at the most. */
export class RunPanels {
  readonly #host: Host;
  readonly #reports: ReportPanels;
  readonly #open = new Map<string, RunPanel>();

  constructor(host: Host, reports: ReportPanels) {
    this.#host = host;
    this.#reports = reports;
  }

  get all(): readonly RunPanel[] {
    return [...this.#open.values()];
  }

  /** The one the reader looks at. */
  get active(): RunPanel | undefined {
    return this.all.find(({ panel }) => panel.active);
  }

  open(chosen: readonly ChosenRun[]): RunPanel {
    const open = this.#open.get(runKey(chosen));
    if (open !== undefined) {
      open.panel.reveal();
      return open;
    }
    return this.#adopt(newRunPanel(ViewColumn.Active), chosen);
  }

  /** Brings panels back after the window was reloaded. */
  registerSerializer(): Disposable {
    return window.registerWebviewPanelSerializer(RUN_VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, kept) => {
        this.restore(panel, kept);
        return Promise.resolve();
      },
    });
  }

  /** @param kept by the page of the panel; whatever else it is, the panel is closed */
  restore(panel: WebviewPanel, kept: unknown): RunPanel | undefined {
    const chosen = runMemory(kept)?.runs;
    const isOnDisk = chosen?.every(({ files }) => files.every((file) => /^file:\/\//i.test(file)));
    if (chosen === undefined || isOnDisk !== true || this.#open.has(runKey(chosen))) {
      panel.dispose();
      return undefined;
    }
    return this.#adopt(panel, chosen);
  }

  #adopt(panel: WebviewPanel, chosen: readonly ChosenRun[]): RunPanel {
    const run = new RunPanel(panel, chosen, this.#host, {
      openStep: (dump) => this.#reports.openBeside(dump),
      chooseFile: () => void commands.executeCommand('gradientCovariance.analyzeRun'),
    });
    void commands.executeCommand('setContext', 'gradientCovariance.used', true);
    this.#open.set(run.key, run);
    panel.onDidDispose(() => {
      if (this.#open.get(run.key) === run) this.#open.delete(run.key);
    });
    return run;
  }
}

/** Files of a menu as a run: one file or folder says by itself whether it is one. */
export const chosenRun = (files: readonly Uri[]): ChosenRun => ({
  files: files.map((file) => file.toString()),
  said: files.length > 1,
});
