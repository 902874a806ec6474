import path from 'node:path';
import { runSteps } from '../../src/worker/run';
import type { HostMessage, RunListing, RunPanelState, RunState } from '../../src/shared/protocol';
import type { RunPoint } from '../../src/shared/training-run';

/** The kept run of four steps, or other files, as the host hears of it. */
export async function runState(...paths: readonly string[]): Promise<RunState> {
  const files = paths.length === 0 ? ['test/fixtures/digits-mlp/run'] : paths;
  const points = new Map<string, RunPoint>();
  let listing: RunListing | undefined;
  await runSteps(
    {
      paths: files.map((file) => path.resolve(file)),
      said: files.length > 1,
      known: [],
      defaults: {},
      slice: Infinity,
      memoryBudget: 2 ** 28,
      cancelFlag: new SharedArrayBuffer(4),
    },
    (event) => {
      if (event.kind === 'listing') listing = event.listing;
      if (event.kind === 'step') points.set(event.version, event.point);
    },
  );
  if (listing === undefined) throw new TypeError('no run was found');
  const [first = ''] = files;
  const common = { name: path.basename(first), phase: 'done', newer: 0, updated: Date.UTC(2026, 0, 1, 12) } as const;
  if (listing.kind === 'norms')
    return { ...common, order: 'log', notes: [], points: [], ...(listing.log && { log: listing.log }) };
  const { order, notes, steps } = listing;
  return {
    ...common,
    order,
    notes,
    points: steps.map(({ step, file, version }) => points.get(version) ?? { step, file }),
  };
}

export const runsOf = (runs: readonly RunState[], more: Partial<RunPanelState> = {}): HostMessage => ({
  kind: 'runs',
  state: {
    chosen: runs.map(({ name }) => ({ files: [`file:///runs/${name}`], said: false })),
    runs,
    paused: false,
    ...more,
  },
});
