import { describe, expect, test } from 'vitest';
import { evaluateRun } from '../../src/report/evaluate-run';
import { runPlots } from '../../src/report/run/plots';
import { positionsOf } from '../../src/report/run/positions';
import type { RunPoint, StepValue } from '../../src/shared/training-run';

const point = (step: number, batchSize: number, scale: StepValue, loss = 1): RunPoint => ({
  step,
  file: `step-${step}.npy`,
  summary: {
    rows: 8,
    parameters: 2,
    loss,
    training: { batchSize, momentum: 0, optimizer: 'sgd' },
    view: { scaleFactor: 4, convention: 'sample', conventionFrom: 'unknown data set', replacement: 'with' },
    metrics: { 'simple-noise-scale': scale },
    unavailable: [],
    eigenvalues: [],
    layers: [],
  },
});
const problem = { code: 'npy/truncated', found: 'It ends early', remedy: 'Write it again.' } as const;
const POINTS = [point(0, 2, [10, 5, 20]), point(10, 4, [null, 7], 2), { step: 12, file: 'c', problem }, point(15, 4, [30, 20, null], 3)]; // prettier-ignore
const plotsOf = (points: readonly RunPoint[], scale: 'linear' | 'log' = 'linear') =>
  runPlots([evaluateRun({ name: 'run', path: '', notes: [] }, points)], { unit: 'step', scale });
const leading = (points: readonly RunPoint[], scale?: 'linear' | 'log') => plotsOf(points, scale).leading.panels[0]!;

describe('Where steps stand on the x axis', () => {
  test('a batch size counts from its step to the next, also across a step that failed', () => {
    // 10 steps of 2, then 2 and 3 steps of 4
    expect(positionsOf(POINTS, 'examples')).toEqual([0, 20, 28, 40]);
    expect(positionsOf(POINTS, 'step')).toEqual([0, 10, 12, 15]);
  });

  test('is not known in examples where a dump does not say its batch size, nor in tokens where no log says them', () => {
    const silent = JSON.parse(JSON.stringify(POINTS[0]).replace('"batchSize":2,', '')) as RunPoint;
    expect(positionsOf([silent, ...POINTS.slice(1)], 'examples')).toBeUndefined();
    expect(positionsOf(POINTS, 'tokens')).toBeUndefined();
  });
});

describe('The plot of the noise scale over a run', () => {
  test('has points where the scale is resolved, arrows where only a bound is, and no line across', () => {
    const { series } = leading(POINTS);
    const of = (mark: string) => series.filter((each) => each.mark === mark && !each.name.startsWith('batch size'));
    expect(of('disc').map(({ x, y, said }) => [x, y, said])).toEqual([[[0, 15], [10, 30], ['10.0 (5.0 … 20.0)', '30.0 (at least 20.0)']]]); // prettier-ignore
    expect(of('arrow-up').map(({ x, y, said }) => [x, y, said])).toEqual([[[10], [7], ['at least 7.00']]]);
    expect(of('line').map(({ y }) => y)).toEqual([[10, NaN, NaN, 30]]);
  });

  test('has a band between the ends of intervals, to the edge where there is no upper end', () => {
    const panel = leading(POINTS);
    const line = panel.series.find(({ mark, interval }) => mark === 'line' && interval !== undefined);
    expect(line?.interval).toEqual({ lower: [5, NaN, NaN, 20], upper: [20, NaN, NaN, panel.y.max] });
  });

  test('has a whisker through a point whose neighbors are not resolved, because its band has no width', () => {
    const panel = leading(POINTS);
    const points = panel.series.find(({ mark }) => mark === 'disc');
    expect(points?.interval).toEqual({ lower: [5, 20], upper: [20, panel.y.max] });
    const joined = [point(0, 2, [10, 5, 20]), point(10, 2, [12, 6, 24]), point(20, 2, [null, 9]), point(30, 2, [14, 7, 28])]; // prettier-ignore
    const some = leading(joined).series.find(({ mark }) => mark === 'disc');
    expect(some?.interval).toEqual({ lower: [NaN, NaN, 7], upper: [NaN, NaN, 28] });
    const all = leading(joined.slice(0, 2)).series.find(({ mark }) => mark === 'disc');
    expect(all).not.toHaveProperty('interval');
  });

  test('has the batch size as a staircase', () => {
    const [stairs, read] = ['batch size, as it holds', 'batch size'].map((called) => leading(POINTS).series.find(({ name }) => name === called)); // prettier-ignore
    expect([stairs?.x, stairs?.y]).toEqual([[0, 10, 10, 15], [2, 2, 4, 4]]); // prettier-ignore
    // where it changes, the reading is that of the step, not of the one before
    expect([read?.x, read?.said]).toEqual([[0, 10, 15], ['2', '4', '4']]); // prettier-ignore
  });

  test('marks a step that failed on the axis, with its problem', () => {
    const panel = leading(POINTS);
    const failed = panel.series.find(({ name }) => name === 'failed');
    expect([failed?.x, failed?.y, failed?.said]).toEqual([[12], [panel.y.min], ['It ends early']]);
  });

  test('gives step 0 a place of its own on a logarithmic axis', () => {
    const { x, series } = leading(POINTS, 'log');
    expect(x.zero).toBe(5);
    expect(series.find(({ mark }) => mark === 'disc')?.x).toEqual([5, 15]);
  });

  test('waits for the first step', () => {
    expect(plotsOf([{ step: 0, file: 'a' }]).leading.unavailable).toBe('pending');
  });
});

test('a quantity that is the same at every step has a sentence and no plot', () => {
  const same = plotsOf([point(0, 2, [10]), point(1, 2, [20])]);
  expect(same.constant).toEqual([{ title: 'Loss', value: 1 }]);
  expect(same.multiples).toEqual([]);
  expect(plotsOf(POINTS).multiples.map(({ id }) => id)).toEqual(['run-loss']);
});
