import { wholeNumber } from '../src/shared/numbers';
import type { Panel, PlotSpec } from '../src/shared/plot';
import { drawPanel } from './chart';
import type { DrawnPanel, PointAddress } from './chart';
import { h, patch } from './element';
import type { Description, MountedWidget } from './element';
import { menuOf } from './export-menu';
import { plotCsv } from './export-text';
import { copyImage, offerPlot, pictureOf, savePng, saveSvg } from './plot-picture';
import { isReadByX, readableXs, readingAt, readingOf, snapped, spokenReading, tableNumber } from './plot-pointer';
import type { Reading } from './plot-pointer';
import { same } from './same';
import { presentSource } from './source';
import type { ExportForm } from '../src/shared/protocol';
import type { SettingsChange } from '../src/shared/settings';
import { onThemeChange, readInks } from './theme';
import type { PlotInks } from '../src/report/drawing/inks';
import { post } from './vscode';

let inks: PlotInks | undefined;
const redraws = new Set<() => void>();
const presentInks = (): PlotInks => (inks ??= readInks());

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
  /** Another plot of the same x axis stands below, or above. */
  readonly above?: boolean;
  readonly below?: boolean;
  /** The reader asks for what stands at an x, by Enter or a click. */
  readonly open?: (x: number) => void;
}

interface Drawing extends Use {
  readonly plot: PlotSpec;
}

/** A figure: caption, panels, a read-out of the point under the pointer or the keys, and tools. */
export function plotFigure(plot: PlotSpec, use: Use = {}): Description {
  return h(
    use.above === true ? 'figure.plot.above' : 'figure.plot',
    {
      key: `plot-${plot.id}`,
      'data-plot': plot.id,
      'data-vscode-context':
        plot.unavailable === undefined ? menuOf('plot', plot.id, { preventDefaultContextMenuItems: true }) : undefined,
    },
    h('figcaption', {}, h('b', {}, plot.title), ' ', plot.subtitle),
    plot.unavailable === undefined
      ? h('div.drawing', {
          key: 'drawing',
          widget: { data: { plot: use.above === true ? withoutXAxis(plot) : plot, ...use }, mount },
        })
      : plot.unavailable === 'pending'
        ? h('div.ghost', { key: 'ghost' }, 'drawn when it is known')
        : h('p.ghost.reason', { key: 'reason' }, `${plot.unavailable.found}. ${plot.unavailable.remedy}`),
    // of a stack all notes stand below it
    plot.note !== undefined && use.above !== true && h('p.fine', {}, plot.note),
  );
}

const withoutXAxis = (plot: PlotSpec): PlotSpec => ({
  ...plot,
  panels: plot.panels.map((panel) => ({ ...panel, x: { ...panel.x, blank: true } })),
});

/** Plots of the same x follow one another: whoever is read tells the others where. */
const followers = new Map<string, Set<(x: number | undefined) => void>>();

/** Where the reader fixed the hairline, by the name of the x axis. */
const fixed = new Map<string, number>();

/** Tables follow, too, and whatever else shows steps. Ends when the returned function is called. */
export function followReading(axis: string, listener: (x: number | undefined) => void): () => void {
  followers.set(axis, (followers.get(axis) ?? new Set()).add(listener));
  return () => followers.get(axis)?.delete(listener);
}

/** Reads all plots of an x axis at a place; undefined leaves them, or returns to where the reader fixed the hairline. */
export function readAt(axis: string, x: number | undefined): void {
  for (const follow of followers.get(axis) ?? []) follow(x ?? fixed.get(axis));
}

/** Pixels within which a mark that can be dragged is taken. */
const REACH = 24;

/** Hairline, an open point on each curve, and a tag that names them. */
function pointerMarks(drawn: DrawnPanel, { x, head, lines }: Reading, leads: boolean, top = 0): Description[] {
  const { left, right, top: begin, bottom } = drawn.area();
  const shown = lines.filter(({ y, x: at }) => {
    const place = drawn.place(at, y).y;
    return place >= begin - 1 && place <= bottom + 1;
  });
  const across = x === undefined ? undefined : drawn.place(x, 1).x;
  const rows = shown.length + (leads ? 1 : 0);
  if (across === undefined || rows === 0) return [];
  const height = 15 * rows + 8;
  const late = across > (left + right) / 2;
  const place = Math.min(bottom - height, Math.max(begin, leads ? top - height / 2 : begin + 2));
  return [
    h('i.hair', { key: 'hair', style: { left: `${across}px`, top: `${begin}px`, height: `${bottom - begin}px` } }),
    ...shown.map(({ name, y, series }) =>
      h('i.dot', {
        key: name,
        class: `dot ${series.ink}`,
        style: { left: `${across}px`, top: `${drawn.place(x ?? 0, y).y}px` },
      }),
    ),
    h(
      'div.tag',
      {
        key: 'tag',
        class: late ? 'tag before' : 'tag',
        style: { left: `${across + (late ? -10 : 10)}px`, top: `${place}px` },
      },
      leads && h('b', { key: 'head' }, head),
      shown.map(({ name, value, series }) => h('span', { key: name, class: series.ink }, `${name}  ${value}`)),
    ),
  ];
}

