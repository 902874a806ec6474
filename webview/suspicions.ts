import { wholeNumber } from '../src/shared/numbers';
import { SUSPICIONS } from '../src/shared/suspicion';
import type { Suspicion } from '../src/shared/suspicion';
import { h } from './element';
import type { Description } from './element';
import { post } from './vscode';

/** What the file seems to be, one box each, above everything that depends on it. */
export const suspicions = (found: readonly Suspicion[]): Description[] => found.map(box);

function box({ code, found, remedy, fix, rows }: Suspicion): Description {
  const title = `suspicion-${code.replace('/', '-')}`;
  return h(
    'div.suspicion',
    { key: title, role: 'group', 'aria-labelledby': title },
    h('h2', { id: title }, `${SUSPICIONS[code]}.`),
    h('p', {}, `${found}.`),
    h('p', {}, remedy),
    fix !== undefined && h('pre', { tabindex: 0 }, h('code', {}, fix)),
    rows !== undefined &&
      h(
        'button.button.second',
        { type: 'button', on: { click: () => post({ kind: 'exclude-rows', rows }) } },
        `Analyze without these ${wholeNumber(rows.length)} rows`,
      ),
  );
}
