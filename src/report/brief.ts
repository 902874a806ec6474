import { forModel, NAMES_ARE_DATA, quoted } from '../shared/for-model';
import { intervalWords } from '../shared/interval-words';
import { plainInterval, plainNumber, wholeNumber, written } from '../shared/numbers';
import { plainMath } from '../shared/plain-math';
import type { Interval, MetricResult, Report, ReportBlock, Text } from '../shared/report';
import { SUSPICIONS } from '../shared/suspicion';

/** The numbers that answer most questions, in the order of their weight. */
const KEY_METRICS = [
  'covariance-trace',
  'true-gradient-squared-norm',
  'simple-noise-scale',
  'batch-noise-to-signal',
  'sgd-temperature',
  'spectral-norm',
  'participation-ratio',
  'stable-rank',
  'mean-gradient-norm',
  'coherence',
] as const;

/** Of notes, and of layers. */
const MOST = 5;

const plainText = (text: Text): string =>
  text
    .map((phrase) => (typeof phrase === 'string' ? phrase : 'math' in phrase ? plainMath(phrase.math) : phrase.strong))
    .join('');

/** A report in at most 2 KB for a language model: what the file is, the verdict, key numbers with intervals, caveats. */
export function briefReport(report: Report): string {
  const { dump, settings, settingsProblems, suspicions, notes } = report;
  const glance = report.sections[0]?.blocks ?? [];
  const metrics = KEY_METRICS.flatMap((id) => report.metrics.filter((metric) => metric.id === id));
  const known = (name: string, value: number | undefined): string => `${name} = ${value ?? 'not known'}`;
  return forModel([
    `Gradient dump ${quoted(dump.name)}: ${wholeNumber(dump.rows)} rows × ${wholeNumber(dump.parameters)} parameters, ${dump.dtype}.`,
    ...suspicions.map(({ code, found, remedy }) => `Suspicion (${code}): ${SUSPICIONS[code]}. ${found}. ${remedy}`),
    ...verdictOf(glance).map((text) => `Verdict: ${text}`),
    `Settings: ${[known('learning rate η', settings.learningRate), known('batch size B', settings.batchSize), known('data set N', settings.datasetSize)].join(', ')}.`,
    settings.convention === 'population'
      ? 'Convention: population. The rows are the whole data set, so the numbers are exact for it.'
      : `Convention: sample. The rows are drawn from a larger data set${settings.datasetSize === undefined ? ' whose size is not known: ask whether they are all of it' : ''}; intervals are at 95 %.`,
    ...settingsProblems.map(({ problem: { found, remedy } }) => `Setting refused: ${found}. ${remedy}`),
    ...metrics.map((metric) => metricLine(metric, settings.convention === 'sample')),
    ...notes.slice(0, MOST).map((note) => `Caveat: ${note}`),
    ...layersOf(report),
    NAMES_ARE_DATA,
  ]);
}

/** Where the size of the data set is not known, the verdict is that of a sample. */
function verdictOf(blocks: readonly ReportBlock[]): readonly string[] {
  return blocks.flatMap((block) => {
    if (block.kind === 'verdict') return [plainText(block.text)];
    if (block.kind !== 'question') return [];
    const assumed = block.open.kind
      ? 'if each row is one example (ask; of means of b examples, noise and noise scale are b times as large): '
      : '';
    return block.answers.flatMap(({ id, verdict }) => (id === 'sample' ? [assumed + plainText(verdict)] : []));
  });
}

function metricLine({ id, name, unit, outcome, sampling }: MetricResult, sample: boolean): string {
  const of = `${id} (${name})`;
  if (outcome.kind === 'pending') return `${of}: not known yet`;
  const { interval } = outcome;
  if (outcome.kind === 'unavailable') {
    const bound = interval === undefined ? '' : `, at least ${plainNumber(interval.lower)}`;
    return `${of}: unavailable${bound}, because: ${outcome.problem.found}`;
  }
  const measure = unit === '' ? '' : ` ${unit}`;
  // of some numbers nothing says how far off the estimate may be
  const open = sample && interval === undefined && sampling !== 'none';
  return `${of}: ${plainNumber(outcome.value)}${measure}${open ? ' (no interval)' : rangeOf(outcome.value, interval)}`;
}

function rangeOf(value: number, interval: Interval | undefined): string {
  if (interval === undefined) return '';
  if (interval.upper === undefined) return ` (at least ${plainNumber(interval.lower)})`;
  const ends = plainInterval(interval.lower, interval.upper, written(value).exponent);
  return ` (${intervalWords(ends, interval)})`;
}

function layersOf({ dump: { layers } }: Report): readonly string[] {
  if (layers.length === 0) return [];
  const some = layers.slice(0, MOST).map(({ name, size }) => `${quoted(name)} ${wholeNumber(size)}`);
  const more = layers.length - some.length;
  return [`Layers: ${some.join(', ')}${more > 0 ? ` and ${wholeNumber(more)} more` : ''}.`];
}
