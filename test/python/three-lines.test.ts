import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonRun } from '../../src/report/run/json';
import { runCommand } from '../../src/terminal/command';
import { PYTHON, taking } from './python';
import { withThreeLines } from './three-lines.mjs';

const PATIENCE = { timeout: 100_000 };
const { skipped, why } = taking(['numpy', 'torch']);

/** The trace of the covariance of a float32 dump of 512 rows, with 1/n. */
function traceOf(file: string): number {
  const bytes = readFileSync(file);
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 10 + bytes.readUInt16LE(8)));
  const columns = numbers.length / 512;
  let trace = 0;
  for (let column = 0; column < columns; column++) {
    const values = Array.from({ length: 512 }, (_, row) => numbers[row * columns + column]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / 512;
    trace += values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 512;
  }
  return trace;
}

describe('a training script with the three lines of the README', () => {
  (skipped ? test.skip : test)(
    `is a run whose every step \`analyze --watch\` reports while it is trained${why}`,
    { timeout: 300_000 },
    async ({ onTestFinished }) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'three-lines-'));
      const run = path.join(folder, 'runs/a');
      const training = spawn(PYTHON, [withThreeLines(folder)], { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] });
      let closed = false;
      let errors = '';
      training.stderr.on('data', (text: Buffer) => (errors += text.toString()));
      onTestFinished(() => {
        closed = true;
        training.kill();
        rmSync(folder, { recursive: true, force: true });
      });
      const reports: JsonRun[] = [];
      const shown = { write: (text: string) => reports.push(JSON.parse(text) as JsonRun) };

      training.stdin.write('1\n');
      await expect.poll(() => existsSync(path.join(run, 'run.json')), PATIENCE).toBe(true);
      const watching = runCommand(
        ['analyze', run, '--watch', '--json'],
        shown,
        { write: (text) => (errors += text) },
        () => closed,
      );
      const stepsSeen = (): readonly number[] => reports.at(-1)?.steps.map(({ step }) => step) ?? [];
      await expect.poll(() => stepsSeen().length, PATIENCE).toBe(1);
      // 16 steps an epoch: step 100 is in the seventh epoch, step 300 in the nineteenth
      training.stdin.write('1\n'.repeat(6));
      await expect.poll(() => stepsSeen().length, PATIENCE).toBe(2);
      training.stdin.end('1\n'.repeat(12));
      await expect.poll(() => stepsSeen().length, PATIENCE).toBe(4);

      const { steps } = reports.at(-1)!;
      expect([errors, stepsSeen()]).toEqual(['', [0, 100, 200, 300]]);
      for (const { file, settings, metrics } of steps) {
        expect(settings).toMatchObject({ learningRate: 0.1, batchSize: 32, datasetSize: 512 });
        expect(metrics['covariance-trace']!.value! / traceOf(path.join(run, file))).toBeCloseTo(1, 6);
      }
      closed = true;
      writeFileSync(path.join(run, 'end'), '');
      expect(await watching).toBe(0);
    },
  );
});
