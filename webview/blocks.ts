import type { Figure, MetricResult, Offer, Phrase, ReportBlock, Section, Text } from '../src/shared/report';
import { flatFractions } from '../src/shared/plain-math';
import type { SettingsChange } from '../src/shared/settings';
import { calculatorBlock } from './calculator';
import { cardGrid } from './card';
import { h } from './element';
import type { Description } from './element';
import { fourGradients } from './four-gradients';
import { formulaPair, math } from './formula';
import { plotFigure } from './plot';
import { question } from './question';
import { tableFigure } from './table';
import type { Sorting } from './table';
import { cardText, phrases } from './text';
import { post } from './vscode';

/** What the page itself decides about a report: how tables are sorted, what is unfolded. */
export interface View {
  readonly metric: (id: string) => MetricResult | undefined;
  readonly sorting: ReadonlyMap<string, Sorting>;
  /** An analysis is on its way; another is not begun meanwhile. */
  readonly busy: boolean;
  /** What the reader answered to a question, or set by dragging. */
  readonly change: (change: SettingsChange) => void;
  readonly sort: (table: string, sorting: Sorting) => void;
  /** What the reader has unfolded, and what was and is folded again: built when first opened, kept from then on. */
  readonly unfolded: ReadonlyMap<string, boolean>;
  readonly unfold: (id: string, open: boolean) => void;
}

