import { describeProblem, problemOf } from '../shared/problem';
import { ASK_ABOVE, inspectValue, namesAPlace, saveValue } from './debug-value';

/** A frame as the Debug Adapter Protocol describes it. */
export interface Frame {
  readonly id: number;
  /** Of its function. */
  readonly name: string;
  readonly line: number;
  readonly source?: { readonly name?: string; readonly path?: string } | undefined;
}

/** One thread of a stopped program. */
export interface StoppedThread {
  /** Of the selected frame. */
  readonly frameId: number;
  /** Innermost first. */
  readonly frames: () => Promise<readonly Frame[]>;
  readonly evaluate: (expression: string, frameId: number) => Promise<string>;
}

export interface FollowerSetup {
  readonly expression: string;
  /** Where the value is saved, again and again. */
  readonly file: string;
  /** Whether the reader agrees to save so many bytes. */
  readonly agree: (bytes: number) => Promise<boolean>;
  readonly log: (line: string) => void;
  /** The file, or what `origin` says of it, has changed. */
  readonly onChange: () => void;
}

/**
 * The value of one expression over the stops of one thread: saved at the click, and, where the expression only names a
 * place, saved again at every stop at which its function is on the stack. Knows nothing of VS Code.
 */
export class DebugFollower {
  readonly expression: string;
  readonly file: string;
  readonly #setup: FollowerSetup;
  /** The function in which the expression means what it meant at the click. */
  #function: string | undefined;
  /** File and line. */
  #savedAt = '';
  /** Why it is not followed at this moment. */
  #lost = '';
  /** Bytes above which it is not saved without asking. */
  #agreed = ASK_ABOVE;
  #over = false;
  #next: StoppedThread | undefined;
  #busy: Promise<void> | undefined;

  constructor(setup: FollowerSetup) {
    this.#setup = setup;
    this.expression = setup.expression;
    this.file = setup.file;
  }

  /** @example 'as of the stop at train.py:41' */
  get origin(): string {
    return `as of the stop at ${this.#savedAt}${this.#lost === '' ? '' : `; ${this.#lost}`}`;
  }

  /** Whether it is the same value that a click asks for. */
  async isAbout(expression: string, thread: StoppedThread): Promise<boolean> {
    if (this.#over || expression !== this.expression || !namesAPlace(expression)) return false;
    const frame = (await thread.frames()).find(({ id }) => id === thread.frameId);
    return frame !== undefined && functionOf(frame) === this.#function;
  }

  /**
   * Saves the value for the first time, or again at the reader's request.
   *
   * @returns false when the reader does not want so large a file
   * @throws AnalysisError debug/evaluation, debug/value, debug/disk
   */
  async save(thread: StoppedThread): Promise<boolean> {
    const frame = (await thread.frames()).find(({ id }) => id === thread.frameId);
    const evaluate = async (expression: string): Promise<string> => thread.evaluate(expression, thread.frameId);
    if (namesAPlace(this.expression)) {
      const { bytes } = await inspectValue(evaluate, this.expression);
      if (bytes > this.#agreed) {
        if (!(await this.#setup.agree(bytes))) return false;
        this.#agreed = bytes;
      }
    }
    const { left } = await saveValue(evaluate, this.expression, this.file, this.#agreed);
    if (left.length > 0)
      this.#setup.log(`${this.expression}: left out, because they are not arrays: ${left.join(', ')}`);
    this.#function = frame && functionOf(frame);
    this.#savedAt = frame === undefined ? 'an unknown line' : placeOf(frame);
    this.#lost = namesAPlace(this.expression) ? '' : 'evaluated once, because it may change the program';
    return true;
  }

  /** The thread has stopped. Stops that come while one is being saved are one, the last. */
  async follow(thread: StoppedThread): Promise<void> {
    if (this.#over || this.#function === undefined || !namesAPlace(this.expression)) return;
    this.#next = thread;
    this.#busy ??= this.#work().finally(() => (this.#busy = undefined));
    await this.#busy;
  }

  /** The session has ended; the file stays. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#lost = 'the debug session has ended';
    this.#setup.onChange();
  }

  /** Nobody looks any more. */
  dispose(): void {
    this.#over = true;
  }

  async #work(): Promise<void> {
    for (let thread = this.#next; thread !== undefined && !this.#over; thread = this.#next) {
      this.#next = undefined;
      const changed = await this.#saveAgain(thread);
      if (changed) this.#tell();
    }
  }

  #tell(): void {
    if (!this.#over) this.#setup.onChange();
  }

  async #saveAgain(thread: StoppedThread): Promise<boolean> {
    let here = '';
    try {
      const frames = await thread.frames();
      const [innermost] = frames;
      if (innermost !== undefined) here = ` at ${placeOf(innermost)}`;
      // a step into a function that it calls leaves the value in sight
      const frame = frames.find((each) => functionOf(each) === this.#function);
      if (frame === undefined) {
        this.#lost = `its function is not on the stack${here}`;
        return true;
      }
      await saveValue(
        async (expression) => thread.evaluate(expression, frame.id),
        this.expression,
        this.file,
        this.#agreed,
      );
      this.#savedAt = placeOf(frame);
      this.#lost = '';
      return true;
    } catch (error) {
      // the program may have gone on meanwhile: then the next stop says more
      if (this.#next !== undefined) return false;
      const problem = problemOf(error);
      this.#setup.log(`${this.expression}: ${describeProblem(problem)}`);
      this.#lost = `not saved${here}: ${problem.found}`;
      return true;
    }
  }
}

const sourceOf = ({ source }: Frame): string => source?.path ?? source?.name ?? '';
const functionOf = (frame: Frame): string => `${frame.name}\n${sourceOf(frame)}`;

/** @example 'train.py:41' */
const placeOf = (frame: Frame): string => `${sourceOf(frame).split(/[\\/]/).at(-1) || frame.name}:${frame.line}`;
