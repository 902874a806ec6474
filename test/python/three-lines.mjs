import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SCRIPT = path.join(import.meta.dirname, 'fit.py');

/**
 * Puts the training script beside this file into a folder, with the three lines of the README where it says that they go, and
 * the file that they import next to it.
 *
 * @param {string} folder which need not exist
 * @returns {string} the path of the script
 */
export function withThreeLines(folder) {
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(ROOT, 'media/python/gradient_dump.py'), path.join(folder, 'gradient_dump.py'));
  const [, snippet] = /```python\n(from gradient_dump import [^]*?)```/.exec(
    readFileSync(path.join(ROOT, 'README.md'), 'utf8'),
  );
  const lines = snippet.split('\n').filter((line) => line !== '');
  const inLoop = lines.filter((line) => line.includes('in the loop, after optimizer.step()'));
  const before = lines.filter((line) => !inLoop.includes(line));
  if (lines.length !== 3 || inLoop.length !== 1) throw new Error(`the README has other lines:\n${snippet}`);
  const script = readFileSync(SCRIPT, 'utf8')
    .replace(/^optimizer = .*$/m, (line) => [line, ...before].join('\n'))
    .replace(/^( *)optimizer\.step\(\)$/m, (line, indent) => `${line}\n${indent}${inLoop[0]}`);
  const file = path.join(folder, 'fit.py');
  writeFileSync(file, script);
  return file;
}
