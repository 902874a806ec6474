/**
 * Everything that can go wrong, as data that crosses threads.
 *
 * A problem says what was found (with the two numbers that disagree), where, and what to do. Its code is stable and has a
 * section in media/problems.md, to which "Learn more" leads. The title and the consequence belong to the code, the rest to
 * the case at hand.
 */
export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong, with the numbers that disagree. A sentence. */
  readonly found: string;
  /** Byte offset, JSON path, row and layer. */
  readonly where?: string;
  /** What to do about it. A sentence. */
  readonly remedy: string;
  /** The line of code that fixes it, shown as code. */
  readonly fix?: string;
  /** Rows (0-based) without which the analysis would go on; the reader is asked. */
  readonly rows?: readonly number[];
  /** Bytes that the memory budget would have to allow, and what may be done in place of it. */
  readonly memory?: { readonly bytes: number; readonly otherwise?: string };
}

/** What each code means to a reader: a title in plain words, and the consequence in one sentence. */
export const PROBLEMS = {
  // files
  'file/missing': ['The file is not there', 'There is nothing to analyze.'],
  'file/unreadable': ['The file cannot be read', 'The system refused to open or read it.'],
  'file/not-a-file': ['This is not a regular file', 'Only regular files are opened.'],
  'file/changed': ['The file changed while it was read', 'No number is shown, because it would mix two versions.'],
  'file/not-answering': ['The disk does not answer', 'The analysis was abandoned; the editor is free.'],
  'file/too-large': ['The file is too large to read whole', 'This kind of file has no random access.'],
  'file/exists': ['The file exists already', 'Nothing was written.'],
  'file/unwritable': ['The file cannot be written', 'Nothing was written.'],
  'file/report': ['This is a report, not a dump', 'It holds results, not gradients.'],
  'format/unknown': ['This is not a gradient dump', 'No reader recognizes its content.'],
  // npy
  'npy/empty': ['The file is empty', 'The writer has not begun, or failed.'],
  'npy/truncated': ['The file ends too early', 'No number is shown, because a part of the dump is not the dump.'],
  'npy/magic': ['This is not a .npy file', 'Its first bytes are those of something else.'],
  'npy/damaged': ['The file was damaged on its way', 'Its bytes were changed by a text conversion.'],
  'npy/version': ['Unknown version of the .npy format', 'Only versions 1.0, 2.0 and 3.0 exist.'],
  'npy/header': ['The .npy header cannot be understood', 'None of the data was read.'],
  'npy/shape': ['The shape is not one of a gradient dump', 'A dump is examples × parameters.'],
  'npy/dtype': ['These elements are not gradients', 'Only real numbers are read, and nothing is ever unpickled.'],
  // json
  'json/empty': ['The file is empty', 'The writer has not begun, or failed.'],
  'json/truncated': ['The file ends too early', 'No number is shown, because a part of the dump is not the dump.'],
  'json/syntax': ['This is not valid JSON', 'None of it was used.'],
  'json/encoding': ['The file is not UTF-8', 'JSON is UTF-8; decoding it otherwise would change it silently.'],
  'json/duplicate': ['A name is given twice', 'It is unclear which of the two is meant.'],
  'json/depth': ['The JSON is nested too deeply', 'No dump looks like that.'],
  'json/shape': ['The JSON holds no matrix of gradients', 'A dump is a list of equally long lists of numbers.'],
  // text and numbers without a header
  'csv/table': ['The text is not a table of gradients', 'A dump is rows of equally many numbers.'],
  'raw/form': ['The file does not say what its numbers are', 'Shape and type of the elements were not guessed.'],
  // archives
  'npz/damaged': ['The archive is damaged', 'No number is shown, because the archive cannot be trusted.'],
  'npz/unsupported': ['The archive uses something that is not read', 'Only stored and deflated entries are read.'],
  'npz/entries': ['The arrays of the archive do not form a dump', 'Each array is one layer of the same examples.'],
  'safetensors/truncated': [
    'The file ends too early',
    'No number is shown, because a part of the dump is not the dump.',
  ],
  'safetensors/header': ['The safetensors header cannot be understood', 'None of the data was read.'],
  'safetensors/layout': ['The tensors do not cover the file exactly', 'Overlaps and holes are refused.'],
  'safetensors/entries': ['The tensors do not form a dump', 'Each tensor is one layer of the same examples.'],
  'pytorch/pickle': [
    'The file describes more than tensors',
    'A pickle is never executed: what is not a tensor, a dict, a list or a single value is refused.',
  ],
  'pytorch/unsupported': ['The PyTorch file holds something that is not read', 'None of it was used.'],
  'pytorch/entries': ['The tensors do not form a dump', 'Each tensor is one layer of the same examples.'],
  'gradstats/form': ['This is not a file of statistics', 'None of it was used.'],
  'gradstats/contradiction': [
    'The statistics contradict each other',
    'No number is shown, because one of them is wrong.',
  ],
  'gradstats/rows': [
    'The rows themselves are needed',
    'Statistics hold what adds over the parameters, not the gradients.',
  ],
  'gradstats/shards': ['The shards do not belong together', 'Nothing was joined or added.'],
  // metadata
  'metadata/invalid': ['The metadata cannot be used', 'Nothing was guessed in its place.'],
  'metadata/layers': ['The layers do not fit the columns', 'Their sizes must add up to the number of parameters.'],
  // data
  'data/non-finite': [
    'The gradients hold NaN or infinity',
    'One such number would spoil every statistic, so none is shown.',
  ],
  'data/too-few-examples': ['There are too few examples', 'This needs more rows than the dump has.'],
  'data/one-dimension': ['The array has one dimension only', 'A dump is examples × parameters.'],
  'data/layout': [
    'Nothing says rows or columns',
    'Batches lie under one another, layers side by side; nothing was guessed.',
  ],
  'data/overflow': ['The squares of the gradients leave the range of numbers', 'No number is shown.'],
  'memory/budget': ['This needs more memory than the budget allows', 'Nothing was allocated.'],
  // a running program
  'program/untrusted': ['This workspace is not trusted', 'Nothing was evaluated: it would run code.'],
  'program/not-there': [
    'No Python program is stopped here',
    'Nor is a notebook the active editor; values are read from one of them.',
  ],
  'program/no-kernel': ['No Python kernel answers here', 'Values of a notebook are read from its kernel.'],
  'program/evaluation': ['The program could not evaluate this', 'Nothing was saved.'],
  'program/value': ['This value is not a gradient dump', 'Nothing was saved.'],
  'program/disk': ['The program runs on another disk', 'What it saves does not appear here.'],
  // settings and mathematics
  'settings/missing': ['A setting is missing', 'The value depends on it.'],
  'settings/invalid': ['A setting is out of its range', 'The last good numbers stay.'],
  'value/undefined': ['The value is undefined for this dump', 'It divides zero by zero, or similar.'],
  'value/not-resolved': ['The dump does not resolve this value', 'The noise of the sample hides it.'],
  'value/needs-metadata': ['The metadata do not say what this depends on', 'Few dumps come with it.'],
  'value/needs-companion': ['Another file is needed', 'The gradients alone are not enough.'],
  'value/on-demand': ['This takes another pass over the file', 'It is made on request.'],
  'solver/no-convergence': ['The eigen-solver did not converge', 'The spectrum is not shown.'],
  // life
  'run/canceled': ['Canceled', 'What was known by then stays.'],
  'run/stopped': ['The analysis stopped unexpectedly', 'The next one starts afresh.'],
  'run/internal': [
    'Something went wrong in the extension itself',
    'This is a fault of the extension, not of the file.',
  ],
  'usage/invalid': ['The command was not understood', 'Nothing was done.'],
} as const satisfies Record<string, readonly [title: string, consequence: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a file looks like that somebody is just writing. */
export const BEING_WRITTEN: ReadonlySet<ProblemCode> = new Set([
  'file/changed',
  'npy/empty',
  'npy/truncated',
  'json/empty',
  'json/truncated',
  'npz/damaged',
  'safetensors/truncated',
]);

/** A problem in one line, for a log, a terminal or an accessible name. */
export function describeProblem(problem: Problem): string {
  const where = problem.where === undefined ? '' : ` (${problem.where})`;
  const fix = problem.fix === undefined ? '' : ` ${problem.fix}`;
  return `${PROBLEMS[problem.code][0]}: ${problem.found}${where}. ${problem.remedy}${fix} [${problem.code}]`;
}

/** Most places name something within a file: among several files it is to be said in which. */
export function withinFile(file: string, problem: Problem): Problem {
  const { where } = problem;
  if (where?.includes(file) === true) return problem;
  return { ...problem, where: where === undefined ? file : `${file}, ${where}` };
}

/** Thrown where a problem is noticed; becomes data again at the two doors that catch: an outcome, or a reply. */
export class AnalysisError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(describeProblem(problem));
    this.name = 'AnalysisError';
    this.problem = problem;
  }
}

/** How V8 says that the system has no more, for arrays and for WebAssembly. */
const NO_MEMORY = /^Array buffer allocation failed|^WebAssembly\.Memory.*(?:could not allocate|[Uu]nable to grow)/;

/** The problem an unknown error stands for; anything that is not ours is a fault of the extension. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AnalysisError) return error.problem;
  if (error instanceof RangeError && NO_MEMORY.test(error.message))
    return {
      code: 'memory/budget',
      found: 'The system does not give the memory that the budget allows',
      remedy: 'Lower “gradientCovariance.memoryBudgetMiB”, or close other programs.',
    };
  const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'run/internal', found, remedy: 'Please report it with the log of the extension.' };
}
