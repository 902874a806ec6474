import { Uri, ViewColumn, window } from 'vscode';
import type { Disposable, WebviewPanel } from 'vscode';
import { pageMemory } from '../shared/messages';
import type { PageMemory } from '../shared/protocol';
import type { Host } from './host';
import { openDumpDialog } from './choose-dump';
import { newPanel, ReportPanel, VIEW_TYPE } from './report-panel';

const COLUMN = 'gradientCovariance.viewColumn';

/** The open reports, one a dump. */
export class ReportPanels {
  readonly #host: Host;
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
  open(uri: Uri, column?: ViewColumn): ReportPanel {
    const open = this.#open.get(uri.toString());
    if (open !== undefined) {
      open.panel.reveal();
      return open;
    }
    const remembered = this.#host.context.globalState.get<ViewColumn>(COLUMN);
    return this.#adopt(newPanel(column ?? remembered ?? ViewColumn.Active), uri);
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

  /** @param kept by the page of the panel; whatever else it is, the panel is closed */
  restore(panel: WebviewPanel, kept: unknown): ReportPanel | undefined {
    const memory = pageMemory(kept);
    const uri = memory && uriOf(memory.path);
    if (uri === undefined || this.#open.has(uri.toString())) {
      if (uri === undefined) this.#host.log.warn('A panel could not be restored: it does not say of which dump it was');
      panel.dispose();
      return undefined;
    }
    return this.#adopt(panel, uri, memory);
  }

  #adopt(panel: WebviewPanel, uri: Uri, memory?: PageMemory): ReportPanel {
    const report = new ReportPanel(panel, uri, this.#host, () => void this.#chooseInstead(report), memory);
    this.#open.set(uri.toString(), report);
    panel.onDidDispose(() => {
      this.#open.delete(uri.toString());
      this.#host.debugged.closed(uri);
    });
    panel.onDidChangeViewState(() => {
      if (panel.active) void this.#host.context.globalState.update(COLUMN, panel.viewColumn);
    });
    return report;
  }

  async #chooseInstead(instead: ReportPanel): Promise<void> {
    const { viewColumn } = instead.panel;
    const uri = await openDumpDialog(Uri.joinPath(instead.uri, '..'));
    if (uri === undefined || uri.toString() === instead.uri.toString()) return;
    this.open(uri, viewColumn);
    // a report with numbers is worth keeping beside the new one
    if (instead.report.state.summary === undefined) instead.panel.dispose();
  }
}

/** A page keeps a URI; a path of this machine is understood, too. */
function uriOf(kept: string): Uri | undefined {
  try {
    return /^[a-z][a-z0-9+.-]+:/i.test(kept) ? Uri.parse(kept, true) : Uri.file(kept);
  } catch {
    return undefined;
  }
}
