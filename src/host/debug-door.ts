import { debug, DebugStackFrame, Disposable, ViewColumn } from 'vscode';
import { AnalysisError } from '../shared/problem';
import { DebugFollower } from './debug-follower';
import type { Frame, StoppedThread } from './debug-follower';
import type { ProgramDumps } from './program-dumps';

/** Debuggers whose programs are Python; the last is that of notebooks. */
const PYTHON = new Set(['debugpy', 'python', 'Python Kernel Debug Adapter']);

/** Frames asked for: an expression is followed while its function is among them. */
const LEVELS = 50;

/** Values of programs that stand at a breakpoint. */
export class DebugDoor {
  readonly #dumps: ProgramDumps;
  readonly #open = new Map<DebugFollower, { readonly session: string; readonly thread: number }>();

  constructor(dumps: ProgramDumps) {
    this.#dumps = dumps;
  }

  /** Follows programs from stop to stop. */
  listen(): Disposable {
    return Disposable.from(
      debug.onDidChangeActiveStackItem((item) => {
        if (item instanceof DebugStackFrame) this.#follow(item);
      }),
      debug.onDidTerminateDebugSession(({ id }) => {
        for (const [follower, { session }] of this.#open)
          if (session === id) follower.end('the debug session has ended');
      }),
    );
  }

  /** The expression of a variable, or of a watch. */
  static clicked(clicked: unknown): string | undefined {
    if (typeof clicked === 'string') return clicked;
    if (typeof clicked !== 'object' || clicked === null) return undefined;
    const { variable = clicked } = clicked as { variable?: unknown };
    if (typeof variable !== 'object' || variable === null) return undefined;
    const { evaluateName, name } = variable as { evaluateName?: unknown; name?: unknown };
    // a variable's own name, such as 0 in a list, is not an expression; that of a watch is one
    const expression = 'variable' in clicked ? evaluateName : (evaluateName ?? name);
    return typeof expression === 'string' && expression.trim() !== '' ? expression.trim() : undefined;
  }

  /**
   * Saves and shows the value of an expression in a frame.
   *
   * @throws AnalysisError program/…
   */
  async show(expression: string, frame: DebugStackFrame): Promise<void> {
    if (!PYTHON.has(frame.session.type))
      throw new AnalysisError({
        code: 'program/not-there',
        found: `The selected frame is one of the debugger “${frame.session.type}”, and only Python is understood`,
        remedy: 'Select a frame of a Python program in the call stack.',
      });
    const thread = stoppedThread(frame);
    for (const [follower, { session, thread: threadId }] of this.#open) {
      if (session !== frame.session.id || threadId !== frame.threadId || !(await follower.isAbout(expression, thread)))
        continue;
      if (await follower.save(thread)) this.#dumps.show(follower.file, follower);
      return;
    }
    const follower = new DebugFollower(await this.#dumps.setup(expression));
    if (!(await follower.save(thread))) return;
    for (const [each] of this.#open) if (each.over) this.#open.delete(each);
    this.#open.set(follower, { session: frame.session.id, thread: frame.threadId });
    // beside the source: a step reveals that, and would hide a report in the same column
    this.#dumps.show(follower.file, follower, ViewColumn.Beside);
  }

  #follow(frame: DebugStackFrame): void {
    for (const [follower, { session, thread }] of this.#open)
      if (session === frame.session.id && thread === frame.threadId) void follower.follow(stoppedThread(frame));
  }
}

/** What a frame says when it is asked in the Debug Adapter Protocol. */
function stoppedThread({ session, threadId, frameId }: DebugStackFrame): StoppedThread {
  const request = async (command: string, args: object): Promise<unknown> => session.customRequest(command, args);
  return {
    frameId,
    frames: async () => {
      const body = (await request('stackTrace', { threadId, startFrame: 0, levels: LEVELS })) as StackTrace | undefined;
      return body?.stackFrames ?? [];
    },
    evaluate: async (expression, id) => {
      const body = (await request('evaluate', { expression, frameId: id, context: 'repl' })) as Evaluated | undefined;
      return body?.result ?? '';
    },
  };
}
interface StackTrace {
  readonly stackFrames?: readonly Frame[];
}
interface Evaluated {
  readonly result?: string;
}
