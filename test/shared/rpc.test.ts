import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { AnalysisError } from '../../src/shared/problem';
import type { Problem } from '../../src/shared/problem';
import { connect, serve } from '../../src/shared/rpc';
import type { Handlers, Port } from '../../src/shared/rpc';

interface Methods {
  readonly square: (value: number) => Promise<number>;
  readonly norms: (rows: Float64Array) => Promise<Float64Array>;
  readonly fail: (how: string) => Promise<void>;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}
interface Progress {
  readonly done: number;
}

const endless = (depth: number): number => endless(depth + 1) + 1;
const EMPTY_FILE: Problem = { code: 'npy/empty', found: 'It has 0 bytes', where: 'byte 0', remedy: 'Write it again.' };
const HANDLERS: Handlers<Methods, Progress> = {
  square: async (value, emit) => {
    emit({ done: 1 });
    emit({ done: 2 });
    return Promise.resolve(value * value);
  },
  norms: async (rows) => Promise.resolve(rows.map(Math.abs)),
  fail: async (how) => {
    if (how === 'problem') throw new AnalysisError(EMPTY_FILE);
    if (how === 'overflow') endless(0);
    if (how === 'long') throw new RangeError('x'.repeat(100_000));
    return Promise.reject(new RangeError('3 rows, 4 labels'));
  },
  wait: async (milliseconds) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return () => milliseconds;
  },
};

const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

const portOf = (port: MessagePort): Port => ({
  postMessage: (message) => port.postMessage(message),
  onMessage: (listener) => void port.on('message', listener),
});

function channel(): { near: MessagePort; far: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  return { near: port1, far: port2 };
}

function connected(): ReturnType<typeof connect<Methods, Progress>> {
  const { near, far } = channel();
  serve<Methods, Progress>(portOf(far), HANDLERS);
  return connect<Methods, Progress>(portOf(near));
}

const problem = (expected: Partial<Problem>): unknown =>
  expect.objectContaining({ problem: expect.objectContaining(expected) as unknown });

describe('a call across threads', () => {
  test('is answered with the value', async () => {
    await expect(connected().call('square', 12)).resolves.toBe(144);
  });

  test('brings its events in order, before its answer', async () => {
    const seen: number[] = [];
    await connected().call('square', 3, ({ done }) => seen.push(done));
    expect(seen).toEqual([1, 2]);
  });

  test('keeps typed arrays typed', async () => {
    await expect(connected().call('norms', Float64Array.of(-1, 2))).resolves.toEqual(Float64Array.of(1, 2));
  });

  test('gets its own answer, however the answers are ordered', async () => {
    const connection = connected();
    const slow = connection.call('fail', 'problem').catch(() => 'failed');
    const answers = await Promise.all([connection.call('square', 2), slow, connection.call('square', 4)]);
    expect(answers).toEqual([4, 'failed', 16]);
  });

  test('that fails with a problem rejects with that problem, field by field', async () => {
    await expect(connected().call('fail', 'problem')).rejects.toEqual(problem(EMPTY_FILE));
  });

  test('that throws anything else rejects as a fault of the extension', async () => {
    await expect(connected().call('fail', 'error')).rejects.toEqual(
      problem({ code: 'run/internal', found: 'RangeError: 3 rows, 4 labels' }),
    );
  });

  test('that recurses without end rejects, too, and the next one is served', async () => {
    const connection = connected();
    await expect(connection.call('fail', 'overflow')).rejects.toEqual(
      problem({ code: 'run/internal', found: 'RangeError: Maximum call stack size exceeded' }),
    );
    await expect(connection.call('square', 5)).resolves.toBe(25);
  });

  test('whose answer cannot be cloned is answered with a problem', async () => {
    await expect(connected().call('wait', 0)).rejects.toEqual(problem({ code: 'run/internal' }));
  });

  test('whose answer is malformed does not wait forever', async () => {
    await expect(connected().call('fail', 'long')).rejects.toEqual(
      problem({ code: 'run/internal', found: 'TypeError: an answer was malformed' }),
    );
  });

  test.each(['nothing', 'constructor', '__proto__'])(
    'of the unknown method %s is answered with a problem',
    async (name) => {
      await expect(connected().call(name as 'square', 1)).rejects.toEqual(problem({ code: 'run/internal' }));
    },
  );

  test('whose argument cannot be cloned rejects at once', async () => {
    await expect(connected().call('square', (() => 1) as unknown as number)).rejects.toEqual(
      problem({ code: 'run/internal' }),
    );
  });
});

describe('the death of the other end', () => {
  const DEATH: Problem = { code: 'run/stopped', found: 'The thread ended', remedy: 'Try again.' };

  test('answers every pending call and every later one', async () => {
    const connection = connected();
    const pending = [connection.call('wait', 60_000), connection.call('wait', 60_000)];
    connection.close(DEATH);
    for (const call of pending) await expect(call).rejects.toEqual(problem(DEATH));
    await expect(connection.call('square', 1)).rejects.toEqual(problem(DEATH));
  });

  test('keeps the first reason, and answers nobody twice', async () => {
    const connection = connected();
    const answered = connection.call('square', 5);
    await answered;
    connection.close(DEATH);
    connection.close({ ...DEATH, found: 'Later' });
    await expect(answered).resolves.toBe(25);
    await expect(connection.call('square', 1)).rejects.toEqual(problem(DEATH));
  });
});

describe('a message that is no part of the protocol', () => {
  const STRAY = [
    undefined,
    null,
    7,
    'square',
    [],
    { id: 'a' },
    { id: 1, method: 4 },
    { kind: 'value', id: 99, value: 1 },
  ];

  test('is dropped by the serving end, which goes on serving', async () => {
    const { near, far } = channel();
    serve<Methods, Progress>(portOf(far), HANDLERS);
    for (const stray of STRAY) near.postMessage(stray);
    await expect(connect<Methods, Progress>(portOf(near)).call('square', 6)).resolves.toBe(36);
  });

  test('is dropped by the calling end, which goes on waiting for the answer', async () => {
    const { near, far } = channel();
    const answer = connect<Methods, Progress>(portOf(near)).call('square', 7);
    for (const stray of STRAY.filter((message) => (message as { id?: unknown } | undefined | null)?.id !== 1))
      far.postMessage(stray);
    serve<Methods, Progress>(portOf(far), HANDLERS);
    await expect(answer).resolves.toBe(49);
  });
});
