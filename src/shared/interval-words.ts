import type { Interval } from './report';

/**
 * Both ends in words, the one first that can be relied on: from few rows, or where one row carries most of the noise, upper ends
 * miss more often than lower ones.
 *
 * @param low, high the ends as they are written
 * @example intervalPieces('3', '9', { lower: 3 }).join('') // => '3 … 9'
 * @example intervalPieces('0', '9', { lower: 0 }).join('') // => 'at most 9'
 * @example intervalPieces('3', '9', { lower: 3, caution: 'upper end' }).join('') // => 'at least 3, perhaps up to 9'
 * @example intervalPieces('0', '9', { lower: 0, caution: 'rough' }).join('') // => 'rough: perhaps up to 9'
 */
export function intervalPieces<T>(
  low: T,
  high: T,
  { lower, caution }: Pick<Interval, 'lower' | 'caution'>,
): readonly (string | T)[] {
  if (caution === undefined) return lower === 0 ? ['at most ', high] : [low, ' … ', high];
  const begin = caution === 'rough' ? ['rough: '] : [];
  const least = lower === 0 ? [] : ['at least ', low, ', '];
  return [...begin, ...least, 'perhaps up to ', high];
}

/** The same of ends that are written “low … high”. */
export function intervalWords(ends: string, interval: Pick<Interval, 'lower' | 'caution'>): string {
  const [low = '', high = ''] = ends.split(' … ');
  return intervalPieces(low, high, interval).join('');
}
