import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { doorExpression, doorReply } from './debug-python';
import type { SavingPlace, ValueDescription, ValueRefusal } from './debug-python';

/** Bytes above which the reader is asked. */
export const ASK_ABOVE = 2 ** 30;

/** Evaluates an expression in a frame of a stopped program; resolves with its representation. */
export type Evaluate = (expression: string) => Promise<string>;

const KEYWORD = /^(?:None|True|False|await|lambda|not|yield)$/;
const PLACE = new RegExp(
  [
    String.raw`^[\p{ID_Start}_]\p{ID_Continue}*`,
    String.raw`(?:\.[\p{ID_Start}_]\p{ID_Continue}*`,
    String.raw`|\[(?:-?\d+|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\])*$`,
  ].join(''),
  'u',
);

/**
 * Whether an expression only names a place: names, attributes and literal indices. Such a one is evaluated again at every
 * stop; anything else, such as `next(loader)`, may change the program and is evaluated once.
 *
 * @example namesAPlace('self.grads[0]') // => true
 */
export function namesAPlace(expression: string): boolean {
  const text = expression.trim();
  return PLACE.test(text) && !KEYWORD.test(text);
}

/**
 * What a value is, without saving it. Only for what may be evaluated twice.
 *
 * @throws AnalysisError debug/evaluation, debug/value
 */
export async function inspectValue(evaluate: Evaluate, expression: string): Promise<ValueDescription> {
  return described(await ask(evaluate, expression, doorExpression(expression)), expression);
}

/**
 * Saves a value as a dump, whole or not at all. The program proves before it writes anything that it sees the same disk.
 *
 * @param file absolute, in a folder that exists
 * @param limit bytes above which it is refused; undefined when the reader agreed
 * @throws AnalysisError debug/evaluation, debug/value, debug/disk
 */
export async function saveValue(
  evaluate: Evaluate,
  expression: string,
  file: string,
  limit: number | undefined,
): Promise<ValueDescription> {
  const place: SavingPlace = { path: file, nonce: randomBytes(16).toString('hex') };
  const nonceFile = `${file}.nonce`;
  await writeFile(nonceFile, place.nonce, { mode: 0o600 });
  try {
    const value = described(await ask(evaluate, expression, doorExpression(expression, place, limit)), expression);
    const { size } = await stat(file).catch(() => ({ size: undefined }));
    if (value.size === undefined || size !== value.size)
      throw onAnotherDisk(
        `The program says that it wrote ${byteCount(value.size ?? 0)}, and the file did not appear here`,
      );
    return value;
  } finally {
    await rm(nonceFile, { force: true });
  }
}

async function ask(evaluate: Evaluate, expression: string, door: string): Promise<ValueDescription | ValueRefusal> {
  if (expression.trim() === '') throw notEvaluated(expression, 'there is nothing to evaluate');
  let result: string;
  try {
    result = await evaluate(door);
  } catch (error) {
    throw notEvaluated(expression, lastLine(error instanceof Error ? error.message : String(error)));
  }
  const reply = doorReply(result);
  if (reply === undefined) throw notEvaluated(expression, lastLine(result));
  return reply;
}

function described(reply: ValueDescription | ValueRefusal, expression: string): ValueDescription {
  if (!('refused' in reply)) return reply;
  if (reply.refused === 'disk') throw onAnotherDisk(reply.found);
  throw new AnalysisError({
    code: 'debug/value',
    found: reply.found,
    where: expression,
    remedy: remedyFor(reply),
    ...(reply.line !== '' && { fix: reply.line }),
  });
}

function remedyFor({ refused, line }: ValueRefusal): string {
  if (refused === 'large') return 'Assign it to a variable and analyze that: then you are asked first.';
  if (refused === 'failed') return 'Look at the value in the debug console.';
  if (line !== '') return 'Run “Analyze Gradients” from the palette and type this expression:';
  return 'Choose an array, a tensor, or a list or dict of them, whose first axis are the examples.';
}

const notEvaluated = (expression: string, found: string): AnalysisError =>
  new AnalysisError({
    code: 'debug/evaluation',
    found: `The program answered: ${found}`,
    where: expression,
    remedy: 'Check the expression in the debug console.',
  });

const onAnotherDisk = (found: string): AnalysisError =>
  new AnalysisError({
    code: 'debug/disk',
    found,
    remedy: 'Open the window where the program runs (Remote-SSH, Dev Containers), or save the array there and copy it.',
  });

/** A traceback ends with what went wrong. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'nothing').trim().slice(0, 300);
}
