/** Words in the first page of the memory, each on a cache line of its own, through which threads tell each other what is up. */
const WORD = { turn: 0, operation: 16, done: 32, next: 48, stop: 64, blocksRead: 80, blocksUsed: 96, arrived: 112, round: 128, arguments: 144 } as const; // prettier-ignore
const AT = 4096;

/** Looks at a word before a thread goes to sleep: a few microseconds. */
const SPINS = 2000;

export class Stopped extends Error {}

export class Control {
  readonly #words: Int32Array;
  readonly #threads: number;

  constructor(memory: WebAssembly.Memory, threads: number) {
    this.#words = new Int32Array(memory.buffer, AT, 256);
    this.#threads = threads;
  }

  /** For the thread that leads: everybody, itself included, performs the operation; returns when all have. */
  fork(operation: number, values: readonly number[], perform: () => void, check: () => void): void {
    const words = this.#words;
    Atomics.store(words, WORD.next, 0);
    Atomics.store(words, WORD.done, 0);
    Atomics.store(words, WORD.operation, operation);
    for (const [k, value] of values.entries()) Atomics.store(words, WORD.arguments + k, value);
    if (this.#threads > 1) {
      Atomics.add(words, WORD.turn, 1);
      Atomics.notify(words, WORD.turn);
    }
    perform();
    this.#until(WORD.done, (done) => done >= this.#threads - 1, check);
  }

  /** For the threads that follow: performs operations until asked to stop. */
  follow(perform: (operation: number, values: readonly number[]) => void): void {
    const words = this.#words;
    for (let turn = 0; ; turn++) {
      this.#until(WORD.turn, (now) => now > turn);
      perform(
        Atomics.load(words, WORD.operation),
        [0, 1, 2, 3].map((k) => Atomics.load(words, WORD.arguments + k)),
      );
      Atomics.add(words, WORD.done, 1);
      Atomics.notify(words, WORD.done);
    }
  }

  /** The next piece of work of this operation. */
  next(): number {
    return Atomics.add(this.#words, WORD.next, 1);
  }

  stop(): void {
    Atomics.store(this.#words, WORD.stop, 1);
    for (const word of Object.values(WORD)) Atomics.notify(this.#words, word);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, WORD.stop) === 1;
  }

  /** Waits for all threads within an operation. */
  barrier(check: () => void): void {
    if (this.#threads === 1) {
      check();
      return;
    }
    const words = this.#words;
    const round = Atomics.load(words, WORD.round);
    if (Atomics.add(words, WORD.arrived, 1) === this.#threads - 1) {
      Atomics.store(words, WORD.arrived, 0);
      Atomics.add(words, WORD.round, 1);
      Atomics.notify(words, WORD.round);
    } else this.#until(WORD.round, (now) => now !== round, check);
    check();
  }

  /** For the reader: block k goes where block k − 2 was, when that has been used. */
  awaitUsed(blocks: number): void {
    this.#until(WORD.blocksUsed, (used) => used >= blocks);
  }

  awaitRead(blocks: number, check: () => void): void {
    this.#until(WORD.blocksRead, (read) => read >= blocks, check);
  }

  markRead(blocks: number): void {
    Atomics.store(this.#words, WORD.blocksRead, blocks);
    Atomics.notify(this.#words, WORD.blocksRead);
  }

  markUsed(blocks: number): void {
    Atomics.store(this.#words, WORD.blocksUsed, blocks);
    Atomics.notify(this.#words, WORD.blocksUsed);
  }

  #until(word: number, ready: (value: number) => boolean, check: () => void = () => undefined): void {
    const words = this.#words;
    for (let spin = 0; spin < SPINS; spin++) if (ready(Atomics.load(words, word))) return;
    for (;;) {
      const value = Atomics.load(words, word);
      if (ready(value)) return;
      if (this.stopped) throw new Stopped();
      Atomics.wait(words, word, value, 20);
      check();
    }
  }
}
