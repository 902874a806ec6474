import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Python files to copy into a training script, by the name that the command line has for them. */
export const SCRIPTS = { dump: 'gradient_dump.py', gradstats: 'gradstats.py' } as const;

export type Script = keyof typeof SCRIPTS;

export const isScript = (name: string): name is Script => Object.hasOwn(SCRIPTS, name);

/**
 * @param folder where they are: next to that of the bundled program
 * @throws Error as Node's, when an installation is not complete
 */
export const scriptText = (script: Script, folder = path.join(__dirname, '../media/python')): string =>
  readFileSync(path.join(folder, SCRIPTS[script]), 'utf8');
