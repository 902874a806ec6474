import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportTarget } from '../../src/shared/messages';
import type { ExportForm } from '../../src/shared/protocol';
import type { DumpSummary } from '../../src/shared/summary';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';
import type { Stage } from './stage';

let browser: Browser;
let summary: DumpSummary;
let stage: Stage;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  summary = await summaryOf();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stage = await openStage(browser);
  ({ page } = stage);
});
afterEach(async () => {
  expect(stage.complaints).toEqual([]);
  await page.close();
});

const value = (id: string): Promise<string> => page.locator(`[data-metric="${id}"] .value`).innerText();
const batchSize = () => page.getByRole('spinbutton', { name: /batch size/i });
const tooltip = () => page.locator('[role="tooltip"]');

describe('explanations', () => {
  beforeEach(() => stage.send(stateOf(summary)));

  test('hovering a card opens its explanation, which stays while it is hovered itself', async () => {
    await page.locator('[data-metric="simple-noise-scale"]').hover();
    await tooltip().waitFor({ state: 'visible' });
    expect(await tooltip().innerText()).toMatch(
      /Means[\s\S]*Misleads[\s\S]*Here[\s\S]*Source[\s\S]*simple-noise-scale/,
    );
    await tooltip().locator('dl').hover();
    await page.waitForTimeout(400);
    expect(await tooltip().isVisible()).toBe(true);
    await page.mouse.move(5, 5);
    await tooltip().waitFor({ state: 'hidden' });
  });

  test('focusing a card opens it, too, and Escape closes it and keeps the focus', async () => {
    const card = page.locator('[data-metric="mean-gradient-norm"]');
    await page.keyboard.press('Tab'); // so that the focus counts as the keyboard's
    await card.focus();
    await tooltip().waitFor({ state: 'visible' });
    expect(await card.getAttribute('aria-describedby')).toBe(await tooltip().getAttribute('id'));
    await page.keyboard.press('Escape');
    await tooltip().waitFor({ state: 'hidden' });
    expect(await card.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test('arrow keys move between the cards of a group, of which one is a tab stop', async () => {
    const grid = page.locator('.cards').first();
    expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
    await grid.locator('[tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-metric'))).toBe(
      await grid.locator('.card').nth(1).getAttribute('data-metric'),
    );
    expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
  });

  test.each([[1100], [420]])('an explanation never leaves a window of %d pixels', async (width) => {
    await page.setViewportSize({ width, height: 700 });
    const cards = await page.locator('.card').all();
    for (const card of cards.filter((_, index) => index % 4 === 0 || index === cards.length - 1)) {
      await card.scrollIntoViewIfNeeded();
      await card.hover();
      await page.waitForTimeout(180);
      const box = await tooltip().boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(701);
    }
  });
});

describe('inputs', () => {
  beforeEach(() => stage.send(stateOf(summary)));

  test('another batch size moves cards, formulas and plots, and nothing that was measured', async () => {
    const before = { measured: await value('covariance-trace'), derived: await value('batch-covariance-trace') };
    const formula = await page.locator('#temperature .pair').first().innerText();
    await batchSize().fill('60');
    expect(await value('covariance-trace')).toBe(before.measured);
    expect(await value('batch-covariance-trace')).not.toBe(before.derived);
    await expect.poll(() => page.locator('#temperature .pair').first().innerText()).not.toBe(formula);
  });

  test('a move changes nodes in place: the cards and canvases stay the same elements', async () => {
    await page.evaluate(() => {
      for (const element of document.querySelectorAll('.card, canvas'))
        (element as HTMLElement).dataset['kept'] = 'yes';
    });
    const marked = await page.locator('[data-kept]').count();
    await page.locator('#input-batchSize').fill('100');
    await page.getByRole('slider', { name: /learning rate/i }).press('ArrowRight');
    expect(await page.locator('[data-kept]').count()).toBe(marked);
    expect(await page.locator('.card:not([data-kept]), canvas:not([data-kept])').count()).toBe(0);
  });

  test('what cannot be used keeps the last good numbers and says why', async () => {
    const before = await value('batch-covariance-trace');
    await batchSize().fill('2000');
    expect(await page.getByRole('alert').innerText()).toMatch(
      /2000 cannot be drawn without replacement from 1500.*last good ones/s,
    );
    expect(await batchSize().getAttribute('aria-invalid')).toBe('true');
    expect(await value('batch-covariance-trace')).toBe(before);
    await batchSize().fill('64');
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await value('batch-covariance-trace')).not.toBe(before);
  });

  test('the population convention makes everything exact, and fixes the size of the data set', async () => {
    expect(await page.locator('[data-metric="covariance-trace"] .note').innerText()).toMatch(/…/);
    await page.getByRole('radio', { name: 'Population' }).check({ force: true });
    expect(await page.locator('[data-metric="covariance-trace"] .note').innerText()).toBe('exact for these rows');
    expect(await page.locator('#input-datasetSize').isDisabled()).toBe(true);
    expect(await page.locator('#input-datasetSize').inputValue()).toBe('120');
  });

  test('usable settings are told to the host and kept for a reload', async () => {
    await batchSize().fill('48');
    const settings = (await stage.posted()).filter((message) => message.kind === 'settings').at(-1);
    expect(settings).toMatchObject({ settings: { batchSize: 48 } });
    const kept = await page.evaluate(
      () => JSON.parse(sessionStorage.getItem('state') ?? '{}') as { settings: { batchSize: number } },
    );
    expect(kept.settings.batchSize).toBe(48);
  });

  test('companions that were chosen in the panel are kept for a reload, too', async () => {
    await stage.send(stateOf(summary, { companions: { hessian: '/other/hessian.npy', compared: false } }));
    const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem('state') ?? '{}') as object);
    expect(kept).toMatchObject({ companions: { hessian: '/other/hessian.npy', compared: false } });
  });

  test('an overwritten dump swaps its numbers in place: inputs and scroll stay', async () => {
    await batchSize().fill('48');
    await page.evaluate(() => window.scrollTo(0, 1500));
    const plot = page.locator('[data-plot="batch-norm"]');
    const top = async (): Promise<number> => (await plot.boundingBox())!.y;
    const place = await top();
    const scaled = summary.moments && { ...summary.moments, scatter: 4 * summary.moments.scatter };
    const before = await value('covariance-trace');
    await stage.send(stateOf({ ...summary, ...(scaled && { moments: scaled }) }, { run: 2 }));
    expect(await value('covariance-trace')).not.toBe(before);
    expect(await batchSize().inputValue()).toBe('48');
    // the verdict above may take more lines, and the browser moves along with it: what is read stays where it is
    expect(Math.abs((await top()) - place)).toBeLessThan(24);
  });
});

