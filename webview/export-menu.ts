import type { ExportForm, ExportTarget } from '../src/shared/protocol';
import type { MetricResult, Report, Table } from '../src/shared/report';
import { latexFormula, latexTable, tableCsv, valueText } from './export-text';
import { exportPlot } from './plot-picture';
import { presentSource } from './source';
import { post } from './vscode';

/** For the attribute by which the editor knows what its menu is of, also where a key opens it. */
export const menuOf = (
  webviewSection: ExportTarget['webviewSection'],
  id: string,
  more: Readonly<Record<string, boolean>> = {},
): string => JSON.stringify({ webviewSection, id, ...more });

/** A card: there is not always a value to copy. */
export const menuOfMetric = (metric: MetricResult): string =>
  menuOf('metric', metric.id, { hasValue: valueText(metric) !== undefined });

/** Of what the menu was opened last: a formula has no id of its own. */
let clicked: Element | undefined;
document.addEventListener('contextmenu', ({ target }) => {
  clicked = target instanceof Element ? target : undefined;
});

/** Does what the reader chose from the menu. */
export function performExport(
  { webviewSection, id }: ExportTarget,
  form: ExportForm,
  report: Pick<Report, 'metrics' | 'sections'> | undefined,
): void {
  const copy = (text: string | undefined): void => {
    if (text !== undefined) post({ kind: 'copy', text });
  };
  switch (webviewSection) {
    case 'plot':
      exportPlot(id, form);
      return;
    case 'table': {
      const table = report === undefined ? undefined : tableOf(report, id);
      if (table !== undefined)
        copy(form === 'csv' ? tableCsv(table, presentSource()) : latexTable(table, presentSource()));
      return;
    }
    case 'metric': {
      const metric = report?.metrics.find((each) => each.id === id);
      if (metric !== undefined) copy(form === 'value' ? valueText(metric) : latexFormula(metric, presentSource()));
      return;
    }
    case 'formula': {
      const pair = clicked?.closest('.pair');
      if (pair) copy(latexFormula({ id: 'formula', terms: termsOf(pair) }, presentSource()));
    }
  }
}

function tableOf({ sections }: Pick<Report, 'sections'>, id: string): Table | undefined {
  for (const { blocks } of sections)
    for (const block of blocks)
      if (block.kind === 'figures')
        for (const figure of block.figures) if (figure.kind === 'table' && figure.table.id === id) return figure.table;
  return undefined;
}

/** A formula as it is drawn: its terms in symbols, then, where there are any, the numbers in their places. */
function termsOf(pair: Element): { readonly symbol: string; readonly substituted?: string }[] {
  const drawn = Array.from(pair.querySelectorAll('annotation'), ({ textContent }) =>
    textContent.replace(/^\\displaystyle\s*/, ''),
  );
  if (pair.classList.contains('unfilled')) return drawn.map((symbol) => ({ symbol }));
  const terms = drawn.length / 2;
  return drawn.slice(0, terms).map((symbol, k) => ({ symbol, substituted: drawn[terms + k] ?? symbol }));
}
