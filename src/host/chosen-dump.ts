import { Uri } from 'vscode';
import type { Layout } from '../shared/dump';

/** What a report is of: one file, or several files, or the files of a folder, that are read as one dump. */
export interface ChosenDump {
  readonly files: readonly [Uri, ...Uri[]];
  /** How several files lie. */
  readonly layout?: Layout;
}

/** What is behind a `#` in the URI of a dump of several files. */
interface Joining {
  readonly layout: Layout;
  /** The files after the first: names where they lie in its folder, else URIs. */
  readonly with: readonly string[];
}

/** One text for all of it, as the page of a report keeps it across a reload of the window: a URI. */
export function keyOf({ files: [first, ...others], layout }: ChosenDump): string {
  if (layout === undefined) return first.toString();
  const folder = Uri.joinPath(first, '..').toString();
  const names = others.map((file) =>
    Uri.joinPath(file, '..').toString() === folder ? (file.path.split('/').at(-1) ?? '') : file.toString(),
  );
  const joining: Joining = { layout, with: names };
  return first.with({ fragment: JSON.stringify(joining) }).toString();
}

/** The reverse; a path of this machine is understood, too. Undefined for anything that is neither. */
export function dumpOfKey(kept: string): ChosenDump | undefined {
  try {
    const whole = /^[a-z][a-z0-9+.-]+:/i.test(kept) ? Uri.parse(kept, true) : Uri.file(kept);
    const first = whole.with({ fragment: '' });
    if (whole.fragment === '') return { files: [first] };
    const joining: unknown = JSON.parse(whole.fragment);
    if (!isJoining(joining)) return undefined;
    const others = joining.with.map((file) =>
      file.includes('/') ? Uri.parse(file, true) : Uri.joinPath(first, '..', file),
    );
    return { files: [first, ...others], layout: joining.layout };
  } catch {
    return undefined;
  }
}

function isJoining(value: unknown): value is Joining {
  const { layout, with: names } = (value ?? {}) as Partial<Joining>;
  return (
    (layout === 'rows' || layout === 'columns') &&
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string' && name !== '')
  );
}
