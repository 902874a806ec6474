import type { DumpMetadata, Layout } from './dump';
import type { CompanionChoice, DumpSummary } from './summary';
import type { Problem } from './problem';
import type { OfferedAction } from './report';
import type { SaidSettings, Settings } from './settings';
import type { NormLog, RunPoint } from './training-run';

/* --- host ↔ worker: requests with answers, and events on the way ------------------------------------------------------ */

export interface AnalyzeRequest {
  /** Absolute paths the worker can open. Several files, or those of a folder, are read as one dump, as `layout` says. */
  readonly paths: readonly string[];
  /** For other file systems: the content of the only file; its path is then a mere name. */
  readonly bytes?: Uint8Array;
  /** With bytes: the content of the files beside the dump that say something about it, where there are any. */
  readonly beside?: { readonly sidecar?: Uint8Array; readonly run?: Uint8Array };
  /** Bytes an analysis may allocate. */
  readonly memoryBudget: number;
  /** One Int32; any value but 0 asks to stop. Polled at every block. */
  readonly cancelFlag: SharedArrayBuffer;
  /** One Int32, counted up whenever the flag is polled: whoever waits can distinguish a long computation from a hung disk. */
  readonly heartbeat?: SharedArrayBuffer;
  /** Rows (0-based) to leave out, when the reader asked for an analysis without them. */
  readonly excludedRows?: readonly number[];
  /** Send a preview of a spectrum that takes more than two seconds. */
  readonly preview?: boolean;
  /** Shuffle the columns, and draw batches, also where that takes longer than about a second. */
  readonly resample?: boolean;
  /** Read the dump once more for its noisiest directions also where that takes longer than a moment. */
  readonly directions?: boolean;
  /** One step of a run: without shuffles and directions, of which a step keeps nothing. */
  readonly asStep?: boolean;
  /** Hash the file also where that takes longer than a moment. */
  readonly hash?: boolean;
  /** How several files, or arrays of one file, lie whose names do not say it; without it they are refused (data/layout). */
  readonly layout?: Layout;
  /** Instead of those that the metadata names. */
  readonly companions?: CompanionChoice;
  /** In a workspace that is not trusted: the folders outside of which nothing is read that a file names. */
  readonly confinedTo?: readonly string[];
}

export interface WorkerMethods {
  /** Resolves with the complete summary; what is known before is sent as events. Rejects with an AnalysisError. */
  readonly analyze: (request: AnalyzeRequest) => Promise<DumpSummary>;
  /** The dumps that a run.json lists. */
  readonly readRun: (request: RunRequest) => Promise<readonly RunStep[]>;
  /** The steps of a run that are not known yet, the newest first, for as long as asked; they are sent as events. */
  readonly runSteps: (request: RunStepsRequest) => Promise<RunStepsLeft>;
  /** The report of a dump, run or comparison, or why there is none, as a text of at most 2 KB for a language model. */
  readonly brief: (request: BriefRequest) => Promise<string>;
  /** What a metadata file contradicts. */
  readonly checkSidecar: (request: SidecarRequest) => Promise<readonly SidecarFinding[]>;
}

export interface SidecarRequest extends Pick<AnalyzeRequest, 'confinedTo'> {
  /** Of the metadata file. */
  readonly path: string;
  /** Its text as it is in the editor. */
  readonly bytes: Uint8Array;
  /** Whether the path can be opened, and what is next to it. */
  readonly onDisk: boolean;
}

export interface SidecarFinding {
  /** `error`: the dump is refused because of it. */
  readonly severity: 'error' | 'warning';
  readonly text: string;
  /** Where: a key of the outermost object; absent where it is about all of it. */
  readonly key?: string;
}

export interface BriefRequest extends AnalyzeRequest {
  /** In place of what the metadata say. */
  readonly said: SaidSettings;
  /** An absolute path: the dump is compared with this one. */
  readonly baseline?: string;
}

