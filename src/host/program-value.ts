import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { byteCount } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { doorExpression, doorReply } from './program-python';
import type { SavingPlace, ValueDescription, ValueRefusal } from './program-python';

/** Bytes above which the reader is asked. */
export const ASK_ABOVE = 2 ** 30;

/** Evaluates an expression in a stopped frame or a kernel; resolves with what it gives as text, quoted or not. */
export type Evaluate = (expression: string) => Promise<string>;

/**
 * What a value is, without saving it. Only for what may be evaluated twice.
 *
 * @throws AnalysisError program/evaluation, program/value
 */
export async function inspectValue(evaluate: Evaluate, expression: string): Promise<ValueDescription> {
  return described(await ask(evaluate, expression, doorExpression(expression)), expression);
}

/**
 * Saves a value as a dump, whole or not at all. The program proves before it writes anything that it sees the same disk.
 *
 * @param file absolute, in a folder that exists
 * @param limit bytes above which it is refused; undefined when the reader agreed
 * @param carry bytes up to which a program on another disk sends the file, which is then written here; undefined for none
 * @throws AnalysisError program/evaluation, program/value, program/disk
 */
export async function saveValue(
  evaluate: Evaluate,
  expression: string,
  file: string,
  limit: number | undefined,
  carry?: number,
): Promise<ValueDescription> {
  const place: SavingPlace = { path: file, nonce: randomBytes(16).toString('hex'), carry };
  const nonceFile = `${file}.nonce`;
  await writeFile(nonceFile, place.nonce, { mode: 0o600 });
  try {
    const value = described(await ask(evaluate, expression, doorExpression(expression, place, limit)), expression);
    if (value.content !== undefined) await writeWhole(file, value.content);
    const { size } = await stat(file).catch(() => ({ size: undefined }));
    if (value.size === undefined || size !== value.size)
      throw onAnotherDisk(
        `The program says that it wrote ${byteCount(value.size ?? 0)}, and the file did not appear here`,
        expression,
      );
    return value;
  } finally {
    await rm(nonceFile, { force: true });
  }
}

async function writeWhole(file: string, content: Uint8Array): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, content, { mode: 0o600 });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
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
  if (reply.refused === 'disk') throw onAnotherDisk(reply.found, expression);
  if (reply.refused === 'evaluation') throw notEvaluated(expression, reply.found);
  throw new AnalysisError({
    code: 'program/value',
    found: reply.found,
    where: expression,
    remedy: remedyFor(reply),
    ...(reply.line !== '' && { fix: reply.line }),
  });
}

function remedyFor({ refused, line }: ValueRefusal): string {
  if (refused === 'large') return 'Assign it to a variable and analyze that: then you are asked first.';
  if (refused === 'failed') return 'Look at the value in the program.';
  if (refused === 'code')
    return 'If that does no harm, run “Analyze Gradients” from the palette and type this: it is evaluated once.';
  if (line !== '') return 'Run “Analyze Gradients” from the palette and type this expression:';
  return 'Choose an array, a tensor, or a list or dict of them, whose first axis are the examples.';
}

const notEvaluated = (expression: string, found: string): AnalysisError =>
  new AnalysisError({
    code: 'program/evaluation',
    found: `The program answered: ${found}`,
    where: expression,
    remedy: 'Check the expression in the debug console, or in a cell.',
  });

const onAnotherDisk = (found: string, expression: string): AnalysisError =>
  new AnalysisError({
    code: 'program/disk',
    found,
    where: expression,
    remedy:
      'Open the window where the program runs (Remote-SSH, Dev Containers), or save the array there where this window reads it:',
    fix: `import numpy; numpy.save("gradients.npy", ${expression.trim()})`,
  });

/** A traceback ends with what went wrong. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'nothing').trim().slice(0, 300);
}
