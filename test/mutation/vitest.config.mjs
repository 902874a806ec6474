import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The tests that mutants must fail: quick ones. Sweeps and fuzzing may find more, and would take days here. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    include: [`test/${process.env.MUTATED_FOLDER}/**/*.test.ts`],
    exclude: ['**/{fuzz,sweep,large,wasm}.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 60_000,
  },
});
