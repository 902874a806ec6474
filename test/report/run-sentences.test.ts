import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import { evaluateRun } from '../../src/report/evaluate-run';
import { nextBatch } from '../../src/report/run/next-batch';
import type { NoiseNow } from '../../src/report/run/next-batch';
import type { RunPoint, StepValue } from '../../src/shared/training-run';
import { uniformRandom } from '../../src/theory/random';
import { formed, numbersOf, says, saidNumber } from './sentence-claims';
import type { Said } from './sentence-claims';

const SEEDS = 6000;

/** What a run may know of its noise scale, of every kind; a number may lie at a border of the rule. */
function drawnNoise(seed: number): NoiseNow {
  const uniform = uniformRandom(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(uniform() * list.length)]!;
  const spread = (least: number, most: number): number => least * (most / least) ** uniform();
  const batch = Math.round(spread(1, 1e5));
  const near = batch * one([2, 0.5, 1, spread(0.01, 100)]) * one([1, 1, 1.0003, 0.9997, spread(0.5, 2)]);
  const value = one([near, near, spread(1e-3, 1e7)]);
  const ends = { lower: one([0, value * uniform(), value, near]), upper: value * one([1, 1 + uniform(), 30]) };
  const lower = Math.min(ends.lower, value);
  const interval = one([undefined, { lower, upper: Math.max(ends.upper, value) }, { lower, upper: value }, { lower }]);
  return {
    ...(one([true, true, true, true, false]) && { batchSize: batch }),
    optimizer: one(['sgd', 'momentum', 'adam'] as const),
    ...(one([true, true, false]) && { value }),
    ...(interval && { interval }),
    ...(one([true, false]) && { exact: true }),
    ...(one([true, false]) && { datasetSize: Math.ceil(batch * one([1, 1.9999, 2, 50])) }),
    from: 'step 7',
  };
}

type Check = (now: NoiseNow, numbers: readonly Said[]) => boolean;
const batchOf = ({ batchSize }: NoiseNow): number => batchSize ?? NaN;
const endsOf = ({ interval, exact, value }: NoiseNow): { lower: number; upper: number } | undefined => {
  if (interval !== undefined) return { lower: interval.lower, upper: interval.upper ?? Infinity };
  return exact === true && value !== undefined ? { lower: value, upper: value } : undefined;
};
const fits = (now: NoiseNow, batch: number): boolean => batch >= 1 && batch <= (now.datasetSize ?? Infinity);
const goesWith = (now: NoiseNow, rate: Said, batch: number): boolean => {
  const factor = batch / batchOf(now);
  return says(rate, now.optimizer === 'adam' ? Math.sqrt(factor) : factor);
};
/** Between the ends as they are said neither double nor half is certain, or a double does not fit. */
const stays = (now: NoiseNow, numbers: readonly Said[]): boolean => {
  const { lower, upper } = endsOf(now)!;
  const [batch, low, ...rest] = numbers;
  const [twice, half] = rest.slice(-2);
  const high = rest.length > 2 ? rest[0]!.value : Infinity;
  return (
    says(batch!, batchOf(now)) &&
    says(low!, lower) &&
    (rest.length > 2 ? says(rest[0]!, upper) : upper === Infinity || lower === upper) &&
    says(twice!, 2 * batchOf(now)) &&
    says(half!, batchOf(now) / 2) &&
    low!.value <= twice!.value &&
    ((lower === upper ? low!.value : high) >= half!.value || batchOf(now) === 1)
  );
};

