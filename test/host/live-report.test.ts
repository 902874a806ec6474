import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CANCELED } from '../../src/host/analysis-worker';
import type { AnalysisCall } from '../../src/host/analysis-worker';
import { LiveReport } from '../../src/host/live-report';
import type { LiveReportSetup } from '../../src/host/live-report';
import { RecentSummaries } from '../../src/host/recent-summaries';
import { AnalysisError } from '../../src/shared/problem';
import type { ProblemCode } from '../../src/shared/problem';
import type { AnalyzeRequest, PanelState, Progress, WorkerEvent } from '../../src/shared/protocol';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';

const TIMES = { look: 1000, settle: 300, patience: 30_000, progress: 50 };

/** A summary that can be told from others by its number of rows. */
function summaryOf(rows: number, metadata = {}): DumpSummary {
  const dump = {
    name: 'grad.npy',
    path: '/grad.npy',
    format: 'npy',
    rows,
    parameters: 3,
    dtype: 'float32',
  } as const;
  return { dump: { ...dump, bytes: 128 + 12 * rows, layers: [], metadata, notes: [] } };
}

/** One run as the workers see it; the test plays the worker. */
interface Asking {
  readonly request: Omit<AnalyzeRequest, 'cancelFlag' | 'heartbeat'>;
  readonly emit: (event: WorkerEvent) => void;
  readonly succeed: (summary: DumpSummary) => Promise<void>;
  readonly fail: (code: ProblemCode) => Promise<void>;
  canceled: boolean;
}

let runs: Asking[] = [];
let states: PanelState[] = [];
let progress: { run: number; progress: Progress }[] = [];
let version = 'first';
let runVersion = 1;
let preferences: ReturnType<LiveReportSetup['preferences']>;
let report: LiveReport;

const settled = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};
function made(setup: Partial<LiveReportSetup> = {}): LiveReport {
  return new LiveReport({
    file: {
      uri: 'file:///grad.npy',
      name: 'grad.npy',
      source: async () => Promise.resolve({ paths: ['/grad.npy'] }),
      look: async () => Promise.resolve(version),
      identity: async () => Promise.resolve(`${version}, run ${runVersion}`),
    },
    workers: {
      analyze: (request, emit): AnalysisCall<DumpSummary> => {
        let settle: { resolve: (summary: DumpSummary) => void; reject: (error: AnalysisError) => void };
        const answer = new Promise<DumpSummary>((resolve, reject) => (settle = { resolve, reject }));
        const asking: Asking = {
          request,
          emit,
          succeed: async (summary) => {
            settle.resolve(summary);
            await settled();
          },
          fail: async (code) => {
            settle.reject(new AnalysisError({ code, found: code, remedy: 'Try again.' }));
            await settled();
          },
          canceled: false,
        };
        runs.push(asking);
        return {
          answer,
          cancel: () => {
            asking.canceled = true;
            settle.reject(new AnalysisError(CANCELED));
          },
        };
      },
    },
    preferences: () => preferences,
    log: () => undefined,
    onState: () => states.push(report.state),
    onProgress: (run, done) => progress.push({ run, progress: done }),
    times: TIMES,
    ...setup,
  });
}
const last = (): Asking => runs.at(-1)!;
/** The file becomes another version, and somebody says so. */
async function rewritten(next: string): Promise<void> {
  version = next;
  report.checkForChanges();
  await settled();
}
const rested = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(2 * TIMES.settle);
};

beforeEach(async () => {
  vi.useFakeTimers();
  runs = [];
  states = [];
  progress = [];
  version = 'first';
  runVersion = 1;
  preferences = { memoryBudget: 1e6, followChanges: true, defaults: {} };
  report = made();
  report.analyze();
  await settled();
});
afterEach(() => {
  report.dispose();
  vi.useRealTimers();
});

test('the report of a dump that a stopped program saved says as of which stop', () => {
  expect(report.state).not.toHaveProperty('origin');
  let origin: string | undefined = 'as of the stop at train.py:41';
  const saved = made({ origin: () => origin });
  expect(saved.state.origin).toBe('as of the stop at train.py:41');
  origin = undefined;
  expect(saved.state).not.toHaveProperty('origin');
});

