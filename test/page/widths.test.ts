import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DumpSummary } from '../../src/shared/summary';
import { DUMPS } from './dumps';
import { openBrowser, openStage, stateOf, unfoldAll } from './stage';

// Nothing is cut at any width of a panel: what does not fit has a region to scroll, which a keyboard reaches.

/** From half of a small laptop to a wide screen. The first is that of a side panel. */
const WIDTHS = [380, 420, 500, 640, 760, 761, 820, 1040, 1041, 1100, 1320, 1500, 1800];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** What a reader would not see whole, each in words; [] is the only good answer. */
const cuts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found = new Set<string>();
    const name = (element: Element): string => `${element.tagName.toLowerCase()}.${element.className}`;
    /** For a screen reader only, or at the pointer. */
    const apart = '.katex-mathml, .unseen, .long, .readout, script, [role="tooltip"], .pointer';
    const { documentElement: root, body } = document;
    if (root.scrollWidth > root.clientWidth) found.add(`the page is ${root.scrollWidth} px wide`);
    for (const element of document.querySelectorAll('main *'))
      if (element.getBoundingClientRect().right > root.clientWidth + 1)
        if (element.closest(`${apart}, .katex, [data-region][tabindex="0"], nav`) === null)
          found.add(`${name(element)} leaves the page`);

    /** Whether a part is seen whole in everything around it, or can be brought into sight there. */
    const check = (what: () => string, box: DOMRect, parent: Element): void => {
      let own = true;
      for (let around: Element | null = parent; around !== null && around !== body; around = around.parentElement) {
        const { overflowX, overflowY, display } = getComputedStyle(around);
        const inFormula = around.closest('.katex') !== null;
        if (display === 'inline' || display === 'contents' || inFormula) continue;
        // a box that lets its content out lets it out over its neighbors
        const holds = own || overflowX !== 'visible';
        own = false;
        const outer = around.getBoundingClientRect();
        if (holds && (box.right > outer.right + 1.5 || box.left < outer.left - 1.5)) {
          if (around.matches('[data-region][tabindex="0"], nav')) return;
          return void found.add(`${what()} leaves ${name(around)} at the side`);
        }
        if (overflowY !== 'visible' && (box.bottom > outer.bottom + 2 || box.top < outer.top - 2)) {
          if (around.matches('[data-region][tabindex="0"]')) return;
          return void found.add(`${what()} leaves ${name(around)} above or below`);
        }
      }
      if (box.right > root.clientWidth + 1 || box.left < -1) found.add(`${what()} leaves the page`);
    };

    for (const element of document.querySelectorAll('canvas, input:not([type="radio"]), select, button, .meter')) {
      if (element.closest(apart) !== null || !element.checkVisibility()) continue;
      check(() => name(element), element.getBoundingClientRect(), element.parentElement ?? body);
    }
    const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { currentNode: node } = texts;
      const parent = node.parentElement;
      if (parent === null || parent.closest(apart) !== null || !parent.checkVisibility({ visibilityProperty: true }))
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects())
        check(() => `“${node.textContent?.trim().slice(0, 50)}” of ${name(parent)}`, box, parent);
    }
    // what a mouse can move, a keyboard can, too
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const { overflowX, overflowY } = getComputedStyle(element);
      const scrolls =
        (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + 1) ||
        (/auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight + 1);
      if (scrolls && element.tabIndex < 0 && element.tagName !== 'NAV')
        found.add(`${name(element)} “${element.textContent.slice(0, 30)}” scrolls out of reach of the keyboard`);
    }
    return [...found];
  });

/** Where regions are measured again, and charts are drawn anew. */
const settled = (page: Page): Promise<unknown> =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)))),
  );

/** What is cut, at which width. */
type Found = Record<string, readonly string[]>;

test('at 200 % zoom nothing is cut, and the slider of the batch size stays in sight with its plot', async () => {
  // a panel of 1,100 × 800 has half as many CSS pixels then
  const { page, send } = await openStage(browser);
  await page.setViewportSize({ width: 550, height: 400 });
  await send(stateOf(await DUMPS['the sample']!()));
  await settled(page);
  expect(await cuts(page)).toEqual([]);
  expect(await sightOf(page)).toEqual({ slider: true, plot: true });
  await unfoldAll(page);
  await settled(page);
  expect(await cuts(page)).toEqual([]);
  await page.close();
});

test('from 500 px on, a slider and the plot that it moves are in sight together', async () => {
  const { page, send } = await openStage(browser);
  await send(stateOf(await DUMPS['the sample']!()));
  for (const width of [500, 640, 760, 820, 1100]) {
    await page.setViewportSize({ width, height: 600 });
    await settled(page);
    expect({ width, ...(await sightOf(page)) }).toEqual({ width, slider: true, plot: true });
  }
  await page.close();
});

/** Where the reader looks at the plot of the batch size: whether all of it is seen, and the slider with it. */
const sightOf = async (page: Page): Promise<{ slider: boolean; plot: boolean }> => {
  const plot = page.locator('[data-plot="batch-norm"] .drawing canvas').first();
  await plot.evaluate((canvas) => canvas.scrollIntoView({ block: 'end' }));
  await settled(page);
  const whole = (selector: string): Promise<boolean> =>
    page.evaluate((which) => {
      const box = document.querySelector(which)?.getBoundingClientRect();
      if (box === undefined || box.height === 0) return false;
      const top = document.querySelector('.inputs')?.getBoundingClientRect().bottom ?? 0;
      const least = which.startsWith('.field') ? 0 : top;
      return box.top >= least && box.bottom <= innerHeight + 1;
    }, selector);
  return {
    slider: await whole('.field:has(#input-batchSize) input[type="range"]'),
    plot: await whole('[data-plot="batch-norm"] .drawing canvas'),
  };
};

describe.each(Object.keys(DUMPS))('the report of a dump: %s', (dump) => {
  let summary: DumpSummary;
  beforeAll(async () => {
    summary = await DUMPS[dump]!();
  });

  test('is cut at no width, folded or unfolded, and never scrolls sideways', async () => {
    const { page, send, complaints } = await openStage(browser);
    await send(stateOf(summary));
    const found: Found = {};
    for (const state of ['folded', 'unfolded']) {
      if (state === 'unfolded') await unfoldAll(page);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        const cut = await cuts(page);
        if (cut.length > 0) found[`${state} at ${width} px`] = cut;
      }
    }
    expect(found).toEqual({});
    expect(complaints).toEqual([]);
    await page.close();
  }, 300_000);
});
