// A desktop VS Code, downloaded into a git-ignored folder: the stable one, or what VSCODE_VERSION says (`1.101.0`, `insiders`).
import path from 'node:path';
import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { hasScreen, ROOT } from './machine.mjs';

const RELEASES = 'https://update.code.visualstudio.com/api/releases/stable';

/** The path of its executable; throws why there is none. */
export async function downloadDesktop() {
  if (!hasScreen()) throw new Error('a desktop VS Code needs a screen, and DISPLAY is not set');
  // asked first, for the download itself tries again and again for minutes
  await fetch(RELEASES, { signal: AbortSignal.timeout(5000) }).catch((error) => {
    throw new Error(`no desktop VS Code can be downloaded: ${new URL(RELEASES).host} does not answer`, {
      cause: error,
    });
  });
  const version = process.env.VSCODE_VERSION || 'stable';
  return downloadAndUnzipVSCode({
    version,
    cachePath: path.join(ROOT, '.vscode-test'),
    reporter: new SilentReporter(),
  });
}
