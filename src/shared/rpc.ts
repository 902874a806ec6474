import * as v from 'valibot';
import { PROBLEM } from './messages';
import { AnalysisError, problemOf } from './problem';
import type { Problem } from './problem';

/**
 * Calls across threads. An interface of asynchronous methods of one argument is the protocol; both ends derive everything
 * from it. Every call is answered: with a value, with a problem, or, when the other end dies, with the problem it died of.
 */
type Protocol<Methods> = { readonly [Name in keyof Methods]: (argument: never) => Promise<unknown> };
type Argument<Method> = Method extends (argument: infer A) => Promise<unknown> ? A : never;
type AnswerOf<Method> = Method extends (argument: never) => Promise<infer A> ? A : never;

/** What calls need of a thread: a Worker, a MessagePort and a double in a test all have it. */
export interface Port {
  readonly postMessage: (message: unknown) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
}

const NUMBERED = v.object({ id: v.number() });
const CALL = v.object({ id: v.number(), method: v.string(), argument: v.unknown() });
const REPLY = v.variant('kind', [
  v.object({ kind: v.literal('event'), id: v.number(), event: v.unknown() }),
  v.object({ kind: v.literal('value'), id: v.number(), value: v.unknown() }),
  v.object({ kind: v.literal('problem'), id: v.number(), problem: PROBLEM }),
]);
type Reply = v.InferOutput<typeof REPLY>;

/** A method as it is served: it may emit events while it works. */
export type Handlers<Methods, Event> = {
  readonly [Name in keyof Methods]: (
    argument: Argument<Methods[Name]>,
    emit: (event: Event) => void,
  ) => Promise<AnswerOf<Methods[Name]>>;
};

/** Answers the calls that arrive at a port. One of the two places where a failure becomes data. */
export function serve<Methods extends Protocol<Methods>, Event>(port: Port, handlers: Handlers<Methods, Event>): void {
  const reply = (message: Reply): void => port.postMessage(message);
  const answer = async (id: number, method: string, argument: unknown): Promise<void> => {
    try {
      if (!Object.hasOwn(handlers, method)) throw new RangeError(`there is no method ${method}`);
      const handler = handlers[method as keyof Methods];
      const value = await handler(argument as Argument<Methods[keyof Methods]>, (event) =>
        reply({ kind: 'event', id, event }),
      );
      reply({ kind: 'value', id, value });
    } catch (error) {
      reply({ kind: 'problem', id, problem: problemOf(error) });
    }
  };
  port.onMessage((message) => {
    const call = v.safeParse(CALL, message);
    // what is not a call has nobody waiting for an answer
    if (call.success) void answer(call.output.id, call.output.method, call.output.argument);
  });
}

export interface Connection<Methods, Event> {
  /** @throws AnalysisError the problem the other end answered with, or died of */
  readonly call: <Name extends keyof Methods & string>(
    method: Name,
    argument: Argument<Methods[Name]>,
    onEvent?: (event: Event) => void,
  ) => Promise<AnswerOf<Methods[Name]>>;
  /** The other end is dead: answers what is pending, and whatever is asked later, with this problem. */
  readonly close: (problem: Problem) => void;
}

/** The other end of `serve`. */
export function connect<Methods extends Protocol<Methods>, Event>(port: Port): Connection<Methods, Event> {
  interface OpenCall {
    readonly resolve: (value: unknown) => void;
    readonly reject: (error: AnalysisError) => void;
    readonly onEvent: (event: unknown) => void;
  }
  const pending = new Map<number, OpenCall>();
  let calls = 0;
  let death: Problem | undefined;

  port.onMessage((message) => {
    if (!v.is(NUMBERED, message)) return;
    const waiting = pending.get(message.id);
    if (waiting === undefined) return;
    const parsed = v.safeParse(REPLY, message);
    if (parsed.success && parsed.output.kind === 'event') {
      waiting.onEvent(parsed.output.event);
      return;
    }
    pending.delete(message.id);
    // an answer that cannot be read still ends the waiting
    if (!parsed.success) waiting.reject(new AnalysisError(problemOf(new TypeError('an answer was malformed'))));
    else if (parsed.output.kind === 'value') waiting.resolve(parsed.output.value);
    else if (parsed.output.kind === 'problem') waiting.reject(new AnalysisError(parsed.output.problem));
  });

  return {
    call: async (method, argument, onEvent) => {
      if (death !== undefined) throw new AnalysisError(death);
      const id = ++calls;
      const answered = new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject, onEvent: (event) => onEvent?.(event as Event) });
      });
      try {
        port.postMessage({ id, method, argument });
      } catch (error) {
        pending.delete(id);
        throw new AnalysisError(problemOf(error));
      }
      return (await answered) as AnswerOf<Methods[typeof method]>;
    },
    close: (problem) => {
      death ??= problem;
      for (const { reject } of pending.values()) reject(new AnalysisError(death));
      pending.clear();
    },
  };
}
