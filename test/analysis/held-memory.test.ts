import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { besideHeld, bytesHeld, sayingHeld } from '../../src/analysis/held-memory';
import { summarizeCompanions } from '../../src/analysis/companions';
import type { Kernel, PassContext } from '../../src/kernel/kernel';
import { plainKernel } from '../../src/kernel/plain';
import { AnalysisError } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { headerOf, npy, npz, read, safetensors, tensor, utf8 } from '../formats/build';
import { uniformRandom } from '../../src/theory/random';

/** 40 × 40 numbers: as many in a row as rows, so that nothing is transposed or blocked. */
const SIDE = 40;
const random = uniformRandom(5);
const numbers = Float64Array.from({ length: SIDE * SIDE }, random);
const rows = Array.from({ length: SIDE }, (_, i) => [...numbers.subarray(i * SIDE, (i + 1) * SIDE)]);
const json = utf8(JSON.stringify(rows));
const array = npy({ header: headerOf("'<f8'", `(${SIDE}, ${SIDE})`), data: new Uint8Array(numbers.buffer) });
/** One number for each comma and each bracket that opens, which is what the reader can tell beforehand. */
const POOL = 8 * (SIDE * SIDE + SIDE);

const analyzed = (name: string, bytes: Uint8Array, memoryBudget: number): Promise<DumpSummary> =>
  analyze({ paths: [`/virtual/${name}`], bytes, memoryBudget, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);

describe('what decoding holds', () => {
  test('is the whole room for the numbers of JSON, the decompressed arrays of an archive, the copy that puts axes in order', () => {
    expect(bytesHeld([read('grad.json', json)])).toBe(POOL);
    expect(bytesHeld([read('grad.npz', npz({ a: array, b: array }, true))])).toBe(2 * array.length);
    const cube = npy({ header: headerOf(undefined, '(2, 2, 3)', 'True') });
    expect(bytesHeld([read('grad.npy', cube)])).toBe(48);
  });

  test('is the content that was handed over, counted once however many arrays lie in it', () => {
    const stored = npz({ a: array, b: array });
    expect(bytesHeld([read('grad.npz', stored)])).toBe(stored.length);
    expect(bytesHeld([read('grad.npz', stored)], stored)).toBe(stored.length);
    expect(bytesHeld([read('grad.json', json)], json)).toBe(POOL + json.length);
    const two = { a: tensor('F64', [1, 1], 0, 8), b: tensor('F64', [1, 1], 8, 16) };
    const tensors = safetensors(two, new Uint8Array(16));
    expect(bytesHeld([read('grad.safetensors', tensors), read('grad.safetensors', tensors)])).toBe(tensors.length);
  });

  test('is nothing for arrays that stay in their file', () => {
    const location = { kind: 'file', path: '/grad.npy', offset: 128 } as const;
    const kept = { columns: 4, element: 'f4', littleEndian: true, order: 'C', location } as const;
    expect(bytesHeld([{ arrays: [kept] }])).toBe(0);
    expect(bytesHeld([])).toBe(0);
  });
});

describe('the passes over a decoded dump', () => {
  /** The budget at which the spectrum of the same numbers fits exactly when nothing is held. */
  const least = async (name: string, bytes: Uint8Array, held: number): Promise<number> => {
    let [refused, enough] = [held, held + 2 ** 24];
    while (enough - refused > 1) {
      const middle = Math.floor((refused + enough) / 2);
      const solved = await analyzed(name, bytes, middle).then(
        ({ spectrum }) => spectrum !== undefined,
        () => false,
      );
      if (solved) enough = middle;
      else refused = middle;
    }
    return enough - held;
  };

  test('may allocate what decoding left of the budget, to the byte', async () => {
    const packed = npz({ a: array }, true);
    const needs = await Promise.all([
      least('grad.npy', array, array.length),
      least('grad.json', json, json.length + POOL),
      least('grad.npz', packed, packed.length + array.length),
    ]);
    // K, its copy for the solution, and strips of 256 columns: at least two 40 × 40 matrices of doubles
    expect(needs[0]).toBeGreaterThan(16 * SIDE * SIDE);
    expect(needs).toEqual([needs[0], needs[0], needs[0]]);
  });

  test('keep the moments when the spectrum does not fit beside the decoded file, and the report says so', async () => {
    const { moments, spectrumProblem } = await analyzed('grad.json', json, json.length + POOL + 1000);
    expect(moments?.scatter).toBeGreaterThan(0);
    expect(spectrumProblem).toMatchObject({
      code: 'memory/budget',
      found: expect.stringMatching(
        /the budget is 1,000 bytes beside the 43 KiB that the file takes in memory$/,
      ) as string,
    });
  });

  test('are not begun when decoding alone would go beyond the budget with the content that was handed over', async () => {
    const refused = (code: string): unknown =>
      expect.objectContaining({ problem: expect.objectContaining({ code }) as unknown });
    await expect(analyzed('grad.json', json, json.length + POOL - 1)).rejects.toEqual(refused('file/too-large'));
    const packed = npz({ a: array }, true);
    await expect(analyzed('grad.npz', packed, packed.length + array.length - 1)).rejects.toEqual(
      refused('file/too-large'),
    );
  });

  test('copy the rows that remain within half of what is left', async () => {
    const budget = json.length + POOL + 2 * 8 * SIDE * (SIDE - 1);
    const excluding = (memoryBudget: number): Promise<DumpSummary> =>
      analyze(
        {
          paths: ['/virtual/grad.json'],
          bytes: json,
          memoryBudget,
          excludedRows: [0],
          cancelFlag: new SharedArrayBuffer(4),
        },
        () => undefined,
      );
    await expect(excluding(budget - 2)).rejects.toThrow(/half of what is left of the budget is 12 KiB/);
    expect((await excluding(budget)).dump.rows).toBe(SIDE - 1);
  });
});

test('a companion is compared within what its own decoding left', async () => {
  const budgets: number[] = [];
  const watched: Kernel = {
    ...plainKernel,
    solve: (dump, context) => {
      budgets.push(context.memoryBudget);
      return plainKernel.solve(dump, context);
    },
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'held-'));
  try {
    writeFileSync(path.join(folder, 'other.json'), json);
    const context: PassContext = { memoryBudget: 2 ** 28, checkCanceled: () => undefined, report: () => undefined };
    const dump = { ...read('grad.npy', array), path: path.join(folder, 'grad.npy') };
    const { spectrum } = await plainKernel.solve(dump, context);
    const { compared } = await summarizeCompanions(dump, { spectrum }, watched, context, { compared: 'other.json' });
    expect(compared).toHaveProperty('summary');
    expect(budgets).toEqual([2 ** 28 - POOL]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a budget never becomes negative, and errors about other things stay as they are', () => {
  const context: PassContext = { memoryBudget: 10, checkCanceled: () => undefined, report: () => undefined };
  expect([besideHeld(context, 4).memoryBudget, besideHeld(context, 11).memoryBudget]).toEqual([6, 0]);
  const other = new AnalysisError({ code: 'run/canceled', found: 'It was canceled', remedy: 'Analyze again.' });
  const budget = new AnalysisError({ code: 'memory/budget', found: 'It needs 2 bytes', remedy: 'Raise it.' });
  expect(sayingHeld(other, 5)).toBe(other);
  expect(sayingHeld(budget, 0)).toBe(budget);
  expect(sayingHeld('a text', 5)).toBe('a text');
});
