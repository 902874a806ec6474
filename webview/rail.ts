import type { Section } from '../src/shared/report';
import { MORE } from './blocks';
import { h } from './element';
import type { Description } from './element';

/** The sections of the page; the one in view is marked. */
export function rail(sections: readonly Section[]): Description {
  return h(
    'nav',
    { key: 'rail', 'aria-label': 'Sections' },
    [...sections.filter(({ folded = false }) => !folded), { id: MORE, short: 'More findings' }].map(({ id, short }) =>
      h('a', { key: id, href: `#${id}`, 'data-section': id, on: { click: (event) => follow(event, id) } }, short),
    ),
  );
}

function follow(event: Event, id: string): void {
  event.preventDefault();
  document.getElementById(id)?.scrollIntoView();
}

/** The section at the upper third of the window is the current one. */
export function markCurrent(): void {
  const links = [...document.querySelectorAll<HTMLElement>('nav [data-section]')];
  let current = links[0];
  for (const link of links) {
    const top = document.getElementById(link.dataset['section'] ?? '')?.getBoundingClientRect().top ?? Infinity;
    if (top < window.innerHeight / 3) current = link;
  }
  for (const link of links) {
    if (link === current) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
