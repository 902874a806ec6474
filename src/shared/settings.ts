import { meanOf } from './dump';
import type { DumpMetadata, RowKind } from './dump';
import { counted, wholeNumber } from './numbers';
import type { Problem } from './problem';
import { isBatchSize, optimizerKind, statedTraining, trainingProblems } from './training';
import type { SaidTraining, Training } from './training';

/** How the numbers of a panel are meant, whatever the dump: one for all steps of a run. */
export interface View {
  /** N, examples in the data set: n under the population convention, unbounded when not known. */
  readonly datasetSize?: number;
  /** κ, the what-if factor of the scaling rules. */
  readonly scaleFactor: number;
  /** `population`: the rows are the whole data set, 1/n, exact. `sample`: they are drawn from it, 1/(n−1), intervals. */
  readonly convention: 'population' | 'sample';
  /** Who says so; the first of them that applies. */
  readonly conventionFrom: 'option' | 'metadata' | 'answer' | 'data-set size' | 'unknown data set';
  /** Whether a batch may hold an example twice; the finite-population correction belongs to `without`. */
  readonly replacement: 'without' | 'with';
  /** What a row is, where somebody says it in place of the metadata. */
  readonly rows?: RowKind;
}

/** What the reader sets beside a dump; everything derived follows it live. */
export interface Settings extends Training, View {}

/** Why a setting cannot be used as it is. */
export interface SettingsProblem {
  readonly field: keyof Settings;
  readonly problem: Problem;
}

/** Rows as settings are judged by them: how many there are, and what their writer said about them. */
export interface DescribedRows {
  /** n */
  readonly rows: number;
  readonly metadata: DumpMetadata;
}

/** What can be said beside a dump, in place of what its metadata says. */
export type SaidSettings = SaidTraining & Partial<Pick<View, 'datasetSize' | 'convention' | 'replacement' | 'rows'>>;

/** Settings that follow from what is known of the rows, and over it from what was said. */
export const suggestedSettings = (rows: DescribedRows, said: SaidSettings = {}): Settings => ({
  ...statedTraining(rows.metadata, said),
  ...suggestedView(rows, said),
});

/**
 * Rows are the whole data set only where somebody says so, or where the data set has just as many examples; all others are a
 * sample, of a data set without bound when its size is not known.
 */
export function suggestedView({ rows: n, metadata: written }: DescribedRows, said: SaidSettings = {}): View {
  const metadata = metadataAs(said, written);
  const { datasetSize } = { ...metadata, ...said };
  const view: View = {
    ...(datasetSize !== undefined && { datasetSize }),
    ...(said.rows !== undefined && { rows: said.rows }),
    scaleFactor: 4,
    ...conventionOf(datasetSize, { rows: n, metadata }, said.convention),
    replacement: said.replacement ?? (datasetSize === undefined ? 'with' : 'without'),
  };
  if (view.convention === 'sample' || !canBeAll(metadata)) return view;
  return { ...view, datasetSize: n, replacement: said.replacement ?? 'without' };
}

function conventionOf(
  datasetSize: number | undefined,
  { rows: n, metadata }: DescribedRows,
  said: Settings['convention'] | undefined,
): Pick<Settings, 'convention' | 'conventionFrom'> {
  if (said !== undefined) return { convention: said, conventionFrom: 'option' };
  if (metadata.convention !== undefined) return { convention: metadata.convention, conventionFrom: 'metadata' };
  if (datasetSize === undefined) return { convention: 'sample', conventionFrom: 'unknown data set' };
  const all = datasetSize === n && canBeAll(metadata);
  return { convention: all ? 'population' : 'sample', conventionFrom: 'data-set size' };
}

/** The metadata, with what was said of the rows in place of what they say. */
export const metadataAs = ({ rows }: Pick<View, 'rows'>, metadata: DumpMetadata): DumpMetadata =>
  rows === undefined ? metadata : { ...metadata, rows };

/** Means of several examples, rows of several steps, and rows that may repeat, are never the data set itself. */
export const canBeAll = (metadata: DumpMetadata): boolean =>
  meanOf(metadata) === 1 && metadata.rows !== 'step' && metadata.batches !== 'independent';