export interface RunRequest extends Pick<AnalyzeRequest, 'bytes' | 'confinedTo'> {
  readonly path: string;
}

export interface RunStepsRequest extends Pick<
  AnalyzeRequest,
  'memoryBudget' | 'cancelFlag' | 'heartbeat' | 'confinedTo'
> {
  /** A run file, a folder, a norm log, or several dumps. */
  readonly paths: readonly string[];
  /** The reader said that these are the steps of a run. */
  readonly said: boolean;
  /** Versions of steps, or of a norm log, that are known: nothing is sent of them. */
  readonly known: readonly string[];
  /** A folder where results are kept. */
  readonly cache?: string;
  /** Where a dump does not say it. */
  readonly defaults: Pick<DumpMetadata, 'learningRate' | 'batchSize' | 'datasetSize' | 'convention'>;
  /**
   * Milliseconds after which no other step is begun: whoever waits asks again, and gets what is newest by then. With 0 the steps
   * are listed only.
   */
  readonly slice: number;
}

/** What remains when an answer comes. */
export interface RunStepsLeft {
  /** Steps that can be analyzed now. */
  readonly waiting: number;
  /** Files that somebody is just writing. */
  readonly unfinished: number;
}

/** Where the steps of a run are, in their order. */
export type RunListing =
  | {
      readonly kind: 'dumps';
      readonly order: 'run file' | 'metadata' | 'names';
      readonly notes: readonly string[];
      readonly steps: readonly {
        readonly step: number;
        /** Relative to the run, and absolute. */
        readonly file: string;
        readonly path: string;
        /** Distinguishes what the result depends on. */
        readonly version: string;
      }[];
    }
  | { readonly kind: 'norms'; readonly version: string; readonly log?: NormLog };

/** One dump of a training run. */
export interface RunStep {
  readonly step: number;
  /** As the run says it: relative to its own folder. */
  readonly file: string;
  readonly loss?: number;
}

export type WorkerEvent =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** What is known so far: the dump, then also its moments. */
  | { readonly kind: 'partial'; readonly summary: DumpSummary }
  | { readonly kind: 'listing'; readonly listing: RunListing }
  | { readonly kind: 'step-begun'; readonly step: number }
  | { readonly kind: 'step'; readonly version: string; readonly point: RunPoint };

