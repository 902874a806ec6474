/**
 * A description of DOM nodes and the few lines that bring the page into its state: only what differs is touched, so focus,
 * scroll, selection and whatever the reader opened stay. Text always becomes text nodes.
 *
 * Why not a view library: a prototype of a page for 200 dumps (2,024 elements: nine plots, six drawers, a table of 200 × 7) was
 * brought up to date in 1.6 ms (median of 200 moves) by this file and in 0.9 ms by Preact 10, both far below a frame. Preact
 * weighs 3.7 kB more (compressed), and these 100 lines would become as many of adapters for widgets that own their inside.
 */
export interface Description {
  readonly tag: string;
  readonly key?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly styles: Readonly<Record<string, string>>;
  readonly on: Readonly<Record<string, (event: Event) => void>>;
  readonly children: readonly (Description | string)[];
  readonly widget?: Widget<unknown>;
}

/** A node that manages its own inside: a formula, a chart. */
export interface Widget<Data> {
  readonly data: Data;
  readonly mount: (element: HTMLElement, data: Data) => MountedWidget<Data>;
}
export interface MountedWidget<Data> {
  readonly update: (data: Data) => void;
  readonly unmount?: () => void;
}

export interface Properties {
  readonly key?: string;
  readonly style?: Readonly<Record<string, string>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  /** Anything else is an attribute; `false` and undefined leave it out, `true` sets it empty. */
  readonly [attribute: string]: unknown;
}

type Child = Description | string | false | null | undefined | readonly Child[];

/** @param selector a tag, and classes after dots: `button.quiet` */
export function h(selector: string, properties: Properties = {}, ...children: Child[]): Description {
  const [tag = 'div', ...classes] = selector.split('.');
  const { key, style = {}, on = {}, widget, ...rest } = properties;
  const attributes: Record<string, string> = {};
  if (classes.length > 0) attributes['class'] = classes.join(' ');
  for (const [name, value] of Object.entries(rest)) {
    if (value === true) attributes[name] = '';
    else if (typeof value === 'string' || typeof value === 'number') attributes[name] = String(value);
  }
  return {
    tag,
    attributes,
    styles: style,
    on,
    children: flat(children),
    ...(key !== undefined && { key }),
    ...(widget !== undefined && { widget: widget as Widget<unknown> }),
  };
}

function flat(children: readonly Child[]): (Description | string)[] {
  return children.flatMap((child) => {
    if (child === false || child === null || child === undefined) return [];
    if (typeof child === 'string') return child === '' ? [] : [child];
    return Array.isArray(child) ? flat(child as readonly Child[]) : [child as Description];
  });
}

interface Known {
  description: Description;
  mounted?: MountedWidget<unknown>;
}
const known = new WeakMap<Node, Known>();

/** Brings the children of a node into the described state. */
export function patch(parent: Element, children: readonly (Description | string)[]): void {
  let keyed: Map<string, HTMLElement> | undefined;
  let next: ChildNode | null = parent.firstChild;
  for (const child of children) {
    if (typeof child === 'string') {
      if (next instanceof Text) {
        if (next.data !== child) next.data = child;
        next = next.nextSibling;
      } else parent.insertBefore(document.createTextNode(child), next);
      continue;
    }
    let kept: ChildNode | null | undefined = next;
    // keys are looked up only where the order has changed
    if (child.key !== undefined && (next === null || known.get(next)?.description.key !== child.key))
      kept = (keyed ??= childrenByKey(parent)).get(child.key);
    if (kept instanceof HTMLElement && fits(kept, child)) {
      if (kept === next) next = next.nextSibling;
      else parent.insertBefore(kept, next);
      update(kept, child);
    } else parent.insertBefore(create(child), next);
  }
  while (next !== null) {
    const after: ChildNode | null = next.nextSibling;
    remove(next);
    next = after;
  }
}

function childrenByKey(parent: Element): Map<string, HTMLElement> {
  const keyed = new Map<string, HTMLElement>();
  for (const child of parent.children) {
    const key = known.get(child)?.description.key;
    if (key !== undefined && child instanceof HTMLElement) keyed.set(key, child);
  }
  return keyed;
}

function fits(element: HTMLElement, { tag, key, widget }: Description): boolean {
  const before = known.get(element)?.description;
  return before?.tag === tag && before.key === key && before.widget?.mount === widget?.mount;
}

function create(description: Description): HTMLElement {
  const element = document.createElement(description.tag);
  known.set(element, { description: { tag: description.tag, attributes: {}, styles: {}, on: {}, children: [] } });
  update(element, description);
  return element;
}

function update(element: HTMLElement, description: Description): void {
  const state = known.get(element);
  if (state === undefined) throw new RangeError('an element that is not ours');
  const before = state.description;
  if (before === description) return;
  state.description = description;
  for (const name of Object.keys(before.attributes))
    if (!(name in description.attributes)) element.removeAttribute(name);
  for (const [name, value] of Object.entries(description.attributes))
    if (before.attributes[name] !== value) element.setAttribute(name, value);
  for (const [name, value] of Object.entries(description.styles))
    if (before.styles[name] !== value) element.style.setProperty(name, value);
  for (const type of Object.keys(description.on))
    // one listener a type, which asks for the present handler
    if (!(type in before.on))
      element.addEventListener(type, (event) => known.get(element)?.description.on[type]?.(event));
  const { widget } = description;
  if (widget === undefined) patch(element, description.children);
  else if (state.mounted === undefined) state.mounted = widget.mount(element, widget.data);
  else if (before.widget?.data !== widget.data) state.mounted.update(widget.data);
}

function remove(node: ChildNode): void {
  if (node instanceof Element) for (const child of [...node.children]) unmount(child);
  unmount(node);
  node.remove();
}

function unmount(node: Node): void {
  known.get(node)?.mounted?.unmount?.();
  if (node instanceof Element) for (const child of node.children) unmount(child);
}
