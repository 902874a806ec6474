import { Disposable, Uri, window, workspace } from 'vscode';
import type { ViewColumn, WebviewPanel } from 'vscode';
import type { ChosenRun, ExportForm, ExportTarget, HostMessage, RunPanelState } from '../shared/protocol';
import { baseName } from './dump-file';
import type { Host } from './host';
import { LiveRun } from './live-run';
import { onPageRequest } from './page-requests';
import type { OwnRequest } from './page-requests';
import { confinedTo } from './trust';
import { watchFolders } from './watcher';
import { loadPage } from './webview';

/** One constant for the panel, its serializer, and package.json. */
export const RUN_VIEW_TYPE = 'gradientCovariance.run';

/** What a panel of runs asks of the others. */
export interface RunNeighbors {
  /** The report of a step, beside. */
  readonly openStep: (dump: Uri) => void;
  /** The reader wants another file. */
  readonly chooseFile: () => void;
}

/** One panel with training runs over their steps, and all it needs while it is open. */
export class RunPanel {
  readonly key: string;
  readonly chosen: readonly ChosenRun[];
  readonly panel: WebviewPanel;
  readonly runs: readonly LiveRun[];
  readonly #host: Host;
  readonly #neighbors: RunNeighbors;
  readonly #owned: Disposable;
  readonly #watchers = new Map<string, Disposable>();
  #paused: boolean;
  #closed = false;

  /** @param chosen one run or several, all of them on a disk */
  constructor(panel: WebviewPanel, chosen: readonly ChosenRun[], host: Host, neighbors: RunNeighbors) {
    this.panel = panel;
    this.chosen = chosen;
    this.key = runKey(chosen);
    this.#host = host;
    this.#neighbors = neighbors;
    this.#paused = !host.preferences().followChanges;
    const releaseWorkers = host.workers.hold();
    const filesOf = chosen.map(({ files }) => files.map((file) => Uri.parse(file, true)));
    this.runs = chosen.map((run, index) => {
      const files = filesOf[index] ?? [];
      return new LiveRun({
        chosen: run,
        name: nameOfRun(files),
        paths: files.map(({ fsPath }) => fsPath),
        workers: host.workers,
        preferences: host.preferences,
        confinedTo,
        ...(host.context.globalStorageUri.scheme === 'file' && {
          cache: Uri.joinPath(host.context.globalStorageUri, 'runs').fsPath,
        }),
        log: (line) => host.log.info(line),
        onState: () => this.#sendState(),
      });
    });
    this.#owned = Disposable.from(
      new Disposable(() => {
        for (const run of this.runs) run.dispose();
        for (const watcher of this.#watchers.values()) watcher.dispose();
        releaseWorkers();
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) return;
        this.#sendState();
        this.#look();
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#look()),
      onPageRequest(panel.webview, host, filesOf.flat(), (request) => this.#act(request)),
    );
    panel.onDidDispose(() => {
      this.#closed = true;
      this.#owned.dispose();
    });
    panel.title = `Run: ${this.runs.map((run) => run.state.name).join(', ')}`;
    loadPage(panel.webview, host.context.extensionUri);
    this.#watch();
    for (const run of this.runs) run.look();
  }

  get state(): RunPanelState {
    return { chosen: this.chosen, runs: this.runs.map(({ state }) => state), paused: this.#paused };
  }

  #look(): void {
    // a hidden page looks when it is shown again
    if (this.panel.visible) for (const run of this.runs) run.look();
  }

  /** Folders of run files and selections, and those in which their steps turn out to lie. */
  #watch(): void {
    const given = this.chosen.flatMap(({ files }) => files.map((file) => Uri.parse(file, true)));
    const parents = given.map((uri) => Uri.joinPath(uri, '..').fsPath);
    const found = this.runs.flatMap(({ folders }) => [...folders]);
    for (const folder of [...new Set([...given.map(({ fsPath }) => fsPath), ...parents, ...found])].slice(
      0,
      MOST_FOLDERS,
    ))
      // prettier-ignore
      if (!this.#watchers.has(folder)) this.#watchers.set(folder, watchFolders(Uri.file(folder), () => this.#look()));
  }

  #sendState(): void {
    this.#watch();
    this.#send({ kind: 'runs', state: this.state });
  }

  /** On behalf of the reader, who chose it from the menu of the page. */
  export(target: ExportTarget, form: ExportForm): void {
    this.#send({ kind: 'export', target, form });
  }

  /** Messages to a hidden page are lost; it is sent everything when it is shown again. */
  #send(message: HostMessage): void {
    if (!this.#closed && this.panel.visible) void this.panel.webview.postMessage(message);
  }

  #act(message: OwnRequest): void {
    switch (message.kind) {
      case 'ready':
        this.#sendState();
        return;
      case 'cancel':
        for (const run of this.runs) run.cancel();
        return;
      case 'analyze-again':
        for (const run of this.runs) run.look();
        return;
      case 'pause':
        this.#paused = message.paused;
        for (const run of this.runs) run.pause(message.paused);
        return;
      case 'open-step': {
        const path = this.runs[message.run]?.pathOf(message.file);
        if (path !== undefined) this.#neighbors.openStep(Uri.file(path));
        return;
      }
      case 'choose-file':
        this.#neighbors.chooseFile();
        return;
      case 'choose-companion':
      case 'drop-companion':
      case 'exclude-rows':
      case 'resample':
      case 'settings':
      case 'write-sidecar':
      case 'swap':
      case 'open-side':
        return; // pages about dumps send them
    }
  }
}

/** Folders that are watched: a run whose steps lie in more of them is looked at from time to time. */
const MOST_FOLDERS = 16;

/** Names what a panel is of. */
export const runKey = (chosen: readonly ChosenRun[]): string => JSON.stringify(chosen);

/** A run file is called by its folder: all of them are called run.json. */
function nameOfRun([first, ...others]: readonly Uri[]): string {
  if (first === undefined) return '';
  const name = baseName(first);
  if (others.length > 0) return `${baseName(Uri.joinPath(first, '..'))}, ${others.length + 1} files`;
  return name.toLowerCase() === 'run.json' ? baseName(Uri.joinPath(first, '..')) : name;
}

/** A panel without its content. */
export const newRunPanel = (column: ViewColumn): WebviewPanel =>
  window.createWebviewPanel(RUN_VIEW_TYPE, 'Run', column, { enableScripts: true, enableFindWidget: true });
