import { commands, ViewColumn, window } from 'vscode';
import type { Disposable, WebviewPanel } from 'vscode';
import { comparisonMemory } from '../shared/messages';
import { dumpOfKey } from './chosen-dump';
import type { ChosenDump } from './chosen-dump';
import { comparisonKey, ComparisonPanel, COMPARISON_VIEW_TYPE, newComparisonPanel } from './comparison-panel';
import type { ComparedDumps } from './comparison-panel';
import { nameOf } from './dump-file';
import type { Host } from './host';
import type { ReportPanels } from './report-panels';

/** The open comparisons, of two dumps one at the most, and the dump that others are compared with. */
export class ComparisonPanels {
  readonly #host: Host;
  readonly #reports: ReportPanels;
  readonly #open = new Map<string, ComparisonPanel>();
  #baseline: ChosenDump | undefined;

  constructor(host: Host, reports: ReportPanels) {
    this.#host = host;
    this.#reports = reports;
  }

  get all(): readonly ComparisonPanel[] {
    return [...this.#open.values()];
  }

  get active(): ComparisonPanel | undefined {
    return this.all.find(({ panel }) => panel.active);
  }

  /** What *Use as Baseline* chose last. */
  get baseline(): ChosenDump | undefined {
    return this.#baseline;
  }

  useAsBaseline(dump: ChosenDump): void {
    this.#baseline = dump;
    void commands.executeCommand('setContext', 'gradientCovariance.baseline', true);
    void window.setStatusBarMessage(`Baseline: ${nameOf(dump)}`, 5000);
  }

  open(dumps: ComparedDumps, column: ViewColumn = ViewColumn.Active): ComparisonPanel {
    const open = this.#open.get(comparisonKey(dumps));
    if (open !== undefined) {
      open.panel.reveal();
      return open;
    }
    return this.#adopt(newComparisonPanel(column), dumps);
  }

  /** Brings panels back after the window was reloaded. */
  registerSerializer(): Disposable {
    return window.registerWebviewPanelSerializer(COMPARISON_VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, kept) => {
        this.restore(panel, kept);
        return Promise.resolve();
      },
    });
  }

  /** @param kept by the page of the panel; whatever else it is, the panel is closed */
  restore(panel: WebviewPanel, kept: unknown): ComparisonPanel | undefined {
    const memory = comparisonMemory(kept);
    const [baseline, other] = memory === undefined ? [] : [memory.baseline, memory.other].map(dumpOfKey);
    if (baseline === undefined || other === undefined || this.#open.has(comparisonKey({ baseline, other }))) {
      panel.dispose();
      return undefined;
    }
    return this.#adopt(panel, { baseline, other });
  }

  #adopt(panel: WebviewPanel, dumps: ComparedDumps): ComparisonPanel {
    const comparison = new ComparisonPanel(panel, dumps, this.#host, {
      openReport: (dump) => this.#reports.open(dump),
      swap: () => {
        const { viewColumn } = panel;
        panel.dispose();
        this.open({ baseline: dumps.other, other: dumps.baseline }, viewColumn);
      },
    });
    void commands.executeCommand('setContext', 'gradientCovariance.used', true);
    this.#open.set(comparison.key, comparison);
    panel.onDidDispose(() => {
      if (this.#open.get(comparison.key) === comparison) this.#open.delete(comparison.key);
    });
    return comparison;
  }
}
