import { plainNumber, wholeNumber } from '../src/shared/numbers';
import type { Panel, PlotSpec } from '../src/shared/plot';
import { drawPanel } from './chart';
import type { DrawnPanel, PointAddress } from './chart';
import { h, patch } from './element';
import type { Description, MountedWidget } from './element';
import { plotCsv } from './export-text';
import { same } from './same';
import type { SettingsChange } from '../src/shared/settings';
import { onThemeChange, readInks } from './theme';
import type { Inks } from './theme';
import { post } from './vscode';

let inks: Inks | undefined;
const redraws = new Set<() => void>();
const presentInks = (): Inks => (inks ??= readInks());

/** Charts follow the theme and the fonts: both are read once for all of them. */
export function followTheme(): void {
  presentInks();
  const redraw = (): void => {
    inks = readInks();
    for (const one of redraws) one();
  };
  onThemeChange(redraw);
  void document.fonts.ready.then(redraw);
}

/** A point of a draggable series was moved to (x, y). */
type Drag = (point: PointAddress, x: number, y: number) => void;

/** What the reader can do in a plot, and how it stands among others. */
interface Use {
  readonly drag?: Drag;
  readonly change?: (change: SettingsChange) => void;
  /** Another plot of the same x axis stands below. */
  readonly above?: boolean;
}

interface Drawing extends Use {
  readonly plot: PlotSpec;
}

/** A figure: caption, panels, a read-out of the point under the pointer or the keys, and tools. */
export function plotFigure(plot: PlotSpec, use: Use = {}): Description {
  return h(
    'figure.plot',
    { key: `plot-${plot.id}`, 'data-plot': plot.id },
    h('figcaption', {}, h('b', {}, plot.title), ' ', plot.subtitle),
    plot.unavailable === undefined
      ? h('div.drawing', {
          key: 'drawing',
          widget: { data: { plot: use.above === true ? withoutXAxis(plot) : plot, ...use }, mount },
        })
      : h(
          plot.unavailable === 'pending' ? 'div.ghost' : 'div.ghost.reason',
          { key: 'ghost' },
          plot.unavailable === 'pending'
            ? 'drawn when it is known'
            : `${plot.unavailable.found}. ${plot.unavailable.remedy}`,
        ),
    plot.note !== undefined && h('p.fine', {}, plot.note),
  );
}

const withoutXAxis = (plot: PlotSpec): PlotSpec => ({
  ...plot,
  panels: plot.panels.map((panel) => ({ ...panel, x: { ...panel.x, blank: true } })),
});

