import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AnalysisWorkers, startAnalysisThread } from '../../src/host/analysis-worker';
import type { AnalysisThread } from '../../src/host/analysis-worker';
import { AnalysisError } from '../../src/shared/problem';
import type { ProblemCode } from '../../src/shared/problem';
import type { AnalyzeRequest, WorkerEvent, WorkerMethods } from '../../src/shared/protocol';
import { serve } from '../../src/shared/rpc';
import type { Handlers } from '../../src/shared/rpc';
import type { DumpSummary } from '../../src/shared/summary';

const TIMES = { tick: 10, silentTicks: 5, grace: 40, idle: 60 };

const summaryOf = (file: string): DumpSummary => ({
  dump: {
    name: path.basename(file),
    path: file,
    format: 'npy',
    rows: 4,
    parameters: 3,
    dtype: 'float32',
    bytes: 176,
    layers: [],
    metadata: {},
    notes: [],
  },
});
const pause = async (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const refused = (code: ProblemCode, found?: string | RegExp): unknown =>
  expect.objectContaining({
    problem: expect.objectContaining({
      code,
      ...(found !== undefined && { found: expect.stringMatching(found) as unknown }),
    }) as unknown,
  });

/** Threads on real channels, with a scripted way of working; counts how many live. */
class Threads {
  started = 0;
  alive = 0;
  readonly deaths: ((found: string) => void)[] = [];
  readonly requests: AnalyzeRequest[] = [];
  readonly #work: Handlers<WorkerMethods, WorkerEvent>['analyze'];

  constructor(work: Handlers<WorkerMethods, WorkerEvent>['analyze']) {
    this.#work = work;
  }

  readonly start = (): AnalysisThread => {
    this.started++;
    this.alive++;
    const { port1, port2 } = new MessageChannel();
    serve<WorkerMethods, WorkerEvent>(
      {
        postMessage: (message) => port2.postMessage(message),
        onMessage: (listener) => void port2.on('message', listener),
      },
      {
        analyze: async (request, emit) => {
          this.requests.push(request);
          return this.#work(request, emit);
        },
        checkSidecar: async () => Promise.resolve([]),
        brief: async () => Promise.resolve('a text'),
        runSteps: async () => Promise.resolve({ waiting: 0, unfinished: 0 }),
        readRun: async () => Promise.resolve([{ step: 20, file: 'grad-step-000020.npy' }]),
      },
    );
    let terminated = false;
    return {
      port: {
        postMessage: (message) => port1.postMessage(message),
        onMessage: (listener) => void port1.on('message', listener),
      },
      onDeath: (listener) => this.deaths.push(listener),
      terminate: () => {
        if (terminated) return;
        terminated = true;
        this.alive--;
        port1.close();
      },
    };
  };
}

const open: AnalysisWorkers[] = [];
afterEach(() => open.splice(0).forEach((workers) => workers.dispose()));
function workersOf(threads: Threads): AnalysisWorkers {
  const workers = new AnalysisWorkers(threads.start, TIMES);
  open.push(workers);
  return workers;
}
const analyze = (workers: AnalysisWorkers, file = '/a.npy', onEvent: (event: WorkerEvent) => void = () => undefined) =>
  workers.analyze({ paths: [file], memoryBudget: 1e6 }, onEvent);

/** Works until it is asked to stop, and shows that it lives. */
const patient: Handlers<WorkerMethods, WorkerEvent>['analyze'] = async ({ cancelFlag, heartbeat }) => {
  for (;;) {
    await pause(2);
    if (heartbeat) Atomics.add(new Int32Array(heartbeat), 0, 1);
    if (Atomics.load(new Int32Array(cancelFlag), 0) !== 0)
      throw new AnalysisError({ code: 'run/canceled', found: 'The analysis saw the flag', remedy: 'None.' });
  }
};
const hanging = async (): Promise<never> => new Promise(() => undefined);

describe('the analysis workers', () => {
  test('start no thread before the first question', () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => Promise.resolve(summaryOf(file)));
    workersOf(threads);
    expect(threads.started).toBe(0);
  });

  test('answer with the summary, and bring what is known before', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }, emit) => {
      emit({ kind: 'partial', summary: summaryOf(file) });
      return Promise.resolve(summaryOf(file));
    });
    const events: WorkerEvent[] = [];
    const summary = await analyze(workersOf(threads), '/b.npy', (event) => events.push(event)).answer;
    expect(summary.dump.path).toBe('/b.npy');
    expect(events.map(({ kind }) => kind)).toEqual(['partial']);
  });

  test('keep one thread for questions one after another', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => Promise.resolve(summaryOf(file)));
    const workers = workersOf(threads);
    for (let i = 0; i < 5; i++) await analyze(workers).answer;
    expect(threads.started).toBe(1);
  });

  test('never run more than two at once, however many ask, and answer each with its own', async () => {
    let running = 0;
    let most = 0;
    const threads = new Threads(async ({ paths: [file = ''] }) => {
      most = Math.max(most, ++running);
      await pause(1);
      running--;
      return summaryOf(file);
    });
    const workers = workersOf(threads);
    const files = Array.from({ length: 20 }, (_, i) => `/${i}.npy`);
    const summaries = await Promise.all(files.map(async (file) => analyze(workers, file).answer));
    expect(summaries.map(({ dump }) => dump.path)).toEqual(files);
    expect([most, threads.started]).toEqual([2, 2]);
  });

  test('list the dumps of a run', async () => {
    const threads = new Threads(hanging);
    await expect(workersOf(threads).readRun({ path: '/run.json' }).answer).resolves.toHaveLength(1);
  });
});

