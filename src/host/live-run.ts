import { BEING_WRITTEN, describeProblem, problemOf } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { ChosenRun, RunListing, RunState, WorkerEvent } from '../shared/protocol';
import type { RunPoint } from '../shared/training-run';
import type { AnalysisWorkers } from './analysis-worker';
import type { Preferences } from './preferences';

export interface LiveRunSetup {
  readonly chosen: ChosenRun;
  readonly name: string;
  /** As the worker opens them. */
  readonly paths: readonly string[];
  readonly workers: Pick<AnalysisWorkers, 'runSteps'>;
  readonly preferences: () => Pick<Preferences, 'memoryBudget' | 'defaults'>;
  readonly confinedTo?: () => readonly string[] | undefined;
  /** A folder where results are kept. */
  readonly cache?: string;
  readonly log: (line: string) => void;
  readonly onState: () => void;
  readonly times?: typeof TIMES;
}

const TIMES = {
  /** Of one turn of the worker, ms: then it looks for newer steps, and other panels have theirs. */
  slice: 1000,
  /** Between two messages to the page, ms. */
  message: 150,
  /** Until a file that was just being written is tried again, ms. */
  again: 1000,
  /** How long a run file that ends too early is taken for one that is being written, ms. */
  patience: 30_000,
};

/**
 * A training run while it goes on: asks for its steps turn by turn, the newest first, and keeps what is known. One turn is under
 * way at a time, however often the folder changes. Knows nothing of VS Code.
 */
