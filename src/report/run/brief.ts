import { forModel, NAMES_ARE_DATA, quoted } from '../../shared/for-model';
import { plainNumber, wholeNumber } from '../../shared/numbers';
import type { RunPoint } from '../../shared/training-run';
import type { RunReport } from '../evaluate-run';
import { inWords } from './in-words';

/** Steps that are named one by one: the first, the last, and some evenly between them. */
const STEPS = 6;
const NOTES = 5;

const SHOWN = ['covariance-trace', 'true-gradient-squared-norm', 'simple-noise-scale'] as const;

/** A run in at most 2 KB for a language model: the verdict with the next batch size, some steps, caveats. */
export function briefRun({ name, points, convention, verdict, notes }: RunReport): string {
  const [first, last] = [points[0], points.at(-1)];
  const range = first === undefined || last === undefined ? 'no steps' : `${wholeNumber(points.length)} steps from ${wholeNumber(first.step)} to ${wholeNumber(last.step)}`; // prettier-ignore
  const shown = someOf(points);
  return forModel([
    `Training run ${quoted(name)}: ${range}.`,
    `Verdict: ${verdict}`,
    `Convention: ${convention}.`,
    ...shown.map(lineOf),
    ...(shown.length < points.length ? [`Other steps: ${wholeNumber(points.length - shown.length)}, not listed.`] : []),
    ...notes.slice(0, NOTES).map((note) => `Caveat: ${note}`),
    NAMES_ARE_DATA,
  ]);
}

function someOf(points: readonly RunPoint[]): readonly RunPoint[] {
  const last = points.length - 1;
  const indices = new Set(Array.from({ length: STEPS }, (_, k) => Math.round((k * last) / (STEPS - 1))));
  return points.filter((_, index) => indices.has(index));
}

function lineOf({ step, summary, problem }: RunPoint): string {
  const at = `Step ${wholeNumber(step)}`;
  if (summary === undefined) return `${at}: no numbers${problem === undefined ? '' : `, because: ${problem.found}`}`;
  const { loss, training, metrics } = summary;
  const said = (word: string, value: number | undefined): string[] => (value === undefined ? [] : [`${word} ${plainNumber(value)}`]); // prettier-ignore
  return `${at}: ${[
    ...said('loss', loss),
    ...said('learning rate', training.learningRate),
    ...said('batch size', training.batchSize),
    ...SHOWN.flatMap((id) => {
      const value = metrics[id];
      return value === undefined ? [] : [`${id} ${inWords(value)}`];
    }),
  ].join(', ')}`;
}
