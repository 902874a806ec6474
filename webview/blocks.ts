import type { ReportBlock, MetricResult, Section, Text } from '../src/shared/report';
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
import { phrases } from './text';
import { post } from './vscode';

/** What the page itself decides about a report: how tables are sorted, what is unfolded. */
export interface View {
  readonly metric: (id: string) => MetricResult | undefined;
  readonly sorting: ReadonlyMap<string, Sorting>;
  /** An analysis is on its way; another is not begun meanwhile. */
  readonly busy: boolean;
  /** What the reader answered to a question. */
  readonly answer: (answer: SettingsChange) => void;
  readonly sort: (table: string, sorting: Sorting) => void;
}

export function section({ id, title, blocks }: Section, view: View): Description {
  return h(
    'section',
    { key: id, id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    blocks.map((block, index) => {
      // the n-th of its kind keeps its element when others appear before it
      const nth = blocks.slice(0, index).filter(({ kind }) => kind === block.kind).length;
      return blockOf(block, `${block.kind}-${nth}`, view);
    }),
  );
}

function blockOf(block: ReportBlock, key: string, view: View): Description {
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
      return h(`p.${block.kind}`, { key }, phrases(block.text));
    case 'question':
      return question(block, key, view.answer);
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
    case 'cards':
      return h(
        'div.group',
        { key },
        h('div.caption', {}, h('span', {}, phrases(block.caption)), block.aside && h('span', {}, phrases(block.aside))),
        cardGrid(
          block.metrics.flatMap((id) => view.metric(id) ?? []),
          undefined,
        ),
      );
    case 'formulas':
      return h(
        'div.formulas',
        { key, tabindex: 0, role: 'group', 'aria-label': 'Formulas' },
        block.formulas.map(formulaPair),
      );
    case 'figures':
      return h(
        'div.figures',
        { key, class: block.figures.length === 1 ? 'figures single' : 'figures' },
        block.figures.map((figure) =>
          figure.kind === 'plot'
            ? plotFigure(figure.plot)
            : tableFigure(figure.table, view.sorting.get(figure.table.id), (sorting) =>
                view.sort(figure.table.id, sorting),
              ),
        ),
      );
    case 'offer':
      return h(
        'div.offer',
        { key },
        h('p.fine', {}, phrases(block.text)),
        h(
          'div.buttons',
          {},
          block.buttons.map(({ label, action }) =>
            h(
              'button.button.second',
              { type: 'button', key: label, disabled: view.busy, on: { click: () => post(action) } },
              label,
            ),
          ),
        ),
      );
    case 'four-gradients':
      return fourGradients(key);
    case 'calculator':
      return calculatorBlock(block, key);
    case 'theory': {
      const description = theories.get(block) ?? theory(block, key);
      theories.set(block, description);
      return description;
    }
  }
}

/** Theory stays as it is, whatever the settings: it is described once. */
const theories = new WeakMap<ReportBlock, Description>();

const theory = ({ title, paragraphs }: Extract<ReportBlock, { readonly kind: 'theory' }>, key: string): Description =>
  h(
    'details.theory',
    { key },
    h('summary', {}, title),
    paragraphs.map((paragraph) =>
      'formula' in paragraph
        ? h('p.display', {}, math(String.raw`\displaystyle ${paragraph.formula}`))
        : h('p', {}, phrases(paragraph)),
    ),
  );

/** The second label begins under its own part, or further left where it would not fit. */
const balanceKeys = (parts: readonly { readonly label: Text; readonly share: number }[]): Description =>
  h(
    'div.keys',
    {},
    parts.map(({ label, share }) =>
      h('div', { style: { 'flex-basis': `calc(${(100 * share).toFixed(2)}% - 10px)` } }, phrases(label)),
    ),
  );
