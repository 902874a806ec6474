import { beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { checkSpectrum } from '../../src/analysis/spectrum-of-statistics';
import { GRADSTATS, MARK } from '../../src/formats/gradstats-form';
import type { ArrayName } from '../../src/formats/gradstats-form';
import { gradstatsFile } from '../../src/formats/gradstats-writer';
import { npzArrays } from '../../src/formats/npz';
import { openSource } from '../../src/formats/source';
import { plainKernel } from '../../src/kernel/plain';
import { evaluate } from '../../src/report/evaluate';
import type { ElementType, Layer } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import { unhurried } from '../kernel/run';
import { stored } from '../kernel/stored';
import { noise } from '../reference/noise';
import { headerOf, joined, MEANS, npy, npz } from './build';

/* From sound files, each array altered in each of several ways: refused, or of no effect, or listed here with the reason. */

interface Sound {
  readonly rows: readonly (readonly number[])[];
  readonly element?: ElementType;
  readonly layers?: readonly Layer[];
}
const relu = (x: number): number => (x > 1.2 ? x - 1.2 : 0);
const SOUND: Readonly<Record<string, Sound>> = {
  dense: { rows: noise(6, 40, 1).map((row) => row.map((x, j) => x + 0.3 * (j % 3))) },
  sparse: { rows: noise(16, 60, 2).map((row) => row.map(relu)) },
  'with layers': {
    rows: noise(7, 30, 3).map((row) => row.map((x, j) => (j === 4 ? 0 : j === 12 ? 2 : x * (1 + j)))),
    layers: [{ name: 'a', size: 9 }, { name: 'b', size: 1 }, { name: 'c', size: 20 }], // prettier-ignore
  },
  'fewer parameters than rows': { rows: noise(24, 5, 4).map((row) => row.map((x) => x + 1)) },
  'equal rows': { rows: Array.from({ length: 5 }, () => [1, 2, 3, 0.1, 0]) },
  'two rows': { rows: noise(2, 12, 5) },
  'at the end of float16': { rows: noise(4, 6, 6).map((row, i) => row.map((x, j) => (i === j ? 65504 : Math.round(x * 100)))), element: 'f2' }, // prettier-ignore
};

type Arrays = ReadonlyMap<ArrayName, { readonly values: readonly number[]; readonly shape: readonly number[] }>;

async function arraysOf({ rows, element = 'f8', layers }: Sound): Promise<{ arrays: Arrays; mark: Uint8Array }> {
  const [N, d] = [rows.length, rows[0]!.length];
  const dump = stored(rows, { element, layers: layers ?? [{ name: 'all of it', size: d }] });
  const products = new Float64Array(N * N);
  const { moments, ...rest } = await plainKernel.gram(dump, products, unhurried);
  const { arrays: _, ...description } = dump;
  const location = { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 } as const;
  const bytes = joined(
    ...gradstatsFile(
      {
        dump: { ...description, dtype: element === 'f2' ? 'float16' : 'float64', metadata: {}, layers: layers ?? [] },
        sources: [{ name: 'rows.npy', bytes: 160, sha256: '0'.repeat(64) }],
        moments,
        gram: { ...rest, products: { columns: N, element: 'f8', littleEndian: true, order: 'C', location } },
      },
      () => undefined,
    ),
  );
  const found = npzArrays(openSource('sound', bytes), MEANS).arrays;
  const data = ({ npy: { offset, bytes: length }, part }: (typeof found)[number]): Uint8Array => Uint8Array.from(part.read(offset, length)); // prettier-ignore
  const numbers = found
    .filter(({ name }) => name !== MARK)
    .map((array) => {
      const { buffer } = data(array);
      const name = array.name as ArrayName;
      const values = GRADSTATS[name].dtype === 'int64' ? Array.from(new BigInt64Array(buffer), Number) : [...new Float64Array(buffer)]; // prettier-ignore
      return [name, { values, shape: array.npy.shape }] as const;
    });
  return { arrays: new Map(numbers), mark: data(found.find(({ name }) => name === MARK)!) };
}

function fileOf({ arrays, mark }: { arrays: Arrays; mark: Uint8Array }): Uint8Array {
  const tuple = (shape: readonly number[]): string => (shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(', ')})`); // prettier-ignore
  const entries = [...arrays].map(([name, { values, shape }]): [string, Uint8Array] => {
    const whole = GRADSTATS[name].dtype === 'int64';
    const typed = whole ? BigInt64Array.from(values, (x) => (Math.abs(x) < 2 ** 62 ? BigInt(Math.trunc(x)) : 1n << 62n)) : Float64Array.from(values); // prettier-ignore
    return [name, npy({ header: headerOf(whole ? "'<i8'" : "'<f8'", tuple(shape)), data: new Uint8Array(typed.buffer) })]; // prettier-ignore
  });
  return npz(Object.fromEntries([[MARK, npy({ header: headerOf("'|u1'", `(${mark.length},)`), data: mark })], ...entries])); // prettier-ignore
}

type Values = readonly number[];
/** Counts and exponents move by one, other numbers by the largest of them. */
const unit = (values: Values): number =>
  values.every((x) => Number.isInteger(x) && Math.abs(x) < 1000) ? 1 : Math.max(...values.map(Math.abs));
/** What is done to the numbers of an array; of several, to all of them or to one. */
const ALTERATIONS: Readonly<Record<string, (values: Values) => Values>> = {
  doubled: (values) => values.map((x) => 2 * x),
  'times 1e100': (values) => values.map((x) => (x === 0 ? 1e100 : 1e100 * x)),
  negated: (values) => values.map((x) => -x),
  'shifted up': (values) => values.map((x) => x + unit(values)),
  'shifted down': (values) => values.map((x) => x - unit(values)),
  'moved on by one place': (values) => [...values.slice(1), ...values.slice(0, 1)],
  'with two swapped': (values) => (values.length < 2 ? values : [values[1]!, values[0]!, ...values.slice(2)]),
  'not a number': (values) => values.map(() => NaN),
  zeroed: (values) => values.map(() => 0),
  'with the first zeroed': (values) => [0, ...values.slice(1)],
  'with the first doubled': (values) => [2 * (values[0] ?? 0), ...values.slice(1)],
  'with the last a little larger': (values) => [...values.slice(0, -1), 1.01 * (values.at(-1) ?? 0)],
  shortened: (values) => values.slice(0, -1),
};

/** All that the report says: metrics, sentences and plots. */
const report = async (bytes: Uint8Array): Promise<string> => {
  const request = { paths: ['/virtual/x.gradstats.npz'], bytes, memoryBudget: 2 ** 26, cancelFlag: new SharedArrayBuffer(4) }; // prettier-ignore
  const summary = await analyze(request, () => undefined);
  const { dump: _, ...said } = evaluate(summary, suggestedSettings({ ...summary.dump, metadata: {} }));
  return JSON.stringify(said);
};

/**
 * What changes the report and is not refused, and why: no other number of the file says it twice, or only within bounds. Each
 * is a file that some rows could have, as far as its identities and inequalities show.
 */
const CONSISTENT: Partial<Record<ArrayName, { readonly why: string; readonly ways: readonly string[] }>> = {
  gram_rounding: {
    why: 'what the writer says of its own rounding, up to a millionth of the longest row',
    ways: ['shifted up'],
  },
  mean_products: {
    why: 'a mean of the stated length may lie in any direction that the products between rows do not span',
    ways: ['doubled', 'moved on by one place', 'negated', 'with two swapped', 'zeroed'],
  },
  signal_to_noise: {
    why: 'known from the mean and the counts of variances only within the width of their bins',
    ways: ['doubled', 'shifted up', 'with the first doubled', 'with the last a little larger'],
  },
  saturated: {
    why: 'which elements of their bin are 65504 exactly is counted here alone',
    ways: ['shifted down'],
  },
  variance_counts: {
    why: 'counts of neighboring bins whose variances can still add up to the trace',
    ways: ['moved on by one place', 'with two swapped'],
  },
  layer_mean_squared_norm: {
    why: 'the mean of the whole does not say how its layers share it',
    ways: ['moved on by one place', 'with two swapped'],
  },
  layer_dead_parameters: {
    why: 'a parameter that is constant may be 0 or not, and in any layer that has one',
    ways: ['moved on by one place', 'shifted down', 'with the first zeroed', 'zeroed'],
  },
  layer_spectral_norm: {
    why: 'within its trace, its Frobenius norm and its rank a layer of several has its eigenvalues to itself',
    ways: ['with the last a little larger'],
  },
  layer_squared_frobenius_norm: {
    why: 'the same',
    ways: ['with the last a little larger'],
  },
};

const found = new Map<ArrayName, Set<string>>();

describe.each(Object.entries(SOUND))('of a sound file of statistics, %s,', (title, sound) => {
  let made: Awaited<ReturnType<typeof arraysOf>>;
  let before: string;
  beforeAll(async () => {
    made = await arraysOf(sound);
    before = await report(fileOf(made));
  });

  test.each(Object.keys(GRADSTATS).filter((name) => name !== MARK) as ArrayName[])(
    '%s is refused when it is altered, or the report stays as it was, or the altered file is consistent as listed',
    async (name) => {
      const { values, shape } = made.arrays.get(name)!;
      for (const [how, alter] of Object.entries(ALTERATIONS)) {
        const altered = alter(values);
        if (altered.length !== values.length && shape.length !== 1) continue;
        const now = shape.length === 1 ? [altered.length] : shape;
        const file = fileOf({ ...made, arrays: new Map(made.arrays).set(name, { values: altered, shape: now }) });
        const after = await report(file).catch((error: unknown) => {
          if (error instanceof AnalysisError) return error.problem.code;
          throw error;
        });
        if (after === before) continue;
        if (after.startsWith('{')) {
          expect(CONSISTENT[name]?.ways ?? [], `${name}, ${how}`).toContain(how);
          found.set(name, (found.get(name) ?? new Set()).add(how));
        } else expect(['gradstats/contradiction', 'gradstats/form'], `${name}, ${how}`).toContain(after);
      }
    },
  );
});

test('a file of statistics with more eigenvalues than its parameters can have is refused, by its norm or by its spectrum', async () => {
  const { arrays, mark } = await arraysOf({ rows: noise(12, 40, 7) });
  const four = 4;
  const about = JSON.parse(new TextDecoder().decode(mark)) as { parameters: number; layers: { size: number }[] };
  const few = { ...about, parameters: four, layers: about.layers.map((layer) => ({ ...layer, size: four })) };
  const counts = arrays.get('variance_counts')!.values;
  const first = counts.findIndex((count) => count >= four);
  const altered = new Map(arrays)
    .set('variance_counts', { values: counts.map((_, k) => (k === first ? four : 0)), shape: [counts.length] })
    .set('signal_to_noise_parameters', { values: [four], shape: [] });
  // twelve equal eigenvalues but one leave a norm that four cannot have; one above many small ones is left to the spectrum
  await expect(
    report(fileOf({ arrays: altered, mark: new TextEncoder().encode(JSON.stringify(few)) })),
  ).rejects.toThrow(AnalysisError);
  const dump = stored(noise(12, 40, 7).map((row, i) => row.map((x, j) => (j === 0 ? 30 * (i % 2) : x))), { layers: [{ name: 'a', size: 40 }] }); // prettier-ignore
  const products = new Float64Array(144);
  const { moments, ...rest } = await plainKernel.gram(dump, products, unhurried);
  const location = { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 } as const;
  const gram = { ...rest, products: { columns: 12, element: 'f8', littleEndian: true, order: 'C', location } } as const;
  const { arrays: _, ...described } = dump;
  for (const [parameters, refused] of [
    [40, false],
    [11, false],
    [10, true],
    [4, true],
  ] as const) {
    // prettier-ignore
    const spectrum = await plainKernel.spectrumOfGram(gram, moments, parameters, unhurried);
    const check = (): void =>
      checkSpectrum({ dump: { ...described, parameters }, sources: [], moments, gram }, spectrum);
    if (refused) expect(check).toThrow(/eigenvalues that 12 rows and \d+ parameters that vary can have add up to/);
    else expect(check).not.toThrow();
  }
});

test('alterations of a file of statistics are listed as consistent only where one of the sound files shows it', () => {
  expect(Object.fromEntries([...found].map(([name, ways]) => [name, [...ways].sort()]))).toEqual(
    Object.fromEntries(Object.entries(CONSISTENT).map(([name, { ways }]) => [name, ways])),
  );
});
