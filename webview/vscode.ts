import { comparisonMemory, pageMemory, runMemory } from '../src/shared/messages';
import type { ComparisonMemory, PageMemory, PageMessage, RunMemory } from '../src/shared/protocol';

interface VSCode {
  readonly postMessage: (message: unknown) => void;
  readonly getState: () => unknown;
  readonly setState: (state: unknown) => void;
}
declare function acquireVsCodeApi(): VSCode;

// acquired once, and kept out of reach of everything else in the page
const vscode = acquireVsCodeApi();

export const post = (message: PageMessage): void => vscode.postMessage(message);

/** What was kept across a reload of the window; undefined when there is nothing usable. */
export const remembered = (): PageMemory | undefined => pageMemory(vscode.getState());

/** The same for a page of runs. */
export const rememberedRun = (): RunMemory | undefined => runMemory(vscode.getState());

/** The same of a page of a comparison. */
export const rememberedComparison = (): ComparisonMemory | undefined => comparisonMemory(vscode.getState());

export const remember = (memory: PageMemory | RunMemory | ComparisonMemory): void => vscode.setState(memory);
