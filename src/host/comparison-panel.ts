import { commands, Disposable, window, workspace } from 'vscode';
import type { ViewColumn, WebviewPanel } from 'vscode';
import type { ComparisonState, ExportForm, ExportTarget, HostMessage } from '../shared/protocol';
import { keyOf } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import { dumpFile, nameOf, watchedFiles } from './dump-file';
import type { Host } from './host';
import { LiveReport } from './live-report';
import { onPageRequest } from './page-requests';
import type { OwnRequest } from './page-requests';
import { confinedTo } from './trust';
import { watchFiles } from './watcher';
import { loadPage } from './webview';

/** One constant for the panel, its serializer, and package.json. */
export const COMPARISON_VIEW_TYPE = 'gradientCovariance.comparison';

/** The two dumps of a comparison. */
export type ComparedDumps = Readonly<Record<keyof ComparisonState, ChosenDump>>;

/** What a comparison asks of the other panels. */
export interface ComparisonNeighbors {
  readonly openReport: (dump: ChosenDump) => void;
  /** The same two dumps the other way around, in place of this panel. */
  readonly swap: () => void;
}

export const comparisonKey = ({ baseline, other }: ComparedDumps): string =>
  JSON.stringify([keyOf(baseline), keyOf(other)]);

/** One panel with a dump against another: two analyses, that of the baseline with what the other says about it. */
export class ComparisonPanel {
  readonly key: string;
  readonly panel: WebviewPanel;
  readonly #dumps: ComparedDumps;
  readonly #host: Host;
  readonly #neighbors: ComparisonNeighbors;
  readonly #reports: Readonly<Record<keyof ComparisonState, LiveReport>>;
  readonly #owned: Disposable;
  /** When the version of the other dump was analyzed that the baseline was compared with. */
  #comparedWith: number | undefined;
  #closed = false;

  constructor(panel: WebviewPanel, dumps: ComparedDumps, host: Host, neighbors: ComparisonNeighbors) {
    this.panel = panel;
    this.key = comparisonKey(dumps);
    this.#dumps = dumps;
    this.#host = host;
    this.#neighbors = neighbors;
    const releaseWorkers = host.workers.hold();
    this.#reports = { baseline: this.#live('baseline'), other: this.#live('other') };
    const sides = ['baseline', 'other'] as const;
    this.#owned = Disposable.from(
      new Disposable(() => {
        for (const side of sides) this.#reports[side].dispose();
        releaseWorkers();
      }),
      ...sides.map((side) =>
        watchFiles(watchedFiles(dumps[side]), () => {
          if (panel.visible) this.#reports[side].checkForChanges();
        }),
      ),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) return;
        this.#sendState();
        for (const side of sides) this.#reports[side].checkForChanges();
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#reports.baseline.trusted()),
      onPageRequest(panel.webview, host, [...dumps.baseline.files, ...dumps.other.files], async (request) =>
        this.#act(request),
      ),
    );
    panel.onDidDispose(() => {
      this.#closed = true;
      this.#owned.dispose();
    });
    panel.title = `${nameOf(dumps.baseline)} → ${nameOf(dumps.other)}`;
    loadPage(panel.webview, host.context.extensionUri);
    for (const side of sides) this.#reports[side].analyze();
  }

  get state(): ComparisonState {
    return { baseline: this.#reports.baseline.state, other: this.#reports.other.state };
  }

  #live(side: keyof ComparisonState): LiveReport {
    const { host, dump, other } = { host: this.#host, dump: this.#dumps[side], other: this.#dumps.other };
    const [uri] = dump.files;
    const on = (chosen: ChosenDump): boolean => chosen.layout === undefined && chosen.files[0].scheme === 'file';
    return new LiveReport({
      file: {
        ...dumpFile(dump, () => host.preferences().remoteFileLimit),
        name: host.programDumps.about(uri)?.name ?? nameOf(dump),
      },
      origin: () => host.programDumps.about(uri)?.origin,
      workers: host.workers,
      preferences: host.preferences,
      confinedTo,
      log: (line) => host.log.info(line),
      answer: () => host.rowsAnswers.of(keyOf(dump)),
      // a worker reads the other dump beside this one by its path
      ...(side === 'baseline' && on(dump) && on(other) && { companions: { compared: other.files[0].fsPath } }),
      onState: () => {
        if (side === 'other') this.#follow();
        this.#sendState();
      },
      onProgress: (run, progress) => this.#send({ kind: 'progress', run, progress }),
    });
  }

  /** What both say together is known of the version before, when the other dump was overwritten. */
  #follow(): void {
    const { phase, updated } = this.#reports.other.state;
    if (phase !== 'done' || updated === undefined || updated === this.#comparedWith) return;
    const first = this.#comparedWith === undefined;
    this.#comparedWith = updated;
    if (!first) this.#reports.baseline.analyzeAgain();
  }

  /** On behalf of the reader, who chose it from the menu of the page. */
  export(target: ExportTarget, form: ExportForm): void {
    this.#send({ kind: 'export', target, form });
  }

  #sendState(): void {
    this.#send({ kind: 'comparison', state: this.state });
  }

  /** Messages to a hidden page are lost; it is sent everything when it is shown again. */
  #send(message: HostMessage): void {
    // the first state is known before both analyses exist
    if (!this.#closed && this.panel.visible) void this.panel.webview.postMessage(message);
  }

  async #act(message: OwnRequest): Promise<void> {
    const { baseline, other } = this.#reports;
    switch (message.kind) {
      case 'ready':
        this.#sendState();
        return;
      case 'cancel':
        for (const report of [baseline, other]) report.cancel();
        return;
      case 'analyze-again':
        for (const report of [baseline, other]) report.analyzeAgain();
        return;
      case 'swap':
        this.#neighbors.swap();
        return;
      case 'open-side':
        this.#neighbors.openReport(this.#dumps[message.side]);
        return;
      case 'choose-file':
        await commands.executeCommand('gradientCovariance.compare');
        return;
      case 'settings':
      case 'exclude-rows':
      case 'resample':
      case 'choose-companion':
      case 'drop-companion':
      case 'write-sidecar':
      case 'open-step':
      case 'pause':
        return; // pages of one dump and of runs send them
    }
  }
}

/** A panel without its content. */
export function newComparisonPanel(column: ViewColumn): WebviewPanel {
  return window.createWebviewPanel(COMPARISON_VIEW_TYPE, 'Comparison', column, {
    enableScripts: true,
    enableFindWidget: true,
  });
}
