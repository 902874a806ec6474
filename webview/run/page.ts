import { evaluateNormLog, evaluateRun } from '../../src/report/evaluate-run';
import type { RunReport } from '../../src/report/evaluate-run';
import { jsonRun } from '../../src/report/run/json';
import { cursorPlaces, runPlots } from '../../src/report/run/plots';
import { runLines } from '../../src/report/run/text';
import { positionsOf } from '../../src/report/run/positions';
import { jsonText } from '../../src/shared/foreign-text';
import { written } from '../../src/shared/numbers';
import { PROBLEMS } from '../../src/shared/problem';
import type { PlotSpec } from '../../src/shared/plot';
import type { RunAxis, RunPanelState, RunState } from '../../src/shared/protocol';
import { suggestedView } from '../../src/shared/settings';
import { h, patch } from '../element';
import type { Description } from '../element';
import { followReading, plotFigure, readAt } from '../plot';
import { problemScreen } from '../problem-screen';
import { markCurrent } from '../rail';
import { watchRegions } from '../scroll-region';
import type { Sorting } from '../table';
import { setSource } from '../source';
import { number } from '../text';
import { post, remember, rememberedRun } from '../vscode';
import { runHeader } from './header';
import { runTable } from './table';

/** The page of training runs; one a webview. */
interface Page {
  state: RunPanelState;
  axis: RunAxis | undefined;
  reports: readonly RunReport[];
  readonly sorting: Map<number, Sorting>;
  readonly whole: Set<number>;
  readonly unfolded: Map<string, boolean>;
  stopFollowing: () => void;
}
let page: Page | undefined;
let scrollTo: number | undefined;

export function showRuns(content: Element, state: RunPanelState): void {
  if (page === undefined) {
    const memory = rememberedRun();
    scrollTo = memory?.scroll;
    page = {
      state,
      axis: memory?.axis,
      reports: [],
      sorting: new Map(),
      whole: new Set(),
      unfolded: new Map(),
      stopFollowing: () => undefined,
    };
    window.addEventListener('scrollend', () => keep());
  }
  page.state = state;
  page.reports = state.runs.map(reportOf);
  setSource({ name: page.reports.map(({ name }) => name).join(', ') });
  draw(content, page);
  keep();
  if (scrollTo !== undefined && page.reports.some(({ points }) => points.length > 0)) {
    window.scrollTo(0, scrollTo);
    scrollTo = undefined;
  }
}

function reportOf(run: RunState, index: number): RunReport {
  const { name, order, notes, points, log } = run;
  if (log !== undefined) return { ...evaluateNormLog(log, suggestedView({ rows: NaN, metadata: {} })), name };
  const said = ORDERS[order];
  return evaluateRun({ name, path: String(index), notes: [...(said === undefined ? [] : [said]), ...notes] }, points);
}

const ORDERS: Readonly<Record<RunState['order'], string | undefined>> = {
  'run file': undefined,
  metadata: 'The order of the steps is that of “step” in the metadata.',
  names: 'The order of the steps is that of the numbers in the names.',
  log: undefined,
};

function keep(): void {
  if (page === undefined) return;
  const { state, axis } = page;
  remember({ runs: state.chosen, ...(axis && { axis }), scroll: scrollTo ?? window.scrollY });
}

/** Units of the x axis that every run can say. */
const unitsOf = (reports: readonly RunReport[]): RunAxis['unit'][] =>
  (['step', 'examples', 'tokens'] as const).filter((unit) =>
    reports.every(({ points }) => {
      const known = points.filter(({ summary, problem }) => summary !== undefined || problem !== undefined);
      return unit === 'step' || (known.length > 0 && positionsOf(known, unit) !== undefined);
    }),
  );

