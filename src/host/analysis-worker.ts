import { Worker } from 'node:worker_threads';
import { AnalysisError } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type {
  AnalyzeRequest,
  BriefRequest,
  RunRequest,
  RunStep,
  RunStepsLeft,
  RunStepsRequest,
  WorkerEvent,
  WorkerMethods,
  SidecarFinding,
  SidecarRequest,
} from '../shared/protocol';
import { connect } from '../shared/rpc';
import type { Connection, Port } from '../shared/rpc';
import type { DumpSummary } from '../shared/summary';

/** A thread that analyzes. A test puts a double here. */
export interface AnalysisThread {
  readonly port: Port;
  /** The listener learns why, when the thread has ended. */
  readonly onDeath: (listener: (found: string) => void) => void;
  readonly terminate: () => void;
}

/** An answer on its way. */
export interface AnalysisCall<T> {
  /** Rejects with an AnalysisError. */
  readonly answer: Promise<T>;
  /** The answer becomes run/canceled, at the latest after the time of grace, unless it is there already. */
  readonly cancel: () => void;
}

export const TIMES = {
  /** Between two looks at the heartbeat, ms. */
  tick: 1000,
  /** Ticks without a heartbeat until a thread is given up: 30 s. Counted, because a sleeping computer has a clock, too. */
  silentTicks: 30,
  /** From cancel to giving up the thread, ms: no call of the system can be interrupted, only left behind. */
  grace: 500,
  /** From the last panel to the end of the threads, ms: moving a tab or reloading a page closes and opens one. */
  idle: 5000,
};

/** Two, so that one large dump does not make another panel wait; each may use the whole memory budget. */
const MAX_THREADS = 2;

export const CANCELED: Problem = {
  code: 'run/canceled',
  found: 'The analysis was canceled',
  remedy: 'Analyze again to resume.',
};
const NOT_ANSWERING: Problem = {
  code: 'file/not-answering',
  found: 'A read did not return for 30 seconds',
  remedy: 'Check the disk or the network mount, then try again.',
};

interface Job {
  /** `free` is called before the answer is handed on, so that whoever waits for it can ask the same thread again. */
  readonly start: (connection: Connection<WorkerMethods, WorkerEvent>, free: () => void) => Promise<void>;
  readonly refuse: (problem: Problem) => void;
  readonly flags: Flags;
}

type Flags = Readonly<Record<'cancelFlag' | 'heartbeat', Int32Array<SharedArrayBuffer>>>;

interface Lane {
  readonly thread: AnalysisThread;
  readonly connection: Connection<WorkerMethods, WorkerEvent>;
  job: Job | undefined;
}

/**
 * Persistent threads behind a queue: started when first needed, replaced when they die or hang, closed some seconds after
 * the last panel let go. Every question is answered.
 */
export class AnalysisWorkers {
  readonly #startThread: () => AnalysisThread;
  readonly #times: typeof TIMES;
  readonly #queue: Job[] = [];
  readonly #lanes = new Set<Lane>();
  #holders = 0;
  #closing: NodeJS.Timeout | undefined;

  constructor(startThread: () => AnalysisThread, times = TIMES) {
    this.#startThread = startThread;
    this.#times = times;
  }

