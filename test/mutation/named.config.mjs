import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { MUTANTS } from './mutants.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/** Reads the sources with all mutants in them; the files stay as they are. */
const mutated = {
  name: 'mutants',
  enforce: 'pre',
  load(id) {
    const file = path.relative(root, id.split('?')[0]).split(path.sep).join('/');
    const here = MUTANTS.filter((mutant) => mutant.file === file);
    if (here.length === 0) return undefined;
    return here.reduce(
      (text, { find, put }) => text.replace(find, () => put),
      readFileSync(path.join(root, file), 'utf8'),
    );
  },
};

export default defineConfig({
  root,
  plugins: [mutated],
  test: {
    include: [...new Set(MUTANTS.map(({ test }) => test))],
    testTimeout: 60_000,
    reporters: [['json', { outputFile: process.env.NAMED_MUTANTS }]],
  },
});