describe('an analysis on its way', () => {
  test('shows the header at once, then the moments, then the spectrum, without moving a card', async () => {
    const { spectrum, moments, ...header } = summary;
    await stage.send(stateOf(header, { phase: 'analyzing' }));
    expect(await page.locator('.facts').innerText()).toContain('120 examples × 610 parameters');
    const place = await page.locator('[data-metric="spectral-norm"]').boundingBox();
    const cards = page.locator('.card');
    await cards.evaluateAll((all) => all.forEach((card) => card.setAttribute('data-kept', '')));
    const number = await cards.count();
    expect(await page.locator('[data-metric="covariance-trace"]').getAttribute('data-state')).toBe('pending');
    await stage.send(stateOf({ ...header, ...(moments && { moments }) }, { phase: 'analyzing' }));
    expect(await value('covariance-trace')).toMatch(/^5\.34/);
    expect(await page.locator('[data-metric="spectral-norm"]').getAttribute('data-state')).toBe('pending');
    await stage.send(stateOf(summary));
    expect(await value('spectral-norm')).toMatch(/^1\.1/);
    expect((await page.locator('[data-metric="spectral-norm"]').boundingBox())?.height).toBe(place?.height);
    expect(await page.locator('.card[data-kept]').count()).toBe(number);
    expect(spectrum).toBeDefined();
  });

  test('shows progress in blocks and bytes, and a button that cancels', async () => {
    const { spectrum: _, ...rest } = summary;
    await stage.send(stateOf(rest, { phase: 'analyzing' }));
    await stage.send({
      kind: 'progress',
      run: 1,
      progress: { stage: 'spectrum', block: 5, blocks: 8, bytesDone: 400_000, bytesTotal: 640_000 },
    });
    expect(await page.locator('.progress').innerText()).toMatch(/Covariance, block 5 of 8 · 391 KiB of 625 KiB/);
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('63');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await stage.posted()).at(-1)).toEqual({ kind: 'cancel' });
  });

  test('a message of an older run is ignored', async () => {
    await stage.send(stateOf(summary, { run: 7 }));
    await stage.send(stateOf(summary, { run: 6, fileName: 'older.npy' }));
    expect(await page.locator('h1').innerText()).toBe('grad-step-000020.npy');
  });
});

