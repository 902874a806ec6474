import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateRun } from '../../src/report/evaluate-run';
import type { JsonRun } from '../../src/report/run/json';
import type { RunState } from '../../src/shared/protocol';
import { runCommand } from '../../src/terminal/command';
import { openBrowser, openStage, THEMES, unfoldAll } from './stage';
import type { Stage, Theme } from './stage';
import { runsOf, runState } from './runs';

let browser: Browser;
let run: RunState;
beforeAll(async () => {
  browser = await openBrowser();
  run = await runState();
});
afterAll(() => browser.close());

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const faults = (stage: Stage): Promise<string[]> =>
  stage.page.evaluate(axe).then(() =>
    stage.page.evaluate(async () => {
      const { axe: checker } = window as unknown as { axe: { run: (of: Document, options: object) => Promise<{ violations: { id: string; nodes: { target: unknown }[] }[] }> } }; // prettier-ignore
      const { violations } = await checker.run(document, { resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${String(target)}`));
    }),
  );
const opened = async (state = run, how: { theme?: Theme; width?: number } = {}): Promise<Stage> => {
  const stage = await openStage(browser, how);
  await stage.send(runsOf([state]));
  return stage;
};
const steps = (page: Page): Promise<string[]> => page.locator('[data-table="steps-0"] tbody th').allInnerTexts();
const lit = (page: Page): Promise<(string | null)[]> => page.locator('[data-cursor]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-step'))); // prettier-ignore

describe.each(Object.keys(THEMES) as Theme[])('the page of a run in the theme %s', (theme) => {
  test('has no fault that axe finds, breaks no rule of the policy, and does not scroll sideways', async () => {
    const stage = await opened(run, { theme });
    for (const width of [1100, 820, 420]) {
      await stage.page.setViewportSize({ width, height: 900 });
      await unfoldAll(stage.page);
      expect(await faults(stage)).toEqual([]);
      expect(await stage.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    }
    expect(stage.complaints).toEqual([]);
    await stage.page.close();
  }, 120_000);
});

describe('the page of a run', () => {
  test('says how many dumps there are, and what the command line says of the next batch', async () => {
    const { page } = await opened();
    expect(await page.locator('h1').innerText()).toBe('run');
    expect(await page.locator('header .facts').innerText()).toContain('4 dumps');
    const { verdict } = evaluateRun({ name: 'run', path: '', notes: [] }, run.points);
    expect(await page.locator('.verdict').innerText()).toBe(verdict);
    await page.close();
  });

  test('reads all plots and the table at one step, by mouse and by keys', async () => {
    const { page } = await opened();
    const plot = page.locator('[data-plot="run-loss"] .canvases');
    await plot.scrollIntoViewIfNeeded();
    await plot.focus();
    for (const step of ['0', '20', '200']) {
      await page.keyboard.press('ArrowRight');
      expect(await lit(page)).toEqual([step]);
    }
    expect(await page.locator('[data-plot="run-covariance-trace"] .tag').innerText()).toContain('6.66');
    await page.keyboard.press('Escape');
    expect(await lit(page)).toEqual([]);
    await page.locator('[data-step="1000"]').hover();
    expect(await page.locator('[data-plot="run-loss"] .tag').innerText()).toContain('0.160');
    expect(await lit(page)).toEqual(['1000']);
    await page.close();
  });

  test('opens the dump of a step by Enter in a plot, by a click in a plot, and by a click in the table', async () => {
    const { page, posted } = await opened();
    const files = async (): Promise<unknown> => (await posted()).filter(({ kind }) => kind === 'open-step');
    const plot = page.locator('[data-plot="run-loss"] .canvases');
    await plot.scrollIntoViewIfNeeded();
    await plot.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    expect(await files()).toEqual([{ kind: 'open-step', run: 0, file: 'step-001000.npy' }]);
    const box = (await page.locator('[data-plot="run-loss"] canvas').boundingBox())!;
    await page.mouse.click(box.x + 50, box.y + 80);
    await page.locator('[data-step="20"] button').click();
    expect(await files()).toEqual(
      ['step-001000.npy', 'step-000000.npy', 'step-000020.npy'].map((file) => ({ kind: 'open-step', run: 0, file })),
    );
    await page.close();
  });

  test('keeps the step that a click has fixed when the pointer leaves the plot', async () => {
    const { page } = await opened();
    const box = (await page.locator('[data-plot="run-simple-noise-scale"] canvas').boundingBox())!;
    await page.mouse.click(box.x + box.width - 30, box.y + 100);
    await page.mouse.move(5, 400);
    expect(await lit(page)).toEqual(['1000']);
    await page.close();
  });

  test('takes a step that comes later into its place, and leaves axis, sorting and cursor as they are', async () => {
    const waiting = { ...run, phase: 'analyzing' as const, step: 200, points: run.points.map((point) => (point.step === 200 ? { step: 200, file: point.file } : point)) }; // prettier-ignore
    const { page, send } = await opened(waiting);
    expect(await page.locator('.status').innerText()).toContain('Analyzing 4 of 4, step 200');
    await page.locator('input[value="log"]').check();
    await page.locator('[data-table="steps-0"] thead button').first().click();
    expect(await steps(page)).toEqual(['1,000', '200', '20', '0']);
    await page.locator('[data-step="20"]').hover();
    const canvas = await page.locator('[data-plot="run-loss"] canvas').elementHandle();
    await send(runsOf([run]));
    expect(await page.locator('[role="progressbar"]').count()).toBe(0);
    expect(await steps(page)).toEqual(['1,000', '200', '20', '0']);
    expect(await page.locator('[data-step="200"] td').first().innerText()).toBe('0.912');
    expect(await lit(page)).toEqual(['20']);
    expect(await page.locator('input[value="log"]').isChecked()).toBe(true);
    expect(await canvas.evaluate((element) => element.isConnected)).toBe(true);
    await page.close();
  });

  test('marks a step that failed with its problem, and goes on with the others', async () => {
    const problem = { code: 'npy/truncated', found: 'It ends after 999 bytes', remedy: 'Write it again.' } as const;
    const points = run.points.map((point) => (point.step === 20 ? { step: 20, file: point.file, problem } : point));
    const { page } = await opened({ ...run, points });
    expect(await page.locator('[data-step="20"]').innerText()).toContain('It ends after 999 bytes');
    const plot = page.locator('[data-plot="run-loss"] .canvases');
    await plot.scrollIntoViewIfNeeded();
    await plot.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('[data-plot="run-loss"] .tag').innerText()).toContain('It ends after 999 bytes');
    await page.close();
  });

  test('can be paused, and counts what came since', async () => {
    const { page, send, posted } = await opened();
    await page.getByRole('button', { name: 'Pause' }).click();
    expect((await posted()).at(-1)).toEqual({ kind: 'pause', paused: true });
    await send(runsOf([{ ...run, newer: 3 }], { paused: true }));
    expect(await page.locator('.status').innerText()).toContain('Paused at step 1,000; 3 newer');
    await page.getByRole('button', { name: 'Follow' }).click();
    expect((await posted()).at(-1)).toEqual({ kind: 'pause', paused: false });
    await page.close();
  });

  test('counts along its axis in examples, where every dump says its batch size', async () => {
    const { page } = await opened();
    await page.locator('input[value="examples"]').check();
    const plot = page.locator('[data-plot="run-loss"] .canvases');
    await plot.scrollIntoViewIfNeeded();
    await plot.focus();
    await page.keyboard.press('End');
    // 1,000 steps of 32
    expect(await page.locator('[data-plot="run-loss"] .tag').innerText()).toContain('examples seen 32,000');
    expect(await lit(page)).toEqual(['1000']);
    await page.close();
  });

  test.each(['test/fixtures/ramped-run', 'test/fixtures/ramped-run/ramped-run.gradnorms.jsonl'])(
    'says the next batch size of %s with its reason, as the command line does',
    async (file) => {
      let output = '';
      const code = await runCommand(['analyze', file, '--json'], { write: (text) => (output += text) }, { write: () => undefined }); // prettier-ignore
      const { verdict, nextBatch } = JSON.parse(output) as JsonRun;
      expect([code, nextBatch.batchSize]).toEqual([0, 32]);
      const { page } = await opened(await runState(file));
      expect(await page.locator('.verdict').innerText()).toBe(verdict);
      expect(verdict).toContain(nextBatch.sentence);
      await page.close();
    },
  );

  test('gives its steps as Markdown and as CSV, as the command line does', async () => {
    const { page, posted } = await opened();
    await page.getByRole('button', { name: 'Copy Markdown' }).click();
    await page.getByRole('button', { name: 'Save CSV' }).click();
    const [copied, saved] = (await posted()).slice(-2) as { kind: string; text?: string; name?: string }[];
    expect(copied?.text).toMatch(/^## run\n[^]*\| step \| loss \|[^]*\n\| 1,000 \| 0\.160 \|/);
    expect([saved?.kind, saved?.name]).toEqual(['save', 'run.run-report.csv']);
    await page.close();
  });

  test('says what is wrong with a run that cannot be read at all', async () => {
    const problem = {
      code: 'metadata/invalid',
      found: 'It has no list “steps” of dumps',
      remedy: 'List them.',
    } as const;
    const { page } = await opened({ ...run, points: [], phase: 'failed', problem });
    expect(await page.locator('.problem').innerText()).toContain('no list “steps”');
    await page.close();
  });
});
