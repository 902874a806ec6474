import { wholeNumber } from '../src/shared/numbers';
import type { RowKind } from '../src/shared/dump';
import { metadataAs, rowKind } from '../src/shared/settings';
import type { DescribedRows, Settings, SettingsChange, SettingsProblem } from '../src/shared/settings';
import { h } from './element';
import type { Description } from './element';
import { numberValue, onNumber } from './number-field';
import { math } from './formula';

/** What the inputs show: what the reader typed, even where it cannot be used, and why it cannot. */
export interface InputsState {
  readonly settings: Settings;
  readonly problems: readonly SettingsProblem[];
  readonly dump: DescribedRows;
  readonly change: (change: SettingsChange) => void;
  /** The field whose slider is shown where there is room for one only. */
  readonly slider: NumberField;
  readonly chooseSlider: (field: NumberField) => void;
}

export type NumberField = 'learningRate' | 'batchSize' | 'datasetSize' | 'scaleFactor';

interface FieldDescription {
  readonly field: NumberField;
  readonly name: string;
  /** Seen in place of the name where there is little room. */
  readonly short: string;
  readonly symbol: string;
  readonly range: (state: InputsState) => readonly [min: number, max: number];
  readonly whole: boolean;
}

const FIELDS: readonly FieldDescription[] = [
  {
    field: 'learningRate',
    name: 'Learning rate',
    short: 'Rate',
    symbol: String.raw`\eta`,
    range: () => [1e-5, 10],
    whole: false,
  },
  {
    field: 'batchSize',
    name: 'Batch size',
    short: 'Batch',
    symbol: 'B',
    range: (state) => [1, population(state)],
    whole: true,
  },
  {
    field: 'datasetSize',
    name: 'Data set',
    short: 'Data',
    symbol: 'N',
    range: ({ dump: { rows: n } }) => [n, Math.max(1e6, 10 * n)],
    whole: true,
  },
  {
    field: 'scaleFactor',
    name: 'Scale batch by',
    short: 'Scale',
    symbol: String.raw`\kappa`,
    range: () => [0.25, 64],
    whole: false,
  },
];

function population({ settings, dump: { rows: n } }: InputsState): number {
  return Math.max(2, settings.convention === 'population' ? n : (settings.datasetSize ?? Math.max(1e5, n)));
}

/** What stays in sight: a number is moved while its plot is looked at. */
export function inputs(state: InputsState): Description {
  const { problems } = state;
  return h(
    'div.inputs',
    { key: 'inputs', role: 'group', 'aria-label': 'Settings' },
    FIELDS.map((field) => numberField(field, state)),
    // last, so that no field moves, and loses the focus, when it comes and goes
    problems.length > 0 &&
      h(
        'p.why',
        { key: 'why', id: 'why', role: 'alert' },
        problems.map(({ problem }) => `${problem.found}. ${problem.remedy}`).join(' '),
        ' The numbers below are the last good ones.',
      ),
  );
}

/** What is set once, and scrolls away. */
export function choices(state: InputsState): Description {
  const { settings, change } = state;
  return h(
    'div.choices',
    { key: 'choices', role: 'group', 'aria-label': 'Training' },
    choice(
      'optimizer',
      'Optimizer',
      settings.optimizer,
      { sgd: 'SGD', momentum: 'SGD with momentum', adam: 'Adam' },
      (optimizer) =>
        change({
          optimizer,
          ...(optimizer === 'sgd'
            ? { momentum: 0 }
            : optimizer === 'momentum' && settings.momentum === 0
              ? { momentum: 0.9 }
              : {}),
        }),
    ),
    settings.optimizer === 'momentum' &&
      h(
        'label',
        { key: 'momentum' },
        'Momentum ',
        math(String.raw`\mu`),
        h('input', {
          type: 'number',
          min: 0,
          max: 0.999,
          step: 'any',
          ...numberValue(settings.momentum),
          on: { input: onNumber((momentum = NaN) => change({ momentum })) },
        }),
      ),
    choice(
      'replacement',
      'Batches drawn',
      settings.replacement,
      { without: 'without replacement', with: 'with replacement' },
      (replacement) => change({ replacement }),
      settings.datasetSize === undefined ? 'needs the data-set size' : undefined,
    ),
    ...kindOfRows(state),
    ...scaleOfRows(state),
  );
}

/** What a row is: what the first question asks, to be changed later. */
function kindOfRows({ settings, dump, change }: InputsState): readonly Description[] {
  const { rows } = metadataAs(settings, dump.metadata);
  const known = rowKind(settings, dump);
  const kind: string = typeof known === 'object' ? 'means' : (known ?? 'unknown');
  const b = typeof rows === 'object' ? rows.meanOf : (settings.batchSize ?? 32);
  const kinds: Readonly<Record<string, RowKind>> = {
    example: 'example',
    step: 'step',
    means: { meanOf: Math.max(2, b) },
  };
  return [
    choice(
      'row-kind',
      'A row is',
      kind,
      {
        ...(dump.metadata.rows === undefined && { unknown: 'not stated' }),
        example: 'one example',
        means: 'a mean of b examples',
        step: 'one step of training',
      },
      (next) => change({ rows: kinds[next] }),
    ),
    ...(kind === 'means'
      ? [
          h(
            'label',
            { key: 'mean-of' },
            'Mean of ',
            math('b'),
            h('input', {
              type: 'number',
              min: 1,
              step: 1,
              ...numberValue(b),
              on: {
                input: onNumber((size) => {
                  if (size !== undefined && Number.isSafeInteger(size) && size >= 1) change({ rows: { meanOf: size } });
                }),
              },
            }),
          ),
        ]
      : []),
  ];
}

