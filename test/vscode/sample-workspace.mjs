import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './machine.mjs';

/** A new folder with the sample dump in it: a copy, because dumps are there to be overwritten. */
export function sampleWorkspace() {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'gradient-covariance-')), 'gradients');
  cpSync(path.join(ROOT, 'media/sample'), folder, { recursive: true });
  return folder;
}

export const removeWorkspace = (folder) => rmSync(path.dirname(folder), { recursive: true, force: true });