describe('a version that was analyzed before', () => {
  let recent: RecentSummaries;
  const opened = async (): Promise<LiveReport> => {
    const next = made({ recent });
    next.analyze();
    await settled();
    return next;
  };
  beforeEach(() => {
    recent = new RecentSummaries();
  });

  test('is shown at once when it is opened again, without a run', async () => {
    const first = await opened();
    await last().succeed(summaryOf(6));
    first.dispose();
    const count = runs.length;
    const second = await opened();
    expect(runs).toHaveLength(count);
    expect(second.state).toMatchObject({ phase: 'done', summary: summaryOf(6) });
    second.dispose();
  });

  test('is analyzed again when the reader asks for it, and when it has become another one', async () => {
    const first = await opened();
    await last().succeed(summaryOf(6));
    const count = runs.length;
    first.analyzeAgain();
    await settled();
    expect(runs).toHaveLength(count + 1);
    first.dispose();
    version = 'second';
    const second = await opened();
    expect(runs).toHaveLength(count + 2);
    second.dispose();
  });

  test('is not kept when the file changed while it was read, or when files beside it have their part', async () => {
    const first = await opened();
    version = 'second';
    await last().succeed(summaryOf(6));
    first.dispose();
    version = 'first';
    const count = runs.length;
    const second = await opened();
    expect(runs).toHaveLength(count + 1);
    await last().succeed({ ...summaryOf(6), companions: {} });
    second.dispose();
    const third = await opened();
    expect(runs).toHaveLength(count + 2);
    third.dispose();
  });

  test('is analyzed again when the run that lists it has changed, although that alone is not followed', async () => {
    const first = await opened();
    await last().succeed(summaryOf(6));
    const count = runs.length;
    runVersion = 2;
    first.checkForChanges();
    await rested();
    expect(runs).toHaveLength(count);
    first.dispose();
    const second = await opened();
    expect(runs).toHaveLength(count + 1);
    second.dispose();
  });

  test('with other rows left out or another memory budget is another result; one with shuffles serves both', async () => {
    const first = await opened();
    await last().succeed(summaryOf(6));
    const count = runs.length;
    first.analyze([1]);
    await settled();
    expect(runs).toHaveLength(count + 1);
    await last().succeed(summaryOf(5));
    preferences = { ...preferences, memoryBudget: 2e6 };
    first.analyze();
    await settled();
    expect(runs).toHaveLength(count + 2);
    await last().succeed(summaryOf(6));
    first.resample();
    await settled();
    expect(runs).toHaveLength(count + 3);
    await last().succeed(summaryOf(7));
    first.dispose();
    const second = await opened();
    expect(runs).toHaveLength(count + 3);
    expect(second.state.summary).toEqual(summaryOf(7));
    second.dispose();
  });
});

