import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { Pending, Quantities } from '../../src/metrics/quantities';
import type { Quantity } from '../../src/metrics/quantities';
import { evaluate } from '../../src/report/evaluate';
import type { Settings } from '../../src/shared/settings';
import type { Companions, DumpSummary, Secant } from '../../src/shared/summary';
import { naiveComparison, naiveMatrix } from '../reference/companions';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';

type Rows = readonly (readonly number[])[];

const metrics: readonly MetricDefinition[] = METRICS;
const withHessian = (rows: Rows, hessian: Rows): DumpSummary => ({
  ...naiveSummary(rows),
  companions: { hessian: { path: '/run/hessian.npy', summary: naiveMatrix(rows, hessian) } },
});
const estimate = (summary: DumpSummary, id: string, changes: Partial<Settings> = {}) =>
  metrics.find((metric) => metric.id === id)!.compute(new Quantities(summary, settingsFor(summary, changes)));
const code = (expected: string): unknown =>
  expect.objectContaining({ problem: expect.objectContaining({ code: expected }) as unknown });

describe('with G = (1, 0.2), Σ = diag(4, 1) and H = diag(1, 10)', () => {
  const [a, b] = [Math.sqrt(8), Math.sqrt(2)];
  const rows = [
    [1 + a, 0.2],
    [1 - a, 0.2],
    [1, 0.2 + b],
    [1, 0.2 - b],
  ];
  const summary = withHessian(rows, [
    [1, 0],
    [0, 10],
  ]);
  test.each([
    ['noise-curvature-trace', 14],
    ['curvature-noise-scale', 10],
    ['maximum-learning-rate', 26 / 35],
    ['hessian-trace', 11],
    ['hessian-spectral-norm', 10],
    ['noise-curvature-cosine', 14 / Math.sqrt(17 * 101)],
  ])('%s is %d', (id, expected) => expect(estimate(summary, id).value).toBeCloseTo(expected, 12));

  test('the best learning rate for batches of 10 is half of the one without noise', () =>
    expect(estimate(summary, 'maximum-learning-rate', { batchSize: 10, replacement: 'with' }).note).toBe(
      '0.371 for batches of 10',
    ));

  test('the sample convention takes the noise left in the mean off GᵀHG as well', () => {
    const large = noise(400, 2, 1).map(([x, y]) => [x! + 3, y! + 3]);
    const plain = naiveMatrix(large, [
      [1, 0],
      [0, 10],
    ]);
    const noiseOfRows = plain.rowProducts.reduce((sum, value) => sum + value, 0) / 399;
    const found = estimate(
      withHessian(large, [
        [1, 0],
        [0, 10],
      ]),
      'curvature-noise-scale',
      { convention: 'sample' },
    );
    expect(found.value).toBeCloseTo(noiseOfRows / (plain.meanProduct - noiseOfRows / 400), 12);
    expect(found.interval!.lower).toBeLessThan(found.value);
    expect(found.interval!.upper).toBeGreaterThan(found.value);
  });
});

describe('where the Hessian is the identity', () => {
  const rows = noise(60, 5, 2).map((row) => row.map((value) => value + 0.7));
  const identity = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (__, j) => Number(i === j)));
  const summary = withHessian(rows, identity);
  test.each([{}, { convention: 'sample' as const, datasetSize: 200 }])(
    'the noise scale with curvature is the simple one, with its interval where the products of rows are not known (%o)',
    (changes) => {
      const curved = estimate(summary, 'curvature-noise-scale', changes);
      const simple = estimate(summary, 'simple-noise-scale', changes);
      expect(curved.value).toBeCloseTo(simple.value, 12);
      if (simple.interval === undefined) expect(curved.interval).toBeUndefined();
      else {
        const { spectrum: _, ...withoutProducts } = summary;
        const { interval } = estimate(withoutProducts, 'simple-noise-scale', changes);
        expect(curved.interval!.lower).toBeCloseTo(interval!.lower, 10);
        expect(curved.interval!.upper).toBeCloseTo(interval!.upper!, 10);
        expect(curved.interval!.upper! / simple.interval.upper!).toBeCloseTo(1, 1);
        expect(estimate(summary, 'noise-curvature-trace', changes).interval!.upper).toBeCloseTo(
          estimate(summary, 'covariance-trace', changes).interval!.upper!,
          10,
        );
      }
      expect(estimate(summary, 'noise-curvature-trace', changes).value).toBeCloseTo(
        estimate(summary, 'covariance-trace', changes).value,
        12,
      );
    },
  );

  test('the best step is 1, with certainty', () => {
    const { value, interval } = estimate(summary, 'maximum-learning-rate', { convention: 'sample' });
    expect(value).toBeCloseTo(1, 12);
    expect(interval!.lower).toBeCloseTo(1, 5);
    expect(interval!.upper).toBeCloseTo(1, 5);
  });

  test('noise along it costs no more than isotropic noise', () =>
    expect(estimate(summary, 'noise-curvature-trace').note).toBe('× 1.00 of isotropic noise'));
});

