import {
  Diagnostic,
  DiagnosticSeverity,
  Disposable,
  languages,
  Position,
  Range,
  TabInputText,
  window,
  workspace,
} from 'vscode';
import type { Tab, TextDocument, Uri } from 'vscode';
import { problemOf } from '../shared/problem';
import type { SidecarFinding } from '../shared/protocol';
import type { Host } from './host';
import { placeOfKey } from './json-key';
import { confinedTo } from './trust';

/** From the last keystroke to a look, ms. */
const PAUSE = 300;
/** Characters of a metadata file that is looked at while it is typed. */
const LONGEST = 1 << 22;

const isSidecar = ({ path }: Uri): boolean => /\.meta\.json$/i.test(path);
const textOf = ({ input }: Tab): Uri | undefined => (input instanceof TabInputText ? input.uri : undefined);

/** Marks in open metadata files what contradicts itself or the dump. A worker looks; the host only shows what it found. */
export class SidecarDiagnostics {
  readonly #host: Pick<Host, 'workers' | 'log'>;
  readonly #shown = languages.createDiagnosticCollection('gradient-covariance');
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  /** Looked at and not closed since. */
  readonly #open = new Set<string>();

  constructor(host: Pick<Host, 'workers' | 'log'>) {
    this.#host = host;
  }

  /** Looks at what is open, and at what will be. */
  register(): Disposable {
    for (const document of workspace.textDocuments) this.#lookSoon(document, 0);
    return Disposable.from(
      this.#shown,
      workspace.onDidOpenTextDocument((document) => this.#lookSoon(document, 0)),
      workspace.onDidChangeTextDocument(({ document }) => this.#lookSoon(document, PAUSE)),
      workspace.onDidSaveTextDocument((document) => this.#lookSoon(document, 0)),
      workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)),
      // VS Code may keep a text for minutes after its last tab was closed
      window.tabGroups.onDidChangeTabs(({ opened, closed }) => this.#follow(opened, closed)),
      new Disposable(() => {
        for (const timer of this.#waiting.values()) clearTimeout(timer);
      }),
    );
  }

  #follow(opened: readonly Tab[], closed: readonly Tab[]): void {
    const shown = new Set(
      window.tabGroups.all.flatMap(({ tabs }) => tabs.flatMap((tab) => textOf(tab)?.toString() ?? [])),
    );
    for (const uri of closed.flatMap((tab) => textOf(tab) ?? [])) if (!shown.has(uri.toString())) this.#forget(uri);
    const again = new Set(opened.flatMap((tab) => textOf(tab)?.toString() ?? []));
    for (const document of workspace.textDocuments) if (again.has(document.uri.toString())) this.#lookSoon(document, 0);
  }

  #lookSoon(document: TextDocument, pause: number): void {
    if (!isSidecar(document.uri)) return;
    const key = document.uri.toString();
    this.#open.add(key);
    clearTimeout(this.#waiting.get(key));
    this.#waiting.set(
      key,
      setTimeout(() => void this.#look(document), pause),
    );
  }

  async #look(document: TextDocument): Promise<void> {
    const { uri, version } = document;
    this.#waiting.delete(uri.toString());
    const text = document.getText();
    try {
      const folders = confinedTo();
      const found =
        text.length > LONGEST
          ? []
          : await this.#host.workers.checkSidecar({
              path: uri.scheme === 'file' ? uri.fsPath : uri.path,
              bytes: new TextEncoder().encode(text),
              onDisk: uri.scheme === 'file',
              ...(folders && { confinedTo: folders }),
            }).answer;
      // a newer text is looked at by itself
      if (!this.#open.has(uri.toString()) || document.version !== version) return;
      this.#shown.set(
        uri,
        found.map((finding) => diagnosticOf(document, text, finding)),
      );
    } catch (error) {
      this.#host.log.warn(`${uri.toString()}: ${problemOf(error).found}`);
    }
  }

  #forget(uri: Uri): void {
    this.#open.delete(uri.toString());
    clearTimeout(this.#waiting.get(uri.toString()));
    this.#waiting.delete(uri.toString());
    this.#shown.delete(uri);
  }
}

function diagnosticOf(
  document: TextDocument,
  text: string,
  { key, severity, text: message }: SidecarFinding,
): Diagnostic {
  const place = key === undefined ? undefined : placeOfKey(text, key);
  const range = place
    ? new Range(document.positionAt(place[0]), document.positionAt(place[1]))
    : new Range(new Position(0, 0), document.lineAt(0).range.end);
  const diagnostic = new Diagnostic(
    range,
    message,
    severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
  );
  diagnostic.source = 'Gradient Covariance';
  return diagnostic;
}
