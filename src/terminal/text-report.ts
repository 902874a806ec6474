import { conventionWords } from '../report/phrases';
import { intervalWords } from '../shared/interval-words';
import { percent, plainInterval, plainNumber, wholeNumber, written } from '../shared/numbers';
import { visible } from '../shared/foreign-text';
import type { ReportBlock, MetricResult, Report, RowsQuestion, Section, Table, Text } from '../shared/report';
import { rowsInWords } from '../shared/settings';
import { SUSPICIONS } from '../shared/suspicion';
import type { Suspicion } from '../shared/suspicion';
import { plainMath } from '../shared/plain-math';

const WIDTH = 96;

/** Rows of a table, and notes, that are printed; the rest is in the report as JSON. */
const MOST_ROWS = 6;

let segmenter: Intl.Segmenter | undefined;

/** Cells of a terminal that a text takes, as it is written there: a letter with its bar is one. */
const cells = (text: string): number =>
  /^[ -~]*$/.test(text) ? text.length : [...(segmenter ??= new Intl.Segmenter('en')).segment(visible(text))].length;

/**
 * A report for a terminal, short enough to be read there: the first section with its cards and tables, then what each
 * of the others found, in the order of the page. All other numbers are in the report as JSON.
 *
 * @returns its lines
 */
export function textReport(report: Report): string[] {
  const metrics = new Map(report.metrics.map((metric) => [metric.id, metric]));
  const [first, ...others] = report.sections;
  const glance = first?.blocks.map((block) => blockLines(block, metrics)) ?? [];
  return [
    ...headLines(report),
    ...report.suspicions.flatMap(suspicionLines),
    ...[first === undefined ? [] : [first.title, '─'.repeat(first.title.length)], ...glance]
      .filter((lines) => lines.length > 0)
      .flatMap((lines, index) => (index === 1 ? lines : ['', ...lines])),
    '',
    // without its file a section has found nothing
    ...others.filter(({ lacking }) => lacking === undefined).flatMap(findingLines),
    '',
    'All other numbers and tables: --json',
  ];
}

/** What a section found, behind its name: as many sentences as two lines take, and one at least. */
function findingLines({ short, blocks }: Section): string[] {
  const texts = (...kinds: readonly ReportBlock['kind'][]): string[] =>
    blocks.flatMap((block) => (kinds.includes(block.kind) && 'text' in block ? [plainText(block.text)] : []));
  const found = texts('verdict', 'finding');
  // why nothing could be found is said in small print
  const sentences = (found.length > 0 ? found : texts('note')).flatMap((text) => text.split(/(?<=[.!?]) (?=\p{Lu})/u));
  const fitting = sentences.map((_, index) => wrapped(sentences.slice(0, index + 1).join(' '), WIDTH - BESIDE));
  const lines = fitting.findLast(({ length }) => length <= 2) ?? fitting[0] ?? [];
  return lines.map((line, index) => `${(index === 0 ? short : '').padEnd(BESIDE)}${line}`);
}

/** Cells for the names of sections. */
const BESIDE = 18;

function headLines({ dump, settings, notes }: Report): string[] {
  const facts = [
    `${rowsInWords(settings, dump)} × ${wholeNumber(dump.parameters)} parameters`,
    dump.dtype,
    ...(dump.joined === undefined ? [] : [joinedWords(dump.joined)]),
    ...(dump.metadata.step === undefined ? [] : [`step ${dump.metadata.step}`]),
    ...(dump.metadata.loss === undefined ? [] : [`loss ${plainNumber(dump.metadata.loss)}`]),
  ];
  const given = [
    `η = ${settings.learningRate ?? 'not set'}`,
    `B = ${settings.batchSize ?? 'not set'}`,
    conventionWords(settings),
  ];
  const shown = notes.slice(0, MOST_ROWS).flatMap((note) => wrapped(`note: ${note}`));
  return [dump.name, facts.join(' · '), ...wrapped(given.join(' · ')), ...shown, ...more(notes, 'notes')];
}

const joinedWords = ({ layout, files }: NonNullable<Report['dump']['joined']>): string =>
  `${layout === 'rows' ? 'rows' : 'columns'} of ${wholeNumber(files.length)} files`;

/** Before the verdict, which depends on it. */
const suspicionLines = ({ code, found, remedy, fix }: Suspicion): string[] => [
  '',
  ...wrapped(`${SUSPICIONS[code]}: ${found}. [${code}]`),
  ...wrapped(remedy),
  ...(fix === undefined ? [] : [`  ${fix}`]),
];

/** That there is more of it. */
const more = (list: readonly unknown[], what: string): string[] =>
  list.length > MOST_ROWS ? [`  … ${wholeNumber(list.length - MOST_ROWS)} more ${what}: --json`] : [];

function blockLines(block: ReportBlock, metrics: ReadonlyMap<string, MetricResult>): string[] {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
      return wrapped(plainText(block.text));
    case 'question':
      return questionLines(block);
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
        figure.kind === 'plot' ? wrapped(figure.plot.summary) : tableLines(figure.table),
      );
    case 'formulas':
    case 'fold':
    case 'four-gradients':
    case 'offer':
    case 'calculator':
    case 'theory':
      return [];
  }
}

/** Nobody answers here, so the numbers are those of single examples and of a sample, which is said beside them. */
function questionLines({ text, open, answers }: RowsQuestion): string[] {
  const verdict = plainText(answers.find(({ id }) => id === 'sample')?.verdict ?? []);
  const kind = [
    'Nothing says what one row is ("rows" in the metadata).',
    'One example: --mean-of 1.',
    'A mean of b examples: --mean-of b; noise and noise scale are then b times these.',
    'A step of training: these numbers do not measure noise.',
  ];
  const whole = open.kind
    ? 'All your training data: --convention population.'
    : `${plainText(text)} If so: --convention population. Until then they count as a sample.`;
  return [
    ...wrapped(open.kind ? `If each row is one example: ${verdict}` : verdict),
    ...wrapped([...(open.kind ? kind : []), ...(open.whole ? [whole] : [])].join(' ')),
  ];
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
      const { interval } = outcome;
      const fact =
        interval?.upper === undefined
          ? (note ?? '')
          : intervalWords(plainInterval(interval.lower, interval.upper, written(outcome.value).exponent), interval);
      return [[name, plainNumber(outcome.value), unit, fact]];
    }
  }
}

/** Without the columns that a narrow page leaves out, and of a long table only its head. */
function tableLines({ caption, columns, rows, foot }: Table): string[] {
  const kept = columns.flatMap(({ secondary }, index) => (secondary === true ? [] : [index]));
  const texts = (row: Table['rows'][number]): string[] =>
    row.map(({ text, share }) => (share === undefined ? plainText(text) : plainText(text) || percent(share)));
  const body = [
    columns.map(({ head }) => plainText(head)),
    ...rows.slice(0, MOST_ROWS).map(texts),
    ...(foot ? [texts(foot)] : []),
  ];
  return [
    plainText(caption),
    ...aligned(
      body.map((row) => kept.map((index) => row[index] ?? '')),
      kept.map((index) => columns[index]?.align ?? 'left'),
    ),
    ...more(rows, 'rows'),
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

function wrapped(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && cells(line) + cells(word) >= width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
