import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { namedPath } from '../../src/formats/named-path';
import { refused } from '../kernel/run';

const posix = (named: string, naming = '/run/a/grad.npy'): string => namedPath(naming, named, {}, 'linux');
const windows = (named: string, naming = 'C:\\run\\grad.npy'): string => namedPath(naming, named, {}, 'win32');

describe('a file that metadata name', () => {
  test('is found from the file that names it', () => {
    expect(posix('hessian.npy')).toBe('/run/a/hessian.npy');
    expect(posix('../b/hessian.npy')).toBe('/run/b/hessian.npy');
    expect(posix('/data/h:1.npy')).toBe('/data/h:1.npy');
    expect(posix('a b/con.npy')).toBe('/run/a/a b/con.npy');
    expect(windows('..\\h.npy')).toBe('C:\\h.npy');
    expect(windows('D:/h.npy')).toBe('D:\\h.npy');
    expect(windows('console.npy')).toBe('C:\\run\\console.npy');
    // the reader opened a dump of that share
    expect(windows('h.npy', '\\\\server\\share\\grad.npy')).toBe('\\\\server\\share\\h.npy');
  });

  test.each([
    '\\\\server\\share\\h.npy',
    '//server/share/h.npy',
    '\\/server/share/h.npy',
    '\\\\?\\UNC\\server\\share\\h.npy',
    '\\\\.\\PhysicalDrive0',
    '//./pipe/a',
    '\\??\\C:\\h.npy',
    'http://evil.example/h.npy',
    'https:/evil.example/h.npy',
    'file:///etc/passwd',
    'vscode-remote://a/h.npy',
    'FTP://a/h.npy',
    'data:,1',
    'h.npy\0.txt',
  ])('is no share, device or address, on any system: %j', (named) => {
    for (const resolve of [posix, windows]) expect(() => resolve(named)).toThrow(refused('metadata/invalid'));
  });

  test.each([
    '/dev/zero',
    '/proc/self/environ',
    '/sys/kernel/x',
    '../../dev/zero',
    '../../../../proc/self/mem',
    '/dev',
  ])('is nothing of the system: %s', (named) => {
    expect(() => posix(named)).toThrow(refused('metadata/invalid', /device/));
  });

  test('may lie beside a dump that lies in memory, and nowhere else there', () => {
    expect(posix('h.npy', '/dev/shm/run/grad.npy')).toBe('/dev/shm/run/h.npy');
    expect(() => posix('../../zero', '/dev/shm/run/grad.npy')).toThrow(refused('metadata/invalid'));
    expect(posix('/devices/h.npy')).toBe('/devices/h.npy');
  });

  test.each(['NUL', 'con.npy', 'a\\aux', 'COM1.npy', 'lpt9:', 'C:\\run\\nul.tar.npy', 'com¹'])(
    'is no device of Windows: %s',
    (named) => {
      expect(() => windows(named)).toThrow(refused('metadata/invalid', /device/));
    },
  );
});

describe.runIf(process.platform !== 'win32')('a file that links lead to', () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'named-path-')));
  afterAll(() => rmSync(folder, { recursive: true }));
  const at = (...names: string[]): string => path.join(folder, ...names);
  mkdirSync(at('workspace', 'run'), { recursive: true });
  mkdirSync(at('workspace-other'));
  writeFileSync(at('secret.npy'), '');
  writeFileSync(at('workspace', 'h.npy'), '');
  symlinkSync(at('secret.npy'), at('workspace', 'run', 'out.npy'));
  symlinkSync(at('workspace', 'h.npy'), at('workspace', 'run', 'in.npy'));
  symlinkSync('/proc/self/environ', at('workspace', 'run', 'environ.npy'));
  symlinkSync(folder, at('workspace', 'run', 'out'));
  symlinkSync(at('workspace'), at('link'));
  const dump = at('workspace', 'run', 'grad.npy');
  const confined = (named: string, folders = [at('workspace')]): string =>
    namedPath(dump, named, { confinedTo: folders });

  test('is judged by where they lead', () => {
    expect(namedPath(dump, 'out.npy')).toBe(at('workspace', 'run', 'out.npy'));
    expect(() => namedPath(dump, 'environ.npy')).toThrow(refused('metadata/invalid', /device/));
  });

  test('lies in the workspace, where that is not trusted', () => {
    expect(confined('in.npy')).toBe(at('workspace', 'run', 'in.npy'));
    expect(confined('../h.npy')).toBe(at('workspace', 'h.npy'));
    expect(confined('missing.npy')).toBe(at('workspace', 'run', 'missing.npy'));
    expect(confined('in.npy', ['/elsewhere', at('workspace')])).toBe(at('workspace', 'run', 'in.npy'));
    for (const named of [
      'out.npy',
      '../../secret.npy',
      'out/missing.npy',
      at('secret.npy'),
      '../../workspace-other/h.npy',
      '/etc/passwd',
    ])
      expect(() => confined(named)).toThrow(refused('metadata/invalid', /outside of the workspace/));
    // no folder is open
    expect(() => confined('in.npy', [])).toThrow(refused('metadata/invalid', /outside/));
  });

  test('is found where the workspace itself was opened by a link', () => {
    expect(namedPath(at('link', 'run', 'grad.npy'), 'in.npy', { confinedTo: [at('link')] })).toBe(
      at('link', 'run', 'in.npy'),
    );
  });
});