export function section({ id, title, blocks }: Section, view: View): Description {
  return h(
    'section',
    { key: id, id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    blocksOf(openBlocks(blocks), view),
  );
}

function blocksOf(blocks: readonly ReportBlock[], view: View): Description[] {
  return blocks.map((block, index) => {
    // the n-th of its kind keeps its element when others appear before it
    const nth = blocks.slice(0, index).filter(({ kind }) => kind === block.kind).length;
    return blockOf(block, `${block.kind}-${nth}`, view);
  });
}

/** A part of the report that is one line until it is asked for. */
interface Fold {
  readonly id: string;
  readonly name: string;
  readonly lacking?: Offer;
  readonly headline?: string;
  readonly found?: Text;
  readonly blocks: readonly ReportBlock[];
}

/** Theory and calculators need no dump: wherever they stand in the report, the page has one place for each. */
const isTheory = ({ kind }: ReportBlock): boolean => kind === 'theory';
const isCalculator = ({ kind }: ReportBlock): boolean => kind === 'calculator' || kind === 'four-gradients';

/** The blocks of a section before its first fold. */
function openBlocks(blocks: readonly ReportBlock[]): readonly ReportBlock[] {
  const end = blocks.findIndex(({ kind }) => kind === 'fold');
  return blocks.slice(0, end < 0 ? blocks.length : end).filter((block) => !isTheory(block) && !isCalculator(block));
}

/** What is folded in a section: all of it, or what follows each of its folds. */
function foldsOf({ id, short, folded = false, lacking, headline, blocks }: Section): readonly Fold[] {
  const folds: (Omit<Fold, 'found' | 'blocks'> & { readonly blocks: ReportBlock[] })[] = folded
    ? [{ id, name: short, ...(lacking && { lacking }), ...(headline && { headline }), blocks: [] }]
    : [];
  for (const block of blocks) {
    if (block.kind === 'fold') {
      const { kind: _kind, title: name, ...fold } = block;
      folds.push({ ...fold, name, blocks: [] });
    } else if (!isTheory(block) && !isCalculator(block)) folds.at(-1)?.blocks.push(block);
  }
  return folds.map((fold) => {
    const said = fold.blocks.find(({ kind }) => kind === 'finding') ?? fold.blocks.find(({ kind }) => kind === 'note');
    return { ...fold, ...(said !== undefined && 'text' in said && { found: said.text }) };
  });
}

/** The rest of the report, a line each; what the first section rests on comes last. */
export function moreFindings(sections: readonly Section[], view: View): Description | undefined {
  const [first, ...others] = sections;
  if (first === undefined) return undefined;
  const all = sections.flatMap(({ blocks }) => blocks);
  const folds: readonly Fold[] = [
    ...others.filter(({ folded = false }) => folded).flatMap(foldsOf),
    ...others.filter(({ folded = false }) => !folded).flatMap(foldsOf),
    {
      id: 'calculators',
      name: 'Calculators',
      found: ['Numbers that you type yourself, in the formulas of this page.'],
      blocks: all.filter(isCalculator),
    },
    {
      id: 'theory',
      name: 'Theory',
      found: ['Where each formula comes from, and what it assumes.'],
      blocks: all.filter(isTheory),
    },
    ...foldsOf(first),
  ];
  const shown = folds.filter(({ blocks, lacking }) => blocks.length > 0 || lacking !== undefined);
  return h(
    'section',
    { key: MORE, id: MORE, 'aria-labelledby': `${MORE}-title` },
    h('h2', { id: `${MORE}-title` }, 'More findings'),
    h(
      'div.drawers',
      {},
      shown.map((fold) => (fold.lacking === undefined ? drawer(fold, view) : lackingRow(fold, fold.lacking, view))),
    ),
  );
}

/** Links lead here. */
export const MORE = 'more-findings';

function drawer({ id, name, headline, found = [], blocks }: Fold, view: View): Description {
  const open = view.unfolded.get(id);
  const said = blocks.some((block) => 'text' in block && block.text === found);
  return h(
    'details.drawer',
    { key: id, id, open: open === true, on: { toggle: toggled(id, view) } },
    h(
      'summary',
      {},
      h('h3', {}, name),
      // what is open says it again, and in full
      h(said ? 'span.found.said' : 'span.found', {}, phrases(firstSentence(found))),
      headlineOf(headline === undefined ? undefined : view.metric(headline)),
    ),
    open !== undefined && h('div.inside', {}, blocksOf(blocks, view)),
  );
}

/** The number of a line; nothing where there is none. */
function headlineOf(metric: MetricResult | undefined): Description | undefined {
  if (metric === undefined) return undefined;
  const { value, unit, state } = cardText(metric);
  if (state !== 'value') return undefined;
  return h(
    'span.headline',
    { key: 'headline' },
    math(flatFractions(metric.symbol)),
    value.startsWith('≥') ? '\u00A0' : '\u00A0=\u00A0',
    value,
    unit.length > 0 && h('small', {}, ...unit),
  );
}

const toggled =
  (id: string, view: View) =>
  (event: Event): void => {
    // of a drawer inside this one the event does not bubble, but a copy of it may be sent by hand
    if (event.target === event.currentTarget) view.unfold(id, (event.currentTarget as HTMLDetailsElement).open);
  };

const lackingRow = ({ id, name }: Fold, lacking: Offer, view: View): Description =>
  h('div.drawer.flat', { key: `${id}-lacking`, id }, h('h3', {}, name), offerButtons(lacking, view));

const offerButtons = ({ buttons }: Offer, view: View): Description =>
  h(
    'div.buttons',
    {},
    buttons.map(({ label, action }) =>
      h(
        'button.button.second',
        { type: 'button', key: label, disabled: view.busy, on: { click: () => post(action) } },
        label,
      ),
    ),
  );

/** As much of a text as one line takes: up to the end of its first sentence. */
function firstSentence(text: Text): Text {
  const kept: Phrase[] = [];
  for (const phrase of text) {
    const words = typeof phrase === 'string' ? phrase : 'strong' in phrase ? phrase.strong : undefined;
    const end = words?.search(/[.!?](?=\s)/) ?? -1;
    if (words !== undefined && end >= 0) {
      kept.push(words.slice(0, end + 1));
      return kept;
    }
    kept.push(words ?? phrase);
  }
  return kept;
}

function blockOf(block: ReportBlock, key: string, view: View): Description {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
      return h(`p.${block.kind}`, { key }, phrases(block.text));
    case 'question':
      return question(block, key, view.change);
    case 'balance':
      return h(
        'div.balance',
        { key, role: 'img', 'aria-label': block.summary },
        h(
          'div.bar',
          {},
          block.parts.map(({ share }, part) =>
            h('div', { class: part === 0 ? 'solid' : 'hatched', style: { flex: `${share.toFixed(4)} 1 0` } }),
          ),
        ),
        balanceKeys(block.parts),
      );
    case 'cards': {
      const metrics = block.metrics.flatMap((id) => view.metric(id) ?? []);
      const why = withoutValues(metrics);
      if (why !== undefined) return h('p.fine', { key: `${key}-none` }, h('b', {}, phrases(block.caption)), `: ${why}`);
      return h(
        'div.group',
        { key },
        h('div.caption', {}, h('span', {}, phrases(block.caption)), block.aside && h('span', {}, phrases(block.aside))),
        cardGrid(metrics, undefined),
      );
    }
    case 'formulas':
      return h('div.formulas', { key, 'data-region': 'Formulas' }, block.formulas.map(formulaPair));
    case 'figures':
      return figures(block, key, view);
    case 'fold':
      throw new RangeError('a fold only divides the blocks of a section');
    case 'offer':
      return h('div.offer', { key }, h('p.fine', {}, phrases(block.text)), offerButtons(block, view));
    case 'four-gradients':
      return fourGradients(key);
    case 'calculator':
      return calculatorBlock(block, key);
    case 'theory':
      return theory(block, key, view);
  }
}

