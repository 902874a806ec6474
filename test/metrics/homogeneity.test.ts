import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { evaluate } from '../../src/report/evaluate';
import type { DumpSummary } from '../../src/shared/summary';
import { solve } from '../kernel/run';
import { stored } from '../kernel/stored';
import { settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';
import { threeLayers } from '../reference/situations';

const metrics: readonly MetricDefinition[] = METRICS;

/** From the bytes of the dump through the kernel to the numbers of the page. */
async function values(rows: readonly (readonly number[])[], convention: 'population' | 'sample') {
  const dump = stored(rows, { layers: threeLayers.metadata.layers });
  const { arrays: _, ...description } = dump;
  const summary: DumpSummary = {
    dump: { ...description, metadata: { ...dump.metadata, loss: 2 } },
    ...(await solve(dump)),
  };
  const settings = settingsFor(summary, { learningRate: 0.1, batchSize: 3, convention });
  return new Map(
    evaluate(summary, settings).metrics.flatMap(({ id, outcome }) =>
      outcome.kind === 'value' ? [[id, outcome] as const] : [],
    ),
  );
}

describe.each([
  ['more rows than parameters', threeLayers.rows],
  ['more parameters than rows', noise(6, 7, 21).map((row) => row.map((value, j) => value + j / 2))],
] as const)('a dump of %s', (_, rows) => {
  test.each([
    ['population', 40],
    ['population', -40],
    ['sample', 40],
    ['sample', -40],
  ] as const)(
    'times a power of two changes every metric by exactly what it declares (%s, 2^%i)',
    async (convention, power) => {
      // a power of two moves exponents only: nothing may be lost, and no absolute threshold may stand in the way
      const before = await values(rows, convention);
      const after = await values(
        rows.map((row) => row.map((value) => value * 2 ** power)),
        convention,
      );
      expect([...after.keys()]).toEqual([...before.keys()]);
      expect(before.size).toBeGreaterThan(25);
      for (const { id, degree } of metrics) {
        const known = before.get(id);
        if (known === undefined) continue;
        const factor = 2 ** (power * degree);
        expect([id, after.get(id)?.value]).toEqual([id, known.value * factor]);
        const { interval } = known;
        if (interval === undefined) continue;
        expect([id, after.get(id)?.interval?.lower]).toEqual([id, interval.lower * factor]);
        expect([id, after.get(id)?.interval?.upper]).toEqual([
          id,
          interval.upper === undefined ? undefined : interval.upper * factor,
        ]);
      }
    },
  );
});
