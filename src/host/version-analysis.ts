import type { AnalyzeRequest, WorkerEvent } from '../shared/protocol';
import type { CompanionChoice, DumpSummary } from '../shared/summary';
import type { AnalysisCall, AnalysisWorkers } from './analysis-worker';
import type { RecentSummaries } from './recent-summaries';

/** A dump on some file system. */
export interface DumpFile {
  /** A URI. */
  readonly uri: string;
  readonly name: string;
  /** What a worker needs to read it: paths, or the bytes where only the editor can reach them. */
  readonly source: () => Promise<Pick<AnalyzeRequest, 'paths' | 'layout' | 'bytes' | 'beside'>>;
  /** What distinguishes versions of the dump and its sidecar. Never rejects: a missing file is a version, too. */
  readonly look: () => Promise<string>;
  /** The same for all that the result depends on: also the run that lists the dump, whose growth alone is not followed. */
  readonly identity: () => Promise<string>;
}

/** Who analyzes, and what is known already. */
export interface AnalysisMeans {
  readonly file: DumpFile;
  readonly workers: Pick<AnalysisWorkers, 'analyze'>;
  /** What is known of versions that were analyzed before; absent where versions cannot be distinguished for certain. */
  readonly recent?: Pick<RecentSummaries, 'get' | 'keep'>;
  /** In a workspace that is not trusted: the folders outside of which nothing is read that a file names. */
  readonly confinedTo?: () => readonly string[] | undefined;
}

/** What is asked of a version. */
export interface VersionRequest extends Pick<AnalyzeRequest, 'excludedRows' | 'resample'> {
  readonly memoryBudget: number;
  readonly companions: CompanionChoice;
  /** Also when this version was analyzed before. */
  readonly again?: boolean;
  /** How long a look at the file may delay the analysis, ms; a hung disk is found by the worker, not here. */
  readonly patience: number;
}

export interface VersionListener {
  /** The version that is analyzed, before it is; undefined where the look took too long. */
  readonly onSeen: (version: string | undefined) => void;
  readonly onEvent: (event: WorkerEvent) => void;
}

/** The analysis of a dump as it is now, once. A panel follows one dump with many of them, and a run has one for each step. */
export class VersionAnalysis {
  readonly #means: AnalysisMeans;
  readonly #request: VersionRequest;
  readonly #listener: VersionListener;
  #asked: AnalysisCall<DumpSummary> | undefined;
  #dropped = false;

  constructor(means: AnalysisMeans, request: VersionRequest, listener: VersionListener) {
    this.#means = means;
    this.#request = request;
    this.#listener = listener;
  }

  /** @returns false where no worker was asked yet, so that nobody will answer */
  cancel(): boolean {
    this.#asked?.cancel();
    return this.#asked !== undefined;
  }

  /** Nobody listens any more. */
  drop(): void {
    this.#dropped = true;
    this.#asked?.cancel();
  }

  /**
   * @returns the summary, and whether it was known before; nothing where the analysis was dropped
   * @throws AnalysisError when there is no summary to show
   */
  async perform(): Promise<{ readonly summary: DumpSummary; readonly known: boolean } | undefined> {
    const { file, workers, recent } = this.#means;
    const { memoryBudget, companions, excludedRows, resample = false, again = false, patience } = this.#request;
    // before the analysis: a version that comes later than this look is noticed after it
    const [version, identity] = await Promise.race([
      Promise.all([file.look(), file.identity()]),
      pause(patience).then(() => [undefined, undefined] as const),
    ]);
    const key = (resampled: boolean): string =>
      JSON.stringify([file.uri, identity, memoryBudget, resampled, excludedRows, companions]);
    const known = again ? undefined : (recent?.get(key(true)) ?? (resample ? undefined : recent?.get(key(false))));
    if (identity !== undefined && known !== undefined) {
      if (this.#dropped) return undefined;
      this.#listener.onSeen(version);
      return { summary: known, known: true };
    }
    const source = await file.source();
    if (this.#dropped) return undefined;
    this.#listener.onSeen(version);
    const confinedTo = this.#means.confinedTo?.();
    this.#asked = workers.analyze(
      {
        ...source,
        memoryBudget,
        preview: true,
        directions: true,
        ...(excludedRows && { excludedRows }),
        ...(resample && { resample }),
        ...(Object.keys(companions).length > 0 && { companions }),
        ...(confinedTo && { confinedTo }),
      },
      (event) => {
        if (!this.#dropped) this.#listener.onEvent(event);
      },
    );
    const summary = await this.#asked.answer;
    // the files of companions are not looked at
    if (identity !== undefined && summary.companions === undefined)
      void file.identity().then((now) => {
        // a version that came meanwhile is another one
        if (now === identity) recent?.keep(key(resample), summary);
      });
    return { summary, known: false };
  }
}

async function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds);
  });
}