function figures(block: Extract<ReportBlock, { readonly kind: 'figures' }>, key: string, view: View): Description {
  const figure = (each: Figure, place: { readonly above?: boolean; readonly below?: boolean } = {}): Description =>
    each.kind === 'plot' ? plotFigure(each.plot, { change: view.change, ...place }) : tableFigure(each.table, view);
  if (block.stack !== true)
    return h(
      'div.figures',
      { key, class: block.figures.length === 1 ? 'figures single' : 'figures' },
      block.figures.map((each) => figure(each)),
    );
  const plots = block.figures.filter(({ kind }) => kind === 'plot');
  return h(
    'div.figures.stacked',
    { key },
    h(
      'div.stack',
      {},
      plots.map((each, index) => figure(each, { above: index < plots.length - 1, below: index > 0 })),
      plots
        .slice(0, -1)
        .flatMap((each) =>
          each.kind === 'plot' && each.plot.note !== undefined
            ? [h('p.fine', { key: `note-${each.plot.id}` }, h('b', {}, each.plot.title), `: ${each.plot.note}`)]
            : [],
        ),
    ),
    h(
      'div.side',
      {},
      block.figures.filter(({ kind }) => kind === 'table').map((each) => figure(each)),
    ),
  );
}

/** Why none of several numbers is known, where the reason is one. */
function withoutValues(metrics: readonly MetricResult[]): string | undefined {
  const reasons = new Set(
    metrics.map(({ outcome }) =>
      outcome.kind === 'unavailable' && outcome.interval === undefined
        ? `${outcome.problem.found}. ${outcome.problem.remedy}`
        : undefined,
    ),
  );
  return reasons.size === 1 ? [...reasons][0] : undefined;
}

/** Theory stays as it is, whatever the settings: it is described once, when it is first opened. */
const theories = new WeakMap<ReportBlock, readonly Description[]>();

function theory(block: Extract<ReportBlock, { readonly kind: 'theory' }>, key: string, view: View): Description {
  const { title, paragraphs } = block;
  const id = `theory: ${title}`;
  const open = view.unfolded.get(id);
  const text =
    theories.get(block) ??
    (open === undefined
      ? []
      : paragraphs.map((paragraph) =>
          'formula' in paragraph
            ? h('p.display', { 'data-region': 'Formula' }, math(String.raw`\displaystyle ${paragraph.formula}`))
            : h('p', {}, phrases(paragraph)),
        ));
  if (open !== undefined) theories.set(block, text);
  return h(
    'details.theory',
    { key, open: open === true, on: { toggle: toggled(id, view) } },
    h('summary', {}, title),
    open === undefined ? [] : text,
  );
}

/** The second label begins under its own part, or further left where it would not fit. */
const balanceKeys = (parts: readonly { readonly label: Text; readonly share: number }[]): Description =>
  h(
    'div.keys',
    {},
    parts.map(({ label, share }) =>
      h('div', { style: { 'flex-basis': `calc(${(100 * share).toFixed(2)}% - 10px)` } }, phrases(label)),
    ),
  );
