import type { RunReport } from '../../src/report/evaluate-run';
import { styleOfRun } from '../../src/report/run/plots';
import { counted, plainNumber, wholeNumber } from '../../src/shared/numbers';
import type { RunAxis, RunPanelState, RunState } from '../../src/shared/protocol';
import { h } from '../element';
import type { Description } from '../element';
import { post } from '../vscode';

/** What the page shows, how far it is, and along which axis. */
export function runHeader(
  state: RunPanelState,
  reports: readonly RunReport[],
  axis: RunAxis,
  units: readonly RunAxis['unit'][],
  choose: (axis: RunAxis) => void,
): Description {
  const several = reports.length > 1;
  const [first] = reports;
  return h(
    'header.run',
    { key: 'header' },
    h('h1', {}, several ? `${wholeNumber(reports.length)} training runs` : (first?.name ?? '')),
    !several &&
      first &&
      h(
        'div.facts',
        { key: 'facts' },
        factsOf(first).map((fact) => h('span', {}, fact)),
      ),
    status(state),
    several && h('div.keysrow', { key: 'keys' }, reports.map(keyOf)),
    h(
      'div.controls',
      { key: 'controls' },
      choice('Axis', 'axis-unit', units.map((unit) => [unit, UNITS[unit]] as const), axis.unit, (unit) => choose({ ...axis, unit })), // prettier-ignore
      choice('Scale of the axis', 'axis-scale', SCALES, axis.scale, (scale) => choose({ ...axis, scale })),
      h('span', {}, 'Bands: 95 %. Open arrow: only a lower bound is known. Nothing is smoothed.'),
    ),
    notes(reports),
  );
}

const UNITS = { step: 'Steps', examples: 'Examples', tokens: 'Tokens' };
const SCALES = [['linear', 'Linear'], ['log', 'Log']] as const; // prettier-ignore

const shownPoints = ({ points }: RunReport): RunReport['points'] => points.filter(({ summary, problem }) => summary !== undefined || problem !== undefined); // prettier-ignore

const stepsFrom = (first: number, last: number): string =>
  first === last ? `step ${wholeNumber(first)}` : `steps ${wholeNumber(first)} … ${wholeNumber(last)}`;

function factsOf({ points }: RunReport): string[] {
  const [first, last] = [points[0], points.at(-1)];
  const known = points.findLast(({ summary }) => summary !== undefined)?.summary;
  const isLog = known?.parameters === 0;
  return [
    isLog ? `${counted(points.length, 'step')} of a norm log` : counted(points.length, 'dump'),
    ...(first && last ? [stepsFrom(first.step, last.step)] : []),
    ...(known && !isLog ? [`${wholeNumber(known.rows)} rows × ${wholeNumber(known.parameters)} parameters`] : []),
  ];
}

function following({ runs, paused }: RunPanelState): string {
  const newest = newestStep(runs);
  const at = newest === undefined ? '' : ` at step ${wholeNumber(newest)}`;
  if (paused) {
    const newer = runs.reduce((sum, run) => sum + run.newer, 0);
    return `Paused${at}${newer > 0 ? `; ${wholeNumber(newer)} newer` : ''}`;
  }
  const updated = Math.max(...runs.map((run) => run.updated ?? 0));
  const time = updated === 0 ? '' : `, ${new Date(updated).toLocaleTimeString('en-GB')}`;
  return newest === undefined ? 'Following' : `Following: newest step ${wholeNumber(newest)}${time}`;
}

const newestStep = (runs: readonly RunState[]): number | undefined => {
  const steps = runs.flatMap(({ points, log }) => points.findLast(({ summary }) => summary)?.step ?? log?.steps.at(-1) ?? []); // prettier-ignore
  return steps.length === 0 ? undefined : Math.max(...steps);
};