test('a problem says what was found, where, what to do, and offers the ways on', async () => {
  const problem = {
    code: 'npy/truncated',
    found: 'It ends <b>early</b>',
    where: 'byte 5',
    remedy: 'Write it again:',
    fix: 'np.save()',
  } as const;
  await stage.send({
    kind: 'state',
    state: { run: 1, path: 'file:///x.npy', fileName: 'x.npy', phase: 'failed', problem },
  });
  const text = await page.locator('main').innerText();
  expect(text).toMatch(
    /The file ends too early[\s\S]*Found[\s\S]*<b>early<\/b>[\s\S]*byte 5[\s\S]*np\.save\(\)[\s\S]*npy\/truncated/,
  );
  await page.getByRole('button', { name: 'Learn more' }).click();
  expect((await stage.posted()).at(-1)).toEqual({ kind: 'learn-more', code: 'npy/truncated' });
});

test('rows that spoil a dump can be left out at the press of a button', async () => {
  const problem = { code: 'data/non-finite', found: '2 NaN', remedy: 'Look.', rows: [3, 17] } as const;
  await stage.send({
    kind: 'state',
    state: { run: 1, path: 'file:///x.npy', fileName: 'x.npy', phase: 'failed', problem },
  });
  await page.getByRole('button', { name: 'Analyze without these 2 rows' }).click();
  expect((await stage.posted()).at(-1)).toEqual({ kind: 'exclude-rows', rows: [3, 17] });
});

