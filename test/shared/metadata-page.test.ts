import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { DumpMetadata } from '../../src/shared/dump';

/** A key that is forgotten here does not compile. */
const KEYS: Record<keyof DumpMetadata, true> = {
  learningRate: true,
  batchSize: true,
  datasetSize: true,
  gradientScale: true,
  weights: true,
  momentum: true,
  dampening: true,
  clip: true,
  privacyNoise: true,
  optimizer: true,
  step: true,
  loss: true,
  losses: true,
  labels: true,
  groups: true,
  layers: true,
  rows: true,
  batches: true,
  convention: true,
  projected: true,
  dtype: true,
  shape: true,
  hessian: true,
  fisher: true,
  modelLabels: true,
  compared: true,
  parameters: true,
  secondMoments: true,
};

test('media/metadata.md has a row for every key of the metadata, and for no other', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../media/metadata.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
  expect(rows.sort()).toEqual(Object.keys(KEYS).sort());
});
