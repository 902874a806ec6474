import { compare } from '../src/report/comparison/compare';
import type { ComparisonReport } from '../src/report/comparison/compare';
import { comparisonSections } from '../src/report/comparison/sections';
import { comparisonLines } from '../src/report/comparison/text';
import { jsonComparison } from '../src/report/run/json';
import { meanOf } from '../src/shared/dump';
import { jsonText } from '../src/shared/foreign-text';
import { wholeNumber } from '../src/shared/numbers';
import { PROBLEMS } from '../src/shared/problem';
import type { ComparisonState, PanelState, Progress } from '../src/shared/protocol';
import type { MetricResult, Section } from '../src/shared/report';
import { moreFindings, section } from './blocks';
import type { View } from './blocks';
import { h } from './element';
import type { Description } from './element';
import { progressLine } from './header';
import { problemScreen } from './problem-screen';
import { rail } from './rail';
import { setSource } from './source';
import { post, remember, rememberedComparison } from './vscode';

/** What a page keeps of how it is looked at: sorted tables, unfolded parts. */
export type Looks = Pick<View, 'sorting' | 'sort' | 'unfolded' | 'unfold'>;

/** The page of two dumps, one against the other. */
export class ComparisonPage {
  #state: ComparisonState | undefined;
  #progress: Progress | undefined;
  #report: ComparisonReport | undefined;
  #scroll: number | undefined = rememberedComparison()?.scroll;

