import { expect, test, vi } from 'vitest';
import { analyze } from '../../src/analysis/analyze';
import { evaluate } from '../../src/report/evaluate';
import { jsonReport } from '../../src/report/json-report';
import { AnalysisError } from '../../src/shared/problem';
import { settingsFor } from '../reference/naive';

const SAMPLE = 'media/sample/grad-step-000020.npy';
const faults = vi.hoisted((): { thrown: unknown } => ({ thrown: undefined }));
const failing = vi.hoisted(() => () => {
  throw faults.thrown;
});
vi.mock('../../src/kernel/noise-directions', async (original) => ({
  ...(await original<object>()),
  noiseDirections: failing,
}));
vi.mock('../../src/kernel/shuffled-columns', () => ({ shuffledEigenvalues: failing }));
vi.mock('../../src/kernel/drawn-batches', () => ({ drawnBatches: failing }));
vi.mock('../../src/kernel/resampled-gram', () => ({ halvesOverlap: failing }));

const analyzed = async (thrown: unknown) => {
  faults.thrown = thrown;
  return analyze({ paths: [SAMPLE], memoryBudget: 2 ** 28, cancelFlag: new SharedArrayBuffer(4) }, () => undefined);
};

test.each([
  ['a fault of ours', new TypeError('no such thing'), 'run/internal'],
  ['a memory refusal', new AnalysisError({ code: 'memory/budget', found: 'too much', remedy: 'Less.' }), 'memory/budget'], // prettier-ignore
  ['memory that the system does not give', new RangeError('Array buffer allocation failed'), 'memory/budget'],
])('%s in every extra leaves the report, and each says why it is missing', async (_, thrown, code) => {
  const summary = await analyzed(thrown);
  expect(summary.spectrum?.eigenvalues.length).toBe(120);
  expect(summary.directions).toBeUndefined();
  expect(summary.resampling?.shuffled).toMatchObject({ problem: { code } });
  expect(Object.keys(summary.extraProblems ?? {}).sort()).toEqual(['batches', 'directions', 'halves']);
  for (const problem of Object.values(summary.extraProblems ?? {})) expect(problem.code).toBe(code);

  const settings = settingsFor(summary, { convention: 'population' });
  const report = evaluate(summary, settings);
  const said = JSON.stringify(report.sections.find(({ id }) => id === 'spectrum'));
  expect(said).toContain('Which parameters the noisiest directions are made of is unavailable');
  const { extrasUnavailable, metrics } = jsonReport(report, summary);
  expect(Object.keys(extrasUnavailable ?? {})).toHaveLength(3);
  expect(metrics['covariance-trace']?.value).toBeCloseTo(5.30263246778412, 12);
  expect(metrics['noise-floor']?.unavailable).toBeDefined();
});

test.each(['run/canceled', 'file/changed'] as const)('%s in an extra ends the analysis', async (code) => {
  await expect(analyzed(new AnalysisError({ code, found: 'so', remedy: 'Again.' }))).rejects.toMatchObject({
    problem: { code },
  });
});