function draw(content: Element, shown: Page): void {
  const { state, reports } = shown;
  const units = unitsOf(reports);
  const several = reports.length > 1;
  const wanted = shown.axis ?? { unit: several && units.includes('examples') ? 'examples' : 'step', scale: 'linear' };
  const axis: RunAxis = units.includes(wanted.unit) ? wanted : { ...wanted, unit: 'step' };
  const again = (): void => draw(content, shown);
  const choose = (next: RunAxis): void => {
    shown.axis = next;
    again();
    keep();
  };
  const plots = runPlots(reports, axis);
  const axisName = plots.leading.panels[0]?.x.name ?? '';
  const places = reports.map((report) => cursorPlaces(report, reports, axis));
  const openAt = (x: number): void => {
    const found = places.flatMap((steps, index) =>
      [...steps].flatMap(([step, at]) => (at === x ? [{ index, step }] : [])),
    );
    if (found[0] !== undefined) openStep(shown, found[0].index, found[0].step);
  };
  const figure = (plot: PlotSpec): Description => plotFigure(plot, { open: openAt });
  const failed = state.runs.flatMap(({ problem }) => problem ?? []);
  const empty = reports.every(({ points }) => points.length === 0);
  patch(content, [
    runHeader(state, reports, axis, units, choose),
    ...failed.map(
      (problem) =>
      empty ? problemScreen(problem) : h('p.why', { key: 'failure', role: 'alert' }, `${PROBLEMS[problem.code][0]}. ${problem.found}. ${problem.remedy}`), // prettier-ignore
    ),
    ...(empty ? [] : [rail()]),
    ...(empty
      ? []
      : [
          h(
            'section',
            { key: 'glance', id: 'glance', 'aria-labelledby': 'glance-title' },
            h('h2', { id: 'glance-title' }, 'The run at a glance'),
            reports.map((report, index) =>
              h('p.verdict', { key: `verdict-${index}` }, several && h('b', {}, `${report.name}: `), report.verdict),
            ),
            figure(plots.leading),
            h('div.multiples', { key: 'multiples' }, plots.multiples.map(figure)),
            plots.constant.map(({ title, value }) => h('p.fine', { key: title }, `${title}: `, number(written(value)), ' at every step, so there is no plot.')), // prettier-ignore
          ),
          h(
            'section',
            { key: 'steps', id: 'steps', 'aria-labelledby': 'steps-title' },
            h('h2', { id: 'steps-title' }, 'All steps'),
            reports.map((report, index) =>
              runTable(report, String(index), {
                sorting: shown.sorting.get(index),
                sort: (sorting) => {
                  shown.sorting.set(index, sorting);
                  again();
                },
                all: shown.whole.has(index),
                showAll: (all) => {
                  if (all) shown.whole.add(index);
                  else shown.whole.delete(index);
                  again();
                },
                point: (step) => readAt(axisName, step === undefined ? undefined : places[index]?.get(step)),
                open: state.runs[index]?.log === undefined ? ({ step }) => openStep(shown, index, step) : undefined,
              }),
            ),
          ),
          drawers(shown, plots.more, figure, again),
          exports(reports),
        ]),
  ]);
  shown.stopFollowing();
  const ends = reports.map((_, index) =>
    followReading(axisName, (x) => lightRow(content, String(index), places[index] ?? new Map(), x)),
  );
  shown.stopFollowing = () => {
    for (const end of ends) end();
  };
  watchRegions(content);
  markCurrent();
}

function openStep({ state, reports }: Page, run: number, step: number): void {
  const file = reports[run]?.points.find((point) => point.step === step)?.file;
  if (file !== undefined && state.runs[run]?.log === undefined) post({ kind: 'open-step', run, file });
}

/** The row of the step that is read, scrolled to within its table. */
function lightRow(content: Element, id: string, places: ReadonlyMap<number, number>, x: number | undefined): void {
  const table = content.querySelector<HTMLElement>(`[data-table="steps-${id}"]`);
  for (const lit of table?.querySelectorAll('[data-cursor]') ?? []) lit.removeAttribute('data-cursor');
  if (x === undefined || table === null) return;
  // of another run the step before it
  const at = [...places].filter(([, place]) => place <= x).at(-1)?.[0];
  const row = at === undefined ? null : table.querySelector<HTMLElement>(`[data-step="${at}"]`);
  if (row === null) return;
  row.dataset['cursor'] = '';
  const box = row.closest<HTMLElement>('.scrolling');
  if (box === null || box.matches(':hover')) return;
  const above = row.offsetTop - box.scrollTop;
  if (above < 40 || above + row.offsetHeight > box.clientHeight) box.scrollTop = row.offsetTop - box.clientHeight / 2;
}

