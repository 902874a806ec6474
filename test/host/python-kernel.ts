import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Kernel, KernelOutput } from '../../src/host/notebook-kernel';
import { PYTHON } from './python';

type Outputs = readonly (readonly [mime: string, text: string])[];

/** A kernel that runs Python, as the Jupyter extension hands one over. */
export class PythonKernel implements Kernel {
  readonly language = 'python';
  status = 'idle';
  readonly #kind: string[];
  readonly #listeners = new Set<(status: string) => void>();
  readonly #waiting: ((outputs: Outputs) => void)[] = [];
  #process: ChildProcessWithoutNullStreams;

  /** @param ipykernel whether it is that one, or a process that knows nothing of Jupyter */
  constructor(ipykernel: boolean) {
    this.#kind = ipykernel ? ['ipykernel'] : [];
    this.#process = this.#started();
  }

  readonly onDidChangeStatus = (listener: (status: string) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  readonly executeCode = async function* (this: PythonKernel, code: string): AsyncGenerator<KernelOutput> {
    for (const [mime, text] of await this.#ask(code)) yield { items: [{ mime, data: new TextEncoder().encode(text) }] };
  }.bind(this);

  /** What a cell prints, with the names of what it raises. */
  async cell(code: string): Promise<string> {
    return (await this.#ask(code)).map(([, text]) => text).join('');
  }

  /** Its values are gone. */
  restart(): void {
    this.#process.kill();
    this.#say('restarting');
    this.#process = this.#started();
    this.#say('idle');
  }

  /** It ends by itself, and answers nothing any more. */
  die(): void {
    this.#process.kill();
    this.#say('dead');
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    await gone;
  }

  #started(): ChildProcessWithoutNullStreams {
    const started = spawn(PYTHON, [path.join(import.meta.dirname, 'kernel.py'), ...this.#kind], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf8' },
    });
    createInterface(started.stdout).on('line', (line) => {
      this.#waiting.shift()?.((JSON.parse(line) as { outputs: Outputs }).outputs);
    });
    started.stdin.on('error', () => undefined);
    return started;
  }

  async #ask(code: string): Promise<Outputs> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin.write(`${JSON.stringify({ code })}\n`);
    });
  }

  #say(status: string): void {
    this.status = status;
    for (const listener of this.#listeners) listener(status);
  }
}
