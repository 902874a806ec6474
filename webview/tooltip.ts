import { written, writtenInterval } from '../src/shared/numbers';
import type { MetricResult } from '../src/shared/report';
import { h, patch } from './element';
import type { Description } from './element';
import { formulaPair, math } from './formula';
import { inWords, number, unbroken, unitPieces } from './text';
import type { Piece } from './text';

const DELAY = 150;
const GAP = 4;

/**
 * The explanation of a metric: opens when its card is hovered or focused, stays while it is hovered itself, follows the
 * numbers while it is open, and closes by Esc without moving the focus.
 */
export class Tooltip {
  readonly #element = document.createElement('div');
  readonly #metric: (id: string) => MetricResult | undefined;
  #card: HTMLElement | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: HTMLElement, metric: (id: string) => MetricResult | undefined) {
    this.#metric = metric;
    this.#element.id = 'tooltip';
    this.#element.className = 'tip';
    this.#element.setAttribute('role', 'tooltip');
    this.#element.hidden = true;
    parent.append(this.#element);
    const cardAt = (target: EventTarget | null): HTMLElement | undefined =>
      (target instanceof Element && target.closest<HTMLElement>('[data-metric]')) || undefined;
    document.addEventListener('pointerover', (event) => {
      const card = cardAt(event.target);
      if (card !== undefined) this.#later(() => this.#open(card));
      else if (event.target instanceof Node && this.#element.contains(event.target)) clearTimeout(this.#timer);
      else if (document.activeElement !== this.#card) this.#later(() => this.close());
    });
    document.addEventListener('focusin', (event) => {
      const card = cardAt(event.target);
      if (card !== undefined && card.matches(':focus-visible')) this.#open(card);
      else if (event.target !== this.#element) this.close();
    });
    window.addEventListener('resize', () => this.refresh());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        if (document.activeElement === this.#element) this.#card?.focus();
        this.close();
      }
      // what does not fit the window is scrolled from the card, without leaving it
      const by = { PageDown: 1, PageUp: -1 }[event.key];
      if (by === undefined || this.#element.tabIndex < 0 || cardAt(event.target) !== this.#card) return;
      event.preventDefault();
      this.#element.scrollBy(0, 0.8 * by * this.#element.clientHeight);
    });
  }

  /** The numbers moved: an open tooltip shows the new ones. */
  refresh(): void {
    if (this.#card?.isConnected === false) this.close();
    if (this.#card !== undefined) this.#fill(this.#card);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#card?.removeAttribute('aria-describedby');
    this.#card = undefined;
    this.#element.hidden = true;
  }

  #later(run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, DELAY);
  }

  #open(card: HTMLElement): void {
    if (card === this.#card) return;
    this.close();
    this.#card = card;
    card.setAttribute('aria-describedby', this.#element.id);
    this.#fill(card);
  }

  #fill(card: HTMLElement): void {
    const metric = this.#metric(card.dataset['metric'] ?? '');
    if (metric === undefined) return;
    patch(this.#element, explanation(metric));
    this.#element.hidden = false;
    // below its card, or above where there is more room; never outside the window
    const box = card.getBoundingClientRect();
    const room = document.documentElement.clientWidth - 12;
    const below = window.innerHeight - box.bottom - GAP - 8;
    const above = box.top - GAP - 8;
    this.#element.style.removeProperty('max-height');
    this.#element.classList.remove('wide');
    // what would have to be scrolled becomes wide instead
    this.#element.classList.toggle('wide', this.#element.offsetHeight > Math.max(below, above));
    const { offsetWidth: width, offsetHeight: wanted } = this.#element;
    const under = wanted <= below || below >= above;
    const height = Math.min(wanted, Math.max(120, under ? below : above));
    const left = box.left + width > room ? Math.max(12, Math.min(box.right, room) - width) : box.left;
    const top = under ? box.bottom + GAP : box.top - GAP - height;
    this.#element.tabIndex = height < wanted ? 0 : -1;
    this.#element.style.setProperty('max-height', `${height}px`);
    this.#element.style.setProperty('left', `${left + window.scrollX}px`);
    this.#element.style.setProperty('top', `${top + window.scrollY}px`);
  }
}

function explanation(metric: MetricResult): Description[] {
  const { name, symbol, meaning, misleads, elsewhere, citation, where, id } = metric;
  const entry = (term: string, ...content: Piece[]): Description[] => [h('dt', {}, term), h('dd', {}, ...content)];
  return [
    h('div.title', {}, h('b', {}, name), math(symbol)),
    formulaPair(metric.terms.map(({ word: _, ...term }) => term)),
    h(
      'dl',
      {},
      entry('Means', meaning),
      entry('Misleads', misleads),
      entry('Here', ...here(metric)),
      elsewhere !== undefined && entry('Elsewhere', elsewhere),
      entry('Source', `${citation.authors} ${citation.year}, ${citation.title}, ${where}. ${citation.url}`),
    ),
    h('div.source', {}, h('code', {}, id), h('span', {}, h('kbd', {}, 'Esc'), ' closes')),
  ];
}

function here({ outcome, convention, unit }: MetricResult): Piece[] {
  const facts: Piece[] = [`${convention}.`];
  if (outcome.kind === 'pending') return [...facts, ' Not known yet.'];
  if (outcome.kind === 'unavailable') facts.push(` ${outcome.problem.found}. ${outcome.problem.remedy}`);
  else if (unit !== '') facts.push(' In ', ...unitPieces(unit), '.');
  const { interval } = outcome;
  if (interval === undefined) return facts;
  const level = unbroken(`${Math.round(100 * interval.level)} %`);
  if (interval.upper === undefined)
    return [...facts, ` At least `, ...number(written(interval.lower, 2)), ` (${level}, ${interval.method}).`];
  return [
    ...facts,
    ` ${level} interval `,
    ...number(inWords(writtenInterval(interval.lower, interval.upper), interval)),
    ` (${interval.method}).`,
  ];
}
