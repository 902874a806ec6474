import { debug, DebugStackFrame, Disposable, Uri, ViewColumn, window, workspace } from 'vscode';
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { DebugFiles } from './debug-files';
import { DebugFollower } from './debug-follower';
import type { Frame, StoppedThread } from './debug-follower';
import type { ReportPanels } from './report-panels';

/** Debuggers whose programs are Python; the last is that of notebooks. */
const PYTHON = new Set(['debugpy', 'python', 'Python Kernel Debug Adapter']);

/** Frames asked for: an expression is followed while its function is among them. */
const LEVELS = 50;

/**
 * The door from a stopped Python program to its report: the program saves a value, and the report follows the file. The only
 * part of the extension that runs code, in the reader's own process and at the reader's request.
 */
export class DebugDoor {
  readonly #log: LogOutputChannel;
  readonly #files: DebugFiles;
  readonly #open = new Map<
    string,
    { readonly follower: DebugFollower; readonly session: string; readonly thread: number }
  >();
  readonly #listeners: Disposable;
  #panels: ReportPanels | undefined;

  constructor(context: Pick<ExtensionContext, 'storageUri' | 'globalStorageUri'>, log: LogOutputChannel) {
    this.#log = log;
    this.#files = new DebugFiles((context.storageUri ?? context.globalStorageUri).fsPath);
    this.#listeners = Disposable.from(
      debug.onDidChangeActiveStackItem((item) => {
        if (item instanceof DebugStackFrame) this.#follow(item);
      }),
      debug.onDidTerminateDebugSession(({ id }) => {
        for (const { follower, session } of this.#open.values()) if (session === id) follower.end();
      }),
    );
    void this.#files.removeOld(Date.now());
  }

  /** @param panels where reports are opened */
  attach(panels: ReportPanels): Disposable {
    this.#panels = panels;
    return this.#listeners;
  }

  /** What the panel of a file says of its origin; undefined for a file that no program of this window saved. */
  about(uri: Uri): { readonly name: string; readonly origin: string } | undefined {
    const follower = this.#open.get(uri.toString())?.follower;
    return follower && { name: follower.expression, origin: follower.origin };
  }

  /** The panel of a file was closed. */
  closed(uri: Uri): void {
    this.#open.get(uri.toString())?.follower.dispose();
    this.#open.delete(uri.toString());
    if (uri.scheme === 'file') void this.#files.remove(uri.fsPath);
  }

  /**
   * Saves and shows the value of an expression.
   *
   * @param clicked what a menu hands over; the reader is asked where it names no expression
   * @throws AnalysisError debug/…
   */
  async analyze(clicked: unknown): Promise<void> {
    // links and key bindings reach the command where menus hide it
    if (!workspace.isTrusted)
      throw new AnalysisError({
        code: 'debug/untrusted',
        found: 'The program would be asked to run code, and this workspace is in restricted mode',
        remedy: 'Trust the workspace first (Workspaces: Manage Workspace Trust).',
      });
    const stopped = debug.activeStackItem;
    const frame = stopped instanceof DebugStackFrame ? stopped : undefined;
    if (frame === undefined || !PYTHON.has(frame.session.type))
      throw new AnalysisError({
        code: 'debug/not-stopped',
        found:
          frame === undefined
            ? 'No frame of a stopped program is selected in the call stack'
            : `The selected frame is one of the debugger “${frame.session.type}”, and only Python is understood`,
        remedy: 'Stop a Python program at a breakpoint, and select the frame that holds the gradients.',
      });
    const expression = clickedExpression(clicked) ?? (await askForExpression());
    if (expression === undefined) return;
    await this.#show(expression, frame);
  }

  async #show(expression: string, frame: DebugStackFrame): Promise<void> {
    const thread = stoppedThread(frame);
    for (const [uri, { follower, session, thread: threadId }] of this.#open) {
      if (session !== frame.session.id || threadId !== frame.threadId || !(await follower.isAbout(expression, thread)))
        continue;
      if (!(await follower.save(thread))) return;
      this.#changed(uri);
      this.#panels?.open(Uri.parse(uri, true));
      return;
    }
    const file = await this.#files.pathFor(expression);
    const uri = Uri.file(file);
    const follower = new DebugFollower({
      expression,
      file,
      agree,
      log: (line) => this.#log.info(line),
      onChange: () => this.#changed(uri.toString()),
    });
    if (!(await follower.save(thread))) return;
    this.#open.set(uri.toString(), { follower, session: frame.session.id, thread: frame.threadId });
    // beside the source: a step reveals that, and would hide a report in the same column
    this.#panels?.open(uri, ViewColumn.Beside);
  }

  #follow(frame: DebugStackFrame): void {
    for (const { follower, session, thread } of this.#open.values())
      if (session === frame.session.id && thread === frame.threadId) void follower.follow(stoppedThread(frame));
  }

  #changed(uri: string): void {
    this.#panels?.all.find((panel) => panel.uri.toString() === uri)?.originChanged();
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

/** Of a variable, of a watch expression, or of what is selected in an editor. */
function clickedExpression(clicked: unknown): string | undefined {
  if (clicked instanceof Uri) return selectedText();
  if (typeof clicked === 'string') return clicked;
  if (typeof clicked !== 'object' || clicked === null) return undefined;
  const { variable = clicked } = clicked as { variable?: unknown };
  if (typeof variable !== 'object' || variable === null) return undefined;
  const { evaluateName, name } = variable as { evaluateName?: unknown; name?: unknown };
  // a variable's own name, such as 0 in a list, is not an expression; that of a watch is one
  const expression = 'variable' in clicked ? evaluateName : (evaluateName ?? name);
  return typeof expression === 'string' && expression.trim() !== '' ? expression.trim() : undefined;
}

function selectedText(): string | undefined {
  const editor = window.activeTextEditor;
  const text = editor?.document.getText(editor.selection).trim();
  return text === '' ? undefined : text;
}

async function askForExpression(): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title: 'Analyze Gradients',
    prompt: 'A Python expression in the selected frame: an array, a tensor, or a list or dict of them',
    placeHolder: 'per_example_grads',
    value: selectedText() ?? '',
    ignoreFocusOut: true,
  });
  return typed === undefined || typed.trim() === '' ? undefined : typed.trim();
}

async function agree(bytes: number): Promise<boolean> {
  const save = 'Save';
  const message = `The program would save ${byteCount(bytes)} into the storage of the extension.`;
  return (await window.showWarningMessage(message, { modal: true }, save)) === save;
}
