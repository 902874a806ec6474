import { jsonReport } from '../src/sections/json-report';
import { plainNumber } from '../src/shared/numbers';
import type { MetricResult, Report } from '../src/shared/report';
import type { DumpSummary } from '../src/shared/summary';
import { h } from './element';
import type { Description } from './element';
import { post } from './vscode';

/** The numbers of the report with where they come from, for a notebook, a paper or a program. */
export function exportTools(report: Report, summary: DumpSummary): Description {
  const tool = (text: string, run: () => void): Description =>
    h('button', { type: 'button', on: { click: run } }, text);
  const json = (): string => `${JSON.stringify(jsonReport(report, summary), undefined, 2)}\n`;
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
      tool('Copy JSON', () => post({ kind: 'copy', text: json() })),
      tool('Save CSV', () => save('csv', csv(report))),
      tool('Save JSON', () => save('json', json())),
    ),
  );
}

interface Row {
  readonly metric: MetricResult;
  readonly value: string;
  readonly lower: string;
  readonly upper: string;
}

function rows({ metrics }: Report): Row[] {
  return metrics.map((metric) => {
    const { outcome } = metric;
    const interval = outcome.kind === 'pending' ? undefined : outcome.interval;
    return {
      metric,
      value: outcome.kind === 'value' ? String(outcome.value) : '',
      lower: interval === undefined ? '' : String(interval.lower),
      upper: interval?.upper === undefined ? '' : String(interval.upper),
    };
  });
}

function markdown(report: Report): string {
  const { dump, settings } = report;
  const shown = ({ metric: { outcome }, lower, upper }: Row): string => {
    if (outcome.kind !== 'value')
      return outcome.kind === 'unavailable' && lower !== '' ? `≥ ${plainNumber(Number(lower))}` : '–';
    const range =
      lower === '' || upper === '' ? '' : ` (${plainNumber(Number(lower))} … ${plainNumber(Number(upper))})`;
    return plainNumber(outcome.value) + range;
  };
  return [
    `${dump.name}: ${dump.samples} examples × ${dump.parameters} parameters, ${dump.dtype}, ${settings.convention} convention, η = ${settings.learningRate ?? 'not set'}, B = ${settings.batchSize ?? 'not set'}, data set ${settings.datasetSize ?? 'unknown'}`,
    '',
    '| metric | value | unit |',
    '| --- | ---: | --- |',
    ...rows(report).map((row) => `| ${row.metric.name} | ${shown(row)} | ${row.metric.unit} |`),
    '',
  ].join('\n');
}

function csv(report: Report): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return [
    'id,name,value,lower,upper,unit,convention',
    ...rows(report).map(({ metric: { id, name, unit, convention }, value, lower, upper }) =>
      [id, quoted(name), value, lower, upper, quoted(unit), quoted(convention)].join(','),
    ),
    '',
  ].join('\n');
}