  analyze(
    request: Omit<AnalyzeRequest, 'cancelFlag' | 'heartbeat'>,
    onEvent: (event: WorkerEvent) => void,
  ): AnalysisCall<DumpSummary> {
    return this.#ask((connection, { cancelFlag, heartbeat }) =>
      connection.call('analyze', { ...request, cancelFlag: cancelFlag.buffer, heartbeat: heartbeat.buffer }, onEvent),
    );
  }

  /** A text for a language model, also where there is no report. */
  brief(request: Omit<BriefRequest, 'cancelFlag' | 'heartbeat'>): AnalysisCall<string> {
    return this.#ask((connection, { cancelFlag, heartbeat }) =>
      connection.call('brief', { ...request, cancelFlag: cancelFlag.buffer, heartbeat: heartbeat.buffer }),
    );
  }

  /** What a metadata file contradicts. */
  checkSidecar(request: SidecarRequest): AnalysisCall<readonly SidecarFinding[]> {
    return this.#ask((connection) => connection.call('checkSidecar', request));
  }

  /** One turn of the analysis of a run. */
  runSteps(
    request: Omit<RunStepsRequest, 'cancelFlag' | 'heartbeat'>,
    onEvent: (event: WorkerEvent) => void,
  ): AnalysisCall<RunStepsLeft> {
    return this.#ask((connection, { cancelFlag, heartbeat }) =>
      connection.call('runSteps', { ...request, cancelFlag: cancelFlag.buffer, heartbeat: heartbeat.buffer }, onEvent),
    );
  }

  /** The dumps that a run.json lists. */
  readRun(request: RunRequest): AnalysisCall<readonly RunStep[]> {
    return this.#ask((connection) => connection.call('readRun', request));
  }

  /** Keeps the threads warm until the returned function is called. */
  hold(): () => void {
    let held = true;
    this.#holders++;
    clearTimeout(this.#closing);
    return () => {
      if (!held) return;
      held = false;
      this.#holders--;
      this.#closeWhenUnused();
    };
  }

  /** Cancels everything and ends the threads. */
  dispose(): void {
    clearTimeout(this.#closing);
    for (const job of this.#queue.splice(0)) job.refuse(CANCELED);
    for (const lane of this.#lanes) this.#giveUp(lane, CANCELED);
  }

  #ask<T>(call: (connection: Connection<WorkerMethods, WorkerEvent>, flags: Flags) => Promise<T>): AnalysisCall<T> {
    const flags = {
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
      heartbeat: new Int32Array(new SharedArrayBuffer(4)),
    };
    const answer = new Promise<T>((resolve, reject) => {
      this.#queue.push({
        flags,
        start: (connection, free) => call(connection, flags).finally(free).then(resolve, reject),
        refuse: (problem) => reject(new AnalysisError(problem)),
      });
    });
    this.#next();
    return { answer, cancel: () => this.#cancel(flags) };
  }

  #next(): void {
    const [job] = this.#queue;
    if (job === undefined) return;
    const lane = this.#freeLane();
    if (lane === undefined) return;
    this.#queue.shift();
    lane.job = job;
    const stopWatching = this.#watch(lane, job.flags);
    void job.start(lane.connection, () => {
      stopWatching();
      lane.job = undefined;
      this.#next();
      this.#closeWhenUnused();
    });
  }

  #freeLane(): Lane | undefined {
    for (const lane of this.#lanes) if (lane.job === undefined) return lane;
    if (this.#lanes.size >= MAX_THREADS) return undefined;
    const thread = this.#startThread();
    const lane: Lane = { thread, connection: connect<WorkerMethods, WorkerEvent>(thread.port), job: undefined };
    thread.onDeath((found) => {
      this.#giveUp(lane, { code: 'run/stopped', found, remedy: 'Try again.' });
    });
    this.#lanes.add(lane);
    return lane;
  }

  /** A thread that hangs in the system cannot even be ended: it is left behind, and does not count any more. */
  #giveUp(lane: Lane, problem: Problem): void {
    this.#lanes.delete(lane);
    lane.connection.close(problem);
    lane.thread.terminate();
  }

  #watch(lane: Lane, { heartbeat }: Flags): () => void {
    let last = 0;
    let silent = 0;
    const timer = setInterval(() => {
      const now = Atomics.load(heartbeat, 0);
      silent = now === last ? silent + 1 : 0;
      last = now;
      if (silent >= this.#times.silentTicks) this.#giveUp(lane, NOT_ANSWERING);
    }, this.#times.tick);
    return () => clearInterval(timer);
  }

  #cancel(flags: Flags): void {
    const waiting = this.#queue.findIndex((job) => job.flags === flags);
    if (waiting >= 0) {
      for (const job of this.#queue.splice(waiting, 1)) job.refuse(CANCELED);
      return;
    }
    Atomics.store(flags.cancelFlag, 0, 1);
    setTimeout(() => {
      for (const lane of this.#lanes) if (lane.job?.flags === flags) this.#giveUp(lane, CANCELED);
    }, this.#times.grace).unref();
  }

  #closeWhenUnused(): void {
    clearTimeout(this.#closing);
    if (this.#holders > 0) return;
    this.#closing = setTimeout(() => {
      for (const lane of this.#lanes) if (lane.job === undefined) this.#giveUp(lane, CANCELED);
    }, this.#times.idle);
    this.#closing.unref();
  }
}

/** MiB of objects, not of numbers: those live outside of the heap and are counted by the memory budget. */
const HEAP_MIB = 2048;

/** @param script the bundled worker */
export function startAnalysisThread(script: string, heapMiB = HEAP_MIB): AnalysisThread {
  const worker = new Worker(script, {
    name: 'Gradient Covariance',
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  return {
    port: {
      postMessage: (message) => worker.postMessage(message),
      onMessage: (listener) => void worker.on('message', listener),
    },
    onDeath: (listener) => {
      worker.on('error', (error) => listener(`The worker thread ${causeOfDeath(error, heapMiB)}`));
      worker.on('exit', (code) => listener(`The worker thread ended with code ${code}`));
    },
    terminate: () => void worker.terminate(),
  };
}

function causeOfDeath(error: unknown, heapMiB: number): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return `ran out of memory, of which it may have ${heapMiB} MiB`;
  return error instanceof Error ? `failed with ${error.name}: ${error.message}` : `failed with ${String(error)}`;
}
