import { describe, expect, test } from 'vitest';
import manifest from '../../package.json';
import { preferencesFrom } from '../../src/host/preferences';

const MIB = 2 ** 20;
const declared = manifest.contributes.configuration.properties;

function read(values: Record<string, unknown>): ReturnType<typeof preferencesFrom> & { notes: string[] } {
  const notes: string[] = [];
  const preferences = preferencesFrom(
    (key) => values[key],
    (line) => notes.push(line),
  );
  return { ...preferences, notes };
}
const DECLARED = Object.fromEntries(
  Object.entries(declared).map(([name, { default: value }]) => [name.replace('gradientCovariance.', ''), value]),
);

describe('the preferences', () => {
  test('are the defaults that package.json declares, without a note', () => {
    expect(read(DECLARED)).toEqual({
      memoryBudget: 350 * MIB,
      remoteFileLimit: 64 * MIB,
      followChanges: true,
      defaults: {},
      notes: [],
    });
  });

  test('are the same where nothing is set at all', () => {
    const { notes: _, ...unset } = read({});
    const { notes: __, ...byDefault } = read(DECLARED);
    expect(unset).toEqual(byDefault);
  });

  test('have the bounds that package.json declares', () => {
    for (const [name, key] of [
      ['memoryBudgetMiB', 'memoryBudget'],
      ['remoteFileLimitMiB', 'remoteFileLimit'],
    ] as const) {
      const { minimum, maximum } = declared[`gradientCovariance.${name}`];
      expect(read({ ...DECLARED, [name]: minimum - 1 })[key]).toBe(minimum * MIB);
      expect(read({ ...DECLARED, [name]: maximum + 1 })[key]).toBe(maximum * MIB);
      expect(read({ ...DECLARED, [name]: minimum }).notes).toEqual([]);
    }
  });

  test.each([
    [NaN, 350],
    [-1, 64],
    [1e9, 65_536],
    [Infinity, 65_536],
    ['512', 350],
    [{}, 350],
    [null, 350],
  ])('turn a memory budget of %s into %d MiB, and say so', (value, used) => {
    const { memoryBudget, notes } = read({ ...DECLARED, memoryBudgetMiB: value });
    expect(memoryBudget).toBe(used * MIB);
    expect(notes).toEqual([expect.stringContaining(`memoryBudgetMiB`)]);
    expect(notes[0]).toContain(`${used} is used instead`);
  });

  test('keep a learning rate and a batch size that can be used', () => {
    expect(read({ ...DECLARED, learningRate: 0.1, batchSize: 32 })).toMatchObject({
      defaults: { learningRate: 0.1, batchSize: 32 },
      notes: [],
    });
  });

  test.each([
    ['learningRate', 0],
    ['learningRate', -0.1],
    ['learningRate', NaN],
    ['learningRate', Infinity],
    ['learningRate', '0.1'],
    ['batchSize', 0],
    ['batchSize', 1.5],
    ['batchSize', [32]],
  ])('leave %s unknown when it is %s, and say so', (key, value) => {
    const { defaults, notes } = read({ ...DECLARED, [key]: value });
    expect(defaults).toEqual({});
    expect(notes).toHaveLength(1);
  });
});
