import 'katex/dist/katex.min.css';
import './page.css';
import { evaluate } from '../src/report/evaluate';
import { hostMessage } from '../src/shared/messages';
import { PROBLEMS } from '../src/shared/problem';
import type { ComparisonState, PanelState, Progress } from '../src/shared/protocol';
import type { Report } from '../src/shared/report';
import { changedSettings, settingsProblems } from '../src/shared/settings';
import type { Settings, SettingsChange } from '../src/shared/settings';
import { MORE, moreFindings, section } from './blocks';
import type { View } from './blocks';
import { LABEL_FONTS } from './canvas-label';
import { ComparisonPage } from './comparison';
import type { Looks } from './comparison';
import { h, patch } from './element';
import type { Description } from './element';
import { exportTools } from './export';
import { performExport } from './export-menu';
import { header, progressLine } from './header';
import { choices, inputs } from './inputs';
import type { NumberField } from './inputs';
import { followTheme } from './plot';
import { problemScreen } from './problem-screen';
import { markCurrent, rail } from './rail';
import { watchRegions } from './scroll-region';
import { showRuns } from './run/page';
import { setSource, sourceOf } from './source';
import { suspicions } from './suspicions';
import type { Sorting } from './table';
import { Tooltip } from './tooltip';
import { post, remember, remembered } from './vscode';

let state: PanelState | undefined;
let progress: Progress | undefined;
/** As typed, usable or not. */
let typed: Settings | undefined;
/** The last usable settings, which the numbers follow. */
let settings: Settings | undefined;
let report: Report | undefined;
/** What the only slider of a narrow page moves. */
let slider: NumberField = 'batchSize';
let scrollTo = remembered()?.scroll;
const sorting = new Map<string, Sorting>();
/** What the reader unfolded, and whether it is open now. */
const unfolded = new Map<string, boolean>();

const main = document.createElement('main');
const content = document.createElement('div');
content.className = 'page';
main.append(content);
document.body.append(main);
/** In place of the report of one dump. */
let comparison: ComparisonPage | undefined;
const tooltip = new Tooltip(main, (id) => comparison?.metric(id) ?? report?.metrics.find((metric) => metric.id === id));

const looks: Looks = {
  sorting,
  unfolded,
  unfold: (id, open) => {
    if (unfolded.get(id) === open) return;
    unfolded.set(id, open);
    keep();
    show();
  },
  sort: (table, by) => {
    sorting.set(table, by);
    show();
  },
};

function receiveComparison(next: ComparisonState): void {
  comparison ??= new ComparisonPage();
  const scroll = comparison.receive(next);
  inPlace(() => show());
  if (scroll !== undefined) window.scrollTo(0, scroll);
}

function receive(next: PanelState): void {
  if (state !== undefined && next.run < state.run) return;
  if (next.run !== state?.run || next.phase !== 'analyzing') progress = undefined;
  state = next;
  if (next.settings !== undefined) {
    const memory = settings === undefined ? remembered() : undefined;
    const kept = memory?.path === next.path ? memory.settings : undefined;
    if (memory?.path === next.path) for (const id of memory.unfolded ?? []) unfolded.set(id, true);
    // what the reader set stays; what was unknown may have become known, by a question or by the metadata
    settings = { ...next.settings, ...kept, ...settings };
    typed = { ...next.settings, ...kept, ...typed };
  }
  keep();
  inPlace(() => show());
  const { section: target } = next;
  if (target !== undefined) reveal(target);
  else if (scrollTo !== undefined && next.summary?.spectrum !== undefined) {
    window.scrollTo(0, scrollTo);
    scrollTo = undefined;
  }
}

/** What the reader looks at stays where it is, also when what stands above becomes longer. */
function inPlace(draw: () => void): void {
  const read = [...content.querySelectorAll('figure, .card, .drawer')].find(
    (each) => each.getBoundingClientRect().top > 0,
  );
  const top = read?.getBoundingClientRect().top ?? 0;
  draw();
  if (read?.isConnected !== true || window.scrollY === 0) return;
  window.scrollBy({ top: read.getBoundingClientRect().top - top, behavior: 'instant' });
}

/** Brings a section into sight, and opens it where it is folded. */
function reveal(id: string): void {
  const place = document.getElementById(id);
  if (place instanceof HTMLDetailsElement) place.open = true;
  place?.scrollIntoView();
}

function change(moved: SettingsChange): void {
  if (typed === undefined) return;
  moving();
  const dump = state?.summary?.dump;
  if (dump === undefined) return;
  typed = changedSettings(typed, moved, dump);
  if (problems(typed).length === 0) {
    settings = typed;
    post({ kind: 'settings', settings });
    keep();
  }
  show(true);
}