describe('cancel', () => {
  test('is heard by the analysis, and keeps the thread', async () => {
    const threads = new Threads(patient);
    // longer than a busy machine keeps the analysis from looking at the flag
    const workers = new AnalysisWorkers(threads.start, { ...TIMES, silentTicks: 10_000, grace: 30_000 });
    open.push(workers);
    const asked = analyze(workers);
    await pause(10);
    asked.cancel();
    await expect(asked.answer).rejects.toEqual(refused('run/canceled', 'saw the flag'));
    expect([threads.started, threads.alive]).toEqual([1, 1]);
  });

  test('is answered even when the thread hangs, and the next question is served by another', async () => {
    let first = true;
    const threads = new Threads(async ({ paths: [file = ''] }) => {
      if (!first) return summaryOf(file);
      first = false;
      return hanging();
    });
    const workers = workersOf(threads);
    const asked = analyze(workers);
    asked.cancel();
    await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
    await expect(analyze(workers).answer).resolves.toEqual(summaryOf('/a.npy'));
    expect([threads.started, threads.alive]).toEqual([2, 1]);
  });

  test('of a question that still waits is answered at once, and it is never begun', async () => {
    const threads = new Threads(patient);
    const workers = workersOf(threads);
    const running = [analyze(workers, '/1.npy'), analyze(workers, '/2.npy')];
    const waiting = analyze(workers, '/3.npy');
    waiting.cancel();
    await expect(waiting.answer).rejects.toEqual(refused('run/canceled'));
    for (const asked of running) asked.cancel();
    await Promise.allSettled(running.map(({ answer }) => answer));
    expect(threads.requests.map(({ paths }) => paths[0])).toEqual(['/1.npy', '/2.npy']);
  });

  test('after the answer does not touch the next question', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => {
      if (file === '/slow.npy') await pause(3 * TIMES.grace);
      return summaryOf(file);
    });
    const workers = new AnalysisWorkers(threads.start, { ...TIMES, silentTicks: 1000 });
    open.push(workers);
    const first = analyze(workers);
    await first.answer;
    first.cancel();
    await expect(analyze(workers, '/slow.npy').answer).resolves.toEqual(summaryOf('/slow.npy'));
  });

  test('at any moment leaves the workers fit for the next question', async () => {
    const threads = new Threads(async (request, emit) =>
      request.paths[0] === '/last.npy' ? summaryOf('/last.npy') : patient(request, emit),
    );
    const workers = workersOf(threads);
    for (let delay = 0; delay < 20; delay++) {
      const asked = analyze(workers);
      await pause(delay % 5);
      asked.cancel();
      await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
    }
    await expect(analyze(workers, '/last.npy').answer).resolves.toEqual(summaryOf('/last.npy'));
  });
});

