import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { GradientCovarianceApi } from '../../../src/extension';
import type { PanelState } from '../../../src/shared/protocol';
import { until } from './until';

export function theExtension(): vscode.Extension<GradientCovarianceApi> {
  const extension = vscode.extensions.getExtension<GradientCovarianceApi>('gradient-covariance.gradient-covariance');
  assert.ok(extension);
  return extension;
}

/** The dump that is shipped, and what NumPy says of it. */
export const SAMPLE = {
  path: (): string => path.join(theExtension().extensionPath, 'media/sample/grad-step-000020.npy'),
  // g = np.load('media/sample/grad-step-000020.npy').astype(float); x = g - g.mean(0)
  shape: [120, 610],
  meanSquaredNorm: 0.15915423890881492, // (g.mean(0)**2).sum()
  scatter: 636.3158961340944, // (x**2).sum()
  spectralNorm: 1.16233427, // np.linalg.eigvalsh(x @ x.T / 120)[-1]
};

/** A copy of the sample in a folder of its own, to be overwritten. */
export function copyOfSample(name = 'grad-copy.npy'): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-suite-')), name);
  copyFileSync(SAMPLE.path(), file);
  return file;
}

export function stateOf(file: string): PanelState | undefined {
  const uri = vscode.Uri.file(file).toString();
  return theExtension()
    .exports.panels()
    .find((panel) => panel.path === uri)?.state;
}

/** Waits until the run of a panel is over. */
export async function ended(file: string, run = 1): Promise<PanelState> {
  return until(`the end of run ${run} of ${file}`, () => {
    const state = stateOf(file);
    return state !== undefined && state.run >= run && state.phase !== 'analyzing' && state;
  });
}

/** What the open reports say. */
export const panels = (): readonly PanelState[] =>
  theExtension()
    .exports.panels()
    .map(({ state }) => state);

/** Waits until there is one report, it is done, and it looks as wanted. */
export const onlyPanel = async (what: string, look: (state: PanelState) => boolean): Promise<PanelState> =>
  until(what, () => {
    const [state, ...others] = panels();
    return state !== undefined && others.length === 0 && state.phase === 'done' && look(state) && state;
  }).catch((error: unknown) => {
    const seen = panels().map(({ origin, phase, problem, summary }) => ({
      origin,
      phase,
      problem,
      scatter: summary?.moments?.scatter,
    }));
    throw new Error(`${String(error)}: ${JSON.stringify(seen)} ${JSON.stringify(messages)}`);
  });

const replaced: (() => void)[] = [];
let messages: string[] = [];

/** Replaces a member of the API until the end of the test. */
export function replace(object: object, key: string, descriptor: PropertyDescriptor): void {
  const original = Object.getOwnPropertyDescriptor(object, key);
  assert.ok(original, key);
  Object.defineProperty(object, key, { ...descriptor, configurable: true });
  replaced.push(() => Object.defineProperty(object, key, original));
}

/** What is shown to the reader from now on as an error, until the end of the test. */
export function errorMessages(): readonly string[] {
  messages = [];
  replace(vscode.window, 'showErrorMessage', {
    value: async (text: string) => {
      messages.push(text);
      return Promise.resolve(undefined);
    },
  });
  return messages;
}

/** At the end of a test. */
export function putBack(): void {
  for (const undo of replaced.splice(0)) undo();
}

export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until('the end of all panels', () => theExtension().exports.panels().length === 0);
}

export function assertClose(actual: number | undefined, expected: number, relative = 1e-9): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${actual} ≉ ${expected}`,
  );
}
