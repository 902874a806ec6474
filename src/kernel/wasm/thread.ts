import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { problemOf } from '../../shared/problem';
import { Control, Stopped } from './control';
import { handsOf, perform } from './operations';
import { openSources } from './reading';
import type { Assignment, Ended } from './threads';

/** The body of a thread of the kernel. */
const answers = workerData as MessagePort;
parentPort?.on('message', (assignment: Assignment) => {
  const answer = (ended: Ended): void => answers.postMessage(ended);
  const control = new Control(assignment.memory, assignment.task.threads);
  try {
    if (assignment.role === 'reader') read(assignment, control);
    else {
      const hands = handsOf(assignment.module, assignment.memory, assignment.task, assignment.role);
      const check = (): void => {
        if (control.stopped) throw new Stopped();
      };
      control.follow((operation, values) => perform(hands, control, operation, values, check));
    }
    answer({});
  } catch (error) {
    if (error instanceof Stopped) answer({});
    else {
      answer({ problem: problemOf(error) });
      control.stop();
    }
  }
});

/** Reads block after block into the buffers as they become free. */
function read({ memory, task, passes }: Assignment, control: Control): void {
  const { view, cut, buffers, identities } = task;
  const sources = openSources(view, [], identities);
  try {
    const total = cut.blocks.length * passes;
    for (let k = 0; k < total; k++) {
      control.awaitUsed(k - buffers.length + 1);
      const at = buffers[k % buffers.length]!;
      sources.read(cut.blocks[k % cut.blocks.length]!, new Uint8Array(memory.buffer, at, cut.bufferBytes));
      control.markRead(k + 1);
    }
  } finally {
    sources.close();
  }
}
