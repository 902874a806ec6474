import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSidecar } from '../../src/analysis/sidecar-check';
import { f8, headerOf, npy } from '../formats/build';

const folder = mkdtempSync(path.join(tmpdir(), 'sidecar-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'grad.npy'), npy({ header: headerOf("'<f8'", '(3, 2)'), data: f8(1, 0, 0, 1, 1, 1) }));

/** What is found in a sidecar of a dump of three rows and two columns; `alone` is one without a dump. */
function found(content: unknown, of: 'grad' | 'alone' = 'grad', onDisk = true): string[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const findings = checkSidecar({
    path: path.join(folder, `${of}.meta.json`),
    bytes: new TextEncoder().encode(text),
    onDisk,
  });
  return findings.map(({ severity, key, text: said }) => `${severity} at ${key ?? 'all'}: ${said}`);
}

describe('a sidecar', () => {
  test.each([
    {},
    { learningRate: 0.1, batchSize: 2, datasetSize: 100, rows: { meanOf: 2 }, dtype: 'float64', shape: [3, 2] },
    { learning_rate: 0.1, batch_size: 2, losses: [1, 2, 3], labels: [0, 1, 1] },
    {
      layers: [
        { name: 'a', size: 1 },
        { name: 'b', size: 1 },
      ],
      mine: 'anything',
    },
    { parameters: 'grad.npy', compared: 'grad.npy' },
  ])('that contradicts nothing is not marked: %j', (content) => {
    expect(found(content)).toEqual([]);
  });

  test.each([
    [{ losses: [1, 2] }, /^error at losses: .*2 entries, the dump has 3 rows/],
    [{ labels: [1] }, /^error at labels: .*1 entries, the dump has 3 rows/],
    [{ layers: [{ name: 'a', size: 3 }] }, /^error at layers: .*3 parameters together, the dump has 2/],
    [{ shape: [2, 3] }, /^error at shape: .*\[2, 3\], and the file itself says \[3, 2\]/],
    [{ dtype: 'float32' }, /^error at dtype: .*float32, and the elements of the file are float64/],
    [{ rows: { meanOf: 64 }, batchSize: 32 }, /^error at batchSize: A batch of 32 is smaller than the 64/],
    [{ rows: { meanOf: 64 }, datasetSize: 32 }, /^error at datasetSize: Each row is the mean of 64/],
    [{ convention: 'population', rows: { meanOf: 2 } }, /^error at convention: Each row is the mean of 2/],
    [
      { batchSize: 10, datasetSize: 5 },
      /^error at batchSize: A batch of 10 cannot be drawn without replacement from 5/,
    ],
    [{ datasetSize: 2 }, /^warning at datasetSize: 3 rows are more than the 2 examples/],
    [{ optimizer: 'Lion' }, /^warning at optimizer: .*is not one of those known/],
    [{ hessian: 'missing.npy' }, /^warning at hessian: There is no file of this name/],
    [{ hessian: '//server/share/h.npy' }, /^warning at hessian: .*a share of another machine/],
    [{ batchSize: 0 }, /^error at batchSize: .*not a whole number from 1 up/],
    [{ batch_size: 1.5 }, /^error at batch_size: .*not a whole number from 1 up/],
    [{ learninRate: 0.1 }, /^warning at learninRate: .*the name that is read is “learningRate”/],
    [{ batchSize: 2, batch_size: 3 }, /^error at batch_?[sS]ize: “batchSize” is given twice/],
  ])('is marked at its key: %j', (content, finding) => {
    expect(found(content)).toEqual([expect.stringMatching(finding)]);
  });

  test('is judged by itself where no dump is next to it, and where nothing next to it can be read', () => {
    const content = { rows: { meanOf: 64 }, batchSize: 32 };
    expect(found(content, 'alone')).toEqual([expect.stringMatching(/^error at batchSize/)]);
    expect(found(content, 'grad', false)).toEqual([expect.stringMatching(/^error at batchSize/)]);
    expect(found({ losses: [1, 2], hessian: 'missing.npy' }, 'grad', false)).toEqual([]);
  });

  test.each(['', '{', '[]', '7', 'null', '{"a": 1, "a": 2}', '{"batchSize": }'])(
    'whose text is not an object of JSON is left to the editor: %j',
    (text) => expect(found(text)).toEqual([]),
  );

  test('is not marked for the faults of its dump', () => {
    writeFileSync(path.join(folder, 'broken.npy'), 'none');
    const request = {
      path: path.join(folder, 'broken.meta.json'),
      bytes: new TextEncoder().encode('{"batchSize": 2}'),
    };
    expect(checkSidecar({ ...request, onDisk: true })).toEqual([]);
  });

  test('of an untrusted workspace names no file outside it', () => {
    const bytes = new TextEncoder().encode('{"hessian": "../h.npy"}');
    const request = { path: path.join(folder, 'grad.meta.json'), bytes, onDisk: true, confinedTo: [folder] };
    expect(checkSidecar(request)).toEqual([expect.objectContaining({ key: 'hessian', severity: 'warning' })]);
  });
});
