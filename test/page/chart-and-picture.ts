import { drawPanel } from '../../webview/chart';
import { printedTheme, themeInks } from '../../src/report/drawing/inks';
import { plotSvg } from '../../src/report/drawing/plot-svg';
import type { Ink, Panel } from '../../src/shared/plot';

/** Of one ink: how many pixels each of the two has, and how far the farthest pixel of one is from the other. */
export interface Difference {
  readonly ink: Ink;
  readonly chart: number;
  readonly picture: number;
  readonly farthest: number;
}

const WIDTH = 640;
const REACH = 12;
const INKS = ['data', 'here', 'reference', 'second', 'third'] as const;

/** Draws a panel twice, by the page's chart and as SVG, without texts, and compares the pixels of each ink. */
async function compared(panel: Panel): Promise<readonly Difference[]> {
  const bare = { ...panel, labels: [], here: undefined } as unknown as Panel;
  const { plot: inks } = themeInks(printedTheme('light'));
  const holder = document.createElement('div');
  holder.style.cssText = `width: ${WIDTH}px; height: ${panel.height}px; position: relative`;
  const canvas = document.createElement('canvas');
  holder.append(canvas);
  document.body.append(holder);
  const drawn = drawPanel(canvas, bare, inks);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const one = pixelsOf(canvas);
  drawn.destroy();
  holder.remove();
  const plot = { id: 'compared', title: '', subtitle: '', summary: '', panels: [bare] };
  // the legend would be drawn in the same inks
  const series = bare.series.map((each) => ({ ...each, name: 'one' }));
  const svg = plotSvg({ ...plot, panels: [{ ...bare, series }] }, inks, { width: WIDTH });
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await picture.decode();
  const copy = document.createElement('canvas');
  copy.width = WIDTH;
  copy.height = panel.height;
  copy.getContext('2d')?.drawImage(picture, 0, 0);
  const other = pixelsOf(copy);
  return INKS.map((ink) => {
    // what is full of an ink here has at least half of it there: edges are smoothed in different ways
    const [a, b] = [one, other].map((pixels) => placesOf(pixels, inks.line[ink], 0.1)) as [Places, Places];
    const [nearA, nearB] = [one, other].map((pixels) => placesOf(pixels, inks.line[ink], 0.6)) as [Places, Places];
    return { ink, chart: a.size, picture: b.size, farthest: Math.max(farthest(a, nearB), farthest(b, nearA)) };
  });
}

const pixelsOf = (canvas: HTMLCanvasElement): ImageData =>
  (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);

const ROW = 10_000;

type Places = ReadonlySet<number>;

/** Where the pixels of one color are, as x + 10,000 y; white has a distance of 1 from it. */
function placesOf({ data, width, height }: ImageData, color: string, distance: number): Places {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number);
  const places = new Set<number>();
  for (let k = 0; k < width * height; k++) {
    const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray(4 * k, 4 * k + 4);
    const far = Math.hypot(r - red, g - green, b - blue) / Math.hypot(255 - red, 255 - green, 255 - blue);
    if (far < distance && alpha > 100) places.add((k % width) + ROW * Math.floor(k / width));
  }
  return places;
}

/** Pixels from the worst place of `a` to the next one of `b`; REACH where there is none so near. */
function farthest(a: Places, b: Places): number {
  let worst = 0;
  for (const place of a) {
    let next = REACH;
    for (let down = -REACH; down <= REACH; down++)
      for (let right = -REACH; right <= REACH; right++)
        if (b.has(place + right + ROW * down)) next = Math.min(next, Math.hypot(right, down));
    worst = Math.max(worst, next);
  }
  return worst;
}

Object.assign(window, { compared });