describe('a run', () => {
  test('shows what is known as soon as it is known, and is done with the summary', async () => {
    expect(report.state).toEqual({ run: 1, path: 'file:///grad.npy', fileName: 'grad.npy', phase: 'analyzing' });
    last().emit({ kind: 'partial', summary: summaryOf(4) });
    expect(report.state).toMatchObject({ phase: 'analyzing', summary: summaryOf(4) });
    await last().succeed(summaryOf(5));
    expect(report.state).toMatchObject({ run: 1, phase: 'done', summary: summaryOf(5), updated: Date.now() });
    expect(report.state.problem).toBeUndefined();
  });

  test('is given the memory budget of the moment', () => {
    expect(last().request).toEqual({ paths: ['/grad.npy'], preview: true, directions: true, memoryBudget: 1e6 });
  });

  test('that fails says why, and shows nothing of a file it could not read to its end', async () => {
    last().emit({ kind: 'partial', summary: summaryOf(4) });
    await last().fail('file/unreadable');
    expect(report.state).toMatchObject({ phase: 'failed', problem: { code: 'file/unreadable' } });
    expect(report.state.summary).toBeUndefined();
  });

  test('that is canceled keeps what was known', async () => {
    last().emit({ kind: 'partial', summary: summaryOf(4) });
    report.cancel();
    await settled();
    expect(last().canceled).toBe(true);
    expect(report.state).toMatchObject({ phase: 'canceled', summary: summaryOf(4) });
    expect(report.state.problem).toBeUndefined();
  });

  test('can be canceled before the file was looked at', async () => {
    report.analyze();
    report.cancel();
    expect(report.state.phase).toBe('canceled');
    await vi.advanceTimersByTimeAsync(2 * TIMES.look);
    expect(runs).toHaveLength(1);
    expect(report.state.phase).toBe('canceled');
  });

  test('that is over is not canceled', async () => {
    await last().succeed(summaryOf(4));
    report.cancel();
    expect(report.state.phase).toBe('done');
  });

  test('of old is canceled by a new one, and whatever it says late is ignored', async () => {
    const [old] = runs;
    report.analyze();
    await settled();
    expect(old!.canceled).toBe(true);
    old!.emit({ kind: 'partial', summary: summaryOf(99) });
    await old!.succeed(summaryOf(99));
    expect(report.state).toMatchObject({ run: 2, phase: 'analyzing' });
    expect(report.state.summary).toBeUndefined();
    await last().succeed(summaryOf(4));
    expect(report.state.summary).toEqual(summaryOf(4));
  });

  test('begins although the disk does not answer the look at the file: the worker finds that out', async () => {
    report = made({
      file: {
        uri: 'file:///hung.npy',
        name: 'hung.npy',
        source: async () => Promise.resolve({ paths: ['/hung.npy'] }),
        look: async () => new Promise(() => undefined),
        identity: async () => new Promise(() => undefined),
      },
    });
    report.analyze();
    await vi.advanceTimersByTimeAsync(TIMES.look);
    expect(last().request.paths).toEqual(['/hung.npy']);
  });

  test('leaves out the rows it was asked to', async () => {
    report.analyze([3, 7]);
    await settled();
    expect(last().request.excludedRows).toEqual([3, 7]);
  });

  test('resamples the rows it analyzed last, and only when asked: a new version is analyzed as it is', async () => {
    expect(last().request).not.toHaveProperty('resample');
    report.analyze([3]);
    await settled();
    await last().succeed(summaryOf(4));
    report.resample();
    await settled();
    expect(last().request).toMatchObject({ excludedRows: [3], resample: true });
    expect(report.state).toMatchObject({ phase: 'analyzing', summary: summaryOf(4) });
    await last().succeed(summaryOf(5));
    await rewritten('second');
    await rested();
    expect(last().request).not.toHaveProperty('resample');
    expect(last().request).not.toHaveProperty('excludedRows');
  });

  test('takes the companions that were chosen, also for a later version, and none where the reader wants none', async () => {
    await last().succeed(summaryOf(4));
    report.chooseCompanion('hessian', '/other/hessian.npy');
    await settled();
    expect(last().request.companions).toEqual({ hessian: '/other/hessian.npy' });
    await last().succeed(summaryOf(4));
    await rewritten('second');
    await rested();
    expect(last().request.companions).toEqual({ hessian: '/other/hessian.npy' });
    await last().succeed(summaryOf(4));
    report.chooseCompanion('hessian', false);
    await settled();
    expect(last().request.companions).toEqual({ hessian: false });
    expect(report.state.companions).toEqual({ hessian: false });
  });

  test('takes the companions that were chosen before the window was reloaded', async () => {
    const companions = { fisher: '/other/fisher.npy', hessian: false } as const;
    made({ companions }).analyze();
    await settled();
    expect(last().request.companions).toEqual(companions);
  });

  test('is confined to the folders of a workspace that is not trusted, and told so at every run', async () => {
    let folders: readonly string[] | undefined = ['/workspace'];
    const confined = made({ confinedTo: () => folders });
    confined.analyze();
    await settled();
    expect(last().request.confinedTo).toEqual(['/workspace']);
    const problem = { code: 'metadata/invalid', found: 'It lies outside', remedy: 'Trust it.' } as const;
    await last().succeed({ ...summaryOf(4), companions: { hessian: { path: '/etc/h.npy', problem } } });
    folders = undefined;
    confined.trusted();
    await settled();
    expect(last().request).not.toHaveProperty('confinedTo');
    await last().succeed(summaryOf(4));
    const count = runs.length;
    // nothing was left out: trust changes nothing
    confined.trusted();
    await settled();
    expect(runs).toHaveLength(count);
    confined.dispose();
  });

  test('tells its progress at most twenty times a second', () => {
    const done: Progress = { stage: 'spectrum', block: 1, blocks: 1000, bytesDone: 1, bytesTotal: 1000 };
    const begun = performance.now();
    while (performance.now() - begun < 1000) {
      last().emit({ kind: 'progress', progress: done });
      vi.advanceTimersByTime(5);
    }
    expect(progress.length).toBeGreaterThan(15);
    expect(progress.length).toBeLessThanOrEqual(21);
    expect(progress[0]).toEqual({ run: 1, progress: done });
  });
});

