import { BEING_WRITTEN, describeProblem, problemOf } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { PanelState, Progress, WorkerEvent } from '../shared/protocol';
import { suggestedSettings, withAnswer } from '../shared/settings';
import type { RowsAnswer, Settings } from '../shared/settings';
import type { CompanionChoice, Companions, DumpDescription, DumpSummary } from '../shared/summary';
import { CANCELED } from './analysis-worker';
import { Follower } from './follower';
import type { Preferences } from './preferences';
import { VersionAnalysis } from './version-analysis';
import type { AnalysisMeans, VersionRequest } from './version-analysis';

export interface LiveReportSetup extends AnalysisMeans {
  readonly preferences: () => Omit<Preferences, 'remoteFileLimit'>;
  /** Where the dump comes from, when a stopped program saved it. */
  readonly origin?: () => string | undefined;
  readonly log: (line: string) => void;
  readonly onState: () => void;
  readonly onProgress: (run: number, progress: Progress) => void;
  /** What the reader answered about these rows before. */
  readonly answer?: () => RowsAnswer | undefined;
  /** What the reader had chosen before a reload. */
  readonly chosen?: Settings | undefined;
  readonly companions?: CompanionChoice | undefined;
  readonly times?: typeof TIMES;
}

export const TIMES = {
  /** How long a look at the file may delay a run; a hung disk is found by the worker, not here. */
  look: 1000,
  /** Between two looks that must agree before a file counts as whole. */
  settle: 300,
  /** How long a file that ends too early is taken for one that is still being written. */
  patience: 30_000,
  /** Between two progress messages. */
  progress: 50,
};

/** Runs in a row that may find the file changed under them and be followed by another one. */
const MAX_CHANGED_WHILE_READ = 5;

/** What a run does beside analyzing the file as it is. */
interface How extends Pick<VersionRequest, 'excludedRows' | 'resample' | 'again'> {
  /** The file had changed; nobody asked. */
  readonly followed?: boolean;
}

/**
 * The report of one dump over its versions: runs the analysis, keeps the last complete summary in sight while a new one is
 * on its way, and notices when the file became another. Knows nothing of VS Code.
 */
export class LiveReport {
  readonly #setup: LiveReportSetup;
  readonly #times: typeof TIMES;
  readonly #follower: Follower;
  /** Counts the runs; whatever an older one says is ignored. */
  #run = 0;
  #how: How = {};
  #companions: CompanionChoice;
  #phase: PanelState['phase'] = 'analyzing';
  /** Of the last version that was analyzed to its end. */
  #complete: DumpSummary | undefined;
  /** Of the run on its way, or canceled. */
  #partial: DumpSummary | undefined;
  #problem: Problem | undefined;
  #updated: number | undefined;
  #stale = false;
  #chosen: Settings | undefined;
  #analysis: VersionAnalysis | undefined;
  #lastProgress = 0;
  #changedWhileRead = 0;
  #patience: NodeJS.Timeout | undefined;
  /** For the dump. */
  readonly #waiting: (() => void)[] = [];