/** As GradScaler begins with. */
const LOSS_SCALE = 2 ** 16;

/** Whether the rows hold a factor, which nothing in a dump shows. */
function scaleOfRows({ settings, dump: { rows: n }, change }: InputsState): readonly Description[] {
  const { gradientScale } = settings;
  // 1 that is typed may be the beginning of 128
  const kind = gradientScale === undefined ? 'one' : gradientScale === 1 / n ? 'mean' : 'factor';
  const scales = { one: undefined, mean: 1 / n, factor: LOSS_SCALE };
  return [
    choice(
      'gradient-scale',
      'Rows hold',
      kind,
      { one: 'gradients', mean: `gradients / ${wholeNumber(n)}`, factor: 'gradients × factor' },
      (next) => change({ gradientScale: scales[next] }),
    ),
    ...(kind === 'factor'
      ? [
          h(
            'label',
            { key: 'factor' },
            'Factor ',
            h('input', {
              type: 'number',
              min: 0,
              step: 'any',
              ...numberValue(gradientScale),
              on: { input: onNumber((scale = NaN) => change({ gradientScale: scale })) },
            }),
          ),
        ]
      : []),
  ];
}

function numberField({ field, name, short, symbol, range, whole }: FieldDescription, state: InputsState): Description {
  const { settings, problems, dump, change, slider, chooseSlider } = state;
  const { rows: n } = dump;
  const [min, max] = range(state);
  const fixed = field === 'datasetSize' && settings.convention === 'population';
  const value = fixed ? n : settings[field];
  const bad = problems.some((problem) => problem.field === field);
  const at = value === undefined || !(value > 0) ? 0 : clamp(Math.log(value / min) / Math.log(max / min));
  const move = (position: number): void => {
    const raw = min * (max / min) ** position;
    change({ [field]: whole ? Math.round(raw) : Number(raw.toPrecision(2)) });
  };
  const id = `input-${field}`;
  return h(
    'div.field',
    {
      key: field,
      class: ['field', bad && 'bad', field === slider && 'chosen'].filter(Boolean).join(' '),
      on: { focusin: () => chooseSlider(field) },
    },
    h(
      'label',
      { for: id },
      h('span.long', {}, name),
      h('span.short', { 'aria-hidden': 'true' }, short),
      ' ',
      math(symbol),
    ),
    h('input', {
      id,
      type: 'number',
      step: 'any',
      placeholder: field === 'datasetSize' ? 'unknown' : 'not set',
      disabled: fixed,
      'aria-invalid': bad ? 'true' : undefined,
      'aria-describedby': bad ? 'why' : undefined,
      ...numberValue(value),
      on: { input: onNumber((next) => change({ [field]: next })) },
    }),
    h('input', {
      class: value === undefined ? 'unset' : undefined,
      type: 'range',
      min: 0,
      max: 1000,
      step: 1,
      disabled: fixed,
      'aria-label': name,
      'aria-valuetext': value === undefined ? 'not set' : String(value),
      style: { '--at': `calc(${(100 * at).toFixed(2)}% + ${(6 - 12 * at).toFixed(2)}px)` },
      widget: { data: Math.round(1000 * at), mount: mountRange(field, (position) => move(position)) },
    }),
  );
}

const clamp = (x: number): number => Math.min(1, Math.max(0, x));

/** Sliders and number fields own their text while they are typed in; the settings overwrite it only when they differ. */
const moves = new Map<string, (position: number) => void>();
const mounts = new Map<string, (element: HTMLElement, data: number) => { update: (data: number) => void }>();

function mountRange(field: string, move: (position: number) => void) {
  moves.set(field, move);
  let mount = mounts.get(field);
  if (mount === undefined) {
    mount = (element, data) => {
      const slider = element as HTMLInputElement;
      slider.value = String(data);
      slider.addEventListener('input', () => moves.get(field)?.(Number(slider.value) / 1000));
      slider.addEventListener('keydown', (event) => {
        const by = { ArrowRight: 20, ArrowUp: 20, ArrowLeft: -20, ArrowDown: -20, PageUp: 200, PageDown: -200 }[
          event.key
        ];
        if (by === undefined) return;
        event.preventDefault();
        slider.value = String(Number(slider.value) + by);
        moves.get(field)?.(Number(slider.value) / 1000);
      });
      return {
        update: (next) => {
          if (document.activeElement !== slider || Math.abs(Number(slider.value) - next) > 8)
            slider.value = String(next);
        },
      };
    };
    mounts.set(field, mount);
  }
  return mount;
}

function choice<Value extends string>(
  name: string,
  label: string,
  value: Value,
  options: Readonly<Record<Value, string>>,
  use: (value: Value) => void,
  /** Why there is nothing to choose. */
  fixed?: string,
): Description {
  return h(
    'label',
    { key: name, title: fixed },
    label,
    h(
      'select',
      {
        name,
        disabled: fixed !== undefined,
        'aria-description': fixed,
        on: { change: (event) => use((event.target as HTMLSelectElement).value as Value) },
      },
      (Object.entries(options) as [Value, string][]).map(([key, text]) =>
        h('option', { value: key, selected: key === value }, text),
      ),
    ),
  );
}
