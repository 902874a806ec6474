import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { AnalysisError } from '../shared/problem';

/**
 * The files in a folder by their names, numbers in their order: rank2 before rank10. Hidden files are none.
 *
 * @returns undefined when the path is not a folder
 * @throws AnalysisError file/unreadable
 */
export function filesInFolder(folder: string): readonly string[] | undefined {
  try {
    if (!statSync(folder).isDirectory()) return undefined;
  } catch {
    return undefined; // what is wrong with it is said by whoever opens it as a file
  }
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
    return names.filter((name) => isFile(path.join(folder, name))).sort(ORDER.compare);
  } catch (error) {
    throw new AnalysisError({
      code: 'file/unreadable',
      found: `The folder cannot be listed (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      where: folder,
      remedy: 'Give yourself the right to list it, or name its files.',
    });
  }
}

const ORDER = new Intl.Collator('en', { numeric: true });

/** Whether a folder has a file of this name, hidden or not. */
export const hasFile = (folder: string, name: string): boolean => isFile(path.join(folder, name));

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false; // a link that leads nowhere
  }
}
