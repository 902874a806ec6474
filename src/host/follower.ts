/** Told by the follower, in this order. */
export interface Followed {
  /** The file is not the version any more that was seen. */
  readonly onChange: () => void;
  /** It became another version and has stopped changing: two looks agree. */
  readonly onWhole: () => void;
}

/**
 * Notices when a file became another and stopped changing. A writer makes hundreds of versions, most of them partial: only the
 * one that two looks in a row see is whole. Checks may come as often as they like; at most one is at work.
 */
export class Follower {
  readonly #look: () => Promise<string>;
  readonly #settle: number;
  readonly #followed: Followed;
  #seen: string | undefined;
  /** Checks that were asked for. */
  #checks = 0;
  #checking = false;
  #disposed = false;

  /**
   * @param look what distinguishes versions; never the empty string
   * @param settle milliseconds between two looks that must agree
   */
  constructor(look: () => Promise<string>, settle: number, followed: Followed) {
    this.#look = look;
    this.#settle = settle;
    this.#followed = followed;
  }

  /** The version that is shown; undefined takes the next look for it. */
  seen(version: string | undefined): void {
    this.#seen = version;
  }

  /** Something may have happened to the file. */
  check(): void {
    this.#checks++;
    if (!this.#checking) void this.#answerChecks();
  }

  /** What was seen is known not to be a version at all. */
  awaitWhole(): void {
    this.#seen = '';
    this.check();
  }

  dispose(): void {
    this.#disposed = true;
  }

  async #answerChecks(): Promise<void> {
    this.#checking = true;
    for (let answered = 0; answered !== this.#checks;) {
      answered = this.#checks;
      const version = await this.#look();
      this.#seen ??= version;
      if (version !== this.#seen) await this.#awaitRest(version);
    }
    this.#checking = false;
  }

  async #awaitRest(changed: string): Promise<void> {
    const gone = (): boolean => this.#disposed;
    if (gone()) return;
    this.#followed.onChange();
    let version = changed;
    for (let last = ''; version !== last && !gone();) {
      last = version;
      await new Promise((resolve) => setTimeout(resolve, this.#settle));
      version = await this.#look();
    }
    // a run that was started meanwhile may have seen this version already
    if (version === this.#seen || gone()) return;
    this.#seen = version;
    this.#followed.onWhole();
  }
}
