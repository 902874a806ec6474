import type { PlotInks } from '../src/report/drawing/inks';
import { plotSvg } from '../src/report/drawing/plot-svg';
import type { PlotSpec } from '../src/shared/plot';
import { PROGRAM } from '../src/shared/program';
import { post } from './vscode';

/** Pixels of a picture for each of the plot's: it may be printed. */
const FINE = 3;

/** A plot as it is saved: with its caption and legend, and which program drew it. */
export const pictureOf = (plot: PlotSpec, inks: PlotInks, width: number): string =>
  plotSvg(plot, inks, { width, caption: true, source: `${PROGRAM.name} ${PROGRAM.version}` });

export const saveSvg = (plot: PlotSpec, svg: string): void =>
  post({ kind: 'save', name: `${plot.id}.svg`, bytes: new TextEncoder().encode(svg) });

/** The same picture in pixels, three for one. */
export async function savePng(plot: PlotSpec, svg: string): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = FINE * image.naturalWidth;
  canvas.height = FINE * image.naturalHeight;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob !== null) post({ kind: 'save', name: `${plot.id}.png`, bytes: new Uint8Array(await blob.arrayBuffer()) });
}