describe('Takeuchi’s gap', () => {
  // at a minimum: rows that add up to 0
  const half = noise(30, 3, 4);
  const rows = [...half, ...half.map((row) => row.map((value) => -value))];
  const hessian = [
    [2, 0.5, 0],
    [0.5, 1, 0],
    [0, 0, 0.5],
  ];
  test('is tr(H⁻¹Σ)/N at a minimum', () => {
    const summary = withHessian(rows, hessian);
    const inverse = naiveMatrix(rows, hessian).inverse!;
    expect(estimate(summary, 'takeuchi-information').value).toBeCloseTo(inverse.covarianceProduct / 60, 14);
  });

  test('is the number of parameters over the number of examples when H = Σ', () => {
    const summary = naiveSummary(rows);
    const sigma = Array.from({ length: 3 }, (_, i) => [...summary.spectrum!.covariance!.subarray(3 * i, 3 * i + 3)]);
    expect(estimate(withHessian(rows, sigma), 'takeuchi-information').value).toBeCloseTo(3 / 60, 12);
  });

  test('is refused away from a minimum, where H is indefinite, and for a data set of unknown size', () => {
    const away = rows.map((row) => row.map((value) => value + 1));
    expect(() => estimate(withHessian(away, hessian), 'takeuchi-information')).toThrow(code('value/undefined'));
    const saddle = [
      [2, 0, 0],
      [0, 1, 0],
      [0, 0, -0.5],
    ];
    expect(() => estimate(withHessian(rows, saddle), 'takeuchi-information')).toThrow(code('value/undefined'));
    expect(() => estimate(withHessian(rows, hessian), 'takeuchi-information', { convention: 'sample' })).toThrow(
      code('settings/missing'),
    );
  });
});

test('rows that are all the full gradient have no noise along the curvature, and the reason is said', () => {
  const rows = [
    [1, 2],
    [1, 2],
  ];
  const summary = { ...naiveSummary(rows, { rows: { meanOf: 4 } }), companions: withHessian(rows, rows).companions! };
  for (const id of ['noise-curvature-trace', 'curvature-noise-scale'])
    expect(() => estimate(summary, id, { convention: 'sample', datasetSize: 4 })).toThrow(code('value/undefined'));
});

test('an eigenvalue of a Hessian that rounding makes negative is no curvature that points down', () => {
  const rows = noise(12, 2, 4);
  const said = (smallest: number): string =>
    JSON.stringify(evaluate(withHessian(rows, [[2, 0], [0, smallest]]), settingsFor(naiveSummary(rows))).sections); // prettier-ignore
  expect(said(-1e-9)).not.toContain('negative curvature');
  expect(said(-1e-3)).toContain('negative curvature');
});

test('a loss that curves downward along the gradient has no best step', () => {
  const summary = withHessian(
    [
      [1, 0],
      [3, 0],
    ],
    [
      [-1, 0],
      [0, 1],
    ],
  );
  for (const id of ['maximum-learning-rate', 'curvature-noise-scale'])
    expect(() => estimate(summary, id)).toThrow(code('value/undefined'));
  expect(estimate(summary, 'noise-curvature-trace').value).toBe(-1);
});

test('a curvature that the sample does not resolve leaves a lower bound', () => {
  const rows = noise(12, 3, 8);
  const summary = withHessian(rows, [
    [1, 0, 0],
    [0, 2, 0],
    [0, 0, 3],
  ]);
  const { outcome } = evaluate(summary, settingsFor(summary, { convention: 'sample' })).metrics.find(
    ({ id }) => id === 'curvature-noise-scale',
  )!;
  expect(outcome.kind).toBe('unavailable');
});

