import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import type { DumpMetadata } from '../../src/shared/dump';
import type { Report } from '../../src/shared/report';
import type { Settings } from '../../src/shared/settings';

type Matrix = readonly (readonly number[])[];

/** A dump as files: its rows, what its metadata say, and matrices beside it by the name of their file, with their own metadata. */
export interface Files {
  readonly rows: Matrix;
  readonly metadata?: DumpMetadata;
  readonly beside?: Readonly<Record<string, { readonly rows: Matrix; readonly metadata?: DumpMetadata }>>;
}

/**
 * Nothing is left to a default: η = 0.3, B = 2 without replacement, κ = 9, plain SGD, and the four rows are the whole data
 * set. (A dump of other rows says its own size.)
 */
export const POPULATION = {
  learningRate: 0.3,
  batchSize: 2,
  datasetSize: 4,
  scaleFactor: 9,
  momentum: 0,
  dampening: 0,
  gradientScale: 1,
  optimizer: 'sgd',
  convention: 'population',
  conventionFrom: 'option',
  replacement: 'without',
} as const satisfies Settings;

/** The same, and the rows are drawn from eight examples. */
export const OF_EIGHT = { ...POPULATION, convention: 'sample', datasetSize: 8 } as const satisfies Settings;

const { datasetSize: _, ...unsized } = OF_EIGHT;
/** The same, and the rows are drawn from a data set of unknown size, where batches may repeat an example. */
export const OF_MANY: Settings = { ...unsized, replacement: 'with' };

/** The report of files that are written, analyzed and evaluated as by any user; the files are gone afterwards. */
export async function analyzed({ rows, metadata = {}, beside = {} }: Files, settings: Settings): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), 'by-hand-'));
  try {
    const write = (name: string, value: unknown): void => writeFileSync(path.join(folder, name), JSON.stringify(value));
    write('grad.json', rows);
    write('grad.meta.json', metadata);
    for (const [name, other] of Object.entries(beside)) {
      write(`${name}.json`, other.rows);
      if (other.metadata) write(`${name}.meta.json`, other.metadata);
    }
    const request = {
      paths: [path.join(folder, 'grad.json')],
      memoryBudget: 2 ** 28,
      resample: true,
      directions: true,
    };
    const summary = await analyze({ ...request, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);
    return evaluate(summary, settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
