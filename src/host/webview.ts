import { Uri } from 'vscode';
import type { Webview } from 'vscode';
import { pageHtml } from './page';

/** Loads the page into a webview, which may read the script, the style and the fonts of the extension and nothing else. */
export function loadPage(webview: Webview, extension: Uri): void {
  const built = Uri.joinPath(extension, 'dist', 'webview');
  const address = (file: string): string => webview.asWebviewUri(Uri.joinPath(built, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [built] };
  webview.html = pageHtml({ cspSource: webview.cspSource, script: address('main.js'), style: address('main.css') });
}
