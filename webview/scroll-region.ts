/**
 * Regions that may be wider or higher than their place (tables, formulas): where one has to scroll, the keyboard can reach it
 * and an edge shows that more is hidden. Mark the element with `data-region` and the name it is read out by.
 */
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) mark(target.closest<HTMLElement>('[data-region]'));
});
const watched = new WeakSet<Element>();

/** Watches the regions that have come into being. */
export function watchRegions(root: Element): void {
  for (const region of root.querySelectorAll<HTMLElement>('[data-region]')) {
    if (watched.has(region)) continue;
    watched.add(region);
    sizes.observe(region);
    for (const child of region.children) sizes.observe(child);
    region.addEventListener('scroll', () => mark(region), { passive: true });
  }
}

function mark(region: HTMLElement | null): void {
  if (region === null) return;
  const { scrollWidth, clientWidth, scrollHeight, clientHeight, scrollLeft, scrollTop } = region;
  const scrolls = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
  region.classList.toggle('more-right', scrollLeft + clientWidth < scrollWidth - 1);
  region.classList.toggle('more-below', scrollTop + clientHeight < scrollHeight - 1);
  if (!scrolls) {
    for (const name of ['tabindex', 'role', 'aria-label']) region.removeAttribute(name);
    return;
  }
  region.tabIndex = 0;
  // not a landmark: there are too many to jump between
  region.setAttribute('role', 'group');
  region.setAttribute('aria-label', region.dataset['region'] ?? '');
}