  /** @returns where to scroll to, once: where the reader was before a reload */
  receive(state: ComparisonState): number | undefined {
    this.#state = state;
    const { baseline, other } = state;
    this.#report =
      isWhole(baseline) && isWhole(other)
        ? compare({ summary: baseline.summary, settings: baseline.settings }, { summary: other.summary, settings: other.settings }) // prettier-ignore
        : undefined;
    if (![baseline, other].some(({ phase }) => phase === 'analyzing')) this.#progress = undefined;
    const scroll = this.#report && this.#scroll;
    if (this.#report !== undefined) this.#scroll = undefined;
    this.keep();
    return scroll;
  }

  /** What the menus of the page can copy from. */
  get exported(): { readonly metrics: readonly MetricResult[]; readonly sections: readonly Section[] } | undefined {
    return this.#report && { metrics: this.#report.pair, sections: comparisonSections(this.#report) };
  }

  hear(progress: Progress): void {
    this.#progress = progress;
  }

  metric(id: string): MetricResult | undefined {
    return this.#report?.pair.find((metric) => metric.id === id);
  }

  keep(): void {
    if (this.#state === undefined) return;
    const { baseline, other } = this.#state;
    remember({ baseline: baseline.path, other: other.path, scroll: this.#scroll ?? window.scrollY });
  }

  draw(looks: Looks): readonly Description[] {
    if (this.#state === undefined) return [];
    const { baseline, other } = this.#state;
    const busy = [baseline, other].some(({ phase }) => phase === 'analyzing');
    const failed = [baseline, other].find(({ phase, problem, summary }) => phase === 'failed' && problem !== undefined && summary?.moments === undefined); // prettier-ignore
    const view: View = { ...looks, metric: (id) => this.metric(id), busy, change: () => undefined };
    const report = this.#report;
    setSource({ name: `${baseline.fileName}, ${other.fileName}` });
    const sections = report === undefined ? [] : comparisonSections(report);
    const more = report && moreFindings(sections, view);
    return [
      heading(this.#state, report),
      ...(sections.length === 0 ? [] : [rail(sections)]),
      ...(busy ? [progressLine(this.#progress)] : []),
      ...(failed?.problem === undefined ? [] : [problemScreen(failed.problem)]),
      ...sections.filter(({ folded = false }) => !folded).map((each) => section(each, view)),
      ...(more === undefined ? [] : [more]),
      ...(report === undefined ? [] : [tools(report)]),
    ];
  }
}

type Whole = PanelState & Required<Pick<PanelState, 'summary' | 'settings'>>;

/** All rows were read, and what comes after them is known or given up. */
const isWhole = (state: PanelState): state is Whole =>
  state.settings !== undefined &&
  state.summary?.moments !== undefined &&
  (state.phase !== 'analyzing' || state.summary.spectrum !== undefined);

function heading(state: ComparisonState, report: ComparisonReport | undefined): Description {
  return h(
    'header',
    { key: 'header' },
    h(
      'div.sides',
      {},
      side(state.baseline, 'baseline', ['baseline']),
      h('button.button.second', { type: 'button', on: { click: () => post({ kind: 'swap' }) } }, 'Swap'),
      side(state.other, 'other', []),
    ),
    report && differs(report),
  );
}

function side(state: PanelState, which: keyof ComparisonState, first: readonly string[]): Description {
  const { fileName, summary, phase, problem, stale = false } = state;
  const letter = which === 'baseline' ? 'A' : 'B';
  const facts = [
    ...first,
    ...(summary === undefined ? [] : factsOf(summary.dump)),
    ...(stale ? ['the file is newer than this comparison'] : []),
    ...(phase === 'canceled' ? ['canceled'] : []),
  ];
  return h(
    'div.compared',
    { key: which, class: `compared ${which}` },
    h('span.mark', { 'aria-hidden': 'true' }),
    h(
      'h1',
      {},
      h(
        'button',
        { type: 'button', title: 'Open its report', on: { click: () => post({ kind: 'open-side', side: which }) } },
        `${letter} ${fileName}`,
      ),
    ),
    h('p', {}, facts.join(' · ')),
    phase === 'failed' &&
      problem !== undefined &&
      h('p.failure', { key: 'failure', role: 'alert' }, `${PROBLEMS[problem.code][0]}. ${problem.found}.`),
  );
}

function factsOf({ rows: n, parameters, dtype, metadata }: Whole['summary']['dump']): readonly string[] {
  const averaged = meanOf(metadata);
  const row = averaged === 1 ? 'examples' : `means of ${wholeNumber(averaged)} examples`;
  return [`${wholeNumber(n)} ${row} × ${wholeNumber(parameters)} parameters`, dtype];
}

/** Names of settings that agree, as far as one line takes them. */
const NAMED = 3;

function differs({ settings: { differing, agreed } }: ComparisonReport): Description {
  const some = agreed.slice(0, NAMED).map(({ name, value }) => `${name} ${value}`);
  const agree = `${wholeNumber(agreed.length)} ${agreed.length === 1 ? 'setting agrees' : 'settings agree'}`;
  return h(
    'p.differs',
    {},
    h(
      'span',
      {},
      differing.length === 0 ? 'No setting differs' : 'Differs: ',
      differing.map(({ name, baseline, other }, k) => [
        k === 0 ? '' : ', ',
        h('b', {}, name),
        ` ${baseline} → ${other}`,
      ]),
    ),
    h('span', {}, agreed.length === 0 ? agree : `${agree}: ${some.join(', ')}${agreed.length > NAMED ? ' …' : ''}`),
  );
}

function tools(report: ComparisonReport): Description {
  const lines = (table: 'markdown' | 'csv'): string => `${comparisonLines(report, table).join('\n')}\n`;
  const json = (): string => `${jsonText(jsonComparison(report))}\n`;
  const { baseline, other } = report;
  const save = (extension: string, text: string): void =>
    post({ kind: 'save', name: `${baseline.summary.dump.name} and ${other.summary.dump.name}.${extension}`, bytes: new TextEncoder().encode(text) }); // prettier-ignore
  const tool = (text: string, run: () => void): Description =>
    h('button', { type: 'button', on: { click: run } }, text);
  return h(
    'footer',
    { key: 'export' },
    h('span', {}, 'All numbers of this comparison'),
    h(
      'div.tools',
      {},
      tool('Copy JSON', () => post({ kind: 'copy', text: json() })),
      tool('Save JSON', () => save('json', json())),
      tool('Copy Markdown', () => post({ kind: 'copy', text: lines('markdown') })),
      tool('Save CSV', () => save('csv', lines('csv'))),
    ),
  );
}
