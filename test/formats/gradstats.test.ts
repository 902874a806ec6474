import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { reduce } from '../../src/analysis/reduce';
import { readDumpOrStatistics } from '../../src/formats';
import { GRADSTATS } from '../../src/formats/gradstats-form';
import type { ArrayName } from '../../src/formats/gradstats-form';
import { gradstatsFile } from '../../src/formats/gradstats-writer';
import { npzArrays } from '../../src/formats/npz';
import { openSource } from '../../src/formats/source';
import { plainKernel } from '../../src/kernel/plain';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem, ProblemCode } from '../../src/shared/problem';
import type { Statistics } from '../../src/shared/statistics';
import { close } from '../kernel/close';
import { momentsOf, unhurried } from '../kernel/run';
import { stored } from '../kernel/stored';
import { headerOf, joined, MEANS, npy, npz, utf8, zip } from './build';
import written from './gradstats-by-numpy.json';

const page = readFileSync(path.resolve(import.meta.dirname, '../../media/gradstats.md'), 'utf8');

const read = (bytes: Uint8Array, means: Partial<typeof MEANS> = {}): GradientDump | Statistics =>
  readDumpOrStatistics({ path: '/dumps/x.gradstats.npz', bytes, ...MEANS, ...means });

function refusal(bytes: Uint8Array, means: Partial<typeof MEANS> = {}): Problem | undefined {
  try {
    read(bytes, means);
    return undefined;
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}

describe('the page that describes the form', () => {
  test('lists every array with its type, shape and unit, and how shards add, in the order of the file', () => {
    const rows = [...page.matchAll(/^\| `(\w+)`\s+\| `(\w+)`\s+\| `(\(.*?\))`\s+\| (.*?)\s+\| (.*?)\s+\|/gm)];
    const tuple = (shape: readonly string[]): string =>
      shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(', ')})`;
    expect(rows.map(([, name, dtype, shape, unit, shards]) => [name, dtype, shape, unit, shards])).toEqual(
      Object.entries(GRADSTATS).map(([name, { dtype, shape, unit, shards }]) => [name, dtype, tuple(shape), unit, shards]), // prettier-ignore
    );
  });

  test('lists every key of the description', async () => {
    const [, table = ''] = page.split('The JSON of `gradstats`');
    const keys = [...table.matchAll(/^\| `(\w+)`\s+\|/gm)].map(([, key]) => key!);
    expect(keys.sort()).toEqual(
      Object.keys(JSON.parse(new TextDecoder().decode(await description())) as object).sort(),
    );
  });
});

describe('files that the page’s own lines of NumPy write', () => {
  test('are those that were kept; python3 gradstats-by-numpy.py writes them anew', () => {
    const [, lines = ''] = /```python writer\n(.*?)```/s.exec(page) ?? [];
    expect(createHash('sha256').update(lines).digest('hex')).toBe(written.writer);
  });

  test.each(Object.entries(written.cases))('are read, and say what their rows say: %s', async (_, example) => {
    const { file, rows, dtype, trace, eigenvalues } = example;
    const statistics = read(new Uint8Array(Buffer.from(file, 'base64'))) as Statistics;
    const { dump, moments, gram, sources } = statistics;
    expect(dump).toMatchObject({ rows: rows.length, parameters: rows[0]!.length, dtype, layers: [], metadata: { batchSize: 32 } }); // prettier-ignore
    expect(sources).toEqual([expect.objectContaining({ name: 'grad.npy' })]);
    const element = dtype === 'float16' ? 'f2' : 'f8';
    const own = await momentsOf(stored(rows, { element, layers: [{ name: 'all of it', size: dump.parameters }] })); // prettier-ignore
    const { varianceHistogram, ...rest } = own;
    const { varianceHistogram: theirs, ...others } = moments;
    // a mean of 10⁶ leaves 10⁻¹⁶·10⁶ of rounding in each row; a variance may round to the other side of a power of two
    close(others, rest, 1e-8);
    expect(Math.abs(theirs.counts.length - varianceHistogram.counts.length)).toBeLessThanOrEqual(1);
    const spectrum = await plainKernel.spectrumOfGram(gram, moments, dump.parameters, unhurried);
    expect(spectrum.eigenvalues.length).toBe(eigenvalues.length);
    // both solvers leave rounding of the largest (Weyl), and centering that of the mean
    eigenvalues.forEach((value, k) =>
      expect(Math.abs(spectrum.eigenvalues[k]! - value)).toBeLessThanOrEqual(4 * spectrum.roundingFloor + 1e-9),
    );
    close(moments.scatter / rows.length, trace, 1e-9);
  });
});

/* a good file, and what becomes of it when one array is another */

let good: ReadonlyMap<string, Uint8Array>;
const N = 4;
beforeAll(async () => {
  const rows = [
    [1, 2, 0, 0, 5],
    [3, -1, 2, 0, 5],
    [0.5, 4, 1, 0, 5],
    [-2, 3, 7, 0, 5],
  ];
  const dump = stored(rows, { layers: [{ name: 'a', size: 2 }, { name: 'b', size: 3 }] }); // prettier-ignore
  const products = new Float64Array(N * N);
  const { moments, ...rest } = await plainKernel.gram(dump, products, unhurried);
  const { arrays: _, ...description } = dump;
  const location = { kind: 'memory', bytes: new Uint8Array(products.buffer), offset: 0 } as const;
  const bytes = joined(
    ...gradstatsFile(
      {
        dump: { ...description, metadata: { step: 3 } },
        sources: [{ name: 'rows.npy', bytes: 160, sha256: '0'.repeat(64) }],
        moments,
        gram: { ...rest, products: { columns: N, element: 'f8', littleEndian: true, order: 'C', location } },
      },
      () => undefined,
    ),
  );
  const { arrays } = npzArrays(openSource('good', bytes), MEANS);
  good = new Map(arrays.map(({ name, npy: { offset, bytes: length }, part }) => [name, part.read(0, offset + length)]));
});

async function description(): Promise<Uint8Array> {
  const reduced = await reduce({ paths: [path.resolve('media/sample/grad-step-000020.npy')], ...MEANS }, plainKernel);
  const { arrays } = npzArrays(openSource('g', joined(...gradstatsFile(reduced, () => undefined))), MEANS);
  const { npy: header, part } = arrays.find(({ name }) => name === 'gradstats')!;
  return part.read(header.offset, header.bytes);
}

const doubles = (values: readonly number[], shape: string, descr = "'<f8'"): Uint8Array =>
  npy({ header: headerOf(descr, shape), data: new Uint8Array(Float64Array.from(values).buffer) });
const wholes = (values: readonly number[], shape: string): Uint8Array =>
  npy({ header: headerOf("'<i8'", shape), data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });
const about = (change: Record<string, unknown>): Uint8Array => {
  const text = new TextDecoder().decode(good.get('gradstats')!.subarray(128));
  return json(JSON.stringify({ ...(JSON.parse(text.slice(text.indexOf('{"version"'))) as object), ...change }));
};
const json = (text: string): Uint8Array => {
  const data = utf8(text);
  return npy({ header: headerOf("'|u1'", `(${data.length},)`), data });
};
const withArrays = (arrays: Partial<Record<ArrayName, Uint8Array | undefined>>): Uint8Array =>
  npz(Object.fromEntries(Object.entries({ ...Object.fromEntries(good), ...arrays }).flatMap(([name, data]) => (data ? [[name, data]] : [])))); // prettier-ignore
/** The doubles of an array, one of them changed. */
const changed = (name: ArrayName, k: number, change: (old: number) => number, both = false): Uint8Array => {
  const bytes = Uint8Array.from(good.get(name)!);
  const view = new DataView(bytes.buffer);
  const data = bytes.length - 8 * (name === 'gram' ? N * N : name.startsWith('layer_') ? 2 : GRADSTATS[name].shape.length === 1 ? N : 1); // prettier-ignore
  const places = both ? [k, (k % N) * N + Math.floor(k / N)] : [k];
  for (const place of places) view.setFloat64(data + 8 * place, change(view.getFloat64(data + 8 * place, true)), true);
  return bytes;
};

/** What the second form may lack. */
const UNCOUNTED = { magnitude_first: undefined, positive_counts: undefined, negative_counts: undefined };

type Hostile = readonly [title: string, make: () => Uint8Array, code: ProblemCode, found: string | RegExp];
const form = 'gradstats/form' as const;
const contradiction = 'gradstats/contradiction' as const;
const HOSTILE: readonly Hostile[] = [
  ...(Object.keys(GRADSTATS) as ArrayName[]).map(
    (name): Hostile => [`without “${name}”`, () => withArrays({ [name]: undefined }), form, `It lacks the array “${name}”`], // prettier-ignore
  ),
  ...(Object.keys(GRADSTATS) as ArrayName[]).map(
    (name): Hostile => [`“${name}” of another type`, () => withArrays({ [name]: npy() }), form, `The elements of “${name}” are float32, they should be`], // prettier-ignore
  ),
  ...(Object.keys(GRADSTATS) as ArrayName[])
    .filter((name) => name !== 'gradstats')
    .map((name): Hostile => {
      const make = GRADSTATS[name].dtype === 'int64' ? wholes : doubles;
      return [`“${name}” of another shape`, () => withArrays({ [name]: make([1, 2, 3, 4, 5, 6], '(2, 3)') }), form, `“${name}” has the shape (2, 3), it should be`]; // prettier-ignore
    }),
  ['big-endian numbers', () => withArrays({ scatter: doubles([1], '()', "'>f8'") }), form, 'are float64, big-endian, they should be float64'], // prettier-ignore
  ['counts of the two signs that differ in length', () => withArrays({ negative_counts: wholes([1, 2], '(2,)') }), form, /“negative_counts” has the shape \(2,\), it should be \(\d,\)/], // prettier-ignore
  ['a description that is no JSON', () => withArrays({ gradstats: json('{"version": 1,}') }), 'json/syntax', /./],
  ['a description that is a list', () => withArrays({ gradstats: json('[1]') }), form, 'It is a list, not an object'],
  ['a later version', () => withArrays({ gradstats: about({ version: 3 }) }), form, '“version” is 3, not 1 or 2'], // prettier-ignore
  ['counts of one sign in the second form', () => withArrays({ gradstats: about({ version: 2 }), negative_counts: undefined }), form, 'It lacks the array “negative_counts”'], // prettier-ignore
  ['a magnitude that is too small, in the second form', () => withArrays({ ...UNCOUNTED, gradstats: about({ version: 2 }), largest_magnitude: doubles([2], '()') }), contradiction, /It is 2\.00, too small for row/], // prettier-ignore
  ['one row', () => withArrays({ gradstats: about({ samples: 1 }) }), form, '“samples” is 1, not a whole number from 2 up'], // prettier-ignore
  ['more rows than there are', () => withArrays({ gradstats: about({ samples: 5 }) }), form, '“gram” has the shape (4, 4), it should be (5, 5)'], // prettier-ignore
  ['rows without end', () => withArrays({ gradstats: about({ samples: 1e15 }) }), form, '“gram” has the shape (4, 4)'],
  ['layers that do not add up', () => withArrays({ gradstats: about({ parameters: 6 }) }), form, 'The layers have 5 parameters together, “parameters” is 6'], // prettier-ignore
  ['layers that are none', () => withArrays({ gradstats: about({ layers: [] }) }), form, '“layers” is [], not a list of at least one layer'], // prettier-ignore
  ['a layer without a size', () => withArrays({ gradstats: about({ layers: [{ name: 'x' }] }) }), form, '“layers.0.size” is nothing, not'], // prettier-ignore
  ['a hash that is none', () => withArrays({ gradstats: about({ sources: [{ name: 'x', bytes: 1, sha256: 'abc' }] }) }), form, '“sources.0.sha256” is "abc", not 64 hexadecimal digits'], // prettier-ignore
  ['labels of other rows', () => withArrays({ gradstats: about({ metadata: { labels: [1] } }) }), 'metadata/invalid', '“labels” has 1 entries, the dump has 4 rows'], // prettier-ignore
  ['a metadata key of another kind', () => withArrays({ gradstats: about({ metadata: { step: 'x' } }) }), 'metadata/invalid', '“step” is the text "x"'], // prettier-ignore
  ['a product that is not a number', () => withArrays({ gram: changed('gram', 6, () => NaN) }), contradiction, 'Entry (1, 2) is NaN, not a finite number'], // prettier-ignore
  ['an infinite product', () => withArrays({ gram: changed('gram', 5, () => Infinity) }), contradiction, 'Entry (1, 1) is Infinity'], // prettier-ignore
  ['products that are not symmetric', () => withArrays({ gram: changed('gram', 6, (x) => x + 1) }), contradiction, /It is not symmetric: entry \(2, 1\) is .* and \(1, 2\) is/], // prettier-ignore
  ['a diagonal that is not the norms', () => withArrays({ gram: changed('gram', 5, (x) => 1.01 * x) }), contradiction, /Entry \(1, 1\) is .*, and the squared norm of row 1 is/], // prettier-ignore
  ['rows that were not centered', () => withArrays({ gram: changed('gram', 1, (x) => x + 2, true) }), contradiction, /Its row 0 adds up to 2\.0*, and those of centered rows to 0/], // prettier-ignore
  ['products beyond the lengths', () => withArrays({ gram: huge() }), contradiction, /more than the lengths of both rows allow/], // prettier-ignore
  ['norms that are not the trace', () => withArrays({ scatter: doubles([1], '()'), layer_scatter: doubles([0.5, 0.5], '(2,)') }), contradiction, /They add up to .*, and “scatter” is 1\.00/], // prettier-ignore
  ['layers that are not the whole', () => withArrays({ layer_scatter: changed('layer_scatter', 0, (x) => x + 1) }), contradiction, /and its layers add up to/], // prettier-ignore
  ['a mean that is not that of its layers', () => withArrays({ mean_squared_norm: doubles([1], '()') }), contradiction, /It is 1\.00, and its layers add up to/], // prettier-ignore
  ['a negative norm', () => withArrays({ centered_squared_norms: changed('centered_squared_norms', 2, () => -1) }), contradiction, 'Entry 2 is −1.00, not a finite number from 0 up'], // prettier-ignore
  ['a product with the mean beyond its length', () => withArrays({ mean_products: changed('mean_products', 1, () => 1e3) }), contradiction, /Entry 1 is 1,000, more than the lengths/], // prettier-ignore
  ['a product with the mean that is no number', () => withArrays({ mean_products: changed('mean_products', 1, () => NaN) }), contradiction, 'Entry 1 is NaN, not a finite number'], // prettier-ignore
  ['negative rounding', () => withArrays({ gram_rounding: doubles([-1], '()') }), contradiction, 'It is −1.00, not a finite number from 0 up'], // prettier-ignore
  ['an infinite magnitude', () => withArrays({ largest_magnitude: doubles([Infinity], '()') }), contradiction, 'It is Infinity'], // prettier-ignore
  ['a magnitude of 0', () => withArrays({ largest_magnitude: doubles([0], '()') }), contradiction, 'It is 0, and the gradients are not'], // prettier-ignore
  ['counts of other parameters', () => withArrays({ constant_parameters: wholes([1], '()') }), contradiction, 'With the constant ones it counts parameters 4, and there are 5'], // prettier-ignore
  ['counts of other elements', () => withArrays({ zeros: wholes([17], '()') }), contradiction, /With the others it counts elements \d+, and there are 20/], // prettier-ignore
  ['a ratio of more parameters than vary', () => withArrays({ signal_to_noise_parameters: wholes([4], '()') }), contradiction, 'It counts parameters that vary 4, and there are 3'], // prettier-ignore
  ['more dead parameters than constant ones', () => withArrays({ layer_dead_parameters: wholes([1, 3], '(2,)') }), contradiction, '4 parameters are always 0, and only 2 are constant'], // prettier-ignore
  ['more dead parameters than the layer has', () => withArrays({ layer_dead_parameters: wholes([-1, 3], '(2,)') }), contradiction, 'Entry 0 is −1.00, not'], // prettier-ignore
  ['more saturated elements than there are', () => withArrays({ saturated: wholes([21], '()') }), contradiction, 'It is more than all elements'], // prettier-ignore
  ['bins beyond the exponents', () => withArrays({ variance_first: wholes([5000], '()') }), contradiction, /It is 5000 for \d+ bins, beyond the exponents/], // prettier-ignore
  ['an eigenvalue beyond the trace', () => withArrays({ layer_spectral_norm: changed('layer_spectral_norm', 1, () => 1e3) }), contradiction, /Entry 1 is 1,000, more than the trace/], // prettier-ignore
  ['a Frobenius norm beyond the trace', () => withArrays({ layer_squared_frobenius_norm: changed('layer_squared_frobenius_norm', 0, () => 1e6) }), contradiction, /more than the squared trace/], // prettier-ignore
  ['no archive', () => utf8('gradients'), 'format/unknown', /./],
  ['an archive of another kind', () => npz({ w: npy() }), form, 'It lacks the array “gradstats”'],
  ['a truncated array', () => withArrays({ gram: good.get('gram')!.subarray(0, 200) }), 'npy/truncated', /./],
  ['a name given twice', () => zip(['scatter', 'scatter'].map((name) => ({ name: `${name}.npy`, data: good.get(name)! }))), 'npz/entries', 'Two entries are called “scatter”'], // prettier-ignore
];

/** Symmetric, centered, of the right diagonal. */
function huge(): Uint8Array {
  const bytes = Uint8Array.from(good.get('gram')!);
  const view = new DataView(bytes.buffer, bytes.length - 8 * N * N);
  for (const [i, j, x] of [
    [0, 1, 500],
    [2, 3, 500],
    [0, 2, -500],
    [1, 3, -500],
  ] as const)
    // prettier-ignore
    for (const k of [i * N + j, j * N + i]) view.setFloat64(8 * k, view.getFloat64(8 * k, true) + x, true);
  return bytes;
}

describe('what is refused of a file of statistics', () => {
  test('not the good one, also when np.savez_compressed wrote it, or with arrays of its own', () => {
    expect(read(withArrays({}))).toMatchObject({ dump: { rows: 4, parameters: 5, metadata: { step: 3 } } });
    const entries = [...good].map(([name, data]) => ({ name: `${name}.npy`, data, deflated: true }));
    expect(read(zip([...entries, { name: 'mine.npy', data: npy() }]))).toMatchObject({ dump: { rows: 4 } });
  });

  test('not the second form, which lacks the counts of elements, and is written again as it is', () => {
    const bytes = withArrays({ ...UNCOUNTED, gradstats: about({ version: 2 }) });
    const { dump, moments, gram, sources } = read(bytes) as Statistics;
    const { elementHistogram, ...others } = moments;
    expect(elementHistogram).toEqual({ first: 0, positive: new Float64Array(0), negative: new Float64Array(0), zeros: 5 }); // prettier-ignore
    expect(others).toEqual((({ elementHistogram: _, ...rest }) => rest)((read(withArrays({})) as Statistics).moments));
    const location = { kind: 'memory', bytes: good.get('gram')!, offset: good.get('gram')!.length - 8 * N * N } as const; // prettier-ignore
    const again = joined(...gradstatsFile({ dump, moments, sources, gram: { ...gram, products: { ...gram.products, location } } }, () => undefined)); // prettier-ignore
    const { arrays } = npzArrays(openSource('again', again), MEANS);
    expect(arrays.map(({ name }) => name)).toEqual(Object.keys(GRADSTATS).filter((name) => !(name in UNCOUNTED)));
    expect(JSON.stringify((read(again) as Statistics).moments)).toBe(JSON.stringify(moments));
  });

  test.each(HOSTILE)('%s', (_, make, code, found) => {
    const problem = refusal(make());
    expect([problem?.code, problem?.found]).toEqual([code, typeof found === 'string' ? expect.stringContaining(found) : expect.stringMatching(found)]); // prettier-ignore
    expect(problem?.found).toMatch(/^[A-Z“\d].*[^.:]$/s);
    expect(problem?.where).toMatch(/\S/);
    expect(problem?.remedy).toMatch(problem?.fix === undefined ? /^[A-Z].*\.$/ : /^[A-Z].*[.:]$/);
    expect(problem?.found.length).toBeLessThan(300);
  });

  test('a compressed one beyond the budget, before it is decompressed', () => {
    const entries = [...good].map(([name, data]) => ({ name: `${name}.npy`, data, deflated: true }));
    expect(refusal(zip(entries), { memoryBudget: 1000 })?.code).toBe('file/too-large');
  });

  test('any single byte of it that is changed, or nothing is', () => {
    const bytes = withArrays({});
    const before = read(bytes);
    for (let k = 0; k < bytes.length; k += 7) {
      const other = Uint8Array.from(bytes);
      other[k]! ^= 0x10;
      let after: unknown;
      try {
        after = read(other);
      } catch (error) {
        if (!(error instanceof AnalysisError)) throw error;
        continue;
      }
      // a field of the archive that nobody reads, such as a date
      const plainly = (value: unknown): string => JSON.stringify(value, (key, inner: unknown) => (key === 'bytes' ? 0 : inner)); // prettier-ignore
      expect(plainly(after)).toBe(plainly(before));
    }
  });
});
