import { Disposable, Uri, window } from 'vscode';
import type { ExtensionContext, LogOutputChannel, ViewColumn } from 'vscode';
import { byteCount } from '../shared/numbers';
import { ProgramFiles } from './program-files';
import type { ReportPanels } from './report-panels';
import type { FollowerSetup } from './value-follower';

/** Milliseconds after which the files of open panels are marked again: a fraction of the day after which others are removed. */
const KEPT_EVERY = 6 * 60 * 60 * 1000;

/** What a panel says of the dump it shows, while its program goes on. */
export interface Followed {
  readonly expression: string;
  readonly origin: string;
  readonly dispose: () => void;
}

/** The dumps that programs of this window saved, each with its file and its panel. */
export class ProgramDumps {
  readonly #log: LogOutputChannel;
  readonly #files: ProgramFiles;
  readonly #open = new Map<string, Followed>();
  #panels: ReportPanels | undefined;

  constructor(context: Pick<ExtensionContext, 'storageUri' | 'globalStorageUri'>, log: LogOutputChannel) {
    this.#log = log;
    this.#files = new ProgramFiles((context.storageUri ?? context.globalStorageUri).fsPath);
    void this.#files.removeOld(Date.now());
  }

  /** @param panels where reports are opened */
  attach(panels: ReportPanels): Disposable {
    this.#panels = panels;
    const timer = setInterval(() => void this.#files.keep(), KEPT_EVERY);
    return new Disposable(() => clearInterval(timer));
  }

  /** What the panel of a file says of its origin; undefined for a file that no program of this window saved. */
  about(uri: Uri): { readonly name: string; readonly origin: string } | undefined {
    const followed = this.#open.get(uri.toString());
    return followed && { name: followed.expression, origin: followed.origin };
  }

  /** The panel of a file was closed. */
  closed(uri: Uri): void {
    this.#open.get(uri.toString())?.dispose();
    this.#open.delete(uri.toString());
    if (uri.scheme === 'file') void this.#files.remove(uri.fsPath);
  }

  /** What follows the value of an expression needs: a file that nothing else uses, and ways to the reader. */
  async setup(expression: string): Promise<FollowerSetup> {
    const file = await this.#files.pathFor(expression);
    return {
      expression,
      file,
      agree,
      log: (line) => this.#log.info(line),
      onChange: () => this.changed(file),
    };
  }

  /** Shows a dump that is there now: for the first time, or again. */
  show(file: string, followed: Followed, column?: ViewColumn): void {
    const uri = Uri.file(file);
    if (this.#open.get(uri.toString()) === followed) this.changed(file);
    this.#open.set(uri.toString(), followed);
    this.#panels?.open(uri, column);
  }

  changed(file: string): void {
    const uri = Uri.file(file).toString();
    this.#panels?.all.find((panel) => panel.uri.toString() === uri)?.originChanged();
  }
}

async function agree(bytes: number): Promise<boolean> {
  const save = 'Save';
  const message = `The program would save ${byteCount(bytes)} into the storage of the extension.`;
  return (await window.showWarningMessage(message, { modal: true }, save)) === save;
}
