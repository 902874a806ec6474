import type { ExtensionContext, LogOutputChannel, Uri } from 'vscode';
import type { AnalysisWorkers } from './analysis-worker';
import type { Preferences } from './preferences';
import type { RecentSummaries } from './recent-summaries';
import type { RowsAnswers } from './rows-answers';

/** Dumps that running programs saved. */
export interface DumpsOfPrograms {
  /** What a dump is of, and as of which moment; undefined for all others. */
  readonly about: (uri: Uri) => { readonly name: string; readonly origin: string } | undefined;
  /** Its panel is gone. */
  readonly closed: (uri: Uri) => void;
}

/** What the parts of the host share: made once, when the extension is activated. */
export interface Host {
  readonly context: Pick<ExtensionContext, 'extensionUri' | 'globalState' | 'globalStorageUri'>;
  readonly rowsAnswers: RowsAnswers;
  readonly workers: AnalysisWorkers;
  /** What is known of dumps that running programs saved. */
  readonly programDumps: DumpsOfPrograms;
  readonly recent: RecentSummaries;
  readonly log: LogOutputChannel;
  /** As they are now. */
  readonly preferences: () => Preferences;
}