describe('a Fisher matrix', () => {
  const rows = noise(20, 4, 6).map((row) => row.map((value) => value + 0.3));
  const labels = noise(30, 4, 7).map((row) => row.map((value, j) => value * (1 + j) + 0.1));
  const secondMoment = labels[0]!.map((_, i) =>
    labels[0]!.map((__, j) => labels.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / 30),
  );
  const given = (companions: Companions): DumpSummary => ({ ...naiveSummary(rows), companions });

  test('is the same whether given as a matrix or as the gradients that make it', () => {
    const matrix = given({ fisher: { path: 'f.npy', summary: naiveMatrix(rows, secondMoment) } });
    const dump = given({ modelLabels: { path: 'l.npy', summary: naiveComparison(rows, labels) } });
    for (const id of ['fisher-trace', 'fisher-covariance-cosine'])
      expect(estimate(dump, id).value).toBeCloseTo(estimate(matrix, id).value, 10);
  });

  test('equal to the covariance has a cosine of 1', () => {
    const sigma = naiveSummary(rows).spectrum!.covariance!;
    const fisher = Array.from({ length: 4 }, (_, i) => [...sigma.subarray(4 * i, 4 * i + 4)].map((entry) => 7 * entry));
    expect(
      estimate(given({ fisher: { path: 'f.npy', summary: naiveMatrix(rows, fisher) } }), 'fisher-covariance-cosine')
        .value,
    ).toBeCloseTo(1, 12);
  });
});

describe('a second dump', () => {
  const rows = noise(25, 4, 13).map((row) => row.map((value, j) => value * (4 - j)));
  const beside = (others: Rows, secant?: Secant): DumpSummary => ({
    ...naiveSummary(rows),
    companions: {
      compared: { path: '/run/later.npy', summary: { ...naiveComparison(rows, others), ...(secant && { secant }) } },
    },
  });

  test('that is the same has a cosine of 1, no change and the same directions', () => {
    expect(estimate(beside(rows), 'covariance-cosine').value).toBeCloseTo(1, 12);
    expect(estimate(beside(rows), 'covariance-relative-change').value).toBeCloseTo(0, 6);
    expect(estimate(beside(rows), 'subspace-overlap').value).toBeCloseTo(1, 12);
  });

  test('that is twice as large has the same shape, and three times the covariance more', () => {
    const twice = rows.map((row) => row.map((value) => 2 * value + 7));
    expect(estimate(beside(twice), 'covariance-cosine').value).toBeCloseTo(1, 12);
    expect(estimate(beside(twice), 'covariance-relative-change').value).toBeCloseTo(3, 12);
    expect(estimate(beside(twice), 'subspace-overlap').value).toBeCloseTo(1, 12);
  });

  test('with fewer rows is compared with its own divisor under the sample convention', () => {
    const others = noise(10, 4, 14);
    const cov = (list: Rows): number[] => {
      const factor = list.length / (list.length - 1);
      return [...naiveSummary(list).spectrum!.covariance!].map((entry) => factor * entry);
    };
    const [a, b] = [cov(rows), cov(others)];
    const norm = (values: readonly number[]): number => Math.hypot(...values);
    const expected = norm(a.map((entry, k) => entry - b[k]!)) / norm(a);
    expect(estimate(beside(others), 'covariance-relative-change', { convention: 'sample' }).value).toBeCloseTo(
      expected,
      12,
    );
  });

  test('from other examples of the same distribution differs by about the number that its card names', () => {
    let found = 0;
    let told = 0;
    for (let round = 0; round < 40; round++) {
      const [one, other] = [noise(50, 6, 100 + round), noise(80, 6, 200 + round)];
      const summary: DumpSummary = {
        ...naiveSummary(one),
        companions: { compared: { path: 'o', summary: naiveComparison(one, other) } },
      };
      const { value, note } = estimate(summary, 'covariance-relative-change', { convention: 'sample' });
      found += value ** 2;
      told += Number(/about ([\d.]+)/.exec(note!)![1]) ** 2;
    }
    expect(Math.sqrt(found / told)).toBeGreaterThan(0.8);
    expect(Math.sqrt(found / told)).toBeLessThan(1.25);
  });

  test('gives the curvature on the way only when both name their parameters', () => {
    expect(() => estimate(beside(rows), 'secant-curvature')).toThrow(code('value/needs-companion'));
    const secant = {
      squaredDistance: 4,
      curvature: 2.5,
      before: Float64Array.of(1, -2, 0, 3, 1, 0, -1, 2),
      after: Float64Array.of(3, 1, 2, 9, 2, 4, 0, 3),
      paired: true,
    };
    const eight = rows.slice(0, 8);
    const found = (changes: Partial<Settings>, of: Partial<typeof secant> = {}): Quantity => {
      const comparison = { ...naiveComparison(eight, eight), secant: { ...secant, ...of } };
      const companions: Companions = { compared: { path: 'other.npy', summary: comparison } };
      return estimate({ ...naiveSummary(eight), companions }, 'secant-curvature', changes);
    };
    const expectEnds = ({ value, interval }: Quantity, lower: number, upper: number): void => {
      expect(value).toBe(2.5);
      expect(interval!.lower).toBeCloseTo(lower, 11);
      expect(interval!.upper).toBeCloseTo(upper, 11);
    };
    // in arithmetic of 40 digits, by test/fixtures/intervals/recipe.py: row by row, eight of 16 examples, and apart
    expectEnds(found({ convention: 'sample' }), 1.3277710415752, 4.9960568418903);
    expectEnds(found({ convention: 'sample', datasetSize: 16 }), 1.6711089543946, 4.2649787191277);
    expectEnds(found({ convention: 'sample' }, { paired: false }), 0.2314331736287, 12.6139534771);
    expect(
      found({ convention: 'sample' }, { paired: false, after: secant.after.slice(0, 3) }).interval,
    ).toBeUndefined();
    expect(found({}).interval).toBeUndefined();
  });
});

