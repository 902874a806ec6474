import { debug, DebugStackFrame, Disposable, Uri, window, workspace } from 'vscode';
import { AnalysisError } from '../shared/problem';
import { DebugDoor } from './debug-door';
import { NotebookDoor } from './notebook-door';
import type { ProgramDumps } from './program-dumps';

/**
 * The door from a running Python program to its report: the program saves a value, and the report follows the file. The only
 * part of the extension that runs code, in the reader's own process and at the reader's request.
 */
export class ProgramDoor {
  readonly #debugger: DebugDoor;
  readonly #notebook: NotebookDoor;

  constructor(dumps: ProgramDumps) {
    this.#debugger = new DebugDoor(dumps);
    this.#notebook = new NotebookDoor(dumps);
  }

  /** Follows programs as they go on. */
  listen(): Disposable {
    return Disposable.from(this.#debugger.listen(), this.#notebook.listen());
  }

  /**
   * Saves and shows the value of an expression: of a notebook where its variable was clicked or no program is stopped, else of
   * the selected frame.
   *
   * @param clicked what a menu hands over; the reader is asked where it names no expression
   * @throws AnalysisError program/…
   */
  async analyze(clicked: unknown): Promise<void> {
    // links and key bindings reach the command where menus hide it
    if (!workspace.isTrusted)
      throw new AnalysisError({
        code: 'program/untrusted',
        found: 'The program would be asked to run code, and this workspace is in restricted mode',
        remedy: 'Trust the workspace first (Workspaces: Manage Workspace Trust).',
      });
    const ofNotebook = notebookVariable(clicked);
    const stopped = debug.activeStackItem;
    if (ofNotebook === undefined && stopped instanceof DebugStackFrame) {
      const expression = DebugDoor.clicked(clicked) ?? (clicked instanceof Uri ? selectedText() : undefined);
      const chosen = expression ?? (await askForExpression('the selected frame'));
      if (chosen !== undefined) await this.#debugger.show(chosen, stopped);
      return;
    }
    const notebook = ofNotebook?.notebook ?? window.activeNotebookEditor?.notebook.uri;
    if (notebook === undefined)
      throw new AnalysisError({
        code: 'program/not-there',
        found: 'No frame of a stopped program is selected in the call stack, and no notebook is the active editor',
        remedy:
          'Stop a Python program at a breakpoint and select the frame that holds the gradients, or select a notebook.',
      });
    const run = await this.#notebook.kernelOf(notebook);
    const expression = ofNotebook?.expression ?? (await askForExpression('the active notebook'));
    if (expression !== undefined) await this.#notebook.show(expression, notebook, run);
  }
}

/** What the view of a notebook's variables hands over; the name of a variable at the top is its expression. */
function notebookVariable(
  clicked: unknown,
): { readonly notebook: Uri; readonly expression: string | undefined } | undefined {
  if (typeof clicked !== 'object' || clicked === null) return undefined;
  const { source, name, expression = name } = clicked as { source?: unknown; name?: unknown; expression?: unknown };
  if (typeof source !== 'string' || !/^[a-z][a-z0-9+.-]*:/i.test(source)) return undefined;
  const text = typeof expression === 'string' ? expression.trim() : '';
  return { notebook: here(Uri.parse(source, true)), expression: text === '' ? undefined : text };
}

/** A window names the files of its remote machine otherwise than an extension that runs there, for which they are files. */
const here = (uri: Uri): Uri => (uri.scheme === 'vscode-remote' ? uri.with({ scheme: 'file', authority: '' }) : uri);

function selectedText(): string | undefined {
  const editor = window.activeTextEditor;
  const text = editor?.document.getText(editor.selection).trim();
  return text === '' ? undefined : text;
}

/** @param place of the program, in the prompt */
async function askForExpression(place: string): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title: 'Analyze Gradients',
    prompt: `A Python expression in ${place}: an array, a tensor, or a list or dict of them`,
    placeHolder: 'per_example_grads',
    value: selectedText() ?? '',
    ignoreFocusOut: true,
  });
  return typed === undefined || typed.trim() === '' ? undefined : typed.trim();
}
