import { describeProblem, problemOf } from '../shared/problem';
import { ASK_ABOVE, inspectValue, saveValue } from './program-value';
import type { Evaluate } from './program-value';
import { namesAPlace } from './program-python';

/** Where a program stands when a value of it is in sight. */
export interface Sight {
  readonly evaluate: Evaluate;
  /** As the panel says it, such as `the stop at train.py:41`. */
  readonly moment: string;
}

export interface FollowerSetup {
  readonly expression: string;
  /** Where the value is saved, again and again. */
  readonly file: string;
  /** Bytes up to which a program on another disk sends the value; undefined for none. */
  readonly carry?: number;
  /** Whether the reader agrees to save so many bytes. */
  readonly agree: (bytes: number) => Promise<boolean>;
  readonly log: (line: string) => void;
  /** The file, or what `origin` says of it, has changed. */
  readonly onChange: () => void;
}

/**
 * The value of one expression while its program goes on: saved at the click, and, where the expression only names a place,
 * saved again at every moment at which it is in sight. Knows nothing of VS Code.
 *
 * @typeParam Moment what is known of a program that has stopped, or has run a cell
 */
export abstract class ValueFollower<Moment> {
  readonly expression: string;
  readonly file: string;
  readonly #setup: FollowerSetup;
  #savedAt = '';
  /** Why it is not followed at this moment. */
  #lost = '';
  /** Bytes above which it is not saved without asking. */
  #agreed = ASK_ABOVE;
  #saved = false;
  #over = false;
  #next: Moment | undefined;
  #busy: Promise<void> | undefined;

  constructor(setup: FollowerSetup) {
    this.#setup = setup;
    this.expression = setup.expression;
    this.file = setup.file;
  }

  /** @example 'as of the stop at train.py:41' */
  get origin(): string {
    return `as of ${this.#savedAt}${this.#lost === '' ? '' : `; ${this.#lost}`}`;
  }

  /** Whether it has ended for good. */
  get over(): boolean {
    return this.#over;
  }

  /** Where the value is at the moment of a click. */
  protected abstract first(moment: Moment): Promise<Sight>;
  /** Where it is later; a text says why it is not in sight. */
  protected abstract again(moment: Moment): Promise<Sight | string>;
  /** As a problem names a moment, such as `at train.py:50`; it may be asked before `again` has answered. */
  protected abstract place(moment: Moment): Promise<string>;

  /** Whether it is one that a click on the same expression asks for again. */
  protected get canGoOn(): boolean {
    return !this.#over && namesAPlace(this.expression);
  }

  /**
   * Saves the value for the first time, or again at the reader's request.
   *
   * @returns false when the reader does not want so large a file
   * @throws AnalysisError program/evaluation, program/value, program/disk
   */
  async save(moment: Moment): Promise<boolean> {
    const { evaluate, moment: now } = await this.first(moment);
    if (namesAPlace(this.expression)) {
      const { bytes } = await inspectValue(evaluate, this.expression);
      if (bytes > this.#agreed) {
        if (!(await this.#setup.agree(bytes))) return false;
        this.#agreed = bytes;
      }
    }
    const { left } = await this.#write(evaluate);
    if (left.length > 0)
      this.#setup.log(`${this.expression}: left out, because they are not arrays: ${left.join(', ')}`);
    this.#saved = true;
    this.#savedAt = now;
    this.#lost = namesAPlace(this.expression) ? '' : 'evaluated once, because it may change the program';
    return true;
  }

  /** The program has gone on. Moments that come while one is being saved are one, the last. */
  async follow(moment: Moment): Promise<void> {
    if (!this.#saved || !this.canGoOn) return;
    this.#next = moment;
    this.#busy ??= this.#work().finally(() => (this.#busy = undefined));
    await this.#busy;
  }

  /** The program is not there any more; the file stays. */
  end(why: string): void {
    this.interrupt(why);
    this.#over = true;
  }

  /** It is out of sight until the program goes on. */
  interrupt(why: string): void {
    if (this.#over) return;
    this.#lost = why;
    this.#setup.onChange();
  }

  /** Nobody looks any more. */
  dispose(): void {
    this.#over = true;
  }

  async #write(evaluate: Evaluate): ReturnType<typeof saveValue> {
    return saveValue(evaluate, this.expression, this.file, this.#agreed, this.#setup.carry);
  }

  async #work(): Promise<void> {
    for (let moment = this.#next; moment !== undefined && !this.#over; moment = this.#next) {
      this.#next = undefined;
      const changed = await this.#saveAgain(moment);
      if (changed && !this.#ended()) this.#setup.onChange();
    }
  }

  /** It may end while something is waited for. */
  #ended(): boolean {
    return this.#over;
  }

  async #saveAgain(moment: Moment): Promise<boolean> {
    try {
      const sight = await this.again(moment);
      if (this.#ended()) return false;
      if (typeof sight === 'string') {
        this.#lost = sight;
        return true;
      }
      await this.#write(sight.evaluate);
      // a session that ended meanwhile has had its say
      if (this.#ended()) return false;
      this.#savedAt = sight.moment;
      this.#lost = '';
      return true;
    } catch (error) {
      // the program may have gone on meanwhile: then the next moment says more
      if (this.#next !== undefined || this.#ended()) return false;
      const problem = problemOf(error);
      this.#setup.log(`${this.expression}: ${describeProblem(problem)}`);
      const place = await this.place(moment);
      // its end may have come meanwhile
      if (!this.#ended()) this.#lost = `not saved ${place}: ${problem.found}`;
      return true;
    }
  }
}
