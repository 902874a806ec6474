import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { PYTHON } from './python';

export interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source?: { readonly path?: string };
}

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

/** A program under debugpy, spoken to in the Debug Adapter Protocol over the pipes of its adapter. */
export class DebugpySession {
  readonly #adapter: ChildProcess;
  #buffer = Buffer.alloc(0);
  #seq = 0;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #events: Message[] = [];
  #wake: () => void = () => undefined;

  private constructor() {
    this.#adapter = spawn(PYTHON, ['-m', 'debugpy.adapter'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#adapter.stdout?.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  /** Starts a program, and resolves when it has stopped at the first of some lines. */
  static async at(program: string, lines: readonly number[]): Promise<DebugpySession> {
    const session = new DebugpySession();
    await session.request('initialize', { adapterID: 'debugpy', pathFormat: 'path', linesStartAt1: true });
    const launched = session.request('launch', {
      program,
      cwd: path.dirname(program),
      console: 'internalConsole',
      justMyCode: true,
    });
    await session.event('initialized');
    await session.request('setBreakpoints', {
      source: { path: program },
      breakpoints: lines.map((line) => ({ line })),
    });
    await session.request('configurationDone', {});
    await launched;
    await session.event('stopped');
    return session;
  }

  async request(command: string, args: object): Promise<unknown> {
    const seq = ++this.#seq;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const answer = new Promise<Message>((resolve) => this.#pending.set(seq, resolve));
    this.#adapter.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const { success, message, body } = await answer;
    if (success !== true) throw new Error(message ?? `${command} failed`);
    return body;
  }

  async event(name: string): Promise<unknown> {
    for (;;) {
      const index = this.#events.findIndex(({ event }) => event === name);
      const [found] = index < 0 ? [] : this.#events.splice(index, 1);
      if (found !== undefined) return found.body;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The frames of the first thread, innermost first. */
  async frames(): Promise<readonly Frame[]> {
    const { threads } = (await this.request('threads', {})) as { threads: { id: number }[] };
    const { stackFrames } = (await this.request('stackTrace', { threadId: threads[0]!.id })) as {
      stackFrames: Frame[];
    };
    return stackFrames;
  }

  /** As VS Code evaluates in the innermost frame. */
  readonly evaluate = async (expression: string): Promise<string> => {
    const [frame] = await this.frames();
    const body = await this.request('evaluate', { expression, frameId: frame!.id, context: 'repl' });
    return (body as { result: string }).result;
  };

  /** To the next stop. */
  async proceed(): Promise<void> {
    const { threads } = (await this.request('threads', {})) as { threads: { id: number }[] };
    await this.request('continue', { threadId: threads[0]!.id });
    await this.event('stopped');
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#adapter.once('exit', resolve));
    await this.request('disconnect', { terminateDebuggee: true });
    this.#adapter.stdin?.end();
    await gone;
  }

  #read(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#buffer.toString('latin1', 0, end))![1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.toString('utf8', end + 4, end + 4 + length)) as Message;
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      if (message.type === 'response') this.#pending.get(message.request_seq!)?.(message);
      if (message.type === 'event') {
        this.#events.push(message);
        this.#wake();
      }
    }
  }
}
