import { Disposable, Uri, window, workspace } from 'vscode';
import type { ViewColumn, WebviewPanel } from 'vscode';
import type { ExportForm, ExportTarget, HostMessage, PageMemory } from '../shared/protocol';
import { problemOf } from '../shared/problem';
import type { Settings } from '../shared/settings';
import { openCompanionDialog } from './choose-dump';
import { askForLayout } from './choose-layout';
import { keyOf } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import { baseName, dumpFile, nameOf, readWhole, sidecarOf, watchedFiles } from './dump-file';
import type { Host } from './host';
import { LiveReport } from './live-report';
import { onPageRequest } from './page-requests';
import type { OwnRequest } from './page-requests';
import { writeWhole } from './save';
import { sidecarWithAnswer } from './sidecar';
import { confinedTo } from './trust';
import { watchFiles } from './watcher';
import { loadPage } from './webview';

/** One constant for the panel, its serializer, and package.json: a panel of another name would not come back. */
export const VIEW_TYPE = 'gradientCovariance.report';

/** Bytes of a metadata file that is read to be extended. */
const SIDECAR_LIMIT = 64 * 2 ** 20;

/** One panel with the report of one dump, and all it needs while it is open: a panel of ours, or that of a custom editor. */
export class ReportPanel {
  readonly dump: ChosenDump;
  /** The first of its files, or the folder they are in. */
  readonly uri: Uri;
  /** Names the dump: a URI, which also says how several files are joined. */
  readonly key: string;
  readonly report: LiveReport;
  readonly panel: WebviewPanel;
  readonly #host: Host;
  readonly #instead: (dump?: ChosenDump) => void;
  readonly #joined: boolean;
  readonly #owned: Disposable;
  /** A page asks for its first state when it is ready, and is gone when it is hidden. */
  #pageIsReady = false;
  #section: string | undefined;
  #askedForLayout = false;
  #closed = false;