function mount(element: HTMLElement, first: Drawing): MountedWidget<Drawing> {
  let { plot, drag } = first;
  let panels: DrawnPanel[] = [];
  let here: (PointAddress & { readonly panel: number }) | undefined;
  let tableOpen = false;
  let visible = true;
  let dirty = false;

  const area = document.createElement('div');
  area.className = 'canvases';
  area.tabIndex = 0;
  area.setAttribute('role', 'img');
  const readout = document.createElement('output');
  readout.className = 'readout';
  const tools = document.createElement('div');
  tools.className = 'tools';
  const table = document.createElement('div');
  table.className = 'data';
  element.append(area, tools, table);

  const pointOf = (panel: Panel | undefined, address: PointAddress): { x: number; y: number } => {
    const series = panel?.series[address.series];
    return { x: series?.x[address.index] ?? 0, y: series?.y[address.index] ?? 0 };
  };
  const say = (): void => {
    panels.forEach((drawn, index) => drawn.mark(here?.panel === index ? pointOf(plot.panels[index], here) : undefined));
    const panel = here && plot.panels[here.panel];
    const series = here && panel?.series[here.series];
    if (here === undefined || panel === undefined || series === undefined) {
      readout.value = '';
      return;
    }
    const { x, y } = pointOf(panel, here);
    const name = series.pointNames?.[here.index];
    const point = `${name === undefined ? '' : `${name}: `}${panel.x.name} ${tableNumber(x)}, ${panel.y.name} ${tableNumber(y)}`;
    if (series.mark === 'cell') readout.value = name ?? point;
    else readout.value = series.name === panel.y.name ? point : `${point} (${series.name})`;
  };

  const draw = (): void => {
    dirty = false;
    area.setAttribute('aria-label', `${plot.title}. ${plot.summary} Arrow keys step through the points.`);
    const colors = presentInks();
    if (panels.length !== plot.panels.length) {
      for (const drawn of panels) drawn.destroy();
      panels = [];
      area.replaceChildren();
    }
    plot.panels.forEach((panel, index) => {
      const drawn = panels[index];
      if (drawn !== undefined) {
        const box = drawn.canvas.parentElement;
        if (box) size(box, panel);
        drawn.update(panel, colors);
        return;
      }
      const box = document.createElement('div');
      box.className = 'panel';
      size(box, panel);
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      box.append(canvas);
      area.append(box);
      panels.push(drawPanel(canvas, panel, colors));
    });
    if (here !== undefined && (plot.panels[here.panel]?.series[here.series]?.x.length ?? 0) <= here.index)
      here = undefined;
    say();
    drawTools();
  };

  const drawTools = (): void => {
    const tool = (text: string, run: () => void, extra = {}): Description =>
      h('button', { type: 'button', key: text, on: { click: run }, ...extra }, text);
    patch(tools, [
      tool(
        'Data table',
        () => {
          tableOpen = !tableOpen;
          drawTools();
        },
        { 'aria-expanded': String(tableOpen) },
      ),
      tool('Save PNG', () => void savePicture(plot, panels)),
      tool('Copy CSV', () => post({ kind: 'copy', text: plotCsv(plot) })),
    ]);
    tools.append(readout);
    patch(table, tableOpen ? [dataTable(plot)] : []);
  };

  const step = (by: number): void => {
    const places = plot.panels.flatMap((panel, p) =>
      panel.series.flatMap(({ x, decoration = false }, series) =>
        decoration ? [] : Array.from({ length: x.length }, (_, index) => ({ panel: p, series, index })),
      ),
    );
    const now = here;
    const at =
      now === undefined
        ? by > 0
          ? -1
          : places.length
        : places.findIndex(
            (place) => place.panel === now.panel && place.series === now.series && place.index === now.index,
          );
    here = places[Math.min(places.length - 1, Math.max(0, at + by))];
    readout.setAttribute('aria-live', 'polite');
    say();
  };

  area.addEventListener('keydown', (event) => {
    const by = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -1e9,
      End: 1e9,
    }[event.key];
    if (event.key === 'Escape') {
      here = undefined;
      say();
    }
    if (by === undefined) return;
    event.preventDefault();
    step(by);
  });
  let dragged: (PointAddress & { readonly panel: number; readonly right: number; readonly up: number }) | undefined;
  area.addEventListener('pointerdown', (event) => {
    const panel = panels.findIndex(({ canvas }) => canvas === event.target);
    const point = panels[panel]?.nearest(event.offsetX, event.offsetY);
    if (drag === undefined || point === undefined) return;
    if (!(plot.panels[panel]?.series[point.series]?.draggable ?? false)) return;
    here = { ...point, panel };
    const at = panels[panel]?.at(event.offsetX, event.offsetY) ?? { x: 0, y: 0 };
    const mark = pointOf(plot.panels[panel], here);
    // it is held where it was taken, which need not be its middle
    dragged = { ...here, right: mark.x - Number(at.x), up: mark.y - Number(at.y) };
    // the pointer stays with the point, also outside; and a finger drags it rather than the page
    (event.target as Element).setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    area.addEventListener(end, () => {
      dragged = undefined;
    });
  area.addEventListener('pointermove', (event) => {
    const to = dragged && panels[dragged.panel]?.at(event.offsetX, event.offsetY);
    if (dragged !== undefined && to !== undefined) {
      drag?.(dragged, Number(to.x) + dragged.right, Number(to.y) + dragged.up);
      return;
    }
    const index = panels.findIndex(({ canvas }) => canvas === event.target);
    const found = index < 0 ? undefined : panels[index]?.nearest(event.offsetX, event.offsetY);
    if (
      found === undefined
        ? here === undefined
        : here?.panel === index && here.series === found.series && here.index === found.index
    )
      return;
    here = found && { ...found, panel: index };
    readout.removeAttribute('aria-live'); // a pointer sees it; only keys are read out
    say();
  });
  area.addEventListener('pointerleave', () => {
    here = undefined;
    say();
  });

  // what is out of sight is drawn when it comes into sight
  const watch = new IntersectionObserver(
    (entries) => {
      visible = entries.some(({ isIntersecting }) => isIntersecting);
      if (visible && dirty) draw();
    },
    { rootMargin: '200px' },
  );
  watch.observe(element);
  redraws.add(draw);
  area.classList.toggle('draggable', drag !== undefined);
  draw();
  return {
    update: (next) => {
      drag = next.drag;
      if (same(plot, next.plot)) return;
      plot = next.plot;
      if (visible) draw();
      else dirty = true;
    },
    unmount: () => {
      watch.disconnect();
      redraws.delete(draw);
      for (const drawn of panels) drawn.destroy();
    },
  };
}

function size({ style }: HTMLElement, { height, series }: Panel): void {
  style.height = `${height}px`;
  // a matrix is square
  style.maxWidth = series.some(({ mark }) => mark === 'cell') ? `${height + 6}px` : '';
}

const MOST_ROWS = 1000;

const tableNumber = (value = 0): string => (Number.isInteger(value) ? wholeNumber(value) : plainNumber(value, 5));

function dataTable(plot: PlotSpec): Description {
  return h(
    'div.tables',
    {},
    plot.panels.flatMap((panel) =>
      panel.series
        .filter(({ decoration = false }) => !decoration)
        .map(({ name, x, y, pointNames }) =>
          h(
            'table',
            { key: name },
            h('caption', {}, name, x.length > MOST_ROWS && `, the first ${MOST_ROWS} of ${x.length}`),
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                pointNames && h('th', { scope: 'col' }, 'name'),
                h('th', { scope: 'col' }, panel.x.name),
                h('th', { scope: 'col' }, panel.y.name),
              ),
            ),
            h(
              'tbody',
              {},
              Array.from({ length: Math.min(MOST_ROWS, x.length) }, (_, k) =>
                h(
                  'tr',
                  {},
                  pointNames && h('td', {}, pointNames[k] ?? ''),
                  h('td', {}, tableNumber(x[k])),
                  h('td', {}, tableNumber(y[k])),
                ),
              ),
            ),
          ),
        ),
    ),
  );
}

/** Panels one above the other, on opaque paper, under the caption. */
async function savePicture(plot: PlotSpec, panels: readonly DrawnPanel[]): Promise<void> {
  const colors = presentInks();
  const canvases = panels.map(({ canvas }) => canvas);
  const ratio = window.devicePixelRatio;
  const margin = 12 * ratio;
  const head = 28 * ratio;
  const picture = document.createElement('canvas');
  picture.width = Math.max(...canvases.map(({ width }) => width)) + 2 * margin;
  picture.height = canvases.reduce((sum, { height }) => sum + height, 0) + head + 2 * margin;
  const c = picture.getContext('2d');
  if (c === null) return;
  c.fillStyle = colors.paper;
  c.fillRect(0, 0, picture.width, picture.height);
  c.fillStyle = colors.label.text;
  c.font = `600 ${12 * ratio}px ${colors.family}`;
  c.fillText(plot.title, margin, margin + 12 * ratio);
  let y = margin + head;
  for (const canvas of canvases) {
    c.drawImage(canvas, margin, y);
    y += canvas.height;
  }
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, 'image/png'));
  if (blob !== null) post({ kind: 'save', name: `${plot.id}.png`, bytes: new Uint8Array(await blob.arrayBuffer()) });
}
