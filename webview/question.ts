import type { RowsAnswer, RowsQuestion } from '../src/shared/report';
import type { SettingsChange } from '../src/shared/settings';
import { h } from './element';
import type { Description } from './element';
import { math } from './formula';
import { phrases } from './text';

/** A question with its answers beside each other, none of them the default. */
export function question(
  { text, note, answers }: RowsQuestion,
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
  { id, label, change, meanOf, verdict, note }: RowsAnswer,
  answer: (change: SettingsChange) => void,
): Description {
  return h(
    'div',
    { key: id },
    meanOf === undefined
      ? h('button.button.second', { type: 'button', on: { click: () => answer(change) } }, label)
      : sized(label, meanOf.suggested, (b) => answer({ ...change, rows: { meanOf: b } })),
    h('p', {}, phrases(verdict)),
    h('p.fine', {}, phrases(note)),
  );
}

/** An answer that needs a number: it is sent whole, so that nothing moves while it is typed. */
function sized(label: string, suggested: number | undefined, answer: (b: number) => void): Description {
  const send = (event: Event): void => {
    const field = (event.currentTarget as HTMLElement).closest('.sized')?.querySelector('input');
    if (field?.reportValidity() === true) answer(field.valueAsNumber);
  };
  return h(
    'div.sized',
    {},
    h('button.button.second', { type: 'button', on: { click: send } }, label),
    h(
      'label',
      {},
      math('b'),
      h('input', {
        type: 'number',
        name: 'mean-of',
        min: 2,
        max: 1e9,
        step: 1,
        required: true,
        'aria-label': 'Examples that one row averages',
        ...(suggested !== undefined && { value: suggested }),
        on: { keydown: (event: Event) => (event as KeyboardEvent).key === 'Enter' && send(event) },
      }),
    ),
  );
}
