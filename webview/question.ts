import type { RowsAnswer, ReportBlock } from '../src/shared/report';
import type { SettingsChange } from '../src/shared/settings';
import { h } from './element';
import type { Description } from './element';
import { phrases } from './text';

/** A question with its two answers beside each other, neither of them the default. */
export function question(
  { text, note, answers }: Extract<ReportBlock, { readonly kind: 'question' }>,
  key: string,
  answer: (change: SettingsChange) => void,
): Description {
  return h(
    'div.question',
    { key, role: 'group', 'aria-labelledby': `${key}-text` },
    h('p.verdict', { id: `${key}-text` }, phrases(text)),
    h(
      'div.answers',
      {},
      answers.map((each) => column(each, answer)),
    ),
    h('p.fine', {}, phrases(note)),
  );
}

function column(
  { label, convention, verdict, note }: RowsAnswer,
  answer: (change: SettingsChange) => void,
): Description {
  return h(
    'div',
    { key: convention },
    h('button.button.second', { type: 'button', on: { click: () => answer({ convention }) } }, label),
    h('p', {}, phrases(verdict)),
    h('p.fine', {}, phrases(note)),
  );
}