  /**
   * @param memory what the page kept across a reload
   * @param instead shows another dump in its place; the reader is asked which where none is given
   */
  constructor(
    panel: WebviewPanel,
    dump: ChosenDump,
    host: Host,
    instead: (dump?: ChosenDump) => void,
    memory?: PageMemory,
  ) {
    const [uri] = dump.files;
    this.dump = dump;
    this.uri = uri;
    this.key = keyOf(dump);
    this.#joined = dump.layout !== undefined;
    this.panel = panel;
    this.#host = host;
    this.#instead = instead;
    const name = host.programDumps.about(uri)?.name ?? nameOf(dump);
    this.report = new LiveReport({
      file: { ...dumpFile(dump, () => host.preferences().remoteFileLimit), name },
      origin: () => host.programDumps.about(uri)?.origin,
      workers: host.workers,
      // elsewhere the time of a change is too coarse to be sure, and not all of many files are looked at
      ...(uri.scheme === 'file' && !this.#joined && { recent: host.recent }),
      preferences: host.preferences,
      confinedTo,
      log: (line) => host.log.info(line),
      answer: () => host.rowsAnswers.of(this.key),
      chosen: memory?.settings,
      companions: memory?.companions,
      onState: () => {
        this.#sendState();
        void this.#askForLayout();
      },
      onProgress: (run, progress) => this.#send({ kind: 'progress', run, progress }),
    });
    const releaseWorkers = host.workers.hold();
    this.#owned = Disposable.from(
      new Disposable(() => {
        this.report.dispose();
        releaseWorkers();
      }),
      watchFiles(watchedFiles(dump), () => {
        // a hidden report looks when it is shown again
        if (panel.visible) this.report.checkForChanges();
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#pageIsReady = false;
        if (!panel.visible) return;
        this.#sendState();
        this.report.checkForChanges();
      }),
      // files that metadata name are read from now on, wherever they lie
      workspace.onDidGrantWorkspaceTrust(() => this.report.trusted()),
      onPageRequest(panel.webview, host, dump.files, async (request) => this.#act(request)),
    );
    panel.onDidDispose(() => this.release());

    panel.title = `Gradients: ${name}`;
    loadPage(panel.webview, host.context.extensionUri);
    this.report.analyze();
  }

  /** Lets go of everything but the panel itself, which may show another report then. */
  release(): void {
    this.#closed = true;
    this.#owned.dispose();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Leads the reader to a section, once, as soon as it is there. */
  show(section: string): void {
    this.#section = section;
    this.#sendState();
  }

  /** On behalf of the reader, who answered a question of ours. */
  choose(settings: Settings): void {
    this.report.choose(settings);
    this.#sendState();
  }

  /** The program that saved the dump has stopped again, or ended. */
  originChanged(): void {
    this.#sendState();
    this.report.checkForChanges();
  }

  #sendState(): void {
    const { state } = this.report;
    const section = this.#pageIsReady && state.summary ? this.#section : undefined;
    if (section !== undefined) this.#section = undefined;
    this.#send({ kind: 'state', state: { ...state, ...(section !== undefined && { section }) } });
  }

  /** Once, where the files or arrays do not say how they lie, and the reader has just asked for them. */
  async #askForLayout(): Promise<void> {
    const { problem } = this.report.state;
    if (problem?.code !== 'data/layout' || this.#askedForLayout || this.#joined || !this.panel.active) return;
    this.#askedForLayout = true;
    const layout = await askForLayout(`${baseName(this.uri)} as one dump`);
    if (layout !== undefined && !this.#closed) this.#instead({ ...this.dump, layout });
  }

  /** On behalf of the reader, who chose it from the menu of the page. */
  export(target: ExportTarget, form: ExportForm): void {
    this.#send({ kind: 'export', target, form });
  }

  /** Messages to a hidden page are lost; it is sent the whole state when it is shown again, and asks for it when it is new. */
  #send(message: HostMessage): void {
    if (!this.#closed && this.panel.visible) void this.panel.webview.postMessage(message);
  }

  async #act(message: OwnRequest): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#pageIsReady = true;
        this.#sendState();
        return;
      case 'cancel':
        this.report.cancel();
        return;
      case 'analyze-again':
        this.report.analyzeAgain();
        return;
      case 'exclude-rows':
        this.report.analyze(message.rows);
        return;
      case 'choose-companion': {
        const file = await openCompanionDialog(message.companion, Uri.joinPath(this.uri, '..'));
        if (file !== undefined && !this.#closed) this.report.chooseCompanion(message.companion, file.fsPath);
        return;
      }
      case 'drop-companion':
        this.report.chooseCompanion(message.companion, false);
        return;
      case 'resample':
        this.report.resample();
        return;
      case 'settings':
        this.report.choose(message.settings);
        if (message.settings.conventionFrom === 'answer' || message.settings.rows !== undefined)
          await this.#host.rowsAnswers.keep(this.key, message.settings);
        return;
      case 'write-sidecar':
        await this.#writeSidecar();
        return;
      case 'choose-file':
        this.#instead();
        return;
      case 'open-step':
      case 'pause':
      case 'swap':
      case 'open-side':
        return; // pages of runs and comparisons send them
    }
  }

  /** Keeps the answer in the metadata file, for everybody who opens the dump. */
  async #writeSidecar(): Promise<void> {
    const { settings, summary } = this.report.state;
    if (settings === undefined) return;
    if (this.#joined) {
      const several = 'A dump of several files has no metadata file of its own. The answer is kept in this workspace.';
      await window.showInformationMessage(several);
      return;
    }
    const sidecar = sidecarOf(this.uri);
    const name = baseName(sidecar);
    const { convention, datasetSize, rows } = settings;
    // under population the rows say the size, also when there will be more of them
    const answer = {
      convention,
      ...(convention !== 'population' && datasetSize !== undefined && { datasetSize }),
      ...(rows !== undefined && { rows }),
    };
    try {
      const existing = await readWhole(sidecar, SIDECAR_LIMIT).catch((error: unknown) => {
        if (problemOf(error).code === 'file/missing') return undefined;
        throw error;
      });
      const text = sidecarWithAnswer(existing && new TextDecoder().decode(existing), answer, sidecar.fsPath);
      await writeWhole(
        workspace.fs,
        sidecar,
        Uri.joinPath(sidecar, '..', `.${name}.part`),
        new TextEncoder().encode(text),
      );
      this.#host.log.info(`${name}: written for ${summary?.dump.name ?? baseName(this.uri)}`);
    } catch (error) {
      const { found, remedy } = problemOf(error);
      this.#host.log.error(`Writing ${sidecar.toString()}:`, error instanceof Error ? error : String(error));
      await window.showErrorMessage(`${name} could not be written. ${found}. ${remedy}`);
    }
  }
}

/** A panel without its content, where the reader had the last one. */
export function newPanel(
  column: ViewColumn | { readonly viewColumn: ViewColumn; readonly preserveFocus: boolean },
): WebviewPanel {
  return window.createWebviewPanel(VIEW_TYPE, 'Gradients', column, { enableScripts: true, enableFindWidget: true });
}
