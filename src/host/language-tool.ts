import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { LanguageModelTextPart, LanguageModelToolResult, lm, MarkdownString, Uri, workspace } from 'vscode';
import type {
  CancellationToken,
  Disposable,
  LanguageModelTool,
  LanguageModelToolInvocationOptions,
  LanguageModelToolInvocationPrepareOptions,
  PreparedToolInvocation,
} from 'vscode';
import * as v from 'valibot';
import { problemForModel, quoted } from '../shared/for-model';
import { AnalysisError, problemOf } from '../shared/problem';
import { baseName, dumpFile } from './dump-file';
import type { Host } from './host';
import { confinedTo } from './trust';

/** As package.json declares it, with the same form of its input. */
const TOOL = 'gradient-covariance_analyze_gradient_dump';

const INPUT = v.object({
  path: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  baseline: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  layout: v.exactOptional(v.picklist(['rows', 'columns'])),
  learningRate: v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.finite())),
  batchSize: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  datasetSize: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  convention: v.exactOptional(v.picklist(['population', 'sample'])),
});
type Input = v.InferOutput<typeof INPUT>;

/**
 * What a language model may ask for: the report of a file as a short text. It reads files as the menus do, and reaches neither
 * debugger nor kernel, which run code.
 */
export function registerLanguageTool(host: Host): Disposable {
  return lm.registerTool(TOOL, new GradientTool(host));
}

export class GradientTool implements LanguageModelTool<unknown> {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async prepareInvocation({
    input,
  }: LanguageModelToolInvocationPrepareOptions<unknown>): Promise<PreparedToolInvocation> {
    const asked = v.safeParse(INPUT, input);
    if (!asked.success) return { invocationMessage: 'Analyzing gradients' };
    const { path: named, baseline } = asked.output;
    const files = (baseline === undefined ? [named] : [named, baseline]).map(fileOf);
    const invocationMessage = `Analyzing ${quoted(baseName(files[0] ?? Uri.file(named)))}`;
    // what is refused needs no consent
    if (files.includes(undefined) || !workspace.isTrusted) return { invocationMessage };
    const outsiders: string[] = [];
    for (const uri of files) if (uri !== undefined && !(await isInWorkspace(uri))) outsiders.push(uri.fsPath);
    if (outsiders.length === 0) return { invocationMessage };
    const message = new MarkdownString();
    message.appendText(
      `${outsiders.length === 1 ? 'This file is' : 'These files are'} outside the workspace: ${outsiders.join(', ')}`,
    );
    return { invocationMessage, confirmationMessages: { title: 'Analyze a gradient dump', message } };
  }

  async invoke(
    { input }: LanguageModelToolInvocationOptions<unknown>,
    token: CancellationToken,
  ): Promise<LanguageModelToolResult> {
    const asked = v.safeParse(INPUT, input);
    const text = asked.success ? await this.#answer(asked.output, token) : problemForModel(invalid(asked.issues[0]));
    return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
  }

  async #answer({ path: named, baseline, layout, ...said }: Input, token: CancellationToken): Promise<string> {
    try {
      const uri = await allowed(named);
      const compared = baseline === undefined ? undefined : await allowed(baseline);
      if (compared !== undefined && (compared.scheme !== 'file' || uri.scheme !== 'file')) throw notOnDisk();
      const { memoryBudget, remoteFileLimit } = this.#host.preferences();
      const source = await dumpFile({ files: [uri] }, () => remoteFileLimit).source();
      const folders = confinedTo();
      const request = {
        ...source,
        memoryBudget,
        said,
        ...(compared && { baseline: compared.fsPath }),
        ...(layout && { layout }),
        ...(folders && { confinedTo: folders }),
      };
      const call = this.#host.workers.brief(request);
      const canceled = token.onCancellationRequested(() => call.cancel());
      return await call.answer.finally(() => {
        canceled.dispose();
      });
    } catch (error) {
      return problemForModel(problemOf(error));
    }
  }
}

/** Relative paths are those of the first folder of the workspace. Undefined for other machines and devices. */
function fileOf(named: string): Uri | undefined {
  if (/^[\\/]{2}|^[\\/](?:dev|proc|sys)(?:[\\/]|$)/.test(named) || named.includes('\0')) return undefined;
  if (path.isAbsolute(named)) return Uri.file(named);
  const [folder] = workspace.workspaceFolders ?? [];
  return folder && Uri.joinPath(folder.uri, named.replaceAll('\\', '/'));
}

/** @throws AnalysisError where it is not to be read */
async function allowed(named: string): Promise<Uri> {
  const uri = fileOf(named);
  if (uri === undefined) throw notAPath(named);
  if (!workspace.isTrusted && !(await isInWorkspace(uri))) throw outside(named);
  return uri;
}

/** Links are followed: a name within the workspace may lead out of it. */
async function isInWorkspace(uri: Uri): Promise<boolean> {
  const folders = (workspace.workspaceFolders ?? []).map((folder) => folder.uri);
  if (uri.scheme !== 'file')
    return folders.some(({ scheme, authority, path: root }) => scheme === uri.scheme && authority === uri.authority && isWithin(path.posix.relative(root, uri.path))); // prettier-ignore
  const file = await resolved(uri.fsPath);
  const roots = await Promise.all(folders.filter(({ scheme }) => scheme === 'file').map(async ({ fsPath }) => resolved(fsPath))); // prettier-ignore
  return roots.some((root) => isWithin(path.relative(root, file)));
}

const isWithin = (relative: string): boolean =>
  relative !== '..' && !/^\.\.[\\/]/.test(relative) && !path.isAbsolute(relative);

/** Where a path leads; of a file that is missing, where its folder leads. */
async function resolved(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const folder = path.dirname(file);
    return folder === file ? file : path.join(await resolved(folder), path.basename(file));
  }
}

const invalid = (issue: v.BaseIssue<unknown>): AnalysisError['problem'] => ({
  code: 'settings/invalid',
  found: `The input of the tool cannot be used: ${(issue.path ?? []).map(({ key }) => String(key)).join('.') || 'it'} is wrong`,
  remedy:
    'Give "path", and of "baseline", "learningRate", "batchSize", "datasetSize", "convention", "layout" only what is known.',
});
const notAPath = (named: string): AnalysisError =>
  new AnalysisError({
    code: 'file/not-a-file',
    found: `${quoted(named)} is not a file of this machine that could be a dump`,
    remedy: 'Give an absolute path, or one relative to the folder of the workspace.',
  });
const notOnDisk = (): AnalysisError =>
  new AnalysisError({
    code: 'file/unreadable',
    found: 'Two dumps are compared only where both are on a disk',
    remedy: 'Ask for each by itself, or copy them to a disk.',
  });
const outside = (named: string): AnalysisError =>
  new AnalysisError({
    code: 'file/unreadable',
    found: `The workspace is in restricted mode, and ${quoted(named)} is outside it`,
    remedy: 'Ask the user to trust the workspace, or for a file within it.',
  });
