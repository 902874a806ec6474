// A debug adapter without a program. The request `move` of a test says where it stops next and what a name is worth there;
// `evaluate` saves that as the program would, and `evaluated` tells how often it was asked to.
const { renameSync, statSync, writeFileSync } = require('node:fs');
const vscode = require('vscode');

/** The rows (1, 2), (3, 6), (8, 1) times a factor, as float64 in C order. */
function npy(factor) {
  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }".padEnd(117) + '\n';
  const numbers = Float64Array.from([1, 2, 3, 6, 8, 1], (x) => factor * x);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
    Buffer.from(header),
    Buffer.from(numbers.buffer),
  ]);
}

class ScriptedAdapter {
  #messages = new vscode.EventEmitter();
  onDidSendMessage = this.#messages.event;
  #seq = 0;
  #frames = [];
  #values = {};
  #evaluated = 0;
  #stops = 0;

  handleMessage({ seq, command, arguments: args }) {
    try {
      const body = this[command]?.(args) ?? {};
      this.#send({ type: 'response', request_seq: seq, command, success: true, body });
    } catch (error) {
      this.#send({ type: 'response', request_seq: seq, command, success: false, message: error.message });
    }
    if (command === 'initialize') this.#event('initialized');
    if (command === 'move') this.#event('stopped', { reason: 'step', threadId: 1, allThreadsStopped: true });
    if (command === 'disconnect') this.#event('terminated');
  }

  dispose() {
    this.#messages.dispose();
  }

  initialize() {
    return { supportsConfigurationDoneRequest: true };
  }

  /** @param frames { name, line, file }, innermost first; @param values factors by name */
  move({ frames, values }) {
    this.#event('continued', { threadId: 1, allThreadsContinued: true });
    this.#stops++;
    this.#frames = frames.map(({ name, line, file }, k) => ({
      id: 100 * this.#stops + k,
      name,
      line,
      column: 1,
      source: { name: file, path: `/src/${file}` },
    }));
    this.#values = values;
  }

  threads() {
    return { threads: [{ id: 1, name: 'MainThread' }] };
  }

  stackTrace() {
    return { stackFrames: this.#frames, totalFrames: this.#frames.length };
  }

  scopes() {
    return { scopes: [] };
  }

  evaluated() {
    return { count: this.#evaluated };
  }

  evaluate({ expression, context }) {
    const call = /space\["door"\]\(value, (.*)\)\)\[1\]/.exec(expression);
    if (context !== 'repl' || call === null) throw new Error('This is not what the extension asks');
    this.#evaluated++;
    const [name, path] = JSON.parse(`[${call[1].replaceAll('None', 'null')}]`);
    if (!(name in this.#values))
      throw new Error(`Traceback (most recent call last):\nNameError: name '${name}' is not defined`);
    const reply = { type: 'ndarray', layers: null, shape: [3, 2], dtype: 'float64', bytes: 48, left: [] };
    if (path !== null) {
      writeFileSync(`${path}.part`, npy(this.#values[name]));
      renameSync(`${path}.part`, path);
      reply.size = statSync(path).size;
    }
    return { result: `'gradients:${Buffer.from(JSON.stringify(reply)).toString('hex')}'`, variablesReference: 0 };
  }

  #event(event, body = {}) {
    this.#send({ type: 'event', event, body });
  }

  #send(message) {
    this.#messages.fire({ seq: ++this.#seq, ...message });
  }
}

exports.activate = (context) => {
  const inline = {
    createDebugAdapterDescriptor: () => new vscode.DebugAdapterInlineImplementation(new ScriptedAdapter()),
  };
  context.subscriptions.push(vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', inline));
};
