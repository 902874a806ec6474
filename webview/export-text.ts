import { csvCell, csvComment, markdownCode } from '../src/shared/foreign-text';
import { plainNumber } from '../src/shared/numbers';
import type { PlotSpec } from '../src/shared/plot';
import { PROGRAM } from '../src/shared/program';
import type { MetricResult, Report } from '../src/shared/report';

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
    ['program', `${PROGRAM.name} ${PROGRAM.version}`],
    ['shape', `${n} examples × ${parameters} parameters`],
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

/** What a plot shows, every digit of it; decorations left out. */
export function plotCsv(plot: PlotSpec): string {
  const lines = ['series,name,x,y'];
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
