import { afterAll, beforeAll, expect, test } from 'vitest';
import AxeBuilder from 'axe-core';
import type { Browser } from 'playwright-core';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('what a file seems to be stands in a box each above the numbers, with the button that leaves rows out', async () => {
  for (const width of [400, 1100]) {
    const { page, send, posted, complaints } = await openStage(browser, { width });
    const summary = await summaryOf();
    await send(
      stateOf({
        ...summary,
        suspicions: [
          { code: 'rows/zero', found: 'The last 2 rows are zero', remedy: 'Leave them out:', fix: 'np.save("grad.npy", g[:118])', rows: [118, 119] }, // prettier-ignore
          { code: 'rows/sequence', found: 'Their ratio is 0.05', remedy: 'Save one file per step.' },
        ],
      }),
    );
    const boxes = page.locator('.suspicion');
    expect(await boxes.count()).toBe(2);
    expect(await boxes.nth(1).innerText()).toContain('The rows seem to be a sequence.');
    expect(await boxes.first().locator('code').innerText()).toBe('np.save("grad.npy", g[:118])');
    const [box, glance] = [await boxes.nth(1).boundingBox(), await page.locator('#glance').boundingBox()];
    expect(box!.y + box!.height).toBeLessThanOrEqual(glance!.y);
    expect(await boxes.first().evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
    await boxes.first().getByRole('button', { name: 'Analyze without these 2 rows' }).click();
    expect(await posted()).toContainEqual({ kind: 'exclude-rows', rows: [118, 119] });
    await page.evaluate(AxeBuilder.source);
    const found = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof AxeBuilder }).axe.run('.suspicion');
      return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    });
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/suspicions-${width}.png` }); // prettier-ignore
    await page.close();
  }
});