  constructor(setup: LiveReportSetup) {
    this.#setup = setup;
    this.#times = setup.times ?? TIMES;
    this.#chosen = setup.chosen;
    this.#companions = setup.companions ?? {};
    this.#follower = new Follower(setup.file.look, this.#times.settle, {
      onChange: () => {
        this.#stale = this.#complete !== undefined;
        this.#tell();
      },
      onWhole: () => {
        if (setup.preferences().followChanges) this.#start({ followed: true });
      },
    });
  }

  get state(): Omit<PanelState, 'section'> {
    const summary = this.#complete ?? this.#partial;
    const origin = this.#setup.origin?.();
    const settings = this.#chosen ?? (summary && this.#suggested(summary));
    return {
      run: this.#run,
      path: this.#setup.file.uri,
      fileName: this.#setup.file.name,
      ...(origin !== undefined && { origin }),
      phase: this.#phase,
      ...(summary && { summary }),
      ...(this.#problem && { problem: this.#problem }),
      ...(this.#updated !== undefined && { updated: this.#updated }),
      ...(this.#stale && { stale: true }),
      ...(settings && { settings }),
      ...(Object.keys(this.#companions).length > 0 && { companions: this.#companions }),
    };
  }

  /** The dump as soon as its header is known; undefined when the run ends without. */
  async dump(): Promise<DumpDescription | undefined> {
    if (this.state.summary === undefined && this.#phase === 'analyzing')
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.state.summary?.dump;
  }

  /** Starts a run; one that is still on its way is canceled. */
  analyze(excludedRows?: readonly number[]): void {
    this.#changedWhileRead = 0;
    this.#start({ ...(excludedRows && { excludedRows }) });
  }

  /** Without a look at what is known of this version. */
  analyzeAgain(): void {
    this.#changedWhileRead = 0;
    this.#start({ again: true });
  }

  /** Once more the rows that were analyzed last, now with what takes long. */
  resample(): void {
    this.#changedWhileRead = 0;
    this.#start({ ...this.#how, resample: true, followed: false });
  }

  /** From now on, also for later versions of the dump. */
  chooseCompanion(name: keyof Companions, file: string | false): void {
    this.#companions = { ...this.#companions, [name]: file };
    this.#changedWhileRead = 0;
    this.#start({ ...this.#how, followed: false });
  }

  /** The workspace is trusted from now on: a companion may be read that was not. */
  trusted(): void {
    const companions = Object.values(this.state.summary?.companions ?? {});
    if (!companions.some((companion) => 'problem' in companion)) return;
    this.#changedWhileRead = 0;
    this.#start({ ...this.#how, followed: false });
  }

  cancel(): void {
    if (this.#phase !== 'analyzing') return;
    if (this.#analysis?.cancel() === true) return;
    this.#run++;
    this.#analysis?.drop();
    this.#end(CANCELED, false);
  }

  /** The reader moved something. */
  choose(settings: Settings): void {
    this.#chosen = settings;
  }

  /** Something may have happened to the file. */
  checkForChanges(): void {
    // a run looks again when it ends
    if (this.#phase !== 'analyzing') this.#follower.check();
  }

  dispose(): void {
    this.#run++;
    this.#analysis?.drop();
    this.#follower.dispose();
    clearTimeout(this.#patience);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tell(): void {
    if (this.state.summary !== undefined || this.#phase !== 'analyzing')
      for (const resolve of this.#waiting.splice(0)) resolve();
    this.#setup.onState();
  }

  #start(how: How): void {
    this.#how = how;
    this.#analysis?.drop();
    clearTimeout(this.#patience);
    this.#run++;
    this.#phase = 'analyzing';
    this.#problem = undefined;
    this.#partial = undefined;
    this.#tell();
    void this.#perform(this.#run, how);
  }

  async #perform(run: number, { followed = false, ...how }: How): Promise<void> {
    const { file, preferences, log } = this.#setup;
    const begun = performance.now();
    const { memoryBudget } = preferences();
    const analysis = new VersionAnalysis(
      this.#setup,
      { ...how, memoryBudget, companions: this.#companions, patience: this.#times.look },
      { onSeen: (version) => this.#follower.seen(version), onEvent: (event) => this.#hear(event) },
    );
    this.#analysis = analysis;
    try {
      const found = await analysis.perform();
      if (found === undefined || run !== this.#run) return;
      this.#succeed(found.summary);
      const way = found.known ? 'as it was analyzed before' : `analyzed in ${Math.round(performance.now() - begun)} ms`;
      log(`${file.name}: ${way}`);
      this.#end(undefined, followed);
    } catch (error) {
      if (run !== this.#run) return;
      const problem = problemOf(error);
      log(`${file.name}: ${describeProblem(problem)}`);
      this.#end(problem, followed);
    }
  }

  #succeed(summary: DumpSummary): void {
    this.#complete = summary;
    this.#updated = Date.now();
    this.#stale = false;
    this.#changedWhileRead = 0;
  }

  #hear(event: WorkerEvent): void {
    if (event.kind === 'partial') {
      this.#partial = event.summary;
      // an older version stays in sight until the new one is complete: results swap in place
      if (this.#complete === undefined) this.#tell();
      return;
    }
    if (event.kind !== 'progress') return;
    const now = performance.now();
    if (now - this.#lastProgress < this.#times.progress) return;
    this.#lastProgress = now;
    this.#setup.onProgress(this.#run, event.progress);
  }

  #end(problem: Problem | undefined, followed: boolean): void {
    this.#analysis = undefined;
    if (problem?.code === 'run/canceled') this.#phase = 'canceled';
    else if (problem !== undefined && followed && this.#complete !== undefined && BEING_WRITTEN.has(problem.code))
      this.#bePatient(problem);
    else this.#finish(problem);
    this.#tell();

    const { followChanges } = this.#setup.preferences();
    // not for ever: a file system may count its own reading as a change
    if (problem?.code === 'file/changed' && followChanges && ++this.#changedWhileRead <= MAX_CHANGED_WHILE_READ)
      this.#follower.awaitWhole();
    else this.#follower.check();
  }

  #finish(problem: Problem | undefined): void {
    this.#phase = problem === undefined ? 'done' : 'failed';
    this.#problem = problem;
    this.#partial = undefined;
  }

  /** The older version stays in sight, until it takes too long for a file that is being written. */
  #bePatient(problem: Problem): void {
    this.#phase = 'done';
    this.#stale = true;
    this.#partial = undefined;
    this.#patience = setTimeout(() => {
      this.#finish(problem);
      this.#tell();
    }, this.#times.patience);
  }

  #suggested({ dump }: DumpSummary): Settings {
    const settings = suggestedSettings({
      ...dump,
      metadata: { ...this.#setup.preferences().defaults, ...dump.metadata },
    });
    const answer = this.#setup.answer?.();
    return answer === undefined ? settings : withAnswer(settings, answer, dump);
  }
}
