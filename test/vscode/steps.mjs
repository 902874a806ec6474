import { writeFileSync } from 'node:fs';

/**
 * Takes steps one after another and prints what became of each; the rest is skipped where the first one fails. Writes how many
 * passed to the file that TEST_COUNTS names.
 *
 * @param steps functions that throw, by what holds when they do not; a text is the reason why a step cannot be taken here
 * @param failed is told of each failure, by its number
 * @param why the rest is skipped
 */
export async function takeSteps(steps, failed, why) {
  const counts = { passed: 0, failed: 0, skipped: [] };
  for (const [title, step] of Object.entries(steps)) {
    if (typeof step === 'string') {
      console.log(`  – ${title}: skipped, ${step}`);
      counts.skipped.push(`${title}: ${step}`);
      continue;
    }
    if (counts.passed === 0 && counts.failed > 0) {
      counts.skipped.push(`${title}: ${why}`);
      continue;
    }
    const started = Date.now();
    try {
      await step();
      counts.passed++;
      console.log(`  ✔ ${title} (${Date.now() - started} ms)`);
    } catch (error) {
      counts.failed++;
      console.log(`  ✘ ${title}\n${error.stack}`);
      await failed(counts.failed);
    }
  }
  if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