const pauseButton = ({ paused }: RunPanelState): Description =>
  h(
    'button.link',
    { type: 'button', key: 'pause', on: { click: () => post({ kind: 'pause', paused: !paused }) } },
    paused ? 'Follow' : 'Pause',
  );

/** A sample of its line, its name, and what it was trained with. */
function keyOf(report: RunReport, index: number): Description {
  const { ink, dash } = styleOfRun(index);
  const training = report.points.findLast(({ summary }) => summary !== undefined)?.summary?.training;
  const said = [
    ...(training?.batchSize === undefined ? [] : [`B = ${wholeNumber(training.batchSize)}`]),
    ...(training?.learningRate === undefined ? [] : [`η = ${plainNumber(training.learningRate)}`]),
  ];
  return h(
    'span.key',
    { key: String(index) },
    h('i.sample', { class: `sample ${ink} ${dash}`, 'aria-hidden': 'true' }),
    h('b', {}, report.name),
    h(
      'span.quiet',
      {},
      `${wholeNumber(shownPoints(report).length)} steps${said.length > 0 ? `, ${said.join(', ')}` : ''}`,
    ),
  );
}

function choice<T extends string>(
  label: string,
  name: string,
  options: readonly (readonly [value: T, text: string])[],
  chosen: T,
  choose: (value: T) => void,
): Description {
  return h(
    'div.segments',
    { role: 'radiogroup', 'aria-label': label, key: name },
    options.map(([value, text]) =>
      h(
        'label',
        { key: value, class: value === chosen ? 'checked' : undefined },
        h('input', { type: 'radio', name, value, checked: value === chosen, on: { change: () => choose(value) } }),
        text,
      ),
    ),
  );
}

function notes(reports: readonly RunReport[]): Description | false {
  const several = reports.length > 1;
  const all = reports.flatMap((report) => [
    ...(several ? [] : [report.convention]),
    ...report.notes.map((note) => (several ? `${report.name}: ${note}` : note)),
  ]);
  return (
    all.length > 0 &&
    h(
      'ul.notes',
      { key: 'notes' },
      all.map((note) => h('li', {}, note)),
    )
  );
}

/** How many dumps are analyzed, and which is on its way; undefined when there is nothing to wait for. */
function progressOf({ runs }: RunPanelState): { readonly text: string; readonly share: number } | undefined {
  const busy = runs.filter(({ phase }) => phase === 'analyzing');
  const points = runs.flatMap((run) => run.points);
  const done = points.filter(({ summary, problem }) => summary !== undefined || problem !== undefined).length;
  if (busy.length === 0 || (points.length > 0 && done === points.length)) return undefined;
  if (points.length === 0) return { text: 'Looking for steps', share: 0 };
  const [step] = busy.flatMap((run) => run.step ?? []);
  const at = step === undefined ? '' : `, step ${wholeNumber(step)}`;
  return {
    text: `Analyzing ${wholeNumber(done + 1)} of ${wholeNumber(points.length)}${at}; the newest come first`,
    share: done / points.length,
  };
}

/** One line, whatever it says: nothing below it moves when an analysis begins or ends. */
function status(state: RunPanelState): Description {
  const progress = progressOf(state);
  const share = progress?.share ?? 0;
  return h(
    'div.status',
    { key: 'status' },
    h('span', { role: 'status' }, progress?.text ?? following(state)),
    progress === undefined ? pauseButton(state) : h('button.link', { type: 'button', key: 'cancel', on: { click: () => post({ kind: 'cancel' }) } }, 'Cancel'), // prettier-ignore
    h(
      'div.track',
      {
        key: 'track',
        class: progress === undefined ? 'track idle' : 'track',
        ...(progress && {
          role: 'progressbar',
          'aria-label': 'Analysis',
          'aria-valuemin': 0,
          'aria-valuemax': 100,
          'aria-valuenow': Math.round(100 * share),
        }),
      },
      h('i', { style: { width: `${(100 * share).toFixed(1)}%` } }),
    ),
  );
}
