import type { DumpMetadata } from '../shared/dump';

/** What the user set, within its bounds. */
export interface Preferences {
  /** Bytes an analysis may allocate. */
  readonly memoryBudget: number;
  /** Bytes of a file that must be read whole, because its file system is not the disk. */
  readonly remoteFileLimit: number;
  readonly followChanges: boolean;
  /** Used where a dump does not say it. */
  readonly defaults: Pick<DumpMetadata, 'learningRate' | 'batchSize'>;
}

const MIB = 2 ** 20;

/**
 * Settings files are edited by hand and by workspaces: nonsense is replaced, and a note says by what.
 *
 * @param get the raw value of a setting, without its section
 */
export function preferencesFrom(get: (key: string) => unknown, note: (line: string) => void): Preferences {
  const within = (key: string, minimum: number, fallback: number, maximum: number): number => {
    const value = get(key);
    const number = typeof value === 'number' && !Number.isNaN(value) ? value : fallback;
    const used = Math.min(maximum, Math.max(minimum, number));
    if (used !== value) note(`gradientCovariance.${key} is ${JSON.stringify(value)}; ${used} is used instead`);
    return used;
  };
  const unlessUnset = (
    key: 'learningRate' | 'batchSize',
    fits: (value: number) => boolean,
  ): Preferences['defaults'] => {
    const value = get(key);
    if (value === null || value === undefined) return {};
    if (typeof value === 'number' && fits(value)) return { [key]: value };
    note(`gradientCovariance.${key} is ${JSON.stringify(value)}, which cannot be used`);
    return {};
  };
  return {
    memoryBudget: within('memoryBudgetMiB', 64, 350, 65_536) * MIB,
    remoteFileLimit: within('remoteFileLimitMiB', 1, 64, 1024) * MIB,
    followChanges: get('followChanges') !== false,
    defaults: {
      ...unlessUnset('learningRate', (value) => value > 0 && value < Infinity),
      ...unlessUnset('batchSize', (value) => Number.isInteger(value) && value >= 1),
    },
  };
}