describe('plots and tables', () => {
  beforeEach(() => stage.send(stateOf(summary)));
  const spectrum = () => page.locator('[data-plot="eigen-spectrum"]');

  test('arrow keys step through the points of a plot and read them out', async () => {
    await spectrum().getByRole('img').focus();
    await page.keyboard.press('ArrowRight');
    const first = await spectrum().locator('output').innerText();
    expect(first).toMatch(/rank.* 1\b/);
    await page.keyboard.press('ArrowRight');
    expect(await spectrum().locator('output').innerText()).not.toBe(first);
    expect(await spectrum().locator('output').getAttribute('aria-live')).toBe('polite');
  });

  test('the data table holds the points that are drawn', async () => {
    await spectrum().getByRole('button', { name: 'Data table' }).click();
    const rows = spectrum().locator('tbody tr');
    expect(await rows.count()).toBeGreaterThanOrEqual(119);
    expect(await rows.first().innerText()).toMatch(/^1\s+1\.1/);
  });

  test('a saved picture has the paper of the theme as its ground', async () => {
    await spectrum().getByRole('button', { name: 'Save PNG' }).click();
    await page.waitForFunction(() =>
      (window as unknown as { posted: { kind: string }[] }).posted.some(({ kind }) => kind === 'save'),
    );
    const corner = await page.evaluate(async () => {
      const { bytes } = (
        window as unknown as { posted: { kind: string; bytes: Uint8Array<ArrayBuffer> }[] }
      ).posted.find(({ kind }) => kind === 'save') ?? { bytes: new Uint8Array() };
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      return [...(context?.getImageData(0, 0, 1, 1).data ?? [])];
    });
    expect(corner).toEqual([255, 255, 255, 255]);
  });

  test('a plot is saved as SVG and, three times as fine, as PNG, with the program that drew it', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    const saved = (extension: string) =>
      page.evaluate(async (end) => {
        const { posted } = window as unknown as {
          posted: { kind: string; name: string; bytes: Uint8Array<ArrayBuffer> }[];
        };
        const bytes = posted.find(({ kind, name }) => kind === 'save' && name === `eigen-spectrum.${end}`)?.bytes;
        if (bytes === undefined) return undefined;
        if (end === 'svg') return { text: new TextDecoder().decode(bytes), width: 0 };
        return { text: '', width: (await createImageBitmap(new Blob([bytes]))).width };
      }, extension);
    await spectrum().getByRole('button', { name: 'Save SVG' }).click();
    await spectrum().getByRole('button', { name: 'Save PNG' }).click();
    await expect.poll(() => saved('png')).toBeDefined();
    const svg = (await saved('svg'))!.text;
    expect(svg).toContain(`gradient-covariance ${version}</text>`);
    const width = Number(/<svg[^>]* width="(\d+)"/.exec(svg)?.[1]);
    expect((await saved('png'))!.width).toBe(3 * width);
  });

  test('a picture is copied, or handed over to be saved where the window does not let a page copy it', async () => {
    const last = async () => (await stage.posted()).at(-1);
    await page.evaluate(() => {
      navigator.clipboard.write = async () => Promise.reject(new DOMException('not allowed', 'NotAllowedError'));
    });
    await spectrum().getByRole('button', { name: 'Copy image' }).click();
    await expect.poll(last).toMatchObject({ kind: 'picture-not-copied', name: 'eigen-spectrum.png' });
    await page.evaluate(() => {
      navigator.clipboard.write = async ([item]) => {
        if ((await item?.getType('image/png'))?.type !== 'image/png') throw new Error('no picture');
      };
    });
    await spectrum().getByRole('button', { name: 'Copy image' }).click();
    await expect.poll(last).toEqual({ kind: 'picture-copied' });
  });

  test('a plot, table, card and formula do what their menu offers', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    const chosen = async (element: Locator, form: ExportForm): Promise<string> => {
      // as the editor finds out what its menu is of, by mouse or key
      const target = await element.evaluate((at) => {
        at.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true }));
        return at.closest<HTMLElement>('[data-vscode-context]')?.dataset['vscodeContext'];
      });
      await stage.send({ kind: 'export', target: exportTarget(JSON.parse(target ?? ''))!, form });
      const last = (await stage.posted()).at(-1);
      return last?.kind === 'copy' ? last.text : '';
    };
    expect(await chosen(spectrum().locator('.canvases'), 'csv')).toContain('series,name,x,y');
    expect(await chosen(page.locator('#layers table').first(), 'latex')).toContain(String.raw`\toprule`);
    expect(await chosen(page.locator('#layers table').first(), 'csv')).toContain(
      `# program: gradient-covariance ${version}`,
    );
    const card = page.locator('[data-metric="covariance-trace"]');
    expect(Number(await chosen(card, 'value'))).toBeGreaterThan(0);
    expect(await chosen(card, 'formula')).toContain(String.raw`\begin{gather*}`);
    const formula = await chosen(page.locator('#spectrum .pair').first(), 'formula');
    expect(formula).toContain('% file: grad-step-000020.npy');
    expect(formula.split('\n').filter((line) => line.startsWith('  '))).toHaveLength(2);
  });

  test('the report is saved as one file of HTML without scripts', async () => {
    await page.getByRole('button', { name: 'Save HTML' }).click();
    const html = await page.evaluate(() => {
      const { posted } = window as unknown as { posted: { kind: string; name: string; bytes: Uint8Array }[] };
      const saved = posted.find(({ kind, name }) => kind === 'save' && name.endsWith('.npy.html'));
      return new TextDecoder().decode(saved?.bytes);
    });
    expect(html).toContain('<title>grad-step-000020.npy</title>');
    expect(html).not.toContain('<script');
  });

  test('a table sorts by the head that is pressed, and says so', async () => {
    const table = page.locator('#layers table').first();
    const head = table.getByRole('columnheader').nth(1);
    await head.getByRole('button').click();
    const order = await head.getAttribute('aria-sort');
    expect(['ascending', 'descending']).toContain(order);
    await head.getByRole('button').click();
    expect(await head.getAttribute('aria-sort')).toBe(order === 'ascending' ? 'descending' : 'ascending');
  });
});

