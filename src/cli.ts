#!/usr/bin/env node
import { describeProblem } from './shared/problem';
import { runCommand } from './terminal/command';
import { writerTo } from './terminal/writer';

/** Whoever reads may stop reading, as `| head` does: that ends the output, and is not a fault. */
let closed = false;

/** What is printed does not arrive, for another reason. */
let lost = false;

process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
  closed = true;
  if (code === 'EPIPE' || lost) return;
  lost = true;
  process.exitCode = 1;
  const found = `What was printed could not be written (${code})`;
  const remedy = 'Free some space, or print it elsewhere.';
  writerTo(process.stderr).lines(describeProblem({ code: 'file/unwritable', found, remedy }));
});
// nobody is left to read it
process.stderr.on('error', () => undefined);

// the exit code is set rather than the process ended, so that a pipe is written to its end
void runCommand(process.argv.slice(2), process.stdout, process.stderr, () => closed).then((code) => {
  if (!lost) process.exitCode = code;
});
