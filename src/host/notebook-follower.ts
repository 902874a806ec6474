import type { Evaluate } from './program-value';
import { ValueFollower } from './value-follower';
import type { Sight } from './value-follower';

/** A kernel after a cell. */
export interface CellRun {
  readonly evaluate: Evaluate;
  /** The number that the notebook shows next to the cell; undefined where no cell has run. */
  readonly cell: number | undefined;
}

/** A value over the cells of one notebook. Knows nothing of VS Code. */
export class NotebookFollower extends ValueFollower<CellRun> {
  /** Whether it is the same value that a click asks for. */
  isAbout(expression: string): boolean {
    return this.canGoOn && expression === this.expression;
  }

  protected async first({ evaluate, cell }: CellRun): Promise<Sight> {
    return Promise.resolve({ evaluate, moment: cell === undefined ? 'the click' : `cell [${cell}]` });
  }

  protected async again(run: CellRun): Promise<Sight> {
    return this.first(run);
  }

  protected async place({ cell }: CellRun): Promise<string> {
    return Promise.resolve(cell === undefined ? 'again' : `after cell [${cell}]`);
  }
}
