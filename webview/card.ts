import type { MetricResult } from '../src/shared/report';
import { h } from './element';
import type { Description } from './element';
import { menuOfMetric } from './export-menu';
import { math } from './formula';
import { cardText } from './text';

/** Cards of one block; one of them at a time is a tab stop, arrow keys move between them. */
export function cardGrid(metrics: readonly MetricResult[], stop: string | undefined): Description {
  const first = metrics.some(({ id }) => id === stop) ? stop : metrics[0]?.id;
  return h(
    'div.cards',
    { role: 'group', on: { keydown: moveBetweenCards } },
    metrics.map((metric) => card(metric, metric.id === first)),
  );
}

function card(metric: MetricResult, stop: boolean): Description {
  const { value, unit, note, state } = cardText(metric);
  return h(
    'div.card',
    {
      key: metric.id,
      'data-metric': metric.id,
      'data-vscode-context': menuOfMetric(metric),
      'data-state': state,
      tabindex: stop ? 0 : -1,
      role: 'group',
      'aria-label': metric.name,
    },
    h('div.name', {}, h('span', {}, metric.name), math(metric.symbol)),
    state === 'pending'
      ? h('div.value', { key: 'skeleton', 'aria-busy': 'true' }, h('span.skeleton'))
      : h('div.value', { key: 'value' }, value, unit.length > 0 && h('small', {}, ...unit)),
    h('div.note', {}, state === 'pending' ? h('span.skeleton', { key: 'skeleton' }) : note),
  );
}

function moveBetweenCards(event: Event): void {
  if (!(event instanceof KeyboardEvent) || !(event.target instanceof HTMLElement)) return;
  const grid = event.target.closest('.cards');
  const cards = [...(grid?.querySelectorAll<HTMLElement>('.card') ?? [])];
  const at = cards.indexOf(event.target);
  if (at < 0 || grid === null) return;
  const columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
  const by = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -at,
    End: cards.length - 1 - at,
  }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const next = cards[Math.min(cards.length - 1, Math.max(0, at + by))];
  for (const each of cards) each.tabIndex = each === next ? 0 : -1;
  next?.focus();
}
