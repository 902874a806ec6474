#!/usr/bin/env node
import { runCommand } from './terminal/command';

// the exit code is set rather than the process ended, so that a pipe is written to its end
void runCommand(process.argv.slice(2), process.stdout, process.stderr).then((code) => {
  process.exitCode = code;
});
