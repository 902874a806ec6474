import { htmlReport } from '../src/report/html-report';
import { jsonReport } from '../src/report/json-report';
import { jsonText } from '../src/shared/foreign-text';
import type { Report } from '../src/shared/report';
import type { DumpSummary } from '../src/shared/summary';
import { h } from './element';
import type { Description } from './element';
import { csv, latexReport, markdown } from './export-text';
import { post } from './vscode';

/** The numbers of the report with where they come from, for a notebook, a paper or a program. */
export function exportTools(report: Report, summary: DumpSummary): Description {
  const tool = (text: string, run: () => void): Description =>
    h('button', { type: 'button', on: { click: run } }, text);
  const json = (): string => `${jsonText(jsonReport(report, summary))}\n`;
  const save = (extension: string, text: string): void =>
    post({ kind: 'save', name: `${report.dump.name}.${extension}`, bytes: new TextEncoder().encode(text) });
  return h(
    'footer',
    { key: 'export' },
    h('span', {}, 'All numbers of this report'),
    h(
      'div.tools',
      {},
      tool('Copy Markdown', () => post({ kind: 'copy', text: markdown(report) })),
      tool('Copy CSV', () => post({ kind: 'copy', text: csv(report) })),
      tool('Copy LaTeX', () => post({ kind: 'copy', text: latexReport(report) })),
      tool('Copy JSON', () => post({ kind: 'copy', text: json() })),
      tool('Save CSV', () => save('csv', csv(report))),
      tool('Save JSON', () => save('json', json())),
      tool('Save HTML', () => save('html', htmlReport(report))),
    ),
  );
}
