import type { CancellationToken, Uri } from 'vscode';

/** What a kernel answers: of each output, its forms. */
export interface KernelOutput {
  readonly items: readonly { readonly mime: string; readonly data: Uint8Array }[];
}

/** What is used of a kernel, as the Jupyter extension declares it (npm: @vscode/jupyter-extension 1.1). */
export interface Kernel {
  /** Such as `idle`, `restarting`, `dead`. */
  readonly status: string;
  readonly onDidChangeStatus: (listener: (status: string) => void) => { readonly dispose: () => unknown };
  readonly language: string;
  readonly executeCode: (code: string, token: CancellationToken) => AsyncIterable<KernelOutput>;
}

/** What is used of that extension. */
export interface Jupyter {
  /** Of an open notebook; undefined before its kernel was started. */
  readonly kernels: { readonly getKernel: (uri: Uri) => PromiseLike<Kernel | undefined> };
}

const TEXT = new Set(['text/plain', 'application/vnd.code.notebook.stdout', 'application/x.notebook.stream.stdout']);
const ERROR = 'application/vnd.code.notebook.error';

/** Whether a kernel in this state has lost, or is losing, the values of its notebook. */
export const hasLostItsValues = (status: string): boolean =>
  /^(?:terminating|restarting|autorestarting|dead)$/.test(status);

/**
 * Evaluates an expression in a kernel of Python; no variable of the notebook changes, not even `_`.
 *
 * @param expression gives a text
 * @returns the text, and whatever the kernel printed before it
 * @throws Error with what Python raised, or when the kernel ends before it has answered
 */
export async function evaluateIn(kernel: Kernel, expression: string, token: CancellationToken): Promise<string> {
  const texts: string[] = [];
  const run = async (): Promise<void> => {
    for await (const { items } of kernel.executeCode(shown(expression), token))
      for (const { mime, data } of items) {
        if (mime === ERROR) throw new Error(errorText(data));
        if (TEXT.has(mime)) texts.push(new TextDecoder().decode(data));
      }
  };
  let watch: { readonly dispose: () => unknown } | undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    const look = (status: string): void => {
      if (hasLostItsValues(status)) reject(new Error(`The kernel is ${status}`));
    };
    watch = kernel.onDidChangeStatus(look);
    look(kernel.status);
  });
  try {
    await Promise.race([run(), lost]);
  } finally {
    watch?.dispose();
  }
  return texts.join('');
}

/**
 * As output to show, not as the value of the cell: that would be `_`. Not printed where IPython is there, either: servers
 * limit how fast a kernel may print.
 */
const shown = (expression: string): string =>
  `(lambda text, sys: (__import__("IPython.display", fromlist=["_"]).publish_display_data({"text/plain": text}) ` +
  `if "IPython" in sys.modules else print(text), None)[1])(${expression}, __import__("sys"))`;

function errorText(data: Uint8Array): string {
  const text = new TextDecoder().decode(data);
  try {
    const { name = '', message = '' } = JSON.parse(text) as { name?: string; message?: string };
    return name === '' ? message : `${name}: ${message}`;
  } catch {
    return text;
  }
}
