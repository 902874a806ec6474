import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';

const PACKED = path.resolve(import.meta.dirname, '../gradient-covariance.vsix');
const archive = readFileSync(PACKED);
const files = unzipSync(archive);
const names = Object.keys(files);
const textOf = (name: string): string => strFromU8(files[name] ?? expect.fail(`${name} is not in the package`));
const manifest = JSON.parse(textOf('extension/package.json')) as Record<string, unknown>;

/** Whatever the package holds is one of these, and each of these is in it. */
const CONTENT = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/package\.json$/,
  /^extension\/readme\.md$/,
  /^extension\/changelog\.md$/,
  /^extension\/LICENSE\.txt$/,
  /^extension\/dist\/(extension|worker|kernel-thread|cli)\.js$/,
  /^extension\/dist\/kernel-(relaxed-)?simd\.wasm$/,
  /^extension\/dist\/webview\/main\.(js|css)$/,
  /^extension\/dist\/webview\/fonts\/KaTeX_[A-Za-z0-9]+-[A-Za-z]+\.woff2$/,
  /^extension\/dist\/third-party-notices\.txt$/,
  /^extension\/dist\/sbom\.cdx\.json$/,
  /^extension\/media\/(icon|screenshot)\.png$/,
  /^extension\/media\/icon\.svg$/,
  /^extension\/media\/(metrics|problems|gradstats|speed|metadata|runs|cluster)\.md$/,
  /^extension\/media\/python\/(gradient_dump|gradstats)\.py$/,
  /^extension\/media\/schemas\/(metadata|run|report)\.schema\.json$/,
  /^extension\/media\/walkthrough\/[a-z]+\.(svg|md)$/,
  /^extension\/media\/sample\/grad-step-000020\.(npy|meta\.json)$/,
];

describe('the packed extension', () => {
  test('holds the built files, media and licenses, and nothing else', () => {
    expect(names.filter((name) => !CONTENT.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(CONTENT.filter((pattern) => !names.some((name) => pattern.test(name)))).toEqual([]);
  });

  test('is smaller than 1.5 MB', () => {
    expect(archive.length).toBeLessThan(1.5e6);
  });

  test('holds every file that its manifest names', () => {
    const named = namedFiles(manifest).map((file) => path.posix.join('extension', file));
    expect(named).toContain('extension/dist/extension.js');
    expect(named.filter((file) => !names.includes(file))).toEqual([]);
  });

  test('needs nothing that is not in Node or VS Code, and neither the network nor other programs', () => {
    const forbidden = [
      'child_process',
      'cluster',
      'dgram',
      'dns',
      'http',
      'http2',
      'https',
      'inspector',
      'net',
      'tls',
      'vm',
    ];
    const allowed = builtinModules.filter((name) => !forbidden.includes(name.split('/')[0] ?? name));
    for (const name of ['extension', 'worker', 'kernel-thread', 'cli']) {
      const required = [
        ...textOf(`extension/dist/${name}.js`).matchAll(/\b(?:require|import)\("(?:node:)?([^"]+)"\)/g),
      ];
      expect(required.length, name).toBeGreaterThan(0);
      const modules = new Set(required.map(([, module]) => module));
      expect(
        [...modules].filter((module) => module !== 'vscode' && !allowed.includes(module ?? '')),
        name,
      ).toEqual([]);
      expect(modules.has('vscode'), name).toBe(name === 'extension');
    }
  });

  test('compiles no code at run time', () => {
    const compiling = names.filter(
      (name) => name.endsWith('.js') && /\beval\(|\bnew Function\b|[^.\w]Function\(/.test(textOf(name)),
    );
    expect(compiling).toEqual([]);
  });

  test('carries the license of each package that its list of components names, and that of the fonts', () => {
    const { components } = JSON.parse(textOf('extension/dist/sbom.cdx.json')) as {
      components: { name: string; version: string }[];
    };
    const notices = textOf('extension/dist/third-party-notices.txt');
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['katex', 'chart.js']));
    for (const { name, version } of components) expect(notices).toContain(`${name} ${version}\n`);
    expect(notices).toMatch(/^assemblyscript [\d.]+\n/m);
    expect(notices).toContain('SIL OPEN FONT LICENSE Version 1.1');
  });

  test('names for each component a license that may be passed on, and where it comes from', () => {
    const { bomFormat, components } = JSON.parse(textOf('extension/dist/sbom.cdx.json')) as {
      bomFormat: string;
      components: { licenses: { license: { id: string } }[]; purl: string; hashes: unknown[] }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    for (const { licenses, purl, hashes } of components) {
      expect(licenses.map(({ license }) => license.id)).toEqual([
        expect.stringMatching(/^(?:MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD)$/),
      ]);
      expect(purl).toMatch(/^pkg:npm\//);
      expect(hashes.length).toBeGreaterThan(0);
    }
  });

  test('is the same when it is built and packed again: the same files, each to the byte', ({ onTestFinished }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-again-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const again = path.join(folder, 'again.vsix');
    const shell = process.platform === 'win32';
    const args = ['run', '--silent', 'package', '--', '--out', again];
    const { status, stderr } = spawnSync('npm', args, { shell, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const hashes = (content: Readonly<Record<string, Uint8Array>>): string[] =>
      Object.entries(content)
        .map(([name, bytes]) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`)
        .sort();
    // the archive itself holds the time at which it was written, and its order is that in which files were found
    expect(hashes(unzipSync(readFileSync(again)))).toEqual(hashes(files));
  }, 120_000);

  test('analyzes its own sample where nothing but the package is', ({ onTestFinished }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-package-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    for (const name of names) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, files[name]!);
    }
    const args = ['extension/dist/cli.js', 'analyze', 'extension/media/sample/grad-step-000020.npy', '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, dump: { samples: 120, parameters: 610 } });
    const script = spawnSync(process.execPath, ['extension/dist/cli.js', 'script', 'dump'], { cwd: folder });
    expect(script.stdout.toString()).toBe(textOf('extension/media/python/gradient_dump.py'));
  });
});

/** The values in a manifest that are paths of files, as VS Code reads them. */
function namedFiles(value: unknown): string[] {
  if (typeof value === 'string') return /^(\.\/)?(dist|media)\/[\w./-]+\.\w+$/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namedFiles) : [];
}
