import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLOTS } from '../../src/plots';
import { Pending, Quantities } from '../../src/metrics/quantities';
import { AnalysisError } from '../../src/shared/problem';
import type { Axis } from '../../src/shared/plot';
import { SITUATIONS } from '../reference/situations';

test('every plot is named in kebab-case, once, and its file after it', () => {
  expect(new Set(PLOTS.map(({ id }) => id)).size).toBe(PLOTS.length);
  for (const { id, title, subtitle } of PLOTS) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(existsSync(join(import.meta.dirname, '../../src/plots', `${id}.ts`))).toBe(true);
    expect(title).not.toBe('');
    expect(subtitle).not.toBe('');
  }
});

const inside = ({ min, max }: Axis, value: number): void => {
  const tolerance = 1e-9 * (Math.abs(min) + Math.abs(max));
  expect(value).toBeGreaterThanOrEqual(min - tolerance);
  expect(value).toBeLessThanOrEqual(max + tolerance);
};

describe.each(PLOTS.map((plot) => [plot.id, plot] as const))('%s', (_, plot) => {
  const drawn = SITUATIONS.flatMap(({ name, summary, settings }) => {
    try {
      return [{ name, ...plot.draw(new Quantities(summary, settings)) }];
    } catch (error) {
      // anything else is a fault
      if (error instanceof AnalysisError || error instanceof Pending) return [];
      throw error;
    }
  });

  test('is drawn for most dumps, and where it is not, says why', () => expect(drawn.length).toBeGreaterThan(5));

  test.each(drawn.map((spec) => [spec.name, spec] as const))(
    'has only points and labels that can be drawn: %s',
    (__, spec) => {
      expect(spec.panels.length).toBeGreaterThan(0);
      expect(spec.summary).toMatch(/\.$/);
      expect(spec.summary).not.toMatch(/NaN|Infinity|undefined/);
      for (const { x, y, series, labels, bands, lines } of spec.panels) {
        for (const axis of [x, y]) {
          expect(Number.isFinite(axis.min) && Number.isFinite(axis.max)).toBe(true);
          expect(axis.max).toBeGreaterThan(axis.min);
          expect(axis.name).not.toBe('');
          if (axis.scale === 'log') expect(axis.min).toBeGreaterThan(0);
          for (const tick of axis.ticks ?? []) inside(axis, tick);
          expect([...(axis.ticks ?? [])]).toEqual([...new Set(axis.ticks ?? [])].sort((a, b) => a - b));
        }
        expect(series.some(({ x: xs }) => xs.length > 0)).toBe(true);
        for (const { name, x: xs, y: ys, pointNames } of series) {
          expect(name).not.toBe('');
          expect(xs.length).toBe(ys.length);
          if (pointNames) expect(pointNames.length).toBe(xs.length);
          for (const [axis, values] of [
            [x, xs],
            [y, ys],
          ] as const)
            for (const value of Array.from(values)) {
              expect(Number.isFinite(value)).toBe(true);
              if (axis.scale === 'log') expect(value).toBeGreaterThan(0);
            }
        }
        for (const label of labels ?? []) {
          inside(x, label.x);
          inside(y, label.y);
          expect(label.text.map(([, text]) => text).join('')).not.toMatch(/NaN|Infinity|undefined/);
          if (label.leader) {
            inside(x, label.leader.x);
            inside(y, label.leader.y);
          }
        }
        for (const { axis, from, to } of bands ?? []) {
          inside(axis === 'x' ? x : y, from);
          inside(axis === 'x' ? x : y, to);
          expect(to).toBeGreaterThanOrEqual(from);
        }
        for (const { axis, at } of lines ?? []) inside(axis === 'x' ? x : y, at);
      }
    },
  );
});
