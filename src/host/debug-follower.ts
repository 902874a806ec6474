import { ValueFollower } from './value-follower';
import type { Sight } from './value-follower';

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

/** A value over the stops of one thread: it is in sight when its function is on the stack. Knows nothing of VS Code. */
export class DebugFollower extends ValueFollower<StoppedThread> {
  /** The function in which the expression means what it meant at the click. */
  #function: string | undefined;

  /** Whether it is the same value that a click asks for. */
  async isAbout(expression: string, thread: StoppedThread): Promise<boolean> {
    if (!this.canGoOn || expression !== this.expression) return false;
    const frame = await selected(thread);
    return frame !== undefined && functionOf(frame) === this.#function;
  }

  protected async first(thread: StoppedThread): Promise<Sight> {
    const frame = await selected(thread);
    this.#function = frame && functionOf(frame);
    return sightOf(thread, frame ?? { id: thread.frameId });
  }

  protected async again(thread: StoppedThread): Promise<Sight | string> {
    // a step into a function that it calls leaves the value in sight
    const frame = (await thread.frames()).find((each) => functionOf(each) === this.#function);
    return frame === undefined
      ? `its function is not on the stack ${await this.place(thread)}`
      : sightOf(thread, frame);
  }

  protected async place(thread: StoppedThread): Promise<string> {
    const [innermost] = await thread.frames().catch(() => []);
    return innermost === undefined ? 'at the next stop' : `at ${placeOf(innermost)}`;
  }
}

const selected = async ({ frames, frameId }: StoppedThread): Promise<Frame | undefined> =>
  (await frames()).find(({ id }) => id === frameId);

const sightOf = (thread: StoppedThread, frame: Frame | { readonly id: number }): Sight => ({
  evaluate: async (expression) => thread.evaluate(expression, frame.id),
  moment: `the stop at ${'line' in frame ? placeOf(frame) : 'an unknown line'}`,
});

const sourceOf = ({ source }: Frame): string => source?.path ?? source?.name ?? '';
const functionOf = (frame: Frame): string => `${frame.name}\n${sourceOf(frame)}`;

/** @example 'train.py:41' */
const placeOf = (frame: Frame): string => `${sourceOf(frame).split(/[\\/]/).at(-1) || frame.name}:${frame.line}`;
