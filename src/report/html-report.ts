import katex from 'katex';
import { counted, wholeNumber, written, writtenInterval, writtenWithin } from '../shared/numbers';
import type { WrittenNumber } from '../shared/numbers';
import { intervalWords } from '../shared/interval-words';
import { PROGRAM } from '../shared/program';
import type { Cell, Figure, MetricResult, Report, ReportBlock, Section, Table, Term, Text } from '../shared/report';
import { css, printedTheme, themeInks } from './drawing/inks';
import type { PlotInks } from './drawing/inks';
import { plotSvg } from './drawing/plot-svg';
import { escaped } from './drawing/text';
import { conventionWords } from './phrases';

/**
 * A report as one file of HTML, to be kept or sent: the page's sections, texts, plots and tables without scripts, buttons or
 * anything from elsewhere. Formulas are MathML, which browsers draw without fonts of their own.
 */
export function htmlReport(report: Report): string {
  const { dump, notes, suspicions, sections } = report;
  const size = `${counted(dump.rows, 'row')} × ${counted(dump.parameters, 'parameter')}, ${dump.dtype}`;
  const { learningRate, batchSize } = report.settings;
  const settings = `learning rate ${learningRate ?? 'not set'}, batch size ${batchSize ?? 'not set'} · ${conventionWords(report.settings)}`;
  return htmlFile({
    title: dump.name,
    facts: [`${size} · ${settings}`],
    warnings: suspicions,
    notes,
    body: sections.map((section) => sectionHtml(section, report.metrics)),
    ...(dump.sha256 !== undefined && { origin: `SHA-256 of the file ${dump.sha256}` }),
  });
}

export interface HtmlContent {
  readonly title: string;
  /** Lines under the title. */
  readonly facts: readonly string[];
  readonly warnings?: readonly { readonly found: string; readonly remedy: string }[];
  readonly notes: readonly string[];
  /** HTML. */
  readonly body: readonly string[];
  /** What the content was computed from. */
  readonly origin?: string;
}

/** One file of HTML that loads nothing and runs nothing. */
export const htmlFile = ({ title, facts, warnings = [], notes, body, origin }: HtmlContent): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${facts.map((fact) => `<p class="quiet">${escaped(fact)}</p>`).join('\n')}
${warnings.map(({ found, remedy }) => `<p class="suspicion"><b>${escaped(found)}.</b> ${escaped(remedy)}</p>`).join('\n')}
${notes.map((note) => `<p class="quiet">${escaped(note)}</p>`).join('\n')}
${body.join('\n')}
<footer class="quiet">${escaped(`${PROGRAM.name} ${PROGRAM.version}${origin === undefined ? '' : `; ${origin}`}`)}</footer>
</main>
</body>
</html>
`;

export function sectionHtml({ title, blocks }: Section, results: readonly MetricResult[]): string {
  const metrics = new Map(results.map((metric) => [metric.id, metric]));
  return `<section>\n<h2>${escaped(title)}</h2>\n${blocks.map((block) => blockHtml(block, metrics)).join('\n')}\n</section>`;
}

function blockHtml(block: ReportBlock, metrics: ReadonlyMap<string, MetricResult>): string {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
      return `<p class="${block.kind}">${textHtml(block.text)}</p>`;
    case 'question':
      return [
        `<p class="verdict">${textHtml(block.text)}</p>`,
        ...block.answers.map(({ label, verdict }) => `<p><b>${escaped(label)}</b>: ${textHtml(verdict)}</p>`),
      ].join('\n');
    case 'balance':
      return `<p>${escaped(block.summary)}</p>`;
    case 'cards': {
      const rows = block.metrics.flatMap((id) => metrics.get(id) ?? []).map(metricHtml);
      return `<div class="scroll"><table><caption>${textHtml(block.caption)}</caption>${rows.join('')}</table></div>`;
    }
    case 'formulas':
      return block.formulas.map(formulaHtml).join('\n');
    case 'figures':
      return block.figures.map(figureHtml).join('\n');
    case 'fold':
      return `<h3>${escaped(block.title)}</h3>`;
    case 'theory':
      return `<details><summary>${escaped(block.title)}</summary>${block.paragraphs
        .map((each) => ('formula' in each ? mathHtml(each.formula, true) : `<p>${textHtml(each)}</p>`))
        .join('')}</details>`;
    // what asks, and what is typed or dragged, needs the page
    case 'offer':
    case 'calculator':
    case 'four-gradients':
      return '';
  }
}

const textHtml = (text: Text): string =>
  text
    .map((phrase) => {
      if (typeof phrase === 'string') return escaped(phrase);
      return 'strong' in phrase ? `<b>${escaped(phrase.strong)}</b>` : mathHtml(phrase.math);
    })
    .join('');

const mathHtml = (tex: string, displayMode = false): string =>
  katex.renderToString(tex, {
    output: 'mathml',
    throwOnError: true,
    trust: false,
    strict: 'error',
    maxExpand: 100,
    displayMode,
  });

function formulaHtml(terms: readonly Term[]): string {
  const joined = (part: (term: Term) => string): string => terms.map(part).join(' ');
  const filled = terms.some(({ substituted }) => substituted !== undefined);
  return [
    `<div class="scroll">${mathHtml(
      joined(({ symbol }) => symbol),
      true,
    )}`,
    filled
      ? mathHtml(
          joined(({ symbol, substituted }) => substituted ?? symbol),
          true,
        )
      : '',
    '</div>',
  ].join('');
}

const numberHtml = ({ text, exponent }: WrittenNumber): string =>
  escaped(text) + (exponent === undefined ? '' : ` ×10<sup>${String(exponent).replace('-', '−')}</sup>`);

function metricHtml({ name, symbol, outcome, unit }: MetricResult): string {
  const row = (value: string, note = ''): string =>
    `<tr><th scope="row">${escaped(name)}</th><td>${mathHtml(symbol)}</td><td class="right">${value}</td><td>${escaped(unit)}</td><td>${note}</td></tr>`;
  if (outcome.kind === 'pending') return row('–', 'not known yet');
  const { interval } = outcome;
  if (outcome.kind === 'unavailable')
    return interval === undefined
      ? row('–', escaped(outcome.problem.found))
      : row(`≥ ${numberHtml(written(interval.lower, 2))}`, 'not resolved: a lower bound');
  if (interval?.upper === undefined) return row(numberHtml(written(outcome.value)));
  const value = writtenWithin(outcome.value, interval.lower, interval.upper);
  const ends = writtenInterval(interval.lower, interval.upper, value.exponent);
  return row(numberHtml(value), numberHtml({ ...ends, text: intervalWords(ends.text, interval) }));
}

const figureHtml = (figure: Figure): string => {
  if (figure.kind === 'table') return tableHtml(figure.table);
  const { plot } = figure;
  return `<figure><figcaption><b>${escaped(plot.title)}</b> ${escaped(plot.subtitle)}</figcaption><div class="scroll">${plotSvg(plot, INKS, { width: 720 })}</div>${plot.note === undefined ? '' : `<p class="quiet">${escaped(plot.note)}</p>`}</figure>`;
};

function tableHtml({ caption, columns, rows, foot, note }: Table): string {
  const cell = ({ text }: Cell, index: number): string =>
    index === 0
      ? `<th scope="row">${textHtml(text)}</th>`
      : `<td${columns[index]?.align === 'right' ? ' class="right"' : ''}>${textHtml(text)}</td>`;
  const row = (cells: readonly Cell[]): string => `<tr>${cells.map(cell).join('')}</tr>`;
  const left = rows.length - MOST_ROWS;
  return [
    `<div class="scroll"><table><caption>${textHtml(caption)}</caption>`,
    `<thead><tr>${columns.map(({ head }) => `<th scope="col">${textHtml(head)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.slice(0, MOST_ROWS).map(row).join('')}</tbody>`,
    foot === undefined ? '' : `<tfoot>${row(foot)}</tfoot>`,
    '</table></div>',
    left > 0 ? `<p class="quiet">${wholeNumber(left)} more rows are in the report as JSON.</p>` : '',
    note === undefined ? '' : `<p class="quiet">${textHtml(note)}</p>`,
  ].join('');
}

