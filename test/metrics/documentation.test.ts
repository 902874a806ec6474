import { expect, test } from 'vitest';
import { format } from 'prettier';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { WITHOUT_INTERVAL } from '../../src/metrics/without-interval';
import { intervalCoverage } from '../../src/theory/interval-coverage';

const metrics: readonly MetricDefinition[] = METRICS;

function entry({
  id,
  name,
  symbol,
  unit,
  formula,
  meaning,
  misleads,
  elsewhere,
  citation,
  where,
  degree,
}: MetricDefinition): string {
  const tex = formula.map((term) => term.symbol).join(' ');
  const scaling =
    degree === 0 ? 'does not change with the scale of the gradients' : `degree ${degree} in the gradients`;
  return [
    `## ${name}`,
    '',
    `\`${id}\`, $${symbol}$, ${[...(unit === '' ? [] : [`in ${unit}`]), scaling].join(', ')}`,
    '',
    `$$${tex}$$`,
    '',
    meaning,
    '',
    `**Misleads.** ${misleads}`,
    ...(elsewhere === undefined ? [] : ['', `**Elsewhere.** ${elsewhere}`]),
    '',
    `**Source.** ${citation.authors} ${citation.year}, [${citation.title}](${citation.url}), ${where}.`,
    '',
  ].join('\n');
}

const percent = (share: number | undefined): string => (share === undefined ? '–' : `${Math.round(100 * share)} %`);
const ROWS = [8, 16, 32, 64, 128, 256];
/** What may be said of the intervals: never a percentage for one dump. */
const COVERAGE = [
  '## How often the intervals cover',
  '',
  'Over gradients of twelve small networks, nominal 95 % intervals of tr Σ covered the truth so often, by the number of rows and the share of the noise that the largest row has; on average, and for the hardest network:',
  '',
  '| rows | below 10 % | 10–25 % | 25–50 % | above 50 % | hardest |',
  '| --- | --- | --- | --- | --- | --- |',
  ...ROWS.map((rows, k) => {
    const name = k + 1 < ROWS.length ? `${rows}–${ROWS[k + 1]! - 1}` : `${rows} and more`;
    const cells = [0.05, 0.2, 0.4, 0.6].map((share) => percent(intervalCoverage(rows, share)?.average));
    return `| ${[name, ...cells, percent(intervalCoverage(rows, 0.05)?.worst)].join(' | ')} |`;
  }),
  '',
  'Intervals of the noise scale covered 94 % or more, because they have no upper end where that is not known. Lower ends held in at least 95 of 100 samples of every network; what fails is the upper end, where rare examples that carry much of the noise are not among the rows. No number of one dump says how its own intervals do, and no interval of a mean covers for every distribution.',
  '',
  '## Estimates without an interval',
  '',
  ...Object.entries(WITHOUT_INTERVAL).map(([id, reason]) => `- \`${id}\`: ${reason}`),
  '',
];

test('media/metrics.md describes every metric as the page does; npx vitest -u writes it anew', async () => {
  const pages = [
    '# Metrics',
    '',
    'Generated from the registry in `src/metrics`.',
    '',
    ...metrics.map(entry),
    ...COVERAGE,
  ].join('\n');
  // tables aligned, as in every other page
  await expect(await format(pages, { parser: 'markdown' })).toMatchFileSnapshot('../../media/metrics.md');
});