describe('a companion', () => {
  const rows = noise(8, 3, 9);
  test('that is not there is asked for, with the line of metadata that names it', () => {
    const summary = { ...naiveSummary(rows), companions: {} };
    for (const [id, fix] of [
      ['hessian-trace', '{ "hessian": "hessian.npy" }'],
      ['fisher-trace', '{ "fisher": "fisher.npy" }'],
    ] as const)
      expect(() => estimate(summary, id)).toThrow(
        expect.objectContaining({
          problem: expect.objectContaining({ code: 'value/needs-companion', fix }) as unknown,
        }),
      );
  });

  test('that is named but not read yet is waited for', () => {
    const summary = naiveSummary(rows, { hessian: 'h.npy' });
    expect(() => estimate(summary, 'hessian-trace')).toThrow(Pending);
  });

  test('that could not be used says why', () => {
    const problem = { code: 'file/missing', found: 'There is no such file', remedy: 'Choose another.' } as const;
    const summary: DumpSummary = { ...naiveSummary(rows), companions: { hessian: { path: 'h.npy', problem } } };
    expect(() => estimate(summary, 'hessian-trace')).toThrow(code('file/missing'));
  });
});

describe('a metric of companions scales with the gradients exactly as it declares', () => {
  const rows = noise(14, 4, 12).map((row) => row.map((value) => value + 0.8));
  const hessian = Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (__, j) => (i === j ? 1 + i : 0.25)));
  const others = noise(9, 4, 15);
  const values = (factor: number): Map<string, number> => {
    const scaled = rows.map((row) => row.map((value) => value * factor));
    const companions: Companions = {
      hessian: { path: 'h', summary: naiveMatrix(scaled, hessian) },
      fisher: { path: 'f', summary: naiveMatrix(scaled, hessian) },
      compared: {
        path: 'c',
        summary: naiveComparison(
          scaled,
          others.map((row) => row.map((value) => value * factor)),
        ),
      },
    };
    const summary = { ...naiveSummary(scaled), companions };
    const report = evaluate(summary, settingsFor(summary, { learningRate: 0.1, batchSize: 2 }));
    return new Map(
      report.metrics.flatMap(({ id, outcome }) => (outcome.kind === 'value' ? [[id, outcome.value] as const] : [])),
    );
  };
  const before = values(1);
  const companionMetrics = metrics.filter(
    ({ id }) =>
      /fisher|hessian|noise-curv|curvature-n|maximum-l|covariance-[cr]|overlap/.test(id) && !id.startsWith('empirical'),
  );
  for (const factor of [2 ** 40, 2 ** -40]) {
    const after = values(factor);
    test.each(companionMetrics.map(({ id, degree }) => [id, degree] as const))(
      `%s has degree %d (× 2^${Math.log2(factor)})`,
      (id, degree) => {
        expect(before.has(id)).toBe(true);
        expect(after.get(id)! / (before.get(id)! * factor ** degree)).toBeCloseTo(1, 13);
      },
    );
  }
});
