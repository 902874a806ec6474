import { existsSync } from 'node:fs';
import { join } from 'node:path';
import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { evaluate } from '../../src/sections/evaluate';
import { SITUATIONS, threeLayers } from '../reference/situations';
import { naiveSummary, settingsFor } from '../reference/naive';

const source = join(import.meta.dirname, '../../src/metrics');
const metrics: readonly MetricDefinition[] = METRICS;
const render = (tex: string): string =>
  katex.renderToString(tex, { throwOnError: true, strict: 'error', trust: false, output: 'htmlAndMathml' });

test('every metric has an id of its own', () => {
  expect(new Set(metrics.map(({ id }) => id)).size).toBe(metrics.length);
});

describe.each(metrics.map((metric) => [metric.id, metric] as const))('%s', (id, metric) => {
  test('is named in kebab-case, and its file after it', () => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(['measured', 'derived', 'companion'].some((room) => existsSync(join(source, room, `${id}.ts`)))).toBe(true);
  });

  test('says in sentences what it is and when it misleads', () => {
    for (const text of [metric.means, metric.misleads, ...(metric.elsewhere === undefined ? [] : [metric.elsewhere])]) {
      expect(text.length).toBeGreaterThan(40);
      expect(text).toMatch(/^[A-Z].*\.$/s);
      expect(text, 'plain words, not TeX').not.toMatch(/[\\$]/);
    }
  });

  test('cites a work, where to find it and the place in it', () => {
    expect(metric.citation.url).toMatch(/^https:\/\//);
    expect(metric.citation.authors).not.toBe('');
    expect(metric.citation.title).not.toBe('');
    expect(metric.citation.year).toBeGreaterThan(1900);
    expect(metric.where).not.toBe('');
  });

  test('has symbols that KaTeX renders without a complaint', () => {
    for (const tex of [metric.symbol, ...metric.formula.map(({ symbol }) => symbol)]) {
      expect(tex).not.toMatch(/\\(?:pmb|includegraphics|href|html|style|color)/);
      expect(render(tex)).toContain('katex');
    }
  });
});

describe.each(SITUATIONS)('with $name', ({ summary, settings }) => {
  const report = evaluate(summary, settings);
  test.each(report.metrics.map((result) => [result.id, result] as const))(
    '%s is a number or says why not',
    (_, result) => {
      const { outcome, terms } = result;
      if (outcome.kind === 'value') {
        expect(Number.isFinite(outcome.value)).toBe(true);
        const { interval } = outcome;
        if (interval?.upper !== undefined) {
          expect(interval.lower).toBeLessThanOrEqual(outcome.value);
          expect(interval.upper).toBeGreaterThanOrEqual(outcome.value);
        }
        expect(settings.convention === 'population' && interval !== undefined, 'nothing is sampled').toBe(false);
      }
      // run/internal would be a fault of ours
      if (outcome.kind === 'unavailable') expect(outcome.problem.code).not.toBe('run/internal');
      for (const { here } of terms) if (here !== undefined) expect(render(here)).toContain('katex');
    },
  );
});

test('every formula has as many numbers as symbols', () => {
  let computed = 0;
  for (const { summary, settings } of SITUATIONS)
    for (const { id, outcome, terms } of evaluate(summary, settings).metrics) {
      if (outcome.kind !== 'value') continue;
      computed++;
      expect(terms[0]?.here, `${id} begins with its value`).toBeDefined();
      expect(terms.length).toBe(metrics.find((metric) => metric.id === id)?.formula.length);
    }
  expect(computed).toBeGreaterThan(100);
});

describe('a metric scales with the gradients exactly as it declares', () => {
  const scaled = (factor: number): DumpSummary => {
    // a power of two moves exponents only: nothing may be lost
    const rows = threeLayers.rows.map((row) => row.map((value) => value * factor));
    return naiveSummary(rows, threeLayers.metadata);
  };
  const values = (summary: DumpSummary, changes: Partial<Settings>): Map<string, number> =>
    new Map(
      evaluate(summary, settingsFor(summary, { learningRate: 0.1, batchSize: 3, ...changes })).metrics.flatMap(
        ({ id, outcome }) => (outcome.kind === 'value' ? [[id, outcome.value] as const] : []),
      ),
    );
  for (const convention of ['population', 'sample'] as const) {
    const before = values(scaled(1), { convention });
    for (const factor of [2 ** 40, 2 ** -40]) {
      const after = values(scaled(factor), { convention });
      test.each(metrics.filter(({ id }) => before.has(id)).map(({ id, degree }) => [id, degree] as const))(
        `%s has degree %d (${convention}, × 2^${Math.log2(factor)})`,
        (id, degree) => expect(after.get(id)).toBe(before.get(id)! * factor ** degree),
      );
    }
  }
});