describe('a thread', () => {
  test('that is silent too long is given up as a disk that does not answer', async () => {
    const threads = new Threads(hanging);
    await expect(analyze(workersOf(threads)).answer).rejects.toEqual(refused('file/not-answering'));
    expect(threads.alive).toBe(0);
  });

  test('that works long with a heartbeat is waited for', async () => {
    const threads = new Threads(patient);
    const asked = analyze(workersOf(threads));
    const first = await Promise.race([asked.answer, pause(4 * TIMES.tick * TIMES.silentTicks)]);
    expect(first).toBeUndefined();
    asked.cancel();
    await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
  });

  test('that hears from a slow network mount only now and then is waited for, tells how far it is, and can be canceled', async () => {
    const apart = (TIMES.tick * TIMES.silentTicks) / 2;
    const threads = new Threads(async ({ paths: [file = ''], cancelFlag, heartbeat }, emit) => {
      for (let block = 1; block <= 8; block++) {
        await pause(apart); // the time that one read takes
        if (heartbeat) Atomics.add(new Int32Array(heartbeat), 0, 1);
        if (Atomics.load(new Int32Array(cancelFlag), 0) !== 0)
          throw new AnalysisError({ code: 'run/canceled', found: 'The analysis saw the flag', remedy: 'None.' });
        emit({ kind: 'progress', progress: { stage: 'spectrum', block, blocks: 8, bytesDone: block, bytesTotal: 8 } });
      }
      return summaryOf(file);
    });
    const workers = workersOf(threads);
    const seen: WorkerEvent[] = [];
    await expect(analyze(workers, '/a.npy', (event) => seen.push(event)).answer).resolves.toEqual(summaryOf('/a.npy'));
    expect(seen).toHaveLength(8);
    const asked = analyze(workers);
    asked.cancel();
    await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
  });

  test('that dies answers its question, and the next one starts afresh', async () => {
    let answering = false;
    const threads = new Threads(async ({ paths: [file = ''] }) =>
      answering ? Promise.resolve(summaryOf(file)) : hanging(),
    );
    const workers = workersOf(threads);
    const asked = analyze(workers);
    threads.deaths[0]!('The worker thread ended with code 3');
    await expect(asked.answer).rejects.toEqual(refused('run/stopped', 'code 3'));
    answering = true;
    await expect(analyze(workers).answer).resolves.toEqual(summaryOf('/a.npy'));
    expect([threads.started, threads.alive]).toEqual([2, 1]);
  });

  test('that dies idle is replaced at the next question', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => Promise.resolve(summaryOf(file)));
    const workers = workersOf(threads);
    await analyze(workers).answer;
    threads.deaths[0]!('The worker thread ended with code 0');
    await expect(analyze(workers).answer).resolves.toEqual(summaryOf('/a.npy'));
  });
});

describe('the life of the threads', () => {
  test('lasts while anybody holds them, and ends some time after the last one let go', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => Promise.resolve(summaryOf(file)));
    const workers = workersOf(threads);
    const release = [workers.hold(), workers.hold()];
    await analyze(workers).answer;
    release[0]!();
    release[0]!();
    await pause(3 * TIMES.idle);
    expect(threads.alive).toBe(1);
    release[1]!();
    expect(threads.alive).toBe(1);
    await pause(3 * TIMES.idle);
    expect(threads.alive).toBe(0);
    await expect(analyze(workers).answer).resolves.toEqual(summaryOf('/a.npy'));
  });

  test('goes on when they are held again in time', async () => {
    const threads = new Threads(async ({ paths: [file = ''] }) => Promise.resolve(summaryOf(file)));
    const workers = workersOf(threads);
    const release = workers.hold();
    await analyze(workers).answer;
    release();
    workers.hold();
    await pause(3 * TIMES.idle);
    expect(threads.alive).toBe(1);
  });

  test('ends with disposal, which answers everything', async () => {
    const threads = new Threads(patient);
    const workers = workersOf(threads);
    const asked = [1, 2, 3].map((i) => analyze(workers, `/${i}.npy`));
    workers.dispose();
    for (const { answer } of asked) await expect(answer).rejects.toEqual(refused('run/canceled'));
    expect(threads.alive).toBe(0);
  });
});

describe('a real thread', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'analysis-worker-'));
  const script = path.join(folder, 'worker.js');
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    writeFileSync(
      script,
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ id, argument: { paths: [path], cancelFlag } }) => {
         if (path === 'throw') throw new RangeError('stage 2');
         if (path === 'exit') process.exit(3);
         if (path === 'memory') for (const all = []; ; ) all.push(new Array(1e5).fill(0).map((_, i) => ({ i })));
         if (path === 'loop') while (Atomics.load(new Int32Array(cancelFlag), 0) < 2);
         parentPort.postMessage({ kind: 'value', id, value: { dump: { path } } });
       });`,
    );
  });
  const started = (): AnalysisWorkers => {
    const workers = new AnalysisWorkers(() => startAnalysisThread(script, 32), {
      ...TIMES,
      tick: 1000,
      silentTicks: 30,
    });
    open.push(workers);
    return workers;
  };

  test.each([
    ['throw', 'RangeError: stage 2'],
    ['exit', 'ended with code 3'],
    ['memory', 'ran out of memory, of which it may have 32 MiB'],
  ] as const)('that ends by %s answers its question, and another one serves the next', async (how, found) => {
    const workers = started();
    await expect(analyze(workers, how).answer).rejects.toEqual(refused('run/stopped', found));
    await expect(analyze(workers, 'fine').answer).resolves.toEqual({ dump: { path: 'fine' } });
  });

  test('that spins without looking at the flag is ended by cancel', async () => {
    const workers = started();
    const asked = analyze(workers, 'loop');
    await pause(100);
    asked.cancel();
    await expect(asked.answer).rejects.toEqual(refused('run/canceled'));
    await expect(analyze(workers, 'fine').answer).resolves.toEqual({ dump: { path: 'fine' } });
  });

  test('whose script is missing answers with a problem', async () => {
    const workers = new AnalysisWorkers(() => startAnalysisThread(path.join(folder, 'none.js')));
    open.push(workers);
    await expect(analyze(workers).answer).rejects.toEqual(refused('run/stopped'));
  });
});
