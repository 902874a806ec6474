import { copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AnalysisWorkers, startAnalysisThread } from '../../src/host/analysis-worker';
import type { AnalysisThread } from '../../src/host/analysis-worker';
import { problemOf } from '../../src/shared/problem';
import type { DumpSummary } from '../../src/shared/summary';
import { uniformRandom } from '../../src/theory/random';
import { headerOf, npy } from '../formats/build';

/** What happens to a file, or to the thread that reads it, at a random moment of an analysis. */
const EVENTS = ['canceled', 'killed', 'overwritten', 'replaced', 'truncated', 'deleted', 'asked again'] as const;
type Event = (typeof EVENTS)[number];

/** How often each event was met, and how each ended: a summary, or the code of a problem. */
export type RaceCounts = ReadonlyMap<string, number>;

/** Milliseconds after which an answer does not come any more, also on a busy machine. */
const HANGS = 120_000;
const MEMORY = 350 * 2 ** 20;
const pause = async (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Disturbs analyses in real threads at random moments.
 *
 * @param script the built worker
 * @throws Error with the seed and the number of the race, when an analysis does not answer, answers with what neither version
 *   of the file says, or leaves the next one wrong
 */
export async function races(
  script: string,
  seed: number,
  count: number,
  events: readonly Event[] = EVENTS,
): Promise<RaceCounts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'races-'));
  const threads: { readonly thread: AnalysisThread; readonly gone: Promise<unknown> }[] = [];
  const workers = new AnalysisWorkers(() => {
    const thread = startAnalysisThread(script);
    threads.push({ thread, gone: new Promise((resolve) => thread.onDeath(resolve)) });
    return thread;
  });
  const random = uniformRandom(seed);
  const counts = new Map<string, number>();
  const file = path.join(folder, 'grad.npy');
  const versions = [1, 2].map((version) => {
    const kept = path.join(folder, `version-${version}.npy`);
    writeFileSync(kept, npy({ header: headerOf("'<f4'", '(48, 2000)'), data: dataOf(48 * 2000, version) }));
    return kept;
  });
  const analyze = (name: string) => workers.analyze({ paths: [name], memoryBudget: MEMORY }, () => undefined);
  try {
    const known: string[] = [];
    for (const version of versions) known.push(numbersOf(await analyze(version).answer));
    const begun = performance.now();
    await analyze(versions[0]!).answer;
    const within = 1.5 * (performance.now() - begun);
    for (let race = 0; race < count; race++) {
      const fail = (why: string): never => {
        throw new Error(`seed ${seed}, race ${race}: ${why}`);
      };
      copyFileSync(versions[0]!, file);
      const event = events[Math.floor(random() * events.length)]!;
      const asked = analyze(file);
      const ended = asked.answer.then(
        (summary) => ({ summary }),
        (error: unknown) => ({ problem: problemOf(error) }),
      );
      await pause(random() * within);
      let ending: Promise<unknown> | undefined;
      const kill = (): void => {
        const killed = threads.splice(0);
        killed.forEach(({ thread }) => thread.terminate());
        ending = Promise.all(killed.map(({ gone }) => gone));
      };
      const again = disturb(event, { file, other: versions[1]!, folder, cancel: asked.cancel, kill, ask: () => analyze(file).answer }); // prettier-ignore
      const outcome = await Promise.race([ended, pause(HANGS)]);
      if (outcome === undefined) return fail(`${event}: no answer within ${HANGS / 1000} s`);
      // a thread that answered before it was killed is still on its way out
      await ending;
      if ('summary' in outcome && !known.includes(numbersOf(outcome.summary))) fail(`${event}: a mixed result`);
      if ('problem' in outcome && outcome.problem.code === 'run/internal') fail(`${event}: ${outcome.problem.found}`);
      if (again !== undefined && numbersOf(await again) !== known[0]) fail(`${event}: the other answer is wrong`);
      if (race % 10 === 9 && numbersOf(await analyze(versions[1]!).answer) !== known[1])
        fail('a stale or crossed result');
      const name = `${event}: ${'summary' in outcome ? 'summary' : outcome.problem.code}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  } finally {
    workers.dispose();
    rmSync(folder, { recursive: true });
  }
}

interface Reach {
  readonly file: string;
  readonly other: string;
  readonly folder: string;
  readonly cancel: () => void;
  readonly kill: () => void;
  readonly ask: () => Promise<DumpSummary>;
}

function disturb(event: Event, { file, other, folder, cancel, kill, ask }: Reach): Promise<DumpSummary> | undefined {
  switch (event) {
    case 'canceled':
      cancel();
      return undefined;
    case 'killed':
      kill();
      return undefined;
    case 'overwritten':
      copyFileSync(other, file);
      return undefined;
    case 'replaced': {
      const fresh = path.join(folder, 'fresh.npy');
      copyFileSync(other, fresh);
      renameSync(fresh, file);
      return undefined;
    }
    case 'truncated':
      truncateSync(file, 5000);
      return undefined;
    case 'deleted':
      rmSync(file);
      return undefined;
    case 'asked again':
      return ask();
  }
}

/** All that was computed, to the last bit. */
const numbersOf = ({ moments, spectrum }: DumpSummary): string =>
  JSON.stringify([moments?.scatter, moments?.meanSquaredNorm, ...(spectrum?.eigenvalues ?? [])]);

function dataOf(count: number, version: number): Uint8Array {
  const uniform = uniformRandom(version);
  return new Uint8Array(Float32Array.from({ length: count }, () => uniform() - 0.5).buffer);
}
