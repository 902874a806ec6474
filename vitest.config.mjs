import { defineConfig } from 'vitest/config';

/** Vitest looks for this file here; every run of it takes these times, however busy the machine is. */
export default defineConfig({
  test: { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000 } } },
});
