import path from 'node:path';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { AnalysisError } from '../../shared/problem';
import type { Problem } from '../../shared/problem';
import type { Task } from './task';

/** What a thread of the kernel is asked to do: read the blocks, or compute as the index-th of the threads. */
export interface Assignment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly task: Task;
  readonly role: 'reader' | number;
  readonly passes: number;
}

/** Every assignment is answered once: with nothing, or with why it ended early. */
export interface Ended {
  readonly problem?: Problem;
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  busy: boolean;
}

/**
 * Threads that stay for the next pass: starting one takes longer than a small dump. They never keep the process alive, and
 * one that does not come back (a read that hangs) is left behind.
 */
export class Threads {
  readonly #script: string;
  readonly #all: Thread[] = [];

  constructor(folder: string) {
    this.#script = path.join(folder, 'kernel-thread.js');
  }

  /** Gives out assignments; the function returned looks, without waiting, whether one has ended early. */
  start(assignments: readonly Assignment[]): { readonly check: () => void; readonly settle: () => boolean } {
    const threads = assignments.map((assignment) => {
      const thread = this.#free();
      thread.busy = true;
      thread.worker.postMessage(assignment);
      return thread;
    });
    const look = (): Problem | undefined => {
      for (const thread of threads)
        for (let got = receiveMessageOnPort(thread.port); got; got = receiveMessageOnPort(thread.port)) {
          thread.busy = false;
          const { problem } = got.message as Ended;
          if (problem) return problem;
        }
      return undefined;
    };
    return {
      check: () => {
        const problem = look();
        if (problem) throw new AnalysisError(problem);
      },
      // whether all have come back, after a short while for those that are just ending; whoever takes longer is not asked
      // again before it has
      settle: () => {
        const sleep = new Int32Array(new SharedArrayBuffer(4));
        for (let wait = 0; wait < 50 && threads.some(({ busy }) => busy); wait++) {
          look();
          if (threads.some(({ busy }) => busy)) Atomics.wait(sleep, 0, 0, 1);
        }
        return threads.every(({ busy }) => !busy);
      },
    };
  }

  /** Lets so many begin to start, which they do while the caller prepares what they are for. */
  prepare(count: number): void {
    for (let more = count - this.#idle().length; more > 0; more--) this.#begin();
  }

  #free(): Thread {
    return this.#idle()[0] ?? this.#begin();
  }

  #idle(): readonly Thread[] {
    for (const thread of this.#all) if (receiveMessageOnPort(thread.port)) thread.busy = false;
    return this.#all.filter(({ busy }) => !busy);
  }

  #begin(): Thread {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(this.#script, { workerData: port2, transferList: [port2] });
    const thread = { worker, port: port1, busy: false };
    const forget = (): void => {
      const at = this.#all.indexOf(thread);
      if (at >= 0) this.#all.splice(at, 1);
    };
    worker.on('error', forget).on('exit', forget);
    worker.unref();
    port1.unref();
    this.#all.push(thread);
    return thread;
  }
}