let still: ReturnType<typeof setTimeout> | undefined;
/** While settings move, what is out of sight stays as it is, and is neither laid out nor painted. */
function moving(): void {
  content.classList.add('moving');
  clearTimeout(still);
  still = setTimeout(() => {
    content.classList.remove('moving');
    show();
  }, 300);
}

const drawn = new Map<string, Description | undefined>();
/** @param keep the section as it was, when it is out of sight */
function drawnSection(id: string, draw: () => Description | undefined, keep: boolean): Description | undefined {
  const last = drawn.get(id);
  if (keep && last !== undefined && !inSight(id)) return last;
  const now = draw();
  drawn.set(id, now);
  return now;
}

function inSight(id: string): boolean {
  const box = document.getElementById(id)?.getBoundingClientRect();
  return box === undefined || (box.bottom > 0 && box.top < window.innerHeight);
}

function problems(of: Settings): ReturnType<typeof settingsProblems> {
  const dump = state?.summary?.dump;
  if (dump === undefined) return [];
  return settingsProblems(of, dump);
}

/** Draws everything that differs; or only what can be seen, quick enough for every move of a slider. */
function show(onlyInSight = false): void {
  if (comparison !== undefined) patch(content, comparison.draw(looks));
  else if (state !== undefined) showReport(state, onlyInSight);
  else return;
  watchRegions(content);
  tooltip.refresh();
  markCurrent();
}

function showReport(state: PanelState, onlyInSight: boolean): void {
  const { summary, phase, problem } = state;
  report = summary !== undefined && settings !== undefined ? evaluate(summary, settings) : undefined;
  if (report !== undefined) setSource(sourceOf(report));
  const view: View = {
    metric: (id: string) => report?.metrics.find((metric) => metric.id === id),
    ...looks,
    busy: phase === 'analyzing',
    change,
  };
  const given =
    report === undefined || summary === undefined || typed === undefined
      ? undefined
      : { settings: typed, problems: problems(typed), dump: summary.dump, change, slider, chooseSlider };
  patch(content, [
    header(state, typed, report?.notes ?? [], change),
    ...suspicions(report?.suspicions ?? []),
    ...(given === undefined ? [] : [inputs(given), choices(given)]),
    ...(report === undefined ? [] : [rail(report.sections)]),
    ...(phase === 'analyzing' ? [progressLine(progress)] : []),
    ...(phase === 'failed' && problem !== undefined
      ? [
          summary === undefined || summary.moments === undefined
            ? problemScreen(problem)
            : h(
                'p.why',
                { key: 'failure', role: 'alert' },
                `${PROBLEMS[problem.code][0]}. ${problem.found}. ${problem.remedy}`,
              ),
        ]
      : []),
    ...(report === undefined || (phase === 'failed' && summary?.moments === undefined)
      ? []
      : [
          ...report.sections
            .filter(({ folded = false }) => !folded)
            .map((each) => drawnSection(each.id, () => section(each, view), onlyInSight)),
          drawnSection(MORE, () => moreFindings(report?.sections ?? [], view), onlyInSight),
        ].filter((each) => each !== undefined)),
    ...(report === undefined || summary?.moments === undefined ? [] : [exportTools(report, summary)]),
  ]);
}

function chooseSlider(field: NumberField): void {
  if (slider === field) return;
  slider = field;
  show(true);
}

function keep(): void {
  if (comparison !== undefined) comparison.keep();
  else if (state !== undefined)
    remember({
      path: state.path,
      ...(settings && { settings }),
      ...(state.companions && { companions: state.companions }),
      scroll: scrollTo ?? window.scrollY,
      unfolded: [...unfolded].filter(([, open]) => open).map(([id]) => id),
    });
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = hostMessage(event.data);
  if (message === undefined) return;
  if (message.kind === 'state') receive(message.state);
  else if (message.kind === 'runs') showRuns(content, message.state);
  else if (message.kind === 'export') performExport(message.target, message.form, comparison?.exported ?? report);
  else if (message.kind === 'comparison') receiveComparison(message.state);
  else if (comparison !== undefined) {
    comparison.hear(message.progress);
    show();
  } else if (message.run === state?.run) {
    progress = message.progress;
    show();
  }
});

let settling: ReturnType<typeof setTimeout> | undefined;
window.addEventListener('scroll', () => {
  markCurrent();
  clearTimeout(settling);
  settling = setTimeout(keep, 200);
});
window.addEventListener('error', ({ message }) => post({ kind: 'fault', text: message }));
window.addEventListener('unhandledrejection', ({ reason }) => post({ kind: 'fault', text: String(reason) }));

followTheme();
// the first drawing waits for the fonts of the labels, but not for long
void Promise.race([
  Promise.all(LABEL_FONTS.map((font) => document.fonts.load(font))),
  new Promise((done) => setTimeout(done, 500)),
]).then(() => post({ kind: 'ready' }));
