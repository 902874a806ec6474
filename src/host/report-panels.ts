import { commands, Uri, ViewColumn, window } from 'vscode';
import type { CustomDocument, CustomReadonlyEditorProvider, Disposable, WebviewPanel } from 'vscode';
import { pageMemory } from '../shared/messages';
import type { PageMemory } from '../shared/protocol';
import { dumpOfKey, keyOf } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import type { Host } from './host';
import { openDumpDialog } from './choose-dump';
import { newPanel, ReportPanel, VIEW_TYPE } from './report-panel';

/** As package.json declares it: for *Open With…*, never in place of another editor. */
const EDITOR_TYPE = 'gradientCovariance.editor';
const COLUMN = 'gradientCovariance.viewColumn';

/** Where a report is shown: a panel of its own, an editor of the file, or the one panel for steps of runs. */
type Place = 'panel' | 'editor' | 'step';

/** The open reports: of each dump one panel, and one editor, at the most. */
export class ReportPanels {
  readonly #host: Host;
  /** By place and dump. */
  readonly #open = new Map<string, ReportPanel>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** In the order they were opened. */
  get all(): readonly ReportPanel[] {
    return [...this.#open.values()];
  }

  /** The one the reader looks at. */
  get active(): ReportPanel | undefined {
    return this.all.find(({ panel }) => panel.active);
  }

  /** Shows the report of a dump: the open one, else a new one where the reader had the last one. */
  open(dump: Uri | ChosenDump, column?: ViewColumn): ReportPanel {
    const chosen = dump instanceof Uri ? { files: [dump] as const } : dump;
    const open = this.#open.get(placed('panel', keyOf(chosen)));
    if (open !== undefined) {
      open.panel.reveal();
      return open;
    }
    const remembered = this.#host.context.globalState.get<ViewColumn>(COLUMN);
    return this.#adopt('panel', newPanel(column ?? remembered ?? ViewColumn.Active), chosen);
  }

  /** Shows the report of a step next to its run, in the one panel for that; what the reader looks at keeps the focus. */
  openBeside(step: Uri): void {
    const shown = this.all.find((report) => this.#open.get(placed('step', report.key)) === report);
    if (shown !== undefined && shown.key === step.toString()) {
      shown.panel.reveal(undefined, true);
      return;
    }
    if (shown === undefined) {
      this.#adopt('step', newPanel({ viewColumn: ViewColumn.Beside, preserveFocus: true }), { files: [step] });
      return;
    }
    shown.release();
    this.#open.delete(placed('step', shown.key));
    this.#adopt('step', shown.panel, { files: [step] });
    shown.panel.reveal(undefined, true);
  }

  /** Brings panels back after the window was reloaded. */
  registerSerializer(): Disposable {
    return window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, kept) => {
        this.restore(panel, kept);
        return Promise.resolve();
      },
    });
  }

  /** Shows reports where a reader asks for them by *Open With…*, or by the setting `workbench.editorAssociations`. */
  registerEditor(): Disposable {
    const provider: CustomReadonlyEditorProvider = {
      openCustomDocument: (uri): CustomDocument => ({ uri, dispose: () => undefined }),
      resolveCustomEditor: ({ uri }, panel) => void this.#adopt('editor', panel, { files: [uri] }),
    };
    return window.registerCustomEditorProvider(EDITOR_TYPE, provider, { webviewOptions: { enableFindWidget: true } });
  }

  /** @param kept by the page of the panel; whatever else it is, the panel is closed */
  restore(panel: WebviewPanel, kept: unknown): ReportPanel | undefined {
    const memory = pageMemory(kept);
    const dump = memory && dumpOfKey(memory.path);
    if (dump === undefined || this.#open.has(placed('panel', keyOf(dump)))) {
      if (dump === undefined)
        this.#host.log.warn('A panel could not be restored: it does not say of which dump it was');
      panel.dispose();
      return undefined;
    }
    return this.#adopt('panel', panel, dump, memory);
  }

  #adopt(place: Place, panel: WebviewPanel, dump: ChosenDump, memory?: PageMemory): ReportPanel {
    const report = new ReportPanel(panel, dump, this.#host, (other) => void this.#showInstead(report, other), memory);
    // folders are offered from now on: a menu of every folder is for those who use it
    void commands.executeCommand('setContext', 'gradientCovariance.used', true);
    const key = placed(place, report.key);
    this.#open.set(key, report);
    panel.onDidDispose(() => {
      if (this.#open.get(key) === report) this.#open.delete(key);
      if (!this.all.some((other) => other.key === report.key)) this.#host.programDumps.closed(report.uri);
    });
    panel.onDidChangeViewState(() => {
      if (panel.active && place === 'panel') void this.#host.context.globalState.update(COLUMN, panel.viewColumn);
    });
    return report;
  }

  async #showInstead(instead: ReportPanel, other?: ChosenDump): Promise<void> {
    const { viewColumn } = instead.panel;
    const dump = other ?? (await openDumpDialog(Uri.joinPath(instead.uri, '..')));
    if (dump === undefined || (dump instanceof Uri && dump.toString() === instead.key)) return;
    this.open(dump, viewColumn);
    // a report with numbers is worth keeping beside the new one
    if (instead.report.state.summary === undefined) instead.panel.dispose();
  }
}

const placed = (place: Place, key: string): string => `${place} ${key}`;