/**
 * What a row is, where the reader, the metadata, a label for each row, or a data set of exactly n examples says so. Elsewhere
 * undefined: rows count as single examples then, and the report says that they do.
 */
export function rowKind(settings: View, { rows: n, metadata: written }: DescribedRows): RowKind | undefined {
  const metadata = metadataAs(settings, written);
  if (metadata.rows !== undefined) return metadata.rows;
  const whole = settings.convention === 'population' || settings.datasetSize === n;
  return whole || metadata.labels !== undefined ? 'example' : undefined;
}

/** How many of what the rows are: `60 means of 32 examples`; rows of which nothing is said are rows. */
export function rowsInWords(settings: View, dump: DescribedRows): string {
  const kind = rowKind(settings, dump);
  const rows = wholeNumber(dump.rows);
  if (kind === undefined) return `${rows} rows`;
  if (kind === 'step') return `${rows} steps of training`;
  const averaged = meanOf({ rows: kind });
  return averaged === 1 ? `${rows} examples` : `${rows} means of ${wholeNumber(averaged)} examples`;
}

/** What the reader answered to the question what the rows are. */
export type RowsAnswer = Pick<Settings, 'convention' | 'datasetSize' | 'rows'>;

/** Settings with an answer that was given before, as far as nothing else has answered it since. */
export function withAnswer(settings: Settings, { rows, ...answer }: RowsAnswer, dump: DescribedRows): Settings {
  const said = rows === undefined || rowKind(settings, dump) !== undefined ? settings : { ...settings, rows };
  const open = said.conventionFrom === 'unknown data set' && canBeAll(metadataAs(said, dump.metadata));
  return open ? changedSettings(said, answer, dump) : said;
}

/** Fields as the reader changes them; undefined means that one was emptied. */
export type SettingsChange = { readonly [Field in keyof Settings]?: Settings[Field] | undefined };

/**
 * Settings after the reader changed some of them, with what follows: the size of the data set says how batches are drawn, and
 * the answer whether the rows are all of it says its size.
 */
