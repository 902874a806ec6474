import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { AnalysisWorkers } from './analysis-worker';
import type { Preferences } from './preferences';
import type { ProgramDumps } from './program-dumps';
import type { RecentSummaries } from './recent-summaries';
import type { RowsAnswers } from './rows-answers';

/** What the parts of the host share: made once, when the extension is activated. */
export interface Host {
  readonly context: Pick<ExtensionContext, 'extensionUri' | 'globalState'>;
  readonly rowsAnswers: RowsAnswers;
  readonly workers: AnalysisWorkers;
  /** What is known of dumps that running programs saved. */
  readonly programDumps: Pick<ProgramDumps, 'about' | 'closed'>;
  readonly recent: RecentSummaries;
  readonly log: LogOutputChannel;
  /** As they are now. */
  readonly preferences: () => Preferences;
}