describe('a dump that is overwritten', () => {
  beforeEach(async () => last().succeed(summaryOf(4)));

  test('is analyzed again when it rests; the old numbers stay in sight until the new ones are complete', async () => {
    await rewritten('second');
    expect(report.state).toMatchObject({ phase: 'done', stale: true, summary: summaryOf(4) });
    await rested();
    expect(runs).toHaveLength(2);
    last().emit({ kind: 'partial', summary: summaryOf(8) });
    expect(report.state).toMatchObject({ run: 2, phase: 'analyzing', stale: true, summary: summaryOf(4) });
    await last().succeed(summaryOf(8));
    expect(report.state).toMatchObject({ run: 2, phase: 'done', summary: summaryOf(8) });
    expect(report.state.stale).toBeUndefined();
  });

  test('and ends too early is taken for one that is being written: stale, but no failure', async () => {
    await rewritten('half');
    await rested();
    await last().fail('npy/truncated');
    expect(report.state).toMatchObject({ phase: 'done', stale: true, summary: summaryOf(4) });
    await rewritten('whole');
    await rested();
    await last().succeed(summaryOf(8));
    expect(report.state).toMatchObject({ phase: 'done', summary: summaryOf(8) });
    await vi.advanceTimersByTimeAsync(2 * TIMES.patience);
    expect(report.state.problem).toBeUndefined();
  });

  test('and stays too short for long is a failure, beside the old numbers', async () => {
    await rewritten('half');
    await rested();
    await last().fail('npy/truncated');
    await vi.advanceTimersByTimeAsync(TIMES.patience);
    expect(report.state).toMatchObject({ phase: 'failed', problem: { code: 'npy/truncated' }, summary: summaryOf(4) });
    expect(runs).toHaveLength(2);
  });

  test('with something else is a failure at once', async () => {
    await rewritten('second');
    await rested();
    await last().fail('npy/dtype');
    expect(report.state).toMatchObject({ phase: 'failed', problem: { code: 'npy/dtype' }, summary: summaryOf(4) });
  });

  test('while it is read is read again when it rests, but not for ever', async () => {
    await rewritten('second');
    await rested();
    for (let i = 0; i < 20; i++) {
      await last().fail('file/changed');
      await rested();
    }
    expect(runs).toHaveLength(7);
    await rewritten('third');
    await rested();
    await last().succeed(summaryOf(8));
    expect(report.state).toMatchObject({ phase: 'done', summary: summaryOf(8) });
  });

  test('during a run is noticed when the run ends', async () => {
    report.analyze();
    await settled();
    await rewritten('second');
    await last().succeed(summaryOf(4));
    await rested();
    expect(runs).toHaveLength(3);
  });

  test('a thousand times at once is analyzed once', async () => {
    for (let i = 0; i < 1000; i++) {
      version = `storm ${i}`;
      report.checkForChanges();
    }
    await rested();
    await rested();
    expect(runs).toHaveLength(2);
  });

  test('is only marked when changes are not followed', async () => {
    preferences = { ...preferences, followChanges: false };
    await rewritten('second');
    await rested();
    expect(runs).toHaveLength(1);
    expect(report.state).toMatchObject({ phase: 'done', stale: true, summary: summaryOf(4) });
    report.analyze();
    await settled();
    await last().succeed(summaryOf(8));
    expect(report.state.stale).toBeUndefined();
  });
});

describe('a dump that could not be read', () => {
  test('is analyzed again when it becomes whole', async () => {
    await last().fail('npy/truncated');
    expect(report.state).toMatchObject({ phase: 'failed', problem: { code: 'npy/truncated' } });
    await rewritten('whole');
    await rested();
    await last().succeed(summaryOf(4));
    expect(report.state).toMatchObject({ phase: 'done', summary: summaryOf(4) });
    expect(report.state.problem).toBeUndefined();
  });

  test('and does not change is not tried again', async () => {
    await last().fail('npy/truncated');
    for (let i = 0; i < 10; i++) await rewritten('first');
    await vi.advanceTimersByTimeAsync(2 * TIMES.patience);
    expect(runs).toHaveLength(1);
  });
});

describe('the settings to begin with', () => {
  test('are what the dump says, and the defaults only where it says nothing', async () => {
    preferences = { ...preferences, defaults: { learningRate: 0.5, batchSize: 16 } };
    await last().succeed(summaryOf(4, { learningRate: 0.1 }));
    expect(report.state.settings).toEqual(
      suggestedSettings({ rows: 4, metadata: { learningRate: 0.1, batchSize: 16 } }),
    );
  });

  test('are what the reader chose, also after the dump changed', async () => {
    await last().succeed(summaryOf(4, { learningRate: 0.1 }));
    const chosen = { ...suggestedSettings({ rows: 4, metadata: {} }), learningRate: 0.3 };
    report.choose(chosen);
    await rewritten('second');
    await rested();
    await last().succeed(summaryOf(8, { learningRate: 0.2 }));
    expect(report.state.settings).toEqual(chosen);
  });

  test('are those from before a reload, before anything is known', () => {
    const chosen = suggestedSettings({ rows: 4, metadata: { learningRate: 0.3 } });
    expect(made({ chosen }).state.settings).toEqual(chosen);
  });
});

describe('after disposal', () => {
  test('the run is canceled and nothing is said any more', async () => {
    const said = states.length;
    report.dispose();
    expect(last().canceled).toBe(true);
    last().emit({ kind: 'partial', summary: summaryOf(4) });
    await rewritten('second');
    await rested();
    expect(states).toHaveLength(said);
  });
});
