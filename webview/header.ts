import { meanOf } from '../src/shared/dump';
import { byteCount, counted, plainNumber, wholeNumber } from '../src/shared/numbers';
import type { PanelState, Progress } from '../src/shared/protocol';
import { canBeAll, metadataAs, rowsInWords } from '../src/shared/settings';
import type { Settings, SettingsChange } from '../src/shared/settings';
import type { DumpDescription } from '../src/shared/summary';
import { h } from './element';
import type { Description } from './element';
import { post } from './vscode';

/** What was read, in what state it is, and which convention its numbers follow. */
export function header(
  state: PanelState,
  settings: Settings | undefined,
  notes: readonly string[],
  change: (change: SettingsChange) => void,
): Description {
  const dump = state.summary?.dump;
  return h(
    'header',
    { key: 'header' },
    h('h1', {}, state.fileName),
    dump &&
      h(
        'div.facts',
        { key: 'facts' },
        facts(dump, settings).map((fact) => h('span', {}, fact)),
      ),
    state.origin !== undefined && h('span.origin', { key: 'origin', role: 'status' }, state.origin),
    h('span.updated', { key: 'updated', role: 'status' }, stateInWords(state)),
    dump && settings && convention(dump, settings, change),
    notes.length > 0 &&
      h(
        'ul.notes',
        { key: 'notes' },
        notes.map((note) => h('li', {}, note)),
      ),
  );
}

function facts(dump: DumpDescription, settings: Settings | undefined): string[] {
  const { parameters, dtype, metadata: { step, loss } } = dump; // prettier-ignore
  const rows = settings === undefined ? counted(dump.rows, 'row') : rowsInWords(settings, dump);
  return [
    `${rows} × ${wholeNumber(parameters)} parameters`,
    dtype,
    ...(step === undefined ? [] : [`step ${wholeNumber(step)}`]),
    ...(loss === undefined ? [] : [`loss ${plainNumber(loss)}`]),
  ];
}

function stateInWords({ phase, updated, stale = false, summary }: PanelState): string {
  if (stale) return 'the file is newer than this report';
  switch (phase) {
    case 'analyzing':
      return 'analyzing';
    case 'canceled':
      return summary?.spectrum === undefined ? 'canceled' : 'canceled; showing the version before';
    case 'failed':
      return summary === undefined ? 'not analyzed' : 'showing the version before';
    case 'done':
      return updated === undefined ? '' : `updated ${new Date(updated).toLocaleTimeString('en-GB')}`;
  }
}

function convention(dump: DumpDescription, settings: Settings, change: (change: SettingsChange) => void): Description {
  const option = (value: Settings['convention'], text: string): Description => {
    const checked = settings.convention === value;
    const disabled = value === 'population' && !canBeAll(metadataAs(settings, dump.metadata));
    return h(
      'label',
      { class: checked ? 'checked' : disabled ? 'disabled' : undefined },
      h('input', {
        type: 'radio',
        name: 'convention',
        value,
        checked,
        disabled,
        on: { change: () => change({ convention: value }) },
      }),
      text,
    );
  };
  return h(
    'div.convention',
    { key: 'convention' },
    h(
      'div.segments',
      { role: 'radiogroup', 'aria-label': 'What the rows are' },
      option('population', 'Population'),
      option('sample', 'Sample'),
    ),
    h('span', {}, meaning(dump, settings)),
  );
}

function meaning({ rows: n, metadata }: DumpDescription, settings: Settings): string {
  const averaged = meanOf(metadataAs(settings, metadata));
  const rows = `${wholeNumber(n)} ${averaged === 1 ? 'rows' : `means of ${wholeNumber(averaged)}`}`;
  if (settings.convention === 'population') return `The ${rows} are the whole data set: exact with 1/n, no intervals.`;
  const from = settings.datasetSize === undefined ? 'a data set of unknown size' : wholeNumber(settings.datasetSize);
  return `${rows} drawn from ${from}: unbiased estimates with 1/(n−1), 95 % intervals`;
}

const STAGES = {
  reading: 'Reading',
  spectrum: 'Covariance',
  directions: 'Noisiest directions',
  resampling: 'Shuffles',
  companions: 'Files beside it',
};

export function progressLine(progress: Progress | undefined): Description {
  const share = progress === undefined || progress.blocks === 0 ? 0 : progress.block / progress.blocks;
  return h(
    'div.progress',
    { key: 'progress' },
    h(
      'span',
      {},
      h('b', {}, progress === undefined ? 'Opening' : STAGES[progress.stage]),
      progress &&
        `, block ${wholeNumber(progress.block)} of ${wholeNumber(progress.blocks)} · ${byteCount(progress.bytesDone)} of ${byteCount(progress.bytesTotal)}`,
    ),
    h('button.button.second', { type: 'button', on: { click: () => post({ kind: 'cancel' }) } }, 'Cancel'),
    h(
      'div.track',
      {
        role: 'progressbar',
        'aria-label': 'Analysis',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.round(100 * share),
      },
      h('i', { style: { width: `${(100 * share).toFixed(1)}%` } }),
    ),
  );
}
