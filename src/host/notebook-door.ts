import { CancellationTokenSource, Disposable, extensions, ViewColumn, workspace } from 'vscode';
import type { NotebookDocumentChangeEvent, Uri } from 'vscode';
import { AnalysisError } from '../shared/problem';
import { NotebookFollower } from './notebook-follower';
import type { CellRun } from './notebook-follower';
import { evaluateIn, hasLostItsValues } from './notebook-kernel';
import type { Jupyter, Kernel } from './notebook-kernel';
import type { ProgramDumps } from './program-dumps';

const JUPYTER = 'ms-toolsai.jupyter';

/** Bytes that a kernel on another machine sends, for its disk is not ours. */
const CARRY = 8 * 2 ** 20;

/** Values of notebooks, whose kernels are asked through the Jupyter extension where that is installed. */
export class NotebookDoor {
  readonly #dumps: ProgramDumps;
  readonly #open = new Map<NotebookFollower, string>();
  readonly #kernels = new WeakSet<Kernel>();

  constructor(dumps: ProgramDumps) {
    this.#dumps = dumps;
  }

  /** Follows notebooks from cell to cell. */
  listen(): Disposable {
    return Disposable.from(
      workspace.onDidChangeNotebookDocument((event) => void this.#follow(event)),
      workspace.onDidCloseNotebookDocument(({ uri }) => {
        for (const follower of this.#of(uri)) follower.end('the notebook was closed');
      }),
    );
  }

  /**
   * The kernel of a notebook.
   *
   * @throws AnalysisError program/no-kernel
   */
  async kernelOf(notebook: Uri): Promise<Kernel> {
    const extension = extensions.getExtension<Jupyter>(JUPYTER);
    if (extension === undefined)
      throw noKernel(
        'The Jupyter extension is not installed, and only it reaches the kernels of notebooks',
        `Install it (${JUPYTER}), or save the array with np.save and open the file.`,
      );
    const { kernels } = await extension.activate();
    const kernel = await kernels.getKernel(notebook);
    if (kernel === undefined)
      throw noKernel('The kernel of this notebook has not been started', 'Run the cell that makes the gradients.');
    if (kernel.language.toLowerCase() !== 'python')
      throw noKernel(`The kernel of this notebook speaks ${kernel.language}`, 'Choose a kernel of Python.');
    return kernel;
  }

  /**
   * Saves and shows the value of an expression in a notebook.
   *
   * @throws AnalysisError program/…
   */
  async show(expression: string, notebook: Uri, kernel: Kernel): Promise<void> {
    const run = runOf(kernel, lastCellOf(notebook));
    const known = this.#of(notebook).find((follower) => follower.isAbout(expression));
    if (known !== undefined) {
      if (await known.save(run)) this.#dumps.show(known.file, known);
      return;
    }
    const follower = new NotebookFollower({ ...(await this.#dumps.setup(expression)), carry: CARRY });
    if (!(await follower.save(run))) return;
    for (const [each] of this.#open) if (each.over) this.#open.delete(each);
    this.#open.set(follower, notebook.toString());
    this.#watch(kernel, notebook);
    this.#dumps.show(follower.file, follower, ViewColumn.Beside);
  }

  #of(notebook: Uri): NotebookFollower[] {
    return [...this.#open].filter(([, uri]) => uri === notebook.toString()).map(([follower]) => follower);
  }

  async #follow({ notebook, cellChanges }: NotebookDocumentChangeEvent): Promise<void> {
    const cells = cellChanges.flatMap(({ executionSummary }) =>
      executionSummary?.success === true ? [executionSummary] : [],
    );
    const followers = this.#of(notebook.uri);
    if (cells.length === 0 || followers.length === 0) return;
    // another one after the reader has chosen another
    const kernel = await this.kernelOf(notebook.uri).catch(() => undefined);
    if (kernel === undefined) return;
    this.#watch(kernel, notebook.uri);
    for (const follower of followers) void follower.follow(runOf(kernel, cells.at(-1)?.executionOrder));
  }

  /** Says when a kernel loses what it held. */
  #watch(kernel: Kernel, notebook: Uri): void {
    if (this.#kernels.has(kernel)) return;
    this.#kernels.add(kernel);
    kernel.onDidChangeStatus((status) => {
      if (!hasLostItsValues(status)) return;
      for (const follower of this.#of(notebook)) follower.interrupt(`the kernel is ${status}`);
    });
  }
}

function runOf(kernel: Kernel, cell: number | undefined): CellRun {
  const { token } = new CancellationTokenSource();
  return { cell, evaluate: async (expression) => evaluateIn(kernel, expression, token) };
}

/** The number of the cell that ran last. */
function lastCellOf(notebook: Uri): number | undefined {
  const document = workspace.notebookDocuments.find(({ uri }) => uri.toString() === notebook.toString());
  const orders = document?.getCells().flatMap(({ executionSummary }) => executionSummary?.executionOrder ?? []) ?? [];
  return orders.length === 0 ? undefined : Math.max(...orders);
}

const noKernel = (found: string, remedy: string): AnalysisError =>
  new AnalysisError({ code: 'program/no-kernel', found, remedy });
