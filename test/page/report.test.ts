import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECTIONS } from '../../src/report/dump';
import type { DumpSummary } from '../../src/shared/summary';
import { suggestedSettings } from '../../src/shared/settings';
import { openBrowser, openStage, stateOf, summaryOf, THEMES, unfoldAll } from './stage';
import type { Stage, Theme } from './stage';

let browser: Browser;
let summary: DumpSummary;
beforeAll(async () => {
  browser = await openBrowser();
  summary = await summaryOf();
});
afterAll(() => browser.close());

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
interface AxeWindow {
  readonly axe: {
    run: (
      context: Document,
      options: object,
    ) => Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
  };
}

/** What axe finds, a line each; [] is the only good answer. */
const accessibilityFaults = (stage: Stage): Promise<string[]> =>
  stage.page.evaluate(axe).then(() =>
    stage.page.evaluate(async () => {
      const { violations } = await (window as unknown as AxeWindow).axe.run(document, { resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary = '' }) => `${id} ${String(target)} ${failureSummary}`),
      );
    }),
  );

/** Of the sample, whose layers are more uneven than its rows. */
const OPEN = ['glance', 'spectrum', 'temperature', 'layers', 'more-findings'];

describe.each(Object.keys(THEMES) as Theme[])('the report in the theme %s', (theme) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(browser, { theme });
    await stage.send(stateOf(summary));
  });
  afterAll(() => stage.page.close());

  test('shows every section, every card with a value or a reason, and every plot', async () => {
    const { page } = stage;
    expect(await page.locator('section').evaluateAll((all) => all.map(({ id }) => id))).toEqual(OPEN);
    const folded = SECTIONS.map(({ id }) => id).filter((id) => !OPEN.includes(id));
    for (const id of folded) expect(await page.locator(`.drawer#${id}`).count()).toBe(1);
    await unfoldAll(page);
    expect(await page.locator('[data-metric][data-state="pending"]').count()).toBe(0);
    for (const value of await page.locator('[data-metric] .value').allInnerTexts()) expect(value).toMatch(/\d|–/);
    for (const plot of await page.locator('[data-plot]').all())
      expect(await plot.locator('canvas, .ghost').count()).toBeGreaterThan(0);
  });

  test('breaks no rule of the content security policy, throws nothing, and asks for nothing outside', async () => {
    await stage.page.mouse.wheel(0, 20_000); // so that every plot has been drawn
    await stage.page.waitForTimeout(200);
    expect(stage.complaints).toEqual([]);
  });

  test('has no fault that axe finds, also with everything unfolded', async () => {
    for (const width of [1100, 820, 420]) {
      await stage.page.setViewportSize({ width, height: 900 });
      await unfoldAll(stage.page);
      expect(await accessibilityFaults(stage)).toEqual([]);
    }
    await stage.page.setViewportSize({ width: 1100, height: 900 });
  }, 120_000);

  test('draws every chart in inks of the theme: something, and on transparent ground', async () => {
    const canvases = await stage.page.locator('canvas').all();
    expect(canvases.length).toBeGreaterThan(4);
    for (const canvas of canvases) {
      await canvas.scrollIntoViewIfNeeded();
      const [drawn, transparent] = await canvas.evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const pixels = (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
        let opaque = 0;
        for (let k = 3; k < pixels.length; k += 4) if ((pixels[k] ?? 0) > 128) opaque++;
        return [opaque, pixels.length / 4 - opaque];
      });
      expect(drawn).toBeGreaterThan(100);
      expect(transparent).toBeGreaterThan(drawn);
    }
  });
});

test('the rail of sections stands beside the report, and in a narrow panel above it', async () => {
  const stage = await openStage(browser);
  await stage.send(stateOf(summary));
  const box = async (selector: string) =>
    (await stage.page.locator(selector).first().boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const wide = { rail: await box('nav'), header: await box('header'), inputs: await box('.inputs') };
  expect(wide.rail.x + wide.rail.width).toBeLessThanOrEqual(wide.header.x);
  expect(wide.header.y).toBeLessThan(40);
  expect(wide.inputs.x).toBe(wide.header.x);
  await stage.page.setViewportSize({ width: 420, height: 900 });
  const narrow = { rail: await box('nav'), header: await box('header') };
  expect(narrow.rail.y).toBeGreaterThanOrEqual(narrow.header.y + narrow.header.height);
  expect(narrow.rail.height).toBeLessThan(50);
  await stage.page.close();
});

test('a report of 420 pixels does not scroll sideways', async () => {
  const stage = await openStage(browser, { width: 420 });
  await stage.send(stateOf(summary));
  expect(await stage.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
  await stage.page.close();
});

test('has no fault that axe finds while it waits, with an explanation open, when narrow, and when it fails', async () => {
  const stage = await openStage(browser);
  const { spectrum: _spectrum, moments: _moments, ...header } = summary;
  await stage.send(stateOf(header, { phase: 'analyzing' }));
  expect(await accessibilityFaults(stage)).toEqual([]);
  await stage.send(stateOf(summary));
  await stage.page.locator('[data-metric="simple-noise-scale"]').hover();
  await stage.page.locator('[role="tooltip"]').waitFor({ state: 'visible' });
  expect(await accessibilityFaults(stage)).toEqual([]);
  await stage.page.setViewportSize({ width: 420, height: 900 });
  expect(await accessibilityFaults(stage)).toEqual([]);
  const problem = {
    code: 'npy/truncated',
    found: 'It ends early',
    remedy: 'Write it again:',
    fix: 'np.save()',
  } as const;
  await stage.send({
    kind: 'state',
    state: { run: 2, path: 'file:///x.npy', fileName: 'x.npy', phase: 'failed', problem },
  });
  expect(await accessibilityFaults(stage)).toEqual([]);
  await stage.page.close();
}, 120_000);

test('names from a file are text and nothing else', async () => {
  const stage = await openStage(browser);
  const hostile = '<img src=x onerror=alert(1)></script>$\\href{javascript:1}{x}$';
  const layers = summary.dump.layers.map((layer, index) => (index === 0 ? { ...layer, name: hostile } : layer));
  const moments = summary.moments && {
    ...summary.moments,
    layers: summary.moments.layers.map((layer, index) => ({ ...layer, name: layers[index]?.name ?? '' })),
  };
  await stage.send(
    stateOf(
      { ...summary, dump: { ...summary.dump, layers, name: hostile, notes: [hostile] }, ...(moments && { moments }) },
      { fileName: hostile },
    ),
  );
  expect(await stage.page.locator('h1').innerText()).toBe(hostile);
  expect(await stage.page.locator('img, a[href^="javascript"]').count()).toBe(0);
  expect(await stage.page.locator('th', { hasText: hostile }).count()).toBeGreaterThan(0);
  expect(stage.complaints).toEqual([]);
  await stage.page.close();
});

test('two equal eigenvalues are said to leave the axes undetermined', async () => {
  const stage = await openStage(browser);
  const four = await summaryOf([[2, 2], [2, 4], [4, 4], [4, 2]]); // prettier-ignore
  await stage.send(stateOf(four, { settings: suggestedSettings(four.dump, { datasetSize: 4 }) }));
  expect(await stage.page.locator('[data-plot="leading-plane"]').innerText()).toMatch(/equal/);
  expect(await stage.page.locator('[data-metric="covariance-trace"] .value').innerText()).toMatch(/^2\.00/);
  expect(stage.complaints).toEqual([]);
  await stage.page.close();
});