function mount(element: HTMLElement, first: Drawing): MountedWidget<Drawing> {
  let { plot, drag, change, open } = first;
  const { below = false } = first;
  let panels: DrawnPanel[] = [];
  /** What is read: an x through all panels, or one mark. */
  let read:
    { readonly panel: number; readonly x?: number; readonly mark?: PointAddress; readonly top?: number } | undefined;
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
  const handle = document.createElement('div');
  handle.className = 'handles';
  element.append(handle, area, readout, tools, table);

  const pointOf = (panel: Panel | undefined, address: PointAddress): { x: number; y: number } => {
    const series = panel?.series[address.series];
    return { x: series?.x[address.index] ?? 0, y: series?.y[address.index] ?? 0 };
  };
  const readingIn = (index: number): Reading | undefined => {
    const panel = plot.panels[index];
    if (read === undefined || panel === undefined) return undefined;
    if (read.x !== undefined) return isReadByX(panel) ? readingAt(panel, read.x) : undefined;
    const series = read.panel === index && read.mark ? panel.series[read.mark.series] : undefined;
    return series && read.mark && read.mark.index < series.x.length
      ? readingOf(panel, series, read.mark.index)
      : undefined;
  };
  /** Draws hairline, open points and tag into every panel, and says what they show. */
  const say = (): void => {
    panels.forEach((drawn, index) => {
      const reading = readingIn(index);
      const layer = drawn.canvas.parentElement?.querySelector<HTMLElement>('.pointer');
      drawn.mark(
        read?.mark !== undefined && read.panel === index && reading !== undefined && reading.head !== ''
          ? pointOf(plot.panels[index], read.mark)
          : undefined,
      );
      if (layer)
        patch(layer, reading === undefined ? [] : pointerMarks(drawn, reading, read?.panel === index, read?.top));
    });
    const spoken = read === undefined ? undefined : readingIn(read.panel);
    readout.value = spoken === undefined ? '' : spokenReading(spoken);
  };
  const group = (): string | undefined => plot.panels.find(isReadByX)?.x.name;
  /** Another plot of the same x is read there. */
  const follow = (x: number | undefined): void => {
    read = x === undefined ? undefined : { panel: -1, x };
    say();
  };
  const tell = (): void => {
    say();
    for (const other of followers.get(group() ?? '') ?? []) if (other !== follow) other(read?.x);
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
      const layer = document.createElement('div');
      layer.className = 'pointer';
      layer.setAttribute('aria-hidden', 'true');
      box.append(canvas, layer);
      area.append(box);
      panels.push(drawPanel(canvas, panel, colors, index === 0 ? () => drawHandle() : undefined));
    });
    say();
    drawHandle();
    drawTools();
  };

  const runExport = (form: ExportForm): void => {
    const picture = (): string => pictureOf(plot, presentInks(), area.clientWidth);
    if (form === 'image') void copyImage(plot, picture());
    if (form === 'svg') saveSvg(plot, picture());
    if (form === 'png') void savePng(plot, picture());
    if (form === 'csv') post({ kind: 'copy', text: plotCsv(plot, presentSource()) });
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
      tool('Copy image', () => runExport('image')),
      tool('Save SVG', () => runExport('svg')),
      tool('Save PNG', () => runExport('png')),
      tool('Copy CSV', () => runExport('csv')),
    ]);
    patch(table, tableOpen ? [dataTable(plot)] : []);
  };

  const step = (by: number): void => {
    const [panel] = plot.panels;
    readout.setAttribute('aria-live', 'polite');
    if (panel !== undefined && isReadByX(panel)) {
      const xs = readableXs(panel);
      const now = read?.x;
      // between two that are stored the next one in the direction of the key
      const at = now === undefined ? (by > 0 ? -1 : xs.length) : xs.findLastIndex((x) => x <= now);
      const x = xs[Math.min(xs.length - 1, Math.max(0, at + by))];
      read = x === undefined ? undefined : { panel: 0, x };
      tell();
      return;
    }
    const places = plot.panels.flatMap((each, p) =>
      each.series.flatMap(({ x, decoration = false }, series) =>
        decoration ? [] : Array.from({ length: x.length }, (_, index) => ({ panel: p, mark: { series, index } })),
      ),
    );
    const now = read;
    const at =
      now === undefined
        ? by > 0
          ? -1
          : places.length
        : places.findIndex(
            ({ panel: p, mark }) =>
              p === now.panel && mark.series === now.mark?.series && mark.index === now.mark.index,
          );
    read = places[Math.min(places.length - 1, Math.max(0, at + by))];
    tell();
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
    if (event.target !== area) return; // the handle has keys of its own
    if (event.key === 'Escape') {
      fixed.delete(group() ?? '');
      read = undefined;
      tell();
    }
    if (event.key === 'Enter' && read?.x !== undefined && open !== undefined) {
      event.preventDefault();
      fix(read.x);
    }
    if (by === undefined) return;
    event.preventDefault();
    step(by);
  });
  let dragged: (PointAddress & { readonly panel: number; readonly right: number; readonly up: number }) | undefined;
  let pulled = false;
  const panelAt = (event: PointerEvent): number => panels.findIndex(({ canvas }) => canvas === event.target);
  /** Whether a place on the canvas is on the line of the reader's own setting. */
  const isOnHere = (index: number, x: number): boolean => {
    const at = plot.panels[index]?.here?.at;
    return change !== undefined && at !== undefined && Math.abs((panels[index]?.place(at, 1).x ?? NaN) - x) <= 8;
  };
  const pull = (index: number, x: number): void => {
    const panel = plot.panels[index];
    const to = panels[index]?.at(x, 0).x;
    if (panel?.here === undefined || to === undefined || change === undefined) return;
    change({ [panel.here.setting]: snapped({ ...panel, x: { ...panel.x, whole: true } }, Number(to), []) });
  };
  area.addEventListener('pointerdown', (event) => {
    const panel = panelAt(event);
    if (isOnHere(panel, event.offsetX)) {
      pulled = true;
      (event.target as Element).setPointerCapture(event.pointerId);
      event.preventDefault();
      return;
    }
    const point = panels[panel]?.nearest(event.offsetX, event.offsetY, REACH);
    if (drag === undefined || point === undefined) return;
    if (!(plot.panels[panel]?.series[point.series]?.draggable ?? false)) return;
    read = { panel, mark: point };
    const at = panels[panel]?.at(event.offsetX, event.offsetY) ?? { x: 0, y: 0 };
    const mark = pointOf(plot.panels[panel], point);
    // it is held where it was taken, which need not be its middle
    dragged = { ...point, panel, right: mark.x - Number(at.x), up: mark.y - Number(at.y) };
    // the pointer stays with the point, also outside; and a finger drags it rather than the page
    (event.target as Element).setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    area.addEventListener(end, () => {
      dragged = undefined;
      pulled = false;
    });
  area.addEventListener('pointermove', (event) => {
    const to = dragged && panels[dragged.panel]?.at(event.offsetX, event.offsetY);
    if (dragged !== undefined && to !== undefined) {
      drag?.(dragged, Number(to.x) + dragged.right, Number(to.y) + dragged.up);
      return;
    }
    const index = panelAt(event);
    const panel = plot.panels[index];
    const drawn = panels[index];
    if (pulled) pull(index, event.offsetX);
    if (drawn === undefined || panel === undefined) return;
    drawn.canvas.style.cursor = isOnHere(index, event.offsetX) ? 'ew-resize' : '';
    readout.removeAttribute('aria-live'); // a pointer sees it; only keys are read out
    const { left, right } = drawn.area();
    const inside = event.offsetX >= left - 8 && event.offsetX <= right + 8;
    if (isReadByX(panel)) {
      const x = inside ? snapped(panel, Number(drawn.at(event.offsetX, 0).x), readableXs(panel)) : undefined;
      read = x === undefined ? undefined : { panel: index, x, top: event.offsetY };
    } else {
      const mark = inside
        ? drawn.nearest(event.offsetX, event.offsetY, drag === undefined ? Infinity : REACH)
        : undefined;
      read = mark && { panel: index, mark, top: event.offsetY };
    }
    tell();
  });
  area.addEventListener('pointerleave', () => {
    const stays = fixed.get(group() ?? '');
    read = stays === undefined ? undefined : { panel: -1, x: stays };
    tell();
  });
  const fix = (x: number): void => {
    fixed.set(group() ?? '', x);
    open?.(x);
  };
  area.addEventListener('click', () => {
    if (read?.x !== undefined && open !== undefined) fix(read.x);
  });

  /** The reader's own setting, to be dragged by its handle or moved by keys. */
  const drawHandle = (): void => {
    const panel = plot.panels[0];
    const drawn = panels[0];
    if (below || change === undefined || panel?.here === undefined || drawn === undefined || drawn.area().right === 0) {
      patch(handle, []);
      return;
    }
    const { at } = panel.here;
    const { left, right } = drawn.area();
    const { min, max } = panel.x;
    const move = (to: number): void => {
      const whole = Math.round(to);
      change?.({ batchSize: Math.min(Math.floor(max), Math.max(Math.max(1, Math.ceil(min)), whole)) });
    };
    const by: Readonly<Record<string, number>> = {
      ArrowRight: Math.max(at + 1, at * 1.02),
      ArrowUp: Math.max(at + 1, at * 1.02),
      ArrowLeft: Math.min(at - 1, at / 1.02),
      ArrowDown: Math.min(at - 1, at / 1.02),
      PageUp: 10 * at,
      PageDown: at / 10,
      Home: min,
      End: max,
    };
    const middle = Math.min(right - 44, Math.max(left + 96, drawn.place(at, 1).x));
    patch(handle, [
      ...bridge(area, drawn, at),
      h(
        'div.handle',
        {
          role: 'slider',
          tabindex: 0,
          'aria-label': 'Batch size, in the plot',
          'aria-valuemin': Math.max(1, Math.ceil(min)),
          'aria-valuemax': Math.floor(max),
          'aria-valuenow': at,
          // out of sight it is not drawn again when the page becomes narrower
          style: { left: `min(${middle.toFixed(1)}px, 100% - 56px)` },
          on: {
            keydown: (event) => {
              const to = event instanceof KeyboardEvent ? by[event.key] : undefined;
              if (to === undefined) return;
              event.preventDefault();
              event.stopPropagation();
              move(to);
            },
            pointerdown: (event) => {
              pulled = true;
              (event.currentTarget as Element).setPointerCapture((event as PointerEvent).pointerId);
              event.preventDefault();
            },
            pointermove: (event) => {
              if (pulled) pull(0, (event as PointerEvent).clientX - drawn.canvas.getBoundingClientRect().left);
            },
          },
        },
        `‹ here B = ${wholeNumber(at)} ›`,
      ),
    ]);
  };

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
  const withdraw = offerPlot(plot.id, runExport);
  let key: string | undefined;
  let leave = (): void => undefined;
  const join = (): void => {
    if (group() === key) return;
    leave();
    key = group();
    const left = key === undefined ? undefined : followReading(key, follow);
    leave = () => left?.();
  };
  join();
  area.classList.toggle('draggable', drag !== undefined);
  draw();
  return {
    update: (next) => {
      ({ drag, change, open } = next);
      if (same(plot, next.plot)) return;
      plot = next.plot;
      join();
      if (visible) draw();
      else dirty = true;
    },
    unmount: () => {
      watch.disconnect();
      redraws.delete(draw);
      withdraw();
      leave();
      for (const drawn of panels) drawn.destroy();
    },
  };
}

function size({ style }: HTMLElement, { height, series }: Panel): void {
  style.height = `${height}px`;
  // a matrix is square
  style.maxWidth = series.some(({ mark }) => mark === 'cell') ? `${height + 6}px` : '';
}

/** The line of the reader's own setting goes on to the plot below, so that both are read as one. */
function bridge(area: HTMLElement, drawn: DrawnPanel, at: number): Description[] {
  const next = area.closest('figure')?.nextElementSibling?.querySelector('.canvases');
  if (next === null || next === undefined) return [];
  const { top, bottom } = drawn.area();
  const height = next.getBoundingClientRect().top - area.getBoundingClientRect().top + top - bottom;
  // a data table may be open between them
  if (height > FARTHEST_BRIDGE) return [];
  const { x } = drawn.place(at, 1);
  return [h('i.bridge', { key: 'bridge', style: { left: `${x}px`, top: `${bottom}px`, height: `${height}px` } })];
}

/** Pixels between two plots of a stack. */
const FARTHEST_BRIDGE = 160;

const MOST_ROWS = 1000;

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
