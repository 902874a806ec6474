import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Follower } from '../../src/host/follower';

const SETTLE = 300;
const heard: string[] = [];
let version = 'first';
let looks = 0;
let follower: Follower;

beforeEach(() => {
  vi.useFakeTimers();
  heard.length = 0;
  version = 'first';
  looks = 0;
  follower = new Follower(
    async () => {
      looks++;
      return Promise.resolve(version);
    },
    SETTLE,
    { onChange: () => heard.push('change'), onWhole: () => heard.push(`whole ${version}`) },
  );
  follower.seen('first');
});
afterEach(() => vi.useRealTimers());

async function become(next: string): Promise<void> {
  version = next;
  follower.check();
  await vi.advanceTimersByTimeAsync(0);
}

describe('a follower', () => {
  test('says nothing while the file is the version that was seen', async () => {
    for (let i = 0; i < 10; i++) await become('first');
    await vi.advanceTimersByTimeAsync(10 * SETTLE);
    expect(heard).toEqual([]);
  });

  test('tells of a change at once, and of the new version when two looks agree', async () => {
    await become('second');
    expect(heard).toEqual(['change']);
    await vi.advanceTimersByTimeAsync(SETTLE - 1);
    expect(heard).toEqual(['change']);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard).toEqual(['change', 'whole second']);
  });

  test('waits while the file goes on changing', async () => {
    for (let part = 1; part <= 20; part++) {
      await become(`part ${part}`);
      await vi.advanceTimersByTimeAsync(SETTLE / 2);
    }
    expect(heard).toEqual(['change']);
    await vi.advanceTimersByTimeAsync(2 * SETTLE);
    expect(heard).toEqual(['change', 'whole part 20']);
  });

  test('turns a storm of a thousand events into one new version and a handful of looks', async () => {
    for (let i = 0; i < 1000; i++) {
      version = `storm ${i}`;
      follower.check();
    }
    await vi.advanceTimersByTimeAsync(10 * SETTLE);
    expect(heard).toEqual(['change', 'whole storm 999']);
    expect(looks).toBeLessThan(10);
  });

  test('tells of each version once', async () => {
    await become('second');
    await vi.advanceTimersByTimeAsync(SETTLE);
    await become('second');
    await become('third');
    await vi.advanceTimersByTimeAsync(SETTLE);
    expect(heard).toEqual(['change', 'whole second', 'change', 'whole third']);
  });

  test('notices a change that comes while it is looking', async () => {
    follower.check();
    version = 'second'; // the look above has seen the first version already
    follower.check();
    await vi.advanceTimersByTimeAsync(2 * SETTLE);
    expect(heard).toEqual(['change', 'whole second']);
  });

  test('does not tell of a version that somebody saw meanwhile', async () => {
    await become('second');
    follower.seen('second');
    await vi.advanceTimersByTimeAsync(SETTLE);
    expect(heard).toEqual(['change']);
  });

  test('takes the next look for the version that was seen when nobody knows it', async () => {
    follower.seen(undefined);
    await become('second');
    await vi.advanceTimersByTimeAsync(SETTLE);
    expect(heard).toEqual([]);
  });

  test('tells of the same version again when what was seen is known to be none', async () => {
    follower.awaitWhole();
    await vi.advanceTimersByTimeAsync(SETTLE);
    expect(heard).toEqual(['change', 'whole first']);
  });

  test('is silent, and stops looking, after disposal', async () => {
    await become('second');
    follower.dispose();
    const before = looks;
    for (let part = 0; part < 10; part++) {
      version = `part ${part}`;
      await vi.advanceTimersByTimeAsync(SETTLE / 2);
    }
    expect(heard).toEqual(['change']);
    expect(looks - before).toBeLessThan(2);
  });
});