const SENTENCES: readonly (readonly [form: string, check: Check])[] = [
  ['No next batch size follows, because the batch size of the training is not known.', ({ batchSize }) => batchSize === undefined],
  ['No next batch size follows: the noise scale is not resolved (step 7).', (now) => endsOf(now) === undefined && now.value === undefined],
  ['No next batch size follows: the noise scale has no interval (step 7).', (now) => endsOf(now) === undefined && now.value !== undefined],
  ['The batch of # stays: twice as many are more than the data set of # (step 7).', (now, [batch, size]) => says(batch!, batchOf(now)) && size!.value === now.datasetSize && 2 * batch!.value > size!.value && endsOf(now)!.lower > 2 * batchOf(now)],
  ['Next batch size #, with the learning rate times #: the noise scale is at least #, more than twice the batch of # (step 7).', (now, [next, rate, least, batch]) => next!.value === 2 * batchOf(now) && fits(now, next!.value) && goesWith(now, rate!, next!.value) && says(least!, endsOf(now)!.lower) && least!.value > 2 * batch!.value && batch!.value === batchOf(now)],
  ['Next batch size #, with the learning rate times #: the noise scale is at most #, less than half the batch of # (step 7).', (now, [next, rate, most, batch]) => next!.value <= batchOf(now) / 2 && next!.value > batchOf(now) / 2 - 1 && fits(now, next!.value) && goesWith(now, rate!, next!.value) && says(most!, endsOf(now)!.upper) && most!.value < batch!.value / 2 && batch!.value === batchOf(now)],
  ['The batch of # stays: the noise scale is at least #, with no upper end, which does not place it above # or below # (step 7).', stays],
  ['The batch of # stays: the noise scale is between # and #, which does not place it above # or below # (step 7).', stays],
  ['The batch of # stays: the noise scale is #, which is neither above # nor below # (step 7).', stays],
]; // prettier-ignore

