// What the extensions for Python and Jupyter bring, as far as these tests need it: the adapter of debugpy, and a kernel of
// ipykernel with its variables, in the way in which the Jupyter extension hands it over.
const { spawn } = require('node:child_process');
const path = require('node:path');
const { createInterface } = require('node:readline');
const vscode = require('vscode');

const { GRADIENT_PYTHON, GRADIENT_KERNEL } = process.env;
const ERROR = 'application/vnd.code.notebook.error';

/** The names in sight with their types and values, as one line of JSON. */
const LIST = `print(__import__("json").dumps([[k, type(v).__name__, repr(v)[:60]] for k, v in list(globals().items())
    if k[0] != "_" and type(v).__name__ in ("ndarray", "dict", "list", "int", "float") and k not in ("In", "Out")]))`;

class Ipykernel {
  language = 'python';
  status = 'idle';
  onDidChangeStatus = new vscode.EventEmitter().event;
  #order = 0;
  #waiting = [];
  #process;

  /** @param cwd the folder of its notebook */
  constructor(cwd) {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const stdio = ['pipe', 'pipe', 'inherit'];
    this.#process = spawn(GRADIENT_PYTHON, [GRADIENT_KERNEL, 'ipykernel'], { cwd, env, stdio });
    createInterface(this.#process.stdout).on('line', (line) => this.#waiting.shift()(JSON.parse(line).outputs));
  }

  #ask(code) {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin.write(`${JSON.stringify({ code })}\n`);
    });
  }

  async *executeCode(code) {
    for (const [mime, text] of await this.#ask(code)) yield { items: [{ mime, data: new TextEncoder().encode(text) }] };
  }

  async run(cell, controller) {
    const execution = controller.createNotebookCellExecution(cell);
    execution.executionOrder = ++this.#order;
    execution.start(Date.now());
    const outputs = await this.#ask(cell.document.getText());
    const items = outputs.map(
      ([mime, text]) => new vscode.NotebookCellOutputItem(new TextEncoder().encode(text), mime),
    );
    await execution.replaceOutput(items.map((item) => new vscode.NotebookCellOutput([item])));
    execution.end(!outputs.some(([mime]) => mime === ERROR), Date.now());
  }

  async variables() {
    const [[, text]] = await this.#ask(LIST);
    return JSON.parse(text).map(([name, type, value]) => ({ name, type, value, expression: name, language: 'python' }));
  }

  dispose() {
    this.#process.kill();
  }
}

exports.activate = ({ subscriptions }) => {
  const createDebugAdapterDescriptor = () =>
    new vscode.DebugAdapterExecutable(GRADIENT_PYTHON, ['-m', 'debugpy.adapter']);
  subscriptions.push(vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', { createDebugAdapterDescriptor }));

  const kernels = new Map();
  const changed = new vscode.EventEmitter();
  const controller = vscode.notebooks.createNotebookController('ipykernel', 'jupyter-notebook', 'Python');
  controller.supportsExecutionOrder = true;
  controller.executeHandler = async (cells, notebook) => {
    const key = notebook.uri.toString();
    if (!kernels.has(key)) kernels.set(key, new Ipykernel(path.dirname(notebook.uri.fsPath)));
    for (const cell of cells) await kernels.get(key).run(cell, controller);
    changed.fire(notebook);
  };
  controller.variableProvider = {
    onDidChangeVariables: changed.event,
    async *provideVariables({ uri }, parent) {
      const kernel = kernels.get(uri.toString());
      if (kernel === undefined || parent !== undefined) return;
      for (const variable of await kernel.variables())
        yield { variable, hasNamedChildren: false, indexedChildrenCount: 0 };
    },
  };
  subscriptions.push(controller, { dispose: () => kernels.forEach((kernel) => kernel.dispose()) });
  return { kernels: { getKernel: async (uri) => kernels.get(uri.toString()) } };
};
