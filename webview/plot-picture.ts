import type { PlotInks } from '../src/report/drawing/inks';
import { plotSvg } from '../src/report/drawing/plot-svg';
import type { PlotSpec } from '../src/shared/plot';
import type { ExportForm } from '../src/shared/protocol';
import { presentSource, sourceLine } from './source';
import { post } from './vscode';

/** Pixels of a picture for each of the plot's: it may be printed. */
const FINE = 3;

/** A plot as it is saved: with its caption and legend, where its numbers come from, and which program drew it. */
export const pictureOf = (plot: PlotSpec, inks: PlotInks, width: number): string =>
  plotSvg(plot, inks, { width, caption: true, source: sourceLine(presentSource()) });

export const saveSvg = (plot: PlotSpec, svg: string): void =>
  post({ kind: 'save', name: `${plot.id}.svg`, bytes: new TextEncoder().encode(svg) });

export async function savePng(plot: PlotSpec, svg: string): Promise<void> {
  const blob = await pngOf(svg);
  post({ kind: 'save', name: `${plot.id}.png`, bytes: new Uint8Array(await blob.arrayBuffer()) });
}

/** Puts the picture on the clipboard, where the window lets a page do so; else it can be saved. */
export async function copyImage(plot: PlotSpec, svg: string): Promise<void> {
  const png = pngOf(svg);
  try {
    // a page that is not in focus may not write to the clipboard
    window.focus();
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
    post({ kind: 'picture-copied' });
  } catch {
    post({
      kind: 'picture-not-copied',
      name: `${plot.id}.png`,
      bytes: new Uint8Array(await (await png).arrayBuffer()),
    });
  }
}

/** What the menu of a plot can do with each that is drawn now. */
const drawn = new Map<string, (form: ExportForm) => void>();

/** @returns takes it back */
export function offerPlot(id: string, run: (form: ExportForm) => void): () => void {
  drawn.set(id, run);
  return () => {
    if (drawn.get(id) === run) drawn.delete(id);
  };
}

export const exportPlot = (id: string, form: ExportForm): void => drawn.get(id)?.(form);

/** The picture in pixels, three for one. */
async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = FINE * image.naturalWidth;
  canvas.height = FINE * image.naturalHeight;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error(`no picture of ${canvas.width} × ${canvas.height} pixels`));
      else resolve(blob);
    }, 'image/png'),
  );
}