export class LiveRun {
  readonly #setup: LiveRunSetup;
  readonly #times: typeof TIMES;
  #listing: RunListing | undefined;
  /** What is shown while it is paused. */
  #frozen: RunListing | undefined;
  /** By version. */
  readonly #points = new Map<string, RunPoint>();
  /** By path, of an older version, until the newer one is known. */
  readonly #older = new Map<string, RunPoint>();
  #phase: RunState['phase'] = 'analyzing';
  #problem: Problem | undefined;
  #step: number | undefined;
  #updated: number | undefined;
  #paused = false;
  #looks = 0;
  #working = false;
  #disposed = false;
  #unreadableSince: number | undefined;
  #call: ReturnType<LiveRunSetup['workers']['runSteps']> | undefined;
  #telling: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(setup: LiveRunSetup) {
    this.#setup = setup;
    this.#times = setup.times ?? TIMES;
  }

  get state(): RunState {
    const listing = this.#frozen ?? this.#listing;
    return {
      name: this.#setup.name,
      phase: this.#phase,
      order: listing?.kind === 'dumps' ? listing.order : listing?.kind === 'norms' ? 'log' : 'run file',
      notes: listing?.kind === 'dumps' ? listing.notes : [],
      points: listing?.kind === 'dumps' ? listing.steps.map((step) => this.#pointOf(step)) : [],
      ...(listing?.kind === 'norms' && listing.log && { log: listing.log }),
      ...(this.#step !== undefined && { step: this.#step }),
      newer: this.#newer,
      ...(this.#problem && { problem: this.#problem }),
      ...(this.#updated !== undefined && { updated: this.#updated }),
    };
  }

  /** Absolute paths of the dumps that are shown, by the names that the page knows. */
  pathOf(file: string): string | undefined {
    const listing = this.#frozen ?? this.#listing;
    return listing?.kind === 'dumps' ? listing.steps.find((step) => step.file === file)?.path : undefined;
  }

  /** Folders in which steps lie. */
  get folders(): ReadonlySet<string> {
    const steps = this.#listing?.kind === 'dumps' ? this.#listing.steps : [];
    return new Set(steps.map(({ path }) => path.replace(/[\\/][^\\/]*$/, '')));
  }

  /** Something may have happened in the folder. */
  look(): void {
    this.#looks++;
    if (!this.#working && !this.#disposed) void this.#work();
  }

  cancel(): void {
    this.#call?.cancel();
  }

  /** What is shown stays as it is while it is paused. */
  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#frozen = paused ? this.#listing : undefined;
    this.#tell();
    this.look();
  }

  dispose(): void {
    this.#disposed = true;
    this.#call?.cancel();
    clearTimeout(this.#telling);
    clearTimeout(this.#again);
  }

  get #newer(): number {
    if (this.#frozen?.kind === 'norms' && this.#listing?.kind === 'norms')
      return Math.max(0, (this.#listing.log?.steps.length ?? 0) - (this.#frozen.log?.steps.length ?? 0));
    if (this.#frozen?.kind !== 'dumps' || this.#listing?.kind !== 'dumps') return 0;
    const shown = new Set(this.#frozen.steps.map(({ version }) => version));
    return this.#listing.steps.filter(({ version }) => !shown.has(version)).length;
  }

  #pointOf({ step, file, path, version }: Extract<RunListing, { kind: 'dumps' }>['steps'][number]): RunPoint {
    const known = this.#points.get(version) ?? this.#older.get(path);
    return { ...known, step, file };
  }

  async #work(): Promise<void> {
    this.#working = true;
    clearTimeout(this.#again);
    this.#phase = 'analyzing';
    this.#problem = undefined;
    this.#tell();
    let problem: Problem | undefined;
    for (let answered = -1; answered !== this.#looks && problem === undefined && !this.#disposed;) {
      answered = this.#looks;
      problem = await this.#turn();
    }
    this.#working = false;
    this.#step = undefined;
    this.#end(problem);
    this.#tell();
  }

  #end(problem: Problem | undefined): void {
    if (problem === undefined) this.#unreadableSince = undefined;
    const isPatient =
      problem !== undefined &&
      this.#listing !== undefined &&
      BEING_WRITTEN.has(problem.code) &&
      performance.now() - (this.#unreadableSince ??= performance.now()) < this.#times.patience;
    if (isPatient) this.#lookLater();
    if (problem === undefined || isPatient) {
      this.#phase = 'done';
      return;
    }
    this.#setup.log(`${this.#setup.name}: ${describeProblem(problem)}`);
    this.#phase = problem.code === 'run/canceled' ? 'canceled' : 'failed';
    if (this.#phase === 'failed') this.#problem = problem;
  }

  #lookLater(): void {
    if (!this.#disposed) this.#again = setTimeout(() => this.look(), this.#times.again);
  }

  async #turn(): Promise<Problem | undefined> {
    const { workers, paths, chosen, preferences, confinedTo, cache } = this.#setup;
    const { memoryBudget, defaults } = preferences();
    const folders = confinedTo?.();
    const norms = this.#listing?.kind === 'norms' ? [this.#listing.version] : [];
    this.#call = workers.runSteps(
      {
        paths,
        said: chosen.said,
        known: [...this.#points.keys(), ...norms],
        slice: this.#paused ? 0 : this.#times.slice,
        memoryBudget,
        defaults,
        ...(folders && { confinedTo: folders }),
        ...(cache !== undefined && { cache }),
      },
      (event) => this.#hear(event),
    );
    try {
      const { waiting, unfinished } = await this.#call.answer;
      if (waiting > 0 && !this.#paused) this.#looks++;
      else if (unfinished > 0) this.#lookLater();
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  #hear(event: WorkerEvent): void {
    if (event.kind === 'listing') this.#list(event.listing);
    else if (event.kind === 'step-begun') this.#step = event.step;
    else if (event.kind === 'step') {
      this.#points.set(event.version, event.point);
      this.#updated = Date.now();
    } else return;
    this.#tell();
  }

  #list(listing: RunListing): void {
    if (listing.kind === 'norms') {
      const before = this.#listing?.kind === 'norms' ? this.#listing.log : undefined;
      if (listing.log !== undefined) this.#updated = Date.now();
      const log = listing.log ?? before;
      this.#listing = { ...listing, ...(log && { log }) };
      return;
    }
    const before = this.#listing?.kind === 'dumps' ? this.#listing.steps : [];
    this.#listing = listing;
    const versions = new Set(listing.steps.map(({ version }) => version));
    for (const { path, version } of before) {
      const known = this.#points.get(version);
      if (versions.has(version) || known === undefined) continue;
      this.#older.set(path, known);
      if (this.#frozen === undefined) this.#points.delete(version);
    }
  }

  /** At most so often, but the last word is always said. */
  #tell(): void {
    if (this.#telling !== undefined || this.#disposed) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#setup.onState();
    }, this.#times.message);
  }
}
