import { afterAll, inject } from 'vitest';

interface Counts {
  readonly hitCount?: number;
  readonly mutantCoverage?: object;
}

// Stryker hands over what it counts in a hook that Vitest has called otherwise since 4.1: nothing arrived, so each mutant was
// tried by all tests, and one without end was stopped by the clock only.
const named = inject as (name: string) => string;
afterAll(({}, { meta }) => {
  const { hitCount, mutantCoverage } =
    (globalThis as unknown as Record<string, Counts>)[named('globalNamespace')] ?? {};
  Object.assign(meta, { hitCount, mutantCoverage });
});
