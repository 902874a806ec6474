import { csvCell, csvComment, latexText, markdownCode } from '../src/shared/foreign-text';
import { intervalWords } from '../src/shared/interval-words';
import { plainNumber, written, writtenInterval, writtenWithin } from '../src/shared/numbers';
import type { WrittenNumber } from '../src/shared/numbers';
import { plainMath } from '../src/shared/plain-math';
import type { PlotSpec } from '../src/shared/plot';
import type { MetricResult, Report, Table, Term, Text } from '../src/shared/report';
import { rowsInWords } from '../src/shared/settings';
import { latexSource, PROGRAM_TEXT, sourceOf } from './source';
import type { Source } from './source';

/**
 * Where the numbers come from: the file, the settings, the convention.
 *
 * @param foreign writes what the file says
 */
function provenance(
  { dump, settings }: Report,
  foreign: (text: string) => string,
): (readonly [name: string, value: string])[] {
  const { name, rows: n, parameters, dtype, sha256, metadata } = dump;
  const {
    gradientScale = 1,
    learningRate,
    batchSize,
    datasetSize,
    scaleFactor,
    momentum,
    dampening = 0,
    optimizer,
    replacement,
    convention,
    conventionFrom,
  } = settings;
  const damped = dampening === 0 ? '' : `, dampening ${dampening}`;
  const size = convention === 'population' ? n : (datasetSize ?? 'unknown');
  return [
    ['file', foreign(name)],
    ['program', PROGRAM_TEXT],
    ['shape', `${rowsInWords(settings, dump).replaceAll(',', '')} × ${parameters} parameters`],
    ['dtype', foreign(dtype)],
    ...(sha256 === undefined ? [] : [['sha256', sha256] as const]),
    ...(metadata.step === undefined ? [] : [['step', String(metadata.step)] as const]),
    ['convention', `${convention} (${conventionFrom})`],
    ['learning rate', String(learningRate ?? 'not set')],
    ['batch size', `${batchSize ?? 'not set'}, drawn ${replacement} replacement`],
    ['data set', String(size)],
    ...(gradientScale === 1 ? [] : [['rows divided by', String(gradientScale)] as const]),
    ['scale factor', String(scaleFactor)],
    ['optimizer', momentum === 0 ? optimizer : `${optimizer}, momentum ${momentum}${damped}`],
  ];
}

interface Row {
  readonly metric: MetricResult;
  readonly value?: number;
  readonly lower?: number;
  readonly upper?: number;
}

function rows({ metrics }: Report): Row[] {
  return metrics.map((metric) => {
    const { outcome } = metric;
    const interval = outcome.kind === 'pending' ? undefined : outcome.interval;
    return {
      metric,
      ...(outcome.kind === 'value' && { value: outcome.value }),
      ...(interval && { lower: interval.lower }),
      ...(interval?.upper !== undefined && { upper: interval.upper }),
    };
  });
}

/** For a notebook or an issue: provenance, then a table with four digits. */
export function markdown(report: Report): string {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
  const shown = ({ value, lower, upper }: Row): string => {
    if (value === undefined) return lower === undefined ? '–' : `≥ ${plainNumber(lower, 4)}`;
    return lower === undefined || upper === undefined
      ? plainNumber(value, 4)
      : `${plainNumber(value, 4)} (${plainNumber(lower, 4)} … ${plainNumber(upper, 4)})`;
  };
  return [
    ...provenance(report, markdownCode).map(([name, value]) => `- ${name}: ${value}`),
    '',
    '| metric | value | unit |',
    '| --- | ---: | --- |',
    ...rows(report).map((row) => `| ${cell(row.metric.name)} | ${shown(row)} | ${cell(row.metric.unit)} |`),
    '',
  ].join('\n');
}

/** For a program: provenance in comment lines, then every digit. */
export function csv(report: Report): string {
  return [
    ...provenance(report, csvComment).map(([name, value]) => `# ${name}: ${value}`),
    'id,name,value,lower,upper,unit,convention',
    ...rows(report).map(({ metric: { id, name, unit, convention }, value, lower, upper }) =>
      [id, csvCell(name), value ?? '', lower ?? '', upper ?? '', csvCell(unit), csvCell(convention)].join(','),
    ),
    '',
  ].join('\n');
}

/** At the head of what is a part of a page. */
const commentLines = (title: string, { name, settings }: Source): string[] =>
  [title, `file: ${name}`, ...(settings === undefined ? [] : [settings]), `program: ${PROGRAM_TEXT}`].map(
    (line) => `# ${csvComment(line)}`,
  );

/** What a plot shows, every digit of it; decorations left out. */
export function plotCsv(plot: PlotSpec, source: Source): string {
  const lines = [...commentLines(plot.title, source), 'series,name,x,y'];
  for (const panel of plot.panels)
    for (const { name, x, y, pointNames, decoration = false } of panel.series)
      if (!decoration)
        for (let k = 0; k < x.length; k++)
          lines.push(
            [
              csvCell(`${name} (${panel.y.name} against ${panel.x.name})`),
              csvCell(pointNames?.[k] ?? ''),
              String(x[k]),
              String(y[k]),
            ].join(','),
          );
  return `${lines.join('\n')}\n`;
}

