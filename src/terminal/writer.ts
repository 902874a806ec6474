import { jsonText, visible } from '../shared/foreign-text';

/** A stream of the terminal. */
export interface Stream {
  readonly write: (text: string) => unknown;
}

/** The one way to a terminal: names from files hold what it would obey, so every line is made visible here. */
export interface Writer {
  /** Each is one line, whatever is in it. */
  readonly lines: (...lines: readonly string[]) => void;
  /** On indented lines, or on one. */
  readonly json: (value: unknown, lines?: 'one line') => void;
}

export const writerTo = (stream: Stream): Writer => ({
  lines: (...lines) => void stream.write(lines.map((line) => `${visible(line)}\n`).join('')),
  json: (value, lines) => void stream.write(`${jsonText(value, lines === undefined ? 2 : 0)}\n`),
});
