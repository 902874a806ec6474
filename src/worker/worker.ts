import { parentPort } from 'node:worker_threads';
import { analyze } from '../analysis/analyze';
import { checkSidecar } from '../analysis/sidecar-check';
import { readRun } from '../formats';
import type { WorkerEvent, WorkerMethods } from '../shared/protocol';
import { serve } from '../shared/rpc';

/** A thread without logic: the analysis behind a port. */
const port = parentPort;
if (port === null) throw new TypeError('this script is the body of a worker thread');

serve<WorkerMethods, WorkerEvent>(
  { postMessage: (message) => port.postMessage(message), onMessage: (listener) => void port.on('message', listener) },
  {
    analyze,
    readRun: async (request) => Promise.resolve(readRun(request)),
    // loaded when it is first asked for: a report is made on the page, and a language model seldom asks
    checkSidecar: async (request) => Promise.resolve(checkSidecar(request)),
    runSteps: async (request, emit) => (await import('./run')).runSteps(request, emit),
    brief: async (request) => (await import('./brief')).brief(request),
  },
);
