import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Marks the lines of the tests in the log of a whole VS Code. */
const PREFIX = 'test|';

/**
 * What VS Code's extension host calls to run the tests beside this file. How many passed is written to the file that
 * TEST_COUNTS names.
 *
 * @throws when a test failed, or none ran
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 120_000 });
  Mocha.reporters.Base.consoleLog = (...words: unknown[]) => {
    console.log(PREFIX + format(...words));
  };
  for (const file of readdirSync(__dirname)) if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => {
        resolve();
      })
      .on('pass', () => passed++)
      .on('fail', () => failed++)
      .on('pending', (test) => skipped.push(test.fullTitle()));
  });
  const report = process.env['TEST_COUNTS'];
  if (report !== undefined) writeFileSync(report, JSON.stringify({ passed, failed, skipped }));
  if (failed > 0 || passed === 0) throw new Error(`${failed} failed, ${passed} passed`);
}