const rail = (): Description =>
  h(
    'nav',
    { key: 'rail', 'aria-label': 'Sections' },
    (
      [
        ['glance', 'At a glance'],
        ['steps', 'All steps'],
        ['more-findings', 'More findings'],
      ] as const
    ).map(
      ([id, text]) =>
      h('a', { key: id, href: `#${id}`, 'data-section': id, on: { click: (event) => { event.preventDefault(); document.getElementById(id)?.scrollIntoView(); } } }, text), // prettier-ignore
    ),
  );

/** What is one line until it is asked for. */
function drawers(
  { reports, unfolded }: Page,
  more: readonly PlotSpec[],
  figure: (plot: PlotSpec) => Description,
  again: () => void,
): Description {
  const drawer = (id: string, name: string, found: string, inside: () => readonly Description[]): Description => {
    const open = unfolded.get(id);
    const toggle = (event: Event): void => {
      const now = (event.currentTarget as HTMLDetailsElement).open;
      if (event.target !== event.currentTarget || unfolded.get(id) === now) return;
      unfolded.set(id, now);
      again();
    };
    return h(
      'details.drawer',
      { key: id, id, open: open === true, on: { toggle } },
      h('summary', {}, h('h3', {}, name), h('span.found', {}, found)),
      open !== undefined && h('div.inside', {}, inside()),
    );
  };
  return h(
    'section',
    { key: 'more-findings', id: 'more-findings', 'aria-labelledby': 'more-findings-title' },
    h('h2', { id: 'more-findings-title' }, 'More findings'),
    h(
      'div.drawers',
      {},
      drawer('observations', 'Empirical observations', 'What the literature saw over trainings, next to what this run shows.', () => observations(reports)), // prettier-ignore
      more.length > 0 &&
        drawer('more-quantities', 'More quantities', 'Every other number of the dumps, over the steps.', () => [
          h('div.multiples', {}, more.map(figure)),
        ]),
    ),
  );
}

const observations = (reports: readonly RunReport[]): Description[] =>
  (reports[0]?.observations ?? []).map(({ saw, citation }, k) =>
    h(
      'p.finding',
      { key: saw },
      h('b', {}, `${citation.authors} (${citation.year}): `),
      saw,
      ' ',
      reports.map(({ name, observations: own }) => `${reports.length > 1 ? `${name}: ` : ''}${own[k]?.here ?? ''} `),
    ),
  );

function exports(reports: readonly RunReport[]): Description {
  const tool = (text: string, run: () => void): Description =>
    h('button', { type: 'button', on: { click: run } }, text);
  const lines = (table: 'markdown' | 'csv'): string => reports.map((report) => `${runLines(report, table).join('\n')}\n`).join('\n'); // prettier-ignore
  const save = (extension: string, text: string): void => post({ kind: 'save', name: `${reports[0]?.name ?? 'run'}.${extension}`, bytes: new TextEncoder().encode(text) }); // prettier-ignore
  const json = (): string => `${jsonText(reports.length === 1 && reports[0] ? jsonRun(reports[0]) : reports.map(jsonRun))}\n`; // prettier-ignore
  return h(
    'footer',
    { key: 'export' },
    h('span', {}, 'All numbers of this page'),
    h(
      'div.tools',
      {},
      tool('Copy JSON', () => post({ kind: 'copy', text: json() })),
      tool('Save JSON', () => save('run-report.json', json())),
      tool('Copy Markdown', () => post({ kind: 'copy', text: lines('markdown') })),
      // other runs have other columns
      reports.length === 1 && tool('Save CSV', () => save('run-report.csv', lines('csv'))),
    ),
  );
}
