import katex from 'katex';
import { plainMath } from '../src/shared/plain-math';
import type { Term } from '../src/shared/report';
import { h } from './element';
import type { Description, MountedWidget } from './element';

/** Rendered once per formula, cloned wherever it appears: a slider changes numbers, hardly ever symbols. */
const rendered = new Map<string, HTMLElement>();
const MOST_KEPT = 2000;

function nodesOf(tex: string): Node {
  let node = rendered.get(tex);
  if (node === undefined) {
    node = document.createElement('span');
    // into a node, never through a string: that is what the content security policy allows
    katex.render(tex, node, {
      throwOnError: true,
      trust: false,
      output: 'htmlAndMathml',
      strict: 'error',
      maxExpand: 100,
    });
    if (rendered.size >= MOST_KEPT) rendered.clear();
    rendered.set(tex, node);
  }
  return node.cloneNode(true);
}

function mount(element: HTMLElement, tex: string): MountedWidget<string> {
  element.replaceChildren(nodesOf(tex));
  return { update: (next) => element.replaceChildren(nodesOf(next)) };
}

/** Read out as plain words; the MathML beside the drawing is for those who copy it. */
export const math = (tex: string): Description =>
  h('span.math', { role: 'math', 'aria-label': spoken(tex), widget: { data: tex, mount } });

const spokenForms = new Map<string, string>();

function spoken(tex: string): string {
  let text = spokenForms.get(tex);
  if (text === undefined) {
    text = plainMath(tex);
    if (spokenForms.size >= MOST_KEPT) spokenForms.clear();
    spokenForms.set(tex, text);
  }
  return text;
}

/** Its menu finds the formula by where it was opened. */
const FORMULA_MENU = JSON.stringify({ webviewSection: 'formula', id: 'formula' });

/**
 * Formulas in symbols and, below, with this dump's numbers: each term keeps its column, so that symbol, number and meaning
 * stand above one another.
 */
export function formulaPair(terms: readonly Term[]): Description {
  const display = (tex: string): string => String.raw`\displaystyle ${tex}`;
  const filled = terms.some(({ substituted }) => substituted !== undefined);
  const words = terms.some(({ word }) => word !== undefined);
  return h(
    filled ? 'div.pair' : 'div.pair.unfilled',
    { style: { '--terms': String(terms.length) }, 'data-vscode-context': FORMULA_MENU },
    h('span.row', {}, 'in symbols'),
    terms.map(({ symbol }) => math(display(symbol))),
    filled && h('span.row', {}, 'here'),
    filled && terms.map(({ symbol, substituted }) => math(display(substituted ?? symbol))),
    words && h('span.row', {}, ''),
    words && terms.map(({ word }) => h('span.word', {}, word ?? '')),
  );
}
