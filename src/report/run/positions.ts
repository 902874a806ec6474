import type { RunAxis } from '../../shared/protocol';
import type { RunPoint } from '../../shared/training-run';

/**
 * Where the steps of a run stand on an axis of steps, examples or tokens seen: a batch size holds from its step to the next.
 *
 * @returns [points]; undefined where the run does not say what that takes
 */
export function positionsOf(points: readonly RunPoint[], unit: RunAxis['unit']): readonly number[] | undefined {
  if (points.length === 0) return [];
  if (unit === 'step') return points.map(({ step }) => step);
  if (unit === 'tokens') {
    const tokens = points.map(({ summary }) => summary?.tokens);
    return tokens.every((each) => each !== undefined) ? tokens : undefined;
  }
  const sizes = heldSizes(points);
  if (sizes === undefined) return undefined;
  const positions: number[] = [];
  points.forEach(({ step }, k) => {
    const before = points[k - 1];
    const seen = (positions[k - 1] ?? 0) + (step - (before?.step ?? 0)) * (sizes[k - 1] ?? sizes[0] ?? 0);
    positions.push(seen);
  });
  return positions;
}

/** The batch size of each step; that of a step which failed is the one before. */
function heldSizes(points: readonly RunPoint[]): readonly number[] | undefined {
  let held = points.find(({ summary }) => summary?.training.batchSize !== undefined)?.summary?.training.batchSize;
  const sizes: number[] = [];
  for (const { summary } of points) {
    if (summary !== undefined && summary.training.batchSize === undefined) return undefined;
    held = summary?.training.batchSize ?? held;
    if (held === undefined) return undefined;
    sizes.push(held);
  }
  return sizes;
}
