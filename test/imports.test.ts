import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

/**
 * The floor plan by the import statements themselves. ESLint checks it, too, but does not see circles of types, and one comment
 * switches it off.
 */
const root = path.resolve(import.meta.dirname, '..');
const { ROOMS, PAGE } = (await import(pathToFileURL(path.join(root, 'eslint.config.mjs')).href)) as {
  ROOMS: Readonly<Record<string, readonly string[]>>;
  PAGE: readonly string[];
};

const files = ['src', 'webview']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.posix.join(folder, file.replaceAll('\\', '/')),
    ),
  ) // prettier-ignore
  .filter((file) => file.endsWith('.ts') && !file.includes('/wasm/assembly/'));

/** What a text imports by a relative path, types included, also by `export … from` and `import('…')`. */
function importedBy(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'(\.[^']+)'/gm)].map(([, name]) => name!);
}

const graph = new Map(
  files.map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const places = importedBy(text).map((name) => path.posix.join(path.posix.dirname(file), name));
    return [file, places.flatMap((place) => [`${place}.ts`, `${place}/index.ts`].filter((f) => files.includes(f)))];
  }),
);

/** The files of one circle of imports, the first one again at the end; undefined when there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

test('an import statement is seen in each of its forms', () => {
  const text = `import type { A } from './a';\nimport {\n  b,\n} from '../b';\nexport * from './c';\nimport './d';\nawait import('./e');\nimport fs from 'node:fs';`;
  expect(importedBy(text)).toEqual(['./a', '../b', './c', './d', './e']);
});

test('a circle of three files is found, and a file that two others import is none', () => {
  expect(circleIn(new Map([['a', ['b']], ['b', ['c']], ['c', ['a']]]))).toEqual(['a', 'b', 'c', 'a']); // prettier-ignore
  expect(circleIn(new Map([['a', ['b', 'c']], ['b', ['c']], ['c', []]]))).toBeUndefined(); // prettier-ignore
});

test('the imports of the sources are found', () => {
  expect(graph.get('src/report/evaluate.ts')).toContain('src/metrics/index.ts');
  expect([...graph.values()].flat().length).toBeGreaterThan(files.length);
});

test('no file imports itself by way of others, not even for a type', () => {
  expect(circleIn(graph)).toBeUndefined();
});

test('no room imports one below it in the floor plan, not even for a type', () => {
  const roomOf = (file: string): string => (file.startsWith('webview/') ? 'webview' : (file.split('/')[1] ?? ''));
  const plan: typeof ROOMS = { ...ROOMS, webview: PAGE };
  const wrong = [...graph].flatMap(([file, imported]) => {
    const allowed = plan[roomOf(file)];
    if (allowed === undefined) return []; // src/cli.ts and src/extension.ts put the rooms together
    return imported.filter((f) => roomOf(f) !== roomOf(file) && !allowed.includes(roomOf(f))).map((f) => `${file} imports ${f}`); // prettier-ignore
  });
  expect(wrong).toEqual([]);
});

test('the floor plan itself names each room after all that it may import', () => {
  const order = Object.keys(ROOMS);
  const late = Object.entries(ROOMS).flatMap(([room, allowed]) =>
    allowed.filter((name) => order.indexOf(name) >= order.indexOf(room)).map((name) => `${room} imports ${name}`),
  );
  expect(late).toEqual([]);
});
