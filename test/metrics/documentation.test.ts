import { expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';

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

test('media/metrics.md describes every metric as the page does; npx vitest -u writes it anew', async () => {
  const pages = ['# Metrics', '', 'Generated from the registry in `src/metrics`.', '', ...metrics.map(entry)].join(
    '\n',
  );
  await expect(pages).toMatchFileSnapshot('../../media/metrics.md');
});