export interface Progress {
  readonly stage: 'reading' | 'spectrum' | 'directions' | 'resampling' | 'companions';
  readonly block: number;
  readonly blocks: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/* --- host ↔ page: two closed unions; the page speaks first ------------------------------------------------------------ */

export type HostMessage =
  /** Everything the page shows, whenever it becomes visible or something changed. */
  | { readonly kind: 'state'; readonly state: PanelState }
  | { readonly kind: 'progress'; readonly run: number; readonly progress: Progress }
  | { readonly kind: 'runs'; readonly state: RunPanelState }
  | { readonly kind: 'comparison'; readonly state: ComparisonState }
  /** The reader chose it from the menu of what was clicked. */
  | { readonly kind: 'export'; readonly target: ExportTarget; readonly form: ExportForm };

/** What a menu of the page is of. */
export interface ExportTarget {
  readonly webviewSection: 'plot' | 'table' | 'metric' | 'formula';
  /** Of the plot, table or metric. */
  readonly id: string;
}

export type ExportForm = 'image' | 'svg' | 'png' | 'csv' | 'latex' | 'formula' | 'value';

/** Runs over their steps, on one page. */
export interface RunPanelState {
  /** What it is of, as `RunMemory` keeps it. */
  readonly chosen: readonly ChosenRun[];
  /** In the same order. */
  readonly runs: readonly RunState[];
  /** New steps are counted, and not shown. */
  readonly paused: boolean;
}

export interface ChosenRun {
  /** URIs. */
  readonly files: readonly string[];
  /** The reader said that these are the steps of a run. */
  readonly said: boolean;
}

export interface RunState {
  readonly name: string;
  readonly phase: 'analyzing' | 'done' | 'canceled' | 'failed';
  /** What says the order of the steps. */
  readonly order: 'run file' | 'metadata' | 'names' | 'log';
  readonly notes: readonly string[];
  /** Ascending by step; one that waits has neither summary nor problem. */
  readonly points: readonly RunPoint[];
  /** In place of points. */
  readonly log?: NormLog;
  /** The step that is analyzed now. */
  readonly step?: number;
  /** Steps that came while it is paused. */
  readonly newer: number;
  readonly problem?: Problem;
  /** Milliseconds since 1970, when the newest step was analyzed. */
  readonly updated?: number;
}

/** Two dumps, each with an analysis of its own. */
export interface ComparisonState {
  /** Among its companions, `compared` is the other dump. */
  readonly baseline: PanelState;
  readonly other: PanelState;
}

export interface PanelState {
  /** Counts the analyses of this panel: a late message of an older run is ignored. */
  readonly run: number;
  /** The dump as `PageMemory` keeps it: a URI. */
  readonly path: string;
  readonly fileName: string;
  /** Where the dump comes from, when a stopped program saved it: "as of the stop at train.py:41". */
  readonly origin?: string;
  readonly phase: 'analyzing' | 'done' | 'canceled' | 'failed';
  /** Missing until the header of the dump is known; partial while analyzing; of an older version after a failure. */
  readonly summary?: DumpSummary;
  readonly problem?: Problem;
  /** Milliseconds since 1970, when the summary was completed. */
  readonly updated?: number;
  /** The file on disk is newer than what is shown. */
  readonly stale?: boolean;
  /** Settings to begin with, before the reader moved anything; complete only together with the summary. */
  readonly settings?: Settings;
  /** Companions that the reader chose or left out in the panel. */
  readonly companions?: CompanionChoice;
  /** A section to lead the reader to now. It is sent once, and only with a summary. */
  readonly section?: string;
}

export type PageMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'analyze-again' }
  | OfferedAction
  | { readonly kind: 'choose-file' }
  | { readonly kind: 'show-log' }
  | { readonly kind: 'learn-more'; readonly code: string }
  | { readonly kind: 'settings'; readonly settings: Settings }
  /** Of a run: the report of this step, beside. */
  | { readonly kind: 'open-step'; readonly run: number; readonly file: string }
  | { readonly kind: 'pause'; readonly paused: boolean }
  | { readonly kind: 'exclude-rows'; readonly rows: readonly number[] }
  /** Of a comparison: the other dump becomes the baseline. */
  | { readonly kind: 'swap' }
  | { readonly kind: 'open-side'; readonly side: keyof ComparisonState }
  /** The host asks where to, and writes. */
  | { readonly kind: 'save'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'picture-copied' }
  /** The window does not let a page copy pictures: this one can be saved. */
  | { readonly kind: 'picture-not-copied'; readonly name: string; readonly bytes: Uint8Array }
  /** A fault of the page itself, for the log. */
  | { readonly kind: 'fault'; readonly text: string };

/** What the page keeps across a reload of the window, beside its scroll position. */
export interface PageMemory {
  /** Of the state it was given. */
  readonly path: string;
  readonly settings?: Settings;
  readonly companions?: CompanionChoice;
  readonly scroll?: number;
  /** What is open of that which unfolds. */
  readonly unfolded?: readonly string[];
}

/** The same of a page of runs. */
export interface RunMemory {
  readonly runs: readonly ChosenRun[];
  readonly axis?: RunAxis;
  readonly scroll?: number;
}

/** The x axis that all plots of a run share. */
export interface RunAxis {
  readonly unit: 'step' | 'examples' | 'tokens';
  readonly scale: 'linear' | 'log';
}

/** The same of a comparison. */
export interface ComparisonMemory {
  /** As in `PageMemory`. */
  readonly baseline: string;
  readonly other: string;
  readonly scroll?: number;
}