export function changedSettings(
  settings: Settings,
  change: SettingsChange,
  { rows: n, metadata }: DescribedRows,
): Settings {
  const convention = change.convention;
  const asked: SettingsChange = {
    ...(convention !== undefined && {
      conventionFrom: 'answer',
      datasetSize: convention === 'population' ? n : metadata.datasetSize === n ? undefined : metadata.datasetSize,
    }),
    // who says how large the data set is has answered what the rows are
    ...(change.datasetSize !== undefined &&
      settings.conventionFrom === 'unknown data set' && { conventionFrom: 'answer' }),
    ...change,
  };
  const merged = { ...settings, ...asked };
  const known = merged.datasetSize !== undefined;
  const sampler =
    change.replacement === undefined && known !== (settings.datasetSize !== undefined)
      ? { replacement: known ? ('without' as const) : ('with' as const) }
      : {};
  const entries = Object.entries({ ...merged, ...sampler }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Settings;
}

/** Why settings cannot be used with such rows; each problem names its field. */
export function settingsProblems(
  settings: Settings,
  { rows: n, metadata: written }: DescribedRows,
): readonly SettingsProblem[] {
  const metadata = metadataAs(settings, written);
  const problems: SettingsProblem[] = [...trainingProblems(settings)];
  const refuse = (field: keyof Settings, found: string, remedy: string): void => {
    problems.push({ field, problem: { code: 'settings/invalid', found, remedy } });
  };
  const { batchSize, datasetSize, scaleFactor } = settings;
  const averaged = meanOf(metadata);
  const population = settings.convention === 'population' ? n : datasetSize;
  if (settings.convention === 'population' && averaged > 1)
    refuse(
      'convention',
      `Each row is the mean of ${averaged} examples, so the rows are not the data set itself`,
      'Analyze them as a sample, or dump one gradient per example.',
    );
  else if (settings.convention === 'population' && metadata.rows === 'step')
    refuse(
      'convention',
      'Each row is the gradient of another training step, so the rows are not the data set itself',
      'Save one file per step, with one row for each example.',
    );
  else if (settings.convention === 'population' && metadata.batches === 'independent')
    refuse(
      'convention',
      'The rows were drawn independently, so some examples may be missing and others there twice',
      'Analyze them as a sample, or leave "batches" out of the metadata.',
    );
  if (datasetSize !== undefined && !(Number.isInteger(datasetSize) && datasetSize >= 1))
    refuse('datasetSize', `The data-set size is ${datasetSize}`, 'It is a whole number of examples.');
  else if (datasetSize !== undefined && averaged > datasetSize)
    refuse(
      'datasetSize',
      `Each row is the mean of ${averaged} examples, and the data set has ${datasetSize}`,
      'It is at least as large as what one row averages.',
    );
  if (batchSize !== undefined && isBatchSize(batchSize) && batchSize < averaged)
    refuse(
      'batchSize',
      `A batch of ${batchSize} is smaller than the ${averaged} examples that each row averages`,
      'Choose a batch at least as large, or correct "rows" in the metadata.',
    );
  else if (
    batchSize !== undefined &&
    isBatchSize(batchSize) &&
    settings.replacement === 'without' &&
    batchSize > (population ?? Infinity)
  )
    refuse(
      'batchSize',
      `A batch of ${batchSize} cannot be drawn without replacement from ${population} example${population === 1 ? '' : 's'}`,
      'Choose a smaller batch, or draw with replacement.',
    );
  if (settings.replacement === 'without' && population === undefined)
    refuse(
      'replacement',
      'Drawing without replacement needs the data-set size',
      'Set the data-set size, or draw with replacement.',
    );
  if (!(scaleFactor > 0 && scaleFactor < Infinity))
    refuse('scaleFactor', `The scale factor is ${scaleFactor}`, 'It is a positive number.');
  return problems;
}

/** What a reader of the numbers should know about how rows and data set were taken together. */
export const settingsNotes = (settings: Settings, rows: DescribedRows): readonly string[] => [
  ...notesOfOptimizer(rows.metadata),
  ...notesOfDataSet(settings, rows),
];

function notesOfOptimizer({ optimizer }: DumpMetadata): readonly string[] {
  if (optimizerKind(optimizer) !== undefined) return [];
  return [
    `The optimizer “${(optimizer ?? '').slice(0, 40)}” is not one of those known here (SGD, with or without momentum; Adam and its relatives): it is treated as SGD, and lengths and noise scales are Euclidean.`,
  ];
}

function notesOfDataSet(settings: Settings, { rows: n, metadata: written }: DescribedRows): readonly string[] {
  const metadata = metadataAs(settings, written);
  const { convention, datasetSize } = settings;
  const rows = wholeNumber(n);
  if (convention === 'population') {
    const stated = metadata.datasetSize;
    if (stated === undefined || stated === n) return [];
    return [
      `The data set is stated to have ${wholeNumber(stated)} examples; as the whole data set these ${rows} rows count as all of it.`,
    ];
  }
  if (datasetSize === undefined || metadata.batches === 'independent' || metadata.rows === 'step') return [];
  const averaged = meanOf(metadata);
  if (averaged === 1)
    return n > datasetSize
      ? [
          `${rows} rows are more than the ${counted(datasetSize, 'example')} of the data set, so they count as drawn with replacement.`,
        ]
      : [];
  const length = Math.floor(datasetSize / averaged);
  if (length < 1 || n <= length) return [];
  return [
    `A pass over ${wholeNumber(datasetSize)} examples has ${length === 1 ? '1 batch' : `${wholeNumber(length)} batches`} of ${wholeNumber(averaged)}, so the ${rows} rows count as ${passes(n, length)}. State "batches": "independent" if they were drawn independently.`,
  ];
}

function passes(rows: number, length: number): string {
  const whole = Math.floor(rows / length);
  const rest = rows - whole * length;
  const begin = `${wholeNumber(whole)} ${whole === 1 ? 'pass' : 'passes'}`;
  return rest === 0 ? begin : `${begin} and ${wholeNumber(rest)} ${rest === 1 ? 'row' : 'rows'} of the next`;
}