describe('what leaves the page', () => {
  beforeEach(() => stage.send(stateOf(summary)));
  const copied = async (name: string): Promise<string> => {
    await page.locator('footer').getByRole('button', { name }).click();
    const last = (await stage.posted()).at(-1);
    return last?.kind === 'copy' ? last.text : '';
  };
  const shown = 'covariance-trace';

  test('Markdown, CSV and JSON say where their numbers come from, and agree', async () => {
    const [markdown, csv, json] = [await copied('Copy Markdown'), await copied('Copy CSV'), await copied('Copy JSON')];
    for (const text of [markdown, csv])
      for (const fact of ['grad-step-000020.npy', '120 examples × 610 parameters', 'float32', 'sample', '1500', '32'])
        expect(text).toContain(fact);
    const parsed = JSON.parse(json) as {
      dump: { path: string };
      settings: object;
      metrics: Record<string, { value: number; interval: [number, number] }>;
    };
    expect(parsed.settings).toMatchObject({ learningRate: 0.1, batchSize: 32, convention: 'sample' });
    const { value = NaN, interval = [] } = parsed.metrics[shown] ?? {};
    expect(csv).toContain(`${shown},"Covariance trace",${value},${interval.join(',')},`);
    expect(markdown).toMatch(/\| Covariance trace \| 5\.344 \(5\.\d+ … 5\.\d+\) \| gradient² \|/);
  });

  test('the CSV has one line a metric, whatever is known of it', async () => {
    const lines = (await copied('Copy CSV'))
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(lines[0]).toBe('id,name,value,lower,upper,unit,convention');
    expect(lines.length - 1).toBe(
      Object.keys((JSON.parse(await copied('Copy JSON')) as { metrics: object }).metrics).length,
    );
  });
});

test('another theme draws the charts anew, in its own inks', async () => {
  await stage.send(stateOf(summary));
  const inks = () =>
    page
      .locator('[data-plot="eigen-spectrum"] canvas')
      .first()
      .evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const pixels = (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
        const sums = [0, 0, 0];
        for (let k = 0; k < pixels.length; k += 4)
          if ((pixels[k + 3] ?? 0) > 200) for (const c of [0, 1, 2]) sums[c] = (sums[c] ?? 0) + (pixels[k + c] ?? 0);
        return sums;
      });
  await page.locator('[data-plot="eigen-spectrum"]').scrollIntoViewIfNeeded();
  const before = await inks();
  await page.evaluate(() => (document.body.className = 'vscode-dark'));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await inks()).not.toEqual(before);
});

describe('rows that hold a factor', () => {
  beforeEach(async () => {
    await stage.send(stateOf(summary));
    await page.locator('#trust').evaluate((drawer) => drawer.setAttribute('open', ''));
  });
  const rowsHold = () => page.getByRole('combobox', { name: 'Rows hold' });
  const trust = () => page.locator('[data-table="trust"]').innerText();

  test('divided by their number are one choice away: the trace grows by its square, the noise scale stays', async () => {
    const [trace, noiseScale] = [await value('covariance-trace'), await value('simple-noise-scale')];
    await rowsHold().selectOption('mean');
    expect(await value('covariance-trace')).not.toBe(trace);
    const grown = parseFloat((await value('covariance-trace')).replaceAll(',', ''));
    expect(grown / parseFloat(trace) / 120 ** 2).toBeCloseTo(1, 2);
    expect(await value('simple-noise-scale')).toBe(noiseScale);
    await expect.poll(trust).toMatch(/Rows hold\s+gradients \/ 120/);
    await rowsHold().selectOption('one');
    expect(await value('covariance-trace')).toBe(trace);
  });

  test('such as a loss scale, which can be typed; one that cannot be used is refused in words', async () => {
    await rowsHold().selectOption('factor');
    await expect.poll(trust).toMatch(/gradients\s×\s65,536/);
    const factor = page.getByRole('spinbutton', { name: 'Factor' });
    await factor.fill('');
    await factor.pressSequentially('128');
    await expect.poll(trust).toMatch(/gradients\s×\s128/);
    await factor.fill('0');
    expect(await page.getByRole('alert').innerText()).toMatch(/The rows are scaled by 0\. It is a number from/);
    await expect.poll(trust).toMatch(/gradients\s×\s128/);
  });
});
