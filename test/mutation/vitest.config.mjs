import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

const root = path.resolve(import.meta.dirname, '../..');

/** The first test that fails ends the trial of a mutant, so whatever is quick goes first. */
class QuickestFirst extends BaseSequencer {
  async sort(files) {
    const { cache } = this.ctx;
    const took = ({ project, moduleId }) =>
      cache.getFileTestResults(`${project.name}:${path.relative(root, moduleId)}`)?.duration ?? 0;
    return [...files].sort((a, b) => took(a) - took(b));
  }
}

/** The tests that mutants must fail: quick ones. Sweeps and fuzzing may find more, and would take days here. */
export default defineConfig({
  root,
  test: {
    include: [`test/${process.env.MUTATED_FOLDER}/**/*.test.ts`],
    exclude: ['**/{fuzz,sweep,large,wasm}.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
