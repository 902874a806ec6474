import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { problemOf } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { counting, f4, headerOf, npy, npz } from '../formats/build';
import { timesOpen } from '../storage/open-files';

/** Arrays that are smaller are not what memory runs out with. */
const LARGE = 64;
const CONSTRUCTORS = [
  'ArrayBuffer',
  'Float64Array',
  'Float32Array',
  'Uint8Array',
  'Int32Array',
  'Uint32Array',
] as const;

/** Counts the arrays that `work` creates, and refuses the k-th as the system does. */
async function refusing<T>(
  k: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly created: number }> {
  const original = Object.fromEntries(CONSTRUCTORS.map((name) => [name, globalThis[name]]));
  let created = 0;
  for (const name of CONSTRUCTORS)
    Object.assign(globalThis, {
      [name]: new Proxy(globalThis[name], {
        construct(target, args: unknown[], derived) {
          if (typeof args[0] === 'number' && args[0] >= LARGE && ++created === k)
            throw new RangeError('Array buffer allocation failed');
          return Reflect.construct(target, args, derived) as object;
        },
      }),
    });
  try {
    return { result: await work(), created };
  } finally {
    Object.assign(globalThis, original);
  }
}

const problemsOf = ({ spectrumProblem, extraProblems, resampling }: DumpSummary): readonly Problem[] => [
  ...(spectrumProblem ? [spectrumProblem] : []),
  ...Object.values(extraProblems ?? {}),
  ...(resampling && 'problem' in resampling.shuffled ? [resampling.shuffled.problem] : []),
];

const folder = mkdtempSync(path.join(tmpdir(), 'refused-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
const array = npy({ header: headerOf("'<f4'", '(12, 40)'), data: f4(...counting(480).map(Math.sin)) });

test.runIf(process.platform === 'linux').each([
  ['grad.npy', array],
  ['grad.npz', npz({ first: array, second: array }, true)],
  ['grad.json', new TextEncoder().encode(JSON.stringify(Array.from({ length: 9 }, (_, i) => Array.from({ length: 70 }, (_, j) => Math.sin(i * j)))))], // prettier-ignore
])(
  'whichever array of the analysis of %s the system refuses, that is told as such, nothing stays open, and the next analysis is right',
  async (name, bytes) => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    const attempt = async (): Promise<DumpSummary | Problem> =>
      analyze({ paths: [file], memoryBudget: 2 ** 26, cancelFlag: new SharedArrayBuffer(4) }, () => undefined).catch(
        problemOf,
      );
    const { result: expected, created } = await refusing(0, attempt);
    expect(expected).toHaveProperty('spectrum');
    expect(created).toBeGreaterThan(10);
    for (let k = 1; k <= created; k++) {
      const { result } = await refusing(k, attempt);
      // what the report can do without says so in its own place
      const codes = 'dump' in result ? problemsOf(result).map(({ code }) => code) : [result.code];
      expect([...new Set(codes)], `array ${k} of ${created}`).toEqual(['memory/budget']);
    }
    expect(timesOpen(file)).toBe(0);
    expect((await refusing(0, attempt)).result).toEqual(expected);
  },
);
