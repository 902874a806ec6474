import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunListing, RunStepsLeft, RunStepsRequest } from '../../src/shared/protocol';
import type { RunPoint } from '../../src/shared/training-run';
import { runSteps } from '../../src/worker/run';

const DIGITS = path.resolve('test/fixtures/digits-mlp/run');
const all = mkdtempSync(path.join(tmpdir(), 'run-steps-'));
afterAll(() => rmSync(all, { recursive: true }));

let at = '';
let cases = 0;
beforeEach(() => {
  at = path.join(all, String(cases++));
  cpSync(DIGITS, at, { recursive: true });
});

interface Turn extends RunStepsLeft {
  readonly listing: RunListing | undefined;
  /** In the order they came. */
  readonly points: readonly RunPoint[];
  readonly versions: readonly string[];
}

async function turn(more: Partial<RunStepsRequest> = {}): Promise<Turn> {
  const points: RunPoint[] = [];
  const versions: string[] = [];
  let listing: RunListing | undefined;
  const left = await runSteps(
    {
      paths: [at],
      said: false,
      known: [],
      defaults: {},
      slice: Infinity,
      memoryBudget: 2 ** 28,
      cancelFlag: new SharedArrayBuffer(4),
      ...more,
    },
    (event) => {
      if (event.kind === 'listing') listing = event.listing;
      if (event.kind !== 'step') return;
      points.push(event.point);
      versions.push(event.version);
    },
  );
  return { ...left, listing, points, versions };
}
const stepsOf = ({ points }: Turn): number[] => points.map(({ step }) => step);
const trace = ({ points }: Turn, step: number): unknown =>
  points.find((point) => point.step === step)?.summary?.metrics['covariance-trace']?.[0];
const dumps = ({ listing }: Turn) => (listing?.kind === 'dumps' ? listing.steps : []);

describe('A turn of a run', () => {
  test('sends the newest step first, and of each what NumPy finds', async () => {
    const found = await turn();
    expect(stepsOf(found)).toEqual([1000, 200, 20, 0]);
    // np.load(file).astype(float).var(0, ddof=1).sum() * 1499/1500
    for (const [step, variance] of [
      [0, 5.0608527215864525],
      [20, 5.110012089677709],
      [200, 6.660539482841324],
      [1000, 2.4895068231328357],
    ] as const)
      // prettier-ignore
      expect(trace(found, step)).toBeCloseTo(variance, 10);
    expect(found).toMatchObject({ waiting: 0, unfinished: 0 });
  });

  test('sends nothing again that is known, and what has changed only', async () => {
    const first = await turn();
    const known = dumps(first).map(({ version }) => version);
    expect(new Set(known)).toEqual(new Set(first.versions));
    expect(stepsOf(await turn({ known }))).toEqual([]);
    writeFileSync(path.join(at, 'step-000020.meta.json'), '{"batchSize": 64}');
    const again = await turn({ known });
    expect(stepsOf(again)).toEqual([20]);
    expect(again.points[0]?.summary?.training.batchSize).toBe(64);
  });

  test('without time lists the steps, and says how many wait', async () => {
    const listed = await turn({ slice: 0 });
    expect(stepsOf(listed)).toEqual([]);
    expect(listed.waiting).toBe(4);
    expect(dumps(listed).map(({ step }) => step)).toEqual([0, 20, 200, 1000]);
  });

  test('uses what is kept on the disk, also in another window', async () => {
    const cache = path.join(all, `cache ${cases}`);
    const first = await turn({ cache });
    // the dumps are not even read: nothing of them is left but what a look at them shows
    const kept = await turn({ cache });
    expect(kept.points).toEqual(JSON.parse(JSON.stringify(first.points)));
    expect(stepsOf(await turn({ cache, defaults: { learningRate: 3 } }))).toHaveLength(4);
  });

  test('waits for a file that ends too early while it is fresh, and reports it when it stays so', async () => {
    const file = path.join(at, 'step-001000.npy');
    writeFileSync(file, readFileSync(file).subarray(0, 5000));
    const fresh = await turn();
    expect(stepsOf(fresh)).toEqual([200, 20, 0]);
    expect(fresh.unfinished).toBe(1);
    const old = new Date(Date.now() - 60_000);
    utimesSync(file, old, old);
    const stale = await turn();
    expect(stale.unfinished).toBe(0);
    expect(stale.points[0]).toMatchObject({ step: 1000, problem: { code: 'npy/truncated' } });
  });

  test('reports a dump that is listed and not there, once, until it comes', async () => {
    const file = path.join(at, 'step-000200.npy');
    const bytes = readFileSync(file);
    rmSync(file);
    const first = await turn();
    expect(first.points[1]).toMatchObject({ step: 200, problem: { code: 'file/missing' } });
    const known = dumps(first).map(({ version }) => version);
    expect(stepsOf(await turn({ known }))).toEqual([]);
    writeFileSync(file, bytes);
    expect(stepsOf(await turn({ known }))).toEqual([200]);
  });

  test('takes learning rate and batch size from the settings where no dump says them', async () => {
    rmSync(path.join(at, 'run.json'));
    const { points } = await turn({ defaults: { learningRate: 0.5, batchSize: 8 } });
    expect(points[0]?.summary?.training).toMatchObject({ learningRate: 0.5, batchSize: 8 });
  });

  test('adds up the layers of a norm log, and sends it again only when it has changed', async () => {
    const log = path.join(all, 'a.gradnorms.jsonl');
    const line = (step: number): string =>
      `{"step": ${step}, "b": 8, "B": 512, "small": [6.1, 2.0], "big": [4.2, 0.3]}\n`;
    writeFileSync(log, `{"gradnorms": 1, "layers": ["w", "b"]}\n${line(0)}`);
    const { listing } = await turn({ paths: [log] });
    if (listing?.kind !== 'norms') throw new TypeError('this is no log');
    expect([...(listing.log?.small ?? []), ...(listing.log?.large ?? [])]).toEqual([8.1, 4.5]);
    expect(listing.log?.layers).toEqual([]);
    const again = await turn({ paths: [log], known: [listing.version] });
    expect(again.listing).toEqual({ kind: 'norms', version: listing.version });
    writeFileSync(log, line(1), { flag: 'a' });
    const longer = (await turn({ paths: [log], known: [listing.version] })).listing;
    expect(longer?.kind === 'norms' && longer.log?.steps.length).toBe(2);
  });

  test('says why a folder is not a run', async () => {
    const empty = mkdtempSync(path.join(all, 'empty-'));
    await expect(turn({ paths: [empty] })).rejects.toMatchObject({ problem: { code: 'data/layout', where: empty } });
  });

  test('is canceled', async () => {
    const cancelFlag = new SharedArrayBuffer(4);
    Atomics.store(new Int32Array(cancelFlag), 0, 1);
    await expect(turn({ cancelFlag })).rejects.toMatchObject({ problem: { code: 'run/canceled' } });
  });
});