/** A table of the page for a program: every digit where a cell is a number. */
export function tableCsv({ caption, columns, rows, foot }: Table, source: Source): string {
  return [
    ...commentLines(plainText(caption), source),
    columns.map(({ head }) => csvCell(plainText(head))).join(','),
    ...[...rows, ...(foot === undefined ? [] : [foot])].map((cells) =>
      cells.map(({ text, value }) => (value === undefined ? csvCell(plainText(text)) : String(value))).join(','),
    ),
    '',
  ].join('\n');
}

/* --- LaTeX ---------------------------------------------------------------------------------------------------------- */

const PACKAGES = '% needs \\usepackage{amsmath,amssymb,booktabs}';

/** Rows between the rules of booktabs. */
function latexTabular(
  source: Source,
  align: string,
  head: readonly string[],
  bodies: readonly (readonly (readonly string[])[])[],
): string {
  // prettier-ignore
  const row = (cells: readonly string[]): string => `  ${cells.join(' & ')} \\\\`;
  const rule = String.raw`  \midrule`;
  return [
    ...latexSource(source),
    PACKAGES,
    `\\begin{tabular}{${align}}`,
    String.raw`  \toprule`,
    row(head),
    ...bodies.flatMap((rows) => [rule, ...rows.map(row)]),
    String.raw`  \bottomrule`,
    String.raw`\end{tabular}`,
    '',
  ].join('\n');
}

/** A table of the page as it is read there. */
export const latexTable = ({ columns, rows, foot }: Table, source: Source): string =>
  latexTabular(
    source,
    columns.map(({ align }) => align.charAt(0)).join(''),
    columns.map(({ head }) => latexPhrases(head)),
    [rows, ...(foot === undefined ? [] : [[foot]])].map((body) =>
      body.map((cells) => cells.map(({ text }) => latexPhrases(text))),
    ),
  );

/** All numbers with their intervals; what has no value is left out. */
export function latexReport(report: Report): string {
  const known = report.metrics.flatMap((metric) => {
    const shown = latexValue(metric);
    return shown === undefined
      ? []
      : [[latexText(metric.name), `$${metric.symbol}$`, ...shown, latexText(metric.unit)]];
  });
  return latexTabular(sourceOf(report), 'llrll', ['quantity', '', 'value', 'interval', 'unit'], [known]);
}

function latexValue({ outcome }: MetricResult): readonly [value: string, interval: string] | undefined {
  if (outcome.kind === 'pending') return undefined;
  const { interval } = outcome;
  if (outcome.kind === 'unavailable')
    return interval === undefined ? undefined : [`$\\geq ${latexNumber(written(interval.lower, 2))}$`, 'lower bound'];
  if (interval?.upper === undefined) return [`$${latexNumber(written(outcome.value))}$`, ''];
  const value = writtenWithin(outcome.value, interval.lower, interval.upper);
  const ends = writtenInterval(interval.lower, interval.upper, value.exponent);
  const power = ends.exponent === undefined ? '' : ` $${powerOfTen(ends.exponent)}$`;
  return [`$${latexNumber(value)}$`, latexText(intervalWords(ends.text, interval)) + power];
}

const powerOfTen = (exponent: number): string => `{}\\times 10^{${exponent}}`;
const latexNumber = ({ text, exponent }: WrittenNumber): string =>
  text.replaceAll('−', '-').replaceAll(',', '{,}') + (exponent === undefined ? '' : powerOfTen(exponent));

/** A formula in symbols and, where the dump has its numbers, once more with them. */
export function latexFormula({ id, terms }: Pick<MetricResult, 'id' | 'terms'>, source: Source): string {
  const joined = (part: (term: Term) => string): string => terms.map(part).join(' ');
  const filled = terms.some(({ substituted }) => substituted !== undefined);
  return [
    ...latexSource(source),
    `% ${id}`,
    String.raw`\begin{gather*}`,
    `  ${joined(({ symbol }) => symbol)}${filled ? String.raw` \\` : ''}`,
    ...(filled ? [`  ${joined(({ symbol, substituted }) => substituted ?? symbol)}`] : []),
    String.raw`\end{gather*}`,
    '',
  ].join('\n');
}

const latexPhrases = (text: Text): string =>
  text
    .map((phrase) => {
      if (typeof phrase === 'string') return latexText(phrase);
      return 'strong' in phrase ? `\\textbf{${latexText(phrase.strong)}}` : `$${phrase.math}$`;
    })
    .join('');

const plainText = (text: Text): string =>
  text
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      return 'strong' in phrase ? phrase.strong : plainMath(phrase.math);
    })
    .join('');

/** Every digit of a number, or its bound; undefined where neither is known. */
export function valueText({ outcome }: Pick<MetricResult, 'outcome'>): string | undefined {
  if (outcome.kind === 'value') return String(outcome.value);
  const bound = outcome.kind === 'unavailable' ? outcome.interval?.lower : undefined;
  return bound === undefined ? undefined : `≥ ${bound}`;
}
