import { describeProblem, PROBLEMS } from '../src/shared/problem';
import { wholeNumber } from '../src/shared/numbers';
import type { Problem } from '../src/shared/problem';
import { h } from './element';
import type { Description } from './element';
import { post } from './vscode';

/** Why there is nothing to show: what was found, where, what to do, and the ways on. */
export function problemScreen(problem: Problem): Description {
  const [title, consequence] = PROBLEMS[problem.code];
  const { rows } = problem;
  const button = (text: string, run: () => void, rank = 'second'): Description =>
    h(`button.button.${rank}`, { type: 'button', on: { click: run } }, text);
  return h(
    'div.problem',
    { key: 'problem', role: 'alert' },
    h('h2', {}, title),
    h('p', {}, consequence),
    h(
      'dl',
      {},
      h('dt', {}, 'Found'),
      h('dd', {}, problem.found),
      problem.where !== undefined && [h('dt', {}, 'Where'), h('dd', {}, problem.where)],
      h('dt', {}, 'What to do'),
      h('dd', {}, problem.remedy, problem.fix !== undefined && h('pre', {}, h('code', {}, problem.fix))),
      h('dt', {}, 'Code'),
      h('dd', {}, h('code', {}, problem.code)),
    ),
    h(
      'div.buttons',
      {},
      rows !== undefined &&
        button(`Analyze without ${rows.length === 1 ? 'this row' : `these ${wholeNumber(rows.length)} rows`}`, () =>
          post({ kind: 'exclude-rows', rows }),
        ),
      button('Try again', () => post({ kind: 'analyze-again' }), 'first'),
      button('Choose another file…', () => post({ kind: 'choose-file' })),
      button('Copy', () => post({ kind: 'copy', text: describeProblem(problem) })),
      button('Show log', () => post({ kind: 'show-log' })),
      button('Learn more', () => post({ kind: 'learn-more', code: problem.code })),
    ),
  );
}