describe('the sentence about the next batch', () => {
  test(`holds for its own numbers in ${SEEDS} situations`, () => {
    const used = new Set<string>();
    const wrong: string[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      const now = drawnNoise(seed);
      const { sentence, advice, batchSize, rateFactor } = nextBatch(now);
      const found = SENTENCES.map(([form, check]) => ({ form, check, match: formed(form).exec(sentence) })).filter(
        ({ match }) => match !== null,
      );
      const [{ form, check, match } = { form: '', check: () => false, match: null }] = found;
      used.add(form);
      const changes = { double: 2, halve: 0.5, keep: 1, unknown: NaN }[advice];
      const said = advice === 'unknown' || (batchSize !== undefined && rateFactor !== undefined && batchSize === Math.floor(changes * batchOf(now))); // prettier-ignore
      if (found.length !== 1 || !said || !check(now, match === null ? [] : numbersOf(form, match)))
        wrong.push(`${sentence} | ${JSON.stringify(now)}`);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    // every form is said
    expect(SENTENCES.map(([form]) => form).filter((form) => !used.has(form))).toEqual([]);
  });
});

/** A run with steps that failed, gaps, values, bounds and nothing. */
function drawnRun(seed: number): readonly RunPoint[] {
  const uniform = uniformRandom(90_000 + seed);
  const whole = (least: number, most: number): number => least + Math.floor(uniform() * (most - least + 1));
  let step = whole(0, 3);
  return Array.from({ length: whole(0, 9) }, (): RunPoint => {
    step += uniform() < 0.1 ? 1000 : whole(1, 3);
    const file = `step-${step}.npy`;
    if (uniform() < 0.15) return { step, file, problem: { code: 'npy/truncated', found: 'It ends', remedy: 'Wait.' } };
    const value = 10 ** (6 * uniform() - 2);
    const scale: readonly (StepValue | undefined)[] = [[value], [value, value / 2, value * 3], [value, 0, 2 * value], [null, value], undefined]; // prettier-ignore
    const drawn = scale[whole(0, scale.length - 1)];
    const population = uniform() < 0.2;
    return {
      step,
      file,
      summary: {
        rows: 40,
        parameters: 3,
        training: { optimizer: 'sgd', momentum: 0, ...(uniform() < 0.8 && { batchSize: whole(1, 500) }) },
        view: population
          ? {
              convention: 'population',
              conventionFrom: 'option',
              replacement: 'without',
              datasetSize: 40,
              scaleFactor: 4,
            }
          : { convention: 'sample', conventionFrom: 'option', replacement: 'with', scaleFactor: 4 },
        metrics: { ...(drawn && { 'simple-noise-scale': population && drawn[0] !== null ? [drawn[0]] : drawn }) },
        unavailable: [],
        eigenvalues: [],
        layers: [],
      },
    };
  });
}

/** `45.2 (23 … 113)` and its kin say a step’s number. */
function saysValue(text: string, [value, lower, upper]: StepValue): boolean {
  const numbers = [...text.matchAll(/[\d,]+(?:\.\d+)?(?:e[−-]?\d+)?/gu)].map(([each]) => saidNumber(each));
  if (value === null) return text.startsWith('at least ') && says(numbers[0]!, lower!);
  if (!says(numbers[0]!, value)) return false;
  if (lower === undefined) return numbers.length === 1;
  if (upper === null || upper === undefined) return text.includes('(at least ') && says(numbers[1]!, lower);
  if (lower === 0) return text.includes('(at most ') && says(numbers[1]!, upper);
  return says(numbers[1]!, lower) && says(numbers[2]!, upper);
}

describe('what is said of a run', () => {
  test('holds for its own numbers in 3,000 runs: verdict, observations, notes', () => {
    const wrong: string[] = [];
    for (let seed = 0; seed < 3000; seed++) {
      const points = drawnRun(seed);
      const {
        verdict,
        nextBatch: next,
        observations,
        notes,
      } = evaluateRun({ name: 'run', path: '/run', notes: [] }, points);
      const scales = points.flatMap(({ step, summary }) => {
        const value = summary?.metrics['simple-noise-scale'];
        return value === undefined ? [] : [{ step, value }];
      });
      const known = scales.filter(({ value }) => value[0] !== null);
      const head = verdict.slice(0, verdict.length - next.sentence.length).trim();
      const said = head.match(/^The noise scale is (.+?) at step ([\d,]+)(?: and (.+) at step ([\d,]+))?\.$/u);
      const at = (
        text: string | undefined,
        point: (typeof known)[number] | undefined,
        step: string | undefined,
      ): boolean =>
        point !== undefined &&
        text !== undefined &&
        saysValue(text, point.value) &&
        saidNumber(step!).value === point.step;
      const holds = known.length === 0 ? head === 'No step resolves its noise scale.' : said !== null && at(said[1], known[0], said[2]) && (known.length === 1 ? said[3] === undefined : at(said[3], known.at(-1), said[4])); // prettier-ignore
      if (!verdict.endsWith(next.sentence) || !holds) wrong.push(`${verdict} | ${JSON.stringify(scales)}`);
      // the newest step decides, or no step does
      const last = points.findLast(({ summary }) => summary !== undefined);
      if (last?.summary?.training.batchSize !== undefined && !next.sentence.includes(`step ${last.step.toLocaleString('en-US')})`)) wrong.push(`${next.sentence} | not of step ${last.step}`); // prettier-ignore

      const { here } = observations.find(({ metric }) => metric === 'simple-noise-scale')!;
      const parts = here.match(/^Here the noise scale is (.+?)(?: at first and (.+) at last)?\.$/u);
      const shown = known.length === 0 ? here === 'This run does not show it: no step has the number.' : parts !== null && saysValue(parts[1]!, known[0]!.value) && (known.length === 1 ? parts[2] === undefined : saysValue(parts[2]!, known.at(-1)!.value)); // prettier-ignore
      if (!shown) wrong.push(`${here} | ${JSON.stringify(scales)}`);

      const failed = points.filter(({ problem }) => problem !== undefined).length;
      const count = notes.find((note) => note.includes('could not be analyzed'));
      if ((failed > 0 ? `${failed} of ${points.length} steps could not be analyzed.` : undefined) !== count) wrong.push(count ?? 'failed steps are not counted'); // prettier-ignore
      const missing = notes.find((note) => note.startsWith('Steps are missing'));
      for (const [text] of missing?.matchAll(/\d[\d,]*/g) ?? []) {
        const k = points.findIndex(({ step }) => step === saidNumber(text).value);
        if (!(k >= 0 && k + 1 < points.length && points[k + 1]!.step - points[k]!.step > 5)) wrong.push(missing!);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  test('every observation is next to a metric of the registry', () => {
    const { observations } = evaluateRun({ name: 'run', path: '/run', notes: [] }, []);
    for (const { metric } of observations) expect(METRICS.some(({ id }) => id === metric)).toBe(true);
  });
});
