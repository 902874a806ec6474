import { percent, plainNumber, wholeNumber, written, writtenInterval } from '../shared/numbers';
import type { Block, MetricResult, Report, Table, Text } from '../shared/report';
import { plainMath } from '../shared/plain-math';

const WIDTH = 96;

/** Cells of a terminal that a text takes: a letter with its bar is one. */
/** Made once: it takes a thousand times longer to make than to use. */
const segmenter = new Intl.Segmenter('en');
const cells = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : [...segmenter.segment(text)].length);

/** A report for a terminal: the sentences, cards and tables of the page in its order; plots as the sentence that sums them up. */
export function textReport(report: Report): string {
  const metrics = new Map(report.metrics.map((metric) => [metric.id, metric]));
  const sections = report.sections.map(({ title, blocks }) =>
    [title, '─'.repeat(title.length), ...blocks.flatMap((block) => [...blockLines(block, metrics), ''])].join('\n'),
  );
  return (
    [headLines(report).join('\n'), ...sections]
      .join('\n\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trimEnd() + '\n'
  );
}

function headLines({ dump, settings }: Report): string[] {
  const facts = [
    `${wholeNumber(dump.samples)} examples × ${wholeNumber(dump.parameters)} parameters`,
    dump.dtype,
    ...(dump.metadata.step === undefined ? [] : [`step ${dump.metadata.step}`]),
    ...(dump.metadata.loss === undefined ? [] : [`loss ${plainNumber(dump.metadata.loss)}`]),
  ];
  const given = [
    `η = ${settings.learningRate ?? 'not set'}`,
    `B = ${settings.batchSize ?? 'not set'}`,
    `data set ${settings.datasetSize === undefined ? 'of unknown size' : wholeNumber(settings.datasetSize)}`,
    settings.convention === 'population'
      ? 'population: the rows are the whole data set, 1/N, no intervals'
      : 'sample: the rows are drawn from it, 1/(n−1), 95 % intervals',
  ];
  return [dump.name, facts.join(' · '), given.join(' · '), ...dump.notes.map((note) => `note: ${note}`)];
}

function blockLines(block: Block, metrics: ReadonlyMap<string, MetricResult>): string[] {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'fine':
      return wrapped(plainText(block.text));
    case 'balance':
      return wrapped(block.summary);
    case 'cards':
      return [
        plainText(block.caption),
        ...aligned(
          block.metrics.flatMap((id) => metricRow(metrics.get(id))),
          ['left', 'right', 'left', 'left'],
        ),
      ];
    case 'figures':
      return block.figures.flatMap((figure) =>
        figure.kind === 'plot' ? wrapped(figure.plot.summary) : ['', ...tableLines(figure.table)],
      );
    case 'formulas':
    case 'four-gradients':
    case 'offer':
    case 'calculator':
    case 'theory':
      return [];
  }
}

function metricRow(metric: MetricResult | undefined): string[][] {
  if (metric === undefined) return [];
  const { name, outcome, unit, note } = metric;
  switch (outcome.kind) {
    case 'pending':
      return [[name, '…', '', '']];
    case 'unavailable': {
      const bound = outcome.interval === undefined ? '–' : `≥ ${plainNumber(outcome.interval.lower)}`;
      return [[name, bound, unit, outcome.problem.found]];
    }
    case 'value': {
      const { exponent } = written(outcome.value);
      const power = exponent === undefined ? '' : `e${exponent}`;
      const interval = outcome.interval;
      const fact =
        interval?.upper === undefined
          ? (note ?? '')
          : writtenInterval(interval.lower, interval.upper, exponent).text.replaceAll(/[\d.]+(?= |$)/g, `$&${power}`);
      return [[name, plainNumber(outcome.value), unit, fact]];
    }
  }
}

function tableLines({ caption, columns, rows, foot }: Table): string[] {
  const texts = (row: Table['rows'][number]): string[] =>
    row.map(({ text, share }) => (share === undefined ? plainText(text) : plainText(text) || percent(share)));
  const body = [columns.map(({ head }) => plainText(head)), ...rows.map(texts), ...(foot ? [texts(foot)] : [])];
  return [
    plainText(caption),
    ...aligned(
      body,
      columns.map(({ align }) => align),
    ),
  ];
}

function aligned(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, column) => Math.max(0, ...rows.map((row) => cells(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - cells(cell)));
        return sides[column] === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}

function plainText(text: Text): string {
  return text
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      return 'strong' in phrase ? phrase.strong : plainMath(phrase.math);
    })
    .join('');
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && cells(line) + cells(word) >= WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
