import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plainKernel } from '../../src/kernel/plain';
import { compiled } from './compiled';
import { momentsOf, unhurried } from './run';
import { stored } from './stored';

/** NIST's certified values, and those of the doubles that a program holds in place of the decimals, by exact rationals. */
interface Certified {
  readonly mean: string;
  readonly standardDeviation: string;
  readonly meanOfDoubles: string;
  readonly varianceOfDoubles: string;
  readonly data?: readonly number[];
}
const SETS = JSON.parse(readFileSync('test/fixtures/nist-strd.json', 'utf8')) as Record<string, Certified>;

const alternating = (base: number): number[] => [
  base + 0.2,
  ...Array.from({ length: 1000 }, (_, i) => Number(`${base}.${i % 2 === 0 ? 1 : 3}`)),
];
const GENERATED: Readonly<Record<string, readonly number[]>> = {
  NumAcc1: [10000001, 10000003, 10000002],
  NumAcc2: alternating(1),
  NumAcc3: alternating(1000000),
  NumAcc4: alternating(10000000),
};
/** Correct digits that exact arithmetic on the doubles reaches against the certified decimals. */
const CEILING: Readonly<Record<string, number>> = { Mavro: 13, Michelso: 13.7, NumAcc3: 9.4, NumAcc4: 8.2 };

/** −log₁₀ of the relative error, at most 16. */
const digits = (value: number, certified: number): number =>
  Math.min(16, -Math.log10(Math.abs(value - certified) / Math.abs(certified)));

const kernels = { plain: plainKernel, WebAssembly: compiled() };
const cases = Object.keys(SETS).flatMap((name) =>
  (['plain', 'WebAssembly'] as const).map((kernel) => ({ name, kernel })),
);

test.each(cases)('$name, by columns and by rows, $kernel', async ({ name, kernel }) => {
  const certified = SETS[name]!;
  const column = certified.data ?? GENERATED[name]!;
  const n = column.length;
  for (const copies of [1, n + 1]) {
    // one parameter goes by rows; as many equal parameters as rows go by columns
    const { meanSquaredNorm, scatter } = await momentsOf(
      stored(column.map((value) => Array.from({ length: copies }, () => value))),
      kernels[kernel],
      { ...unhurried, memoryBudget: 8 << 20 }, // too little for a large spectrum, which nobody asks for here
    );
    const variance = scatter / copies / (n - 1);
    const mean = Math.sqrt(meanSquaredNorm / copies);
    expect(digits(variance, Number(certified.varianceOfDoubles))).toBeGreaterThanOrEqual(15);
    expect(digits(mean, Math.abs(Number(certified.meanOfDoubles)))).toBeGreaterThanOrEqual(15);
    expect(digits(mean, Math.abs(Number(certified.mean)))).toBeGreaterThanOrEqual(14.5);
    expect(digits(Math.sqrt(variance), Number(certified.standardDeviation))).toBeGreaterThanOrEqual(
      CEILING[name] ?? 14.5,
    );
  }
});
