#!/usr/bin/env node
// Stands where the executable of a desktop VS Code would: takes its arguments, and runs the same suite in code-server.
import { format } from 'node:util';
import { startServer } from './server.mjs';
import { openBrowser, workbenchAddress } from './workbench.mjs';

const LIMIT = 300_000;
const PREFIX = 'test|'; // the lines of the tests; all others are VS Code's own, of interest after a failure only
/** Native parts that were not compiled, and the gallery that was switched off. */
const KNOWN = /spdlog|native-watchdog|additional builtin extensions/;
const valuesOf = (name) =>
  process.argv
    .filter((argument) => argument.startsWith(`--${name}=`))
    .map((argument) => argument.slice(name.length + 3));
const [extension, ...others] = valuesOf('extensionDevelopmentPath');
const [tests] = valuesOf('extensionTestsPath');
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('-'));

const log = [];
const server = await startServer({
  development: true,
  folders: others,
  environment: { TEST_COUNTS: process.env.TEST_COUNTS },
});
let opened;
try {
  opened = await openBrowser();
  process.exitCode = await suiteIn(opened.page);
} catch (error) {
  log.push(String(error));
  process.exitCode = 1;
} finally {
  await opened?.browser.close();
  await server.stop();
}
if (process.exitCode !== 0) console.log(`\nThe log of VS Code:\n${log.join('\n')}`);

/** Opens the workbench, which runs the suite; resolves with its exit code. */
async function suiteIn(page) {
  await page.exposeFunction('codeAutomationLog', (_type, words) => {
    const line = format(...words);
    if (line.startsWith(PREFIX)) console.log(line.slice(PREFIX.length));
    else if (!KNOWN.test(line)) log.push(line);
  });
  let timer;
  const ended = new Promise((resolve, reject) => {
    page.on('crash', () => reject(new Error('the workbench crashed')));
    timer = setTimeout(() => reject(new Error(`the suite did not end within ${LIMIT / 1000} s`)), LIMIT);
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
  });
  await page.goto(workbenchAddress(server, folder, { extension, tests }));
  return ended.finally(() => clearTimeout(timer));
}
