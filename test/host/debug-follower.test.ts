import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DebugFollower } from '../../src/host/debug-follower';
import type { Frame, StoppedThread } from '../../src/host/debug-follower';

describe('a value that is followed over the stops of a program', () => {
  let folder: string;
  let file: string;
  let changes: string[];
  let asked: number[];
  let agrees: boolean;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'debug-follower-'));
    file = path.join(folder, 'g.gradients');
    [changes, asked, agrees] = [[], [], true];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const made = (expression = 'g'): DebugFollower => {
    const follower = new DebugFollower({
      expression,
      file,
      agree: async (bytes) => {
        asked.push(bytes);
        return Promise.resolve(agrees);
      },
      log: () => undefined,
      onChange: () => changes.push(follower.origin),
    });
    return follower;
  };

  interface Program {
    readonly bytes?: number;
    readonly line?: number;
    readonly source?: Frame['source'];
    /** Before it answers. */
    readonly wait?: Promise<void>;
    readonly saves?: () => void;
  }
  /** A program whose value is a text that it writes when it is asked to. */
  const stopped = (text: string, { bytes = 8, line = 41, wait, saves, ...rest }: Program = {}): StoppedThread => {
    const source = 'source' in rest ? rest.source : { path: 'C:\\src\\train.py' };
    return {
      frameId: 7,
      frames: async () => Promise.resolve([{ id: 7, name: 'train', line, source }]),
      evaluate: async (expression) => {
        await wait;
        const place = /space\["door"\]\(value, "[^"]*", "/.test(expression);
        if (place) {
          saves?.();
          writeFileSync(file, text);
        }
        const reply = { type: 'ndarray', layers: null, shape: [1, 1], dtype: 'f', bytes, left: [], size: text.length };
        return `'gradients:${Buffer.from(JSON.stringify(reply)).toString('hex')}'`;
      },
    };
  };
  const saved = (): string => readFileSync(file, 'utf8');

  test('says the file and the line of its stop, on Windows, too', async () => {
    const follower = made();
    expect(await follower.save(stopped('a'))).toBe(true);
    expect(follower.origin).toBe('as of the stop at train.py:41');
  });

  test('says the function where there is no file', async () => {
    const follower = made();
    await follower.save(stopped('a', { source: undefined }));
    expect(follower.origin).toBe('as of the stop at train:41');
  });

  test('is saved at the last of several stops that come while one is being saved', async () => {
    const follower = made();
    await follower.save(stopped('first'));
    let goOn = (): void => undefined;
    const wait = new Promise<void>((resolve) => (goOn = resolve));
    let between = 0;
    const all = [
      follower.follow(stopped('second', { line: 42, wait })),
      follower.follow(stopped('third', { line: 43, saves: () => between++ })),
      follower.follow(stopped('fourth', { line: 44 })),
    ];
    goOn();
    await Promise.all(all);
    expect(between).toBe(0);
    expect(saved()).toBe('fourth');
    expect(follower.origin).toBe('as of the stop at train.py:44');
  });

  test('is asked about once when it is large, and not saved against the reader’s will', async () => {
    const bytes = 3 * 2 ** 30;
    agrees = false;
    const follower = made();
    expect(await follower.save(stopped('a', { bytes }))).toBe(false);
    expect(asked).toEqual([bytes]);
    expect(() => saved()).toThrow('ENOENT');
    agrees = true;
    expect(await follower.save(stopped('a', { bytes }))).toBe(true);
    expect(await follower.save(stopped('b', { bytes }))).toBe(true);
    expect(asked).toEqual([bytes, bytes]);
    expect(saved()).toBe('b');
  });

  test('is not followed any more when the session has ended, or nobody looks', async () => {
    const follower = made();
    await follower.save(stopped('a'));
    follower.end('the debug session has ended');
    follower.end('the debug session has ended');
    await follower.follow(stopped('b'));
    expect(changes).toEqual(['as of the stop at train.py:41; the debug session has ended']);
    const closed = made();
    await closed.save(stopped('c'));
    closed.dispose();
    await closed.follow(stopped('d'));
    expect(saved()).toBe('c');
  });
});
