// The adapter that the Python extension starts, without the extension.
const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  const createDebugAdapterDescriptor = () =>
    new vscode.DebugAdapterExecutable(process.env.GRADIENT_PYTHON, ['-m', 'debugpy.adapter']);
  subscriptions.push(vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', { createDebugAdapterDescriptor }));
};
