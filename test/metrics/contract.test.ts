import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { evaluate } from '../../src/report/evaluate';
import type { Report } from '../../src/shared/report';
import { SITUATIONS } from '../reference/situations';

const source = join(import.meta.dirname, '../../src/metrics');
const metrics: readonly MetricDefinition[] = METRICS;
const render = (tex: string): string =>
  katex.renderToString(tex, { throwOnError: true, strict: 'error', trust: false, output: 'htmlAndMathml' });

const NEVER_NEGATIVE = new Set(['true-gradient-squared-norm', 'coherence']);

test('every metric has an id of its own', () => {
  expect(new Set(metrics.map(({ id }) => id)).size).toBe(metrics.length);
});

describe.each(metrics.map((metric) => [metric.id, metric] as const))('%s', (id, metric) => {
  test('is named in kebab-case, its file after it, and its declaration after both', () => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const places = ['measured', 'derived', 'matrix', 'pair'].map((room) => join(source, room, `${id}.ts`));
    const [file, ...more] = places.filter((place) => existsSync(place));
    expect(more).toEqual([]);
    const name = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(readFileSync(file!, 'utf8')).toContain(`export const ${name} = defineMetric(`);
  });

  test('says in sentences what it is and when it misleads', () => {
    for (const text of [
      metric.meaning,
      metric.misleads,
      ...(metric.elsewhere === undefined ? [] : [metric.elsewhere]),
    ]) {
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
  // once, but not before the tests run: what is computed while they are collected escapes Stryker's mutants
  let report: Report | undefined;
  test.each(metrics.map(({ id }) => id))('%s is a number or says why not', (id) => {
    report ??= evaluate(summary, settings);
    const { outcome, terms } = report.metrics.find((result) => result.id === id)!;
    if (outcome.kind === 'value') {
      expect(Number.isFinite(outcome.value)).toBe(true);
      const { interval } = outcome;
      if (interval?.upper !== undefined) {
        // an unbiased ‖G‖² may be negative, which the true one cannot be: then it lies below its interval
        if (outcome.value < 0 && NEVER_NEGATIVE.has(id)) expect(interval.lower).toBe(0);
        else expect(interval.lower).toBeLessThanOrEqual(outcome.value);
        expect(interval.upper).toBeGreaterThanOrEqual(outcome.value);
      }
      expect(settings.convention === 'population' && interval !== undefined, 'nothing is sampled').toBe(false);
    }
    // run/internal would be a fault of ours
    if (outcome.kind === 'unavailable') expect(outcome.problem.code).not.toBe('run/internal');
    for (const { substituted } of terms) if (substituted !== undefined) expect(render(substituted)).toContain('katex');
  });
});

test('every formula has as many numbers as symbols', () => {
  let computed = 0;
  for (const { summary, settings } of SITUATIONS)
    for (const { id, outcome, terms } of evaluate(summary, settings).metrics) {
      if (outcome.kind !== 'value') continue;
      computed++;
      expect(terms[0]?.substituted, `${id} begins with its value`).toBeDefined();
      expect(terms.length).toBe(metrics.find((metric) => metric.id === id)?.formula.length);
    }
  expect(computed).toBeGreaterThan(100);
});
