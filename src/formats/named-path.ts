import { realpathSync } from 'node:fs';
import path from 'node:path';
import { AnalysisError } from '../shared/problem';
import type { AnalyzeRequest } from '../shared/protocol';
import { shortened } from './source';

/** Where a named file may lie. */
export type Confinement = Pick<AnalyzeRequest, 'confinedTo'>;

/** What is not a file of this machine: an address, a share of another machine, a path past the rules of Windows. */
const ELSEWHERE: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^[a-z][a-z\d+.-]+:[\\/]|^data:/i, 'an address, not a path'],
  [/^[\\/]{2}[.?][\\/]|^[\\/]\?\?[\\/]/, 'the path of a device'],
  [/^[\\/]{2}/, 'a share of another machine'],
  [/\0/, 'no path: it holds a zero'],
];

const DEVICE_FOLDERS = ['/dev', '/proc', '/sys'];
/** On Windows, in any folder and with any extension. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)\s*(?:[.:]|$)/i;

/**
 * The place of a file that metadata, a run or a list names. Whoever wrote that file may be a stranger: it names files of this
 * machine, neither devices nor shares nor addresses, and nothing outside of a workspace that is not trusted.
 *
 * @param naming the file that names it; names are relative to its folder
 * @param platform for tests
 * @throws AnalysisError metadata/invalid
 */
export function namedPath(
  naming: string,
  named: string,
  { confinedTo }: Confinement = {},
  platform: NodeJS.Platform = process.platform,
): string {
  const system = platform === 'win32' ? path.win32 : path.posix;
  const refuse = (found: string, remedy = 'Name a file beside it, or copy it there.'): AnalysisError =>
    new AnalysisError({ code: 'metadata/invalid', found: `“${shortened(named)}” ${found}`, where: naming, remedy });
  const within = (folder: string, file: string): boolean => {
    const way = system.relative(folder, file);
    return way !== '..' && !way.startsWith(`..${system.sep}`) && !system.isAbsolute(way);
  };
  const elsewhere = ELSEWHERE.find(([pattern]) => pattern.test(named));
  if (elsewhere !== undefined) throw refuse(`is ${elsewhere[1]}`);
  const own = system.dirname(naming);
  const file = system.resolve(own, named);
  if (platform === 'win32' && file.split(/[\\/]/).some((part) => DEVICE_NAME.test(part)))
    throw refuse('is the name of a device');
  // by its name, before the disk is touched, and then by what links make of it
  for (const follow of [(place: string) => place, real]) {
    const place = follow(file);
    // a dump may itself lie in memory, below /dev/shm
    const device = DEVICE_FOLDERS.some((folder) => within(folder, place)) && !within(follow(own), place);
    if (platform !== 'win32' && device) throw refuse('leads to a device or to what the system says of itself');
    if (confinedTo !== undefined && !confinedTo.some((folder) => within(follow(folder), place)))
      throw refuse(
        'lies outside of the workspace, which is not trusted',
        'Trust the workspace, or choose the file in the report.',
      );
  }
  return file;
}

/** Where links lead, as far as there is something. */
function real(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    const folder = path.dirname(place);
    return folder === place ? place : path.join(real(folder), path.basename(place));
  }
}
