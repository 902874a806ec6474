import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/formats';
import type { GradientDump } from '../../src/shared/dump';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import type { Disk } from '../../src/storage/file';
import { ERRNOS, systemError, watchedDisk } from '../storage/disk';
import { counting, f4, headerOf, MEANS, npy, npz, rowsOf, safetensors, tensor, utf8 } from './build';

const folder = mkdtempSync(path.join(tmpdir(), 'faults-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files: Readonly<Record<string, Uint8Array>> = {
  'a.npy': npy(),
  'fortran.npy': npy({ header: headerOf(undefined, '(3, 2, 2)', 'True') }),
  'stored.npz': npz({ a: npy(), b: npy() }),
  'deflated.npz': npz({ a: npy(), b: npy() }, true),
  'a.safetensors': safetensors({ w: tensor('F32', [3, 4], 0, 48) }, f4(...counting(12))),
  'a.json': utf8(
    JSON.stringify({
      gradients: [
        [1, 2],
        [3, 4],
      ],
      step: 2,
    }),
  ),
};
for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
writeFileSync(path.join(folder, 'a.meta.json'), '{"batchSize": 8}');
writeFileSync(path.join(folder, 'run.json'), '{"steps": [{"step": 2, "file": "a.npy"}]}');
const names = Object.keys(files);

const dump = (name: string, disk?: Disk): GradientDump =>
  readDump({ path: path.join(folder, name), ...MEANS, ...(disk && { disk }) });
function outcome(work: () => GradientDump): GradientDump | Problem {
  try {
    return work();
  } catch (error) {
    if (error instanceof AnalysisError) return error.problem;
    throw error;
  }
}

describe.each(names)('reading %s', (name) => {
  test('gives the same dump however short the single reads are', () => {
    const whole = dump(name);
    for (const limit of [1, 2, 7, 100]) {
      const { disk, open } = watchedDisk(undefined, limit);
      const read = dump(name, disk);
      expect(read).toEqual(whole);
      expect(rowsOf(read)).toEqual(rowsOf(whole));
      expect(open.size).toBe(0);
    }
  });

  test.each(ERRNOS)(
    'ends in the right dump or in a problem, with no handle left, when any one call fails with %s',
    (code) => {
      const whole = dump(name);
      const { calls } = ((): ReturnType<typeof watchedDisk> => {
        const counted = watchedDisk();
        dump(name, counted.disk);
        return counted;
      })();
      expect(calls.length).toBeGreaterThan(5);
      let refused = 0;
      for (let failing = 1; failing <= calls.length; failing++) {
        const { disk, open } = watchedDisk((k) => {
          if (k === failing) throw systemError(code);
        });
        const result = outcome(() => dump(name, disk));
        expect(open.size).toBe(0);
        if ('code' in result) {
          refused++;
          expect(result.code).toMatch(/^file\/(?:unreadable|missing)$/);
        } else if (code === 'ENOENT')
          // what lies beside the dump may be missing
          expect({ ...result, metadata: {}, notes: [] }).toEqual({ ...whole, metadata: {}, notes: [] });
        else expect({ ...result, metadata: whole.metadata, notes: whole.notes }).toEqual(whole);
      }
      expect(refused).toBeGreaterThan(2);
    },
  );

  test('refuses to go on when the file ends before the byte it had', () => {
    const { disk, open } = watchedDisk();
    const shrunk = { ...disk, readSync: () => 0 } as Disk;
    expect(outcome(() => dump(name, shrunk))).toMatchObject({ code: 'file/changed' });
    expect(open.size).toBe(0);
  });
});

describe('a dump that changes while it is read', () => {
  const changes: Readonly<Record<string, (file: string) => void>> = {
    cut: (file) => truncateSync(file, 100),
    emptied: (file) => truncateSync(file, 0),
    grown: (file) => appendFileSync(file, 'x'),
    'rewritten in place': (file) => writeFileSync(file, npy({ data: f4(...counting(12).map((x) => -x)) })),
    'rewritten with forged times': (file) => {
      writeFileSync(file, npy({ data: f4(...counting(12).map((x) => -x)) }));
      utimesSync(file, 1e9, 1e9);
    },
    'replaced by another': (file) => {
      writeFileSync(`${file}.new`, npy({ data: f4(...counting(12).map((x) => -x)) }));
      renameSync(`${file}.new`, file);
    },
    deleted: (file) => unlinkSync(file),
  };

  test.each(Object.entries(changes))(
    'and is %s is refused, or read as it was at the beginning, at whichever call it happens',
    (_, change) => {
      const file = path.join(folder, 'changing.npy');
      const fresh = (): void => {
        writeFileSync(file, npy());
        utimesSync(file, 1e9, 1e9);
      };
      fresh();
      const counted = watchedDisk();
      dump('changing.npy', counted.disk);
      const begun = counted.calls.indexOf('fstatSync') + 1;
      for (let moment = 1; moment <= counted.calls.length; moment++) {
        fresh();
        const { disk, open } = watchedDisk((k) => {
          if (k === moment) change(file);
        });
        const result = outcome(() => dump('changing.npy', disk));
        expect(open.size).toBe(0);
        if ('code' in result) expect(result.code).toMatch(/^(?:file\/(?:changed|missing)|npy\/(?:empty|truncated))$/);
        else {
          // before the first look at what was opened, the new version is the version; after the last look nothing was read any more
          expect(moment <= begun || moment === counted.calls.length).toBe(true);
          expect([result.rows, result.parameters]).toEqual([3, 4]);
        }
      }
      rmSync(file, { force: true });
    },
  );
});
