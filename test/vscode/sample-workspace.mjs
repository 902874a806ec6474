import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './machine.mjs';

/** A new folder with the sample dump in it: a copy, because dumps are there to be overwritten. */
export function sampleWorkspace() {
  const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-'));
  cpSync(path.join(ROOT, 'media/sample'), folder, { recursive: true });
  return folder;
}