/** A file of HTML is read, not computed with. */
const MOST_ROWS = 200;

/** Every color of a plot as a variable, so that one file is light or dark as its reader is. */
const printed = { light: themeInks(printedTheme('light')).plot, dark: themeInks(printedTheme('dark')).plot };
const variables = ({ paper, grid, axis, band, negative, line, label }: PlotInks): Readonly<Record<string, string>> => ({
  paper,
  grid,
  axis,
  band,
  negative,
  ...Object.fromEntries(Object.entries(line).map(([ink, color]) => [`line-${ink}`, color])),
  ...Object.fromEntries(Object.entries(label).map(([ink, color]) => [`label-${ink}`, color])),
});
const named = <Ink extends string>(colors: Readonly<Record<Ink, string>>, prefix: string): Record<Ink, string> =>
  Object.fromEntries(Object.keys(colors).map((ink) => [ink, `var(--${prefix}${ink})`])) as Record<Ink, string>;
const INKS: PlotInks = {
  ...printed.light,
  ...named({ paper: '', grid: '', axis: '', band: '', negative: '' }, ''),
  line: named(printed.light.line, 'line-'),
  label: named(printed.light.label, 'label-'),
};
const declared = (inks: PlotInks): string =>
  Object.entries(variables(inks))
    .map(([name, color]) => `--${name}:${color}`)
    .join(';');

/** The one style sheet; its hash is in the policy, and a test computes it. */
export const STYLE = `:root{color-scheme:light dark;${declared(printed.light)};--text:${css(printedTheme('light').text)}}
@media (prefers-color-scheme:dark){:root{${declared(printed.dark)};--text:${css(printedTheme('dark').text)}}}
body{margin:0;background:var(--paper);color:var(--text);font:14px/1.5 system-ui,sans-serif}
main{max-width:760px;margin:24px auto;padding:0 16px;overflow-wrap:break-word}
h1{font-size:20px}h2{font-size:17px;margin-top:36px}h3{font-size:14px;margin-top:24px}
.verdict{font-size:17px}.quiet{color:var(--label-quiet);font-size:12px}.suspicion{border:1px solid var(--line-here);padding:8px}
.scroll{overflow-x:auto}.scroll math[display=block]{margin:6px 0}figure{margin:20px 0}
table{border-collapse:collapse;margin:12px 0}caption{text-align:left;font-weight:600}
th,td{padding:3px 12px 3px 0;text-align:left;vertical-align:top;font-weight:400;border-bottom:1px solid var(--grid)}
thead th{color:var(--label-quiet)}.right{text-align:right;font-variant-numeric:tabular-nums}`;

export const STYLE_HASH = 'sha256-Tl1sq//RUQT1ZJXztFuVE5D4xJCUIHrFYwrvCxprRx0=';
