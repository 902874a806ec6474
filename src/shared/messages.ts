import * as v from 'valibot';
import { PROBLEMS } from './problem';
import type { Problem, ProblemCode } from './problem';
import type {
  ChosenRun,
  ComparisonMemory,
  ComparisonState,
  ExportForm,
  ExportTarget,
  HostMessage,
  PageMemory,
  PageMessage,
  PanelState,
  RunMemory,
  RunPanelState,
  RunState,
} from './protocol';
import type { NormLog, RunPoint } from './training-run';
import type { Settings } from './settings';
import type { CompanionChoice, DumpSummary } from './summary';

/**
 * What may come through the doors between threads: everything else is dropped at the door. The annotations tie each schema
 * to its type, so neither can change alone.
 */

/** An object with a schema for every field, also for the optional ones: a field without one would be dropped at the door. */
const whole =
  <T>() =>
  <const Fields extends Readonly<Record<keyof T, v.GenericSchema | v.ExactOptionalSchema<v.GenericSchema, undefined>>>>(
    fields: Fields,
  ) =>
    v.object(fields);

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Long enough for any name or sentence of ours, short enough to be harmless. */
const words = v.pipe(v.string(), v.maxLength(20_000));

export const PROBLEM: v.GenericSchema<unknown, Problem> = whole<Problem>()({
  code: v.picklist(Object.keys(PROBLEMS) as ProblemCode[]),
  found: words,
  where: v.exactOptional(words),
  remedy: words,
  fix: v.exactOptional(words),
  rows: v.exactOptional(v.pipe(v.array(count), v.maxLength(1_000_000))),
  memory: v.exactOptional(v.object({ bytes: finite, otherwise: v.exactOptional(words) })),
});

const SETTINGS: v.GenericSchema<unknown, Settings> = whole<Settings>()({
  learningRate: v.exactOptional(finite),
  batchSize: v.exactOptional(finite),
  datasetSize: v.exactOptional(finite),
  gradientScale: v.exactOptional(finite),
  scaleFactor: finite,
  momentum: finite,
  dampening: v.exactOptional(finite),
  clip: v.exactOptional(finite),
  privacyNoise: v.exactOptional(finite),
  optimizer: v.picklist(['sgd', 'momentum', 'adam']),
  convention: v.picklist(['population', 'sample']),
  conventionFrom: v.picklist(['option', 'metadata', 'answer', 'data-set size', 'unknown data set']),
  replacement: v.picklist(['without', 'with']),
  rows: v.exactOptional(v.union([v.picklist(['example', 'step']), v.object({ meanOf: v.pipe(count, v.minValue(1)) })])),
});

const FILE_OR_NONE = v.union([v.pipe(words, v.minLength(1)), v.literal(false)]);
const COMPANIONS: v.GenericSchema<unknown, CompanionChoice> = whole<CompanionChoice>()({
  hessian: v.exactOptional(FILE_OR_NONE),
  fisher: v.exactOptional(FILE_OR_NONE),
  modelLabels: v.exactOptional(FILE_OR_NONE),
  compared: v.exactOptional(FILE_OR_NONE),
  secondMoments: v.exactOptional(FILE_OR_NONE),
});

/** The parts that would break the page if they were lost on the way: the counts, and that numbers arrive as typed arrays. */
const SUMMARY = v.looseObject({
  dump: v.looseObject({ name: v.string(), path: v.string(), rows: count, parameters: count }),
  moments: v.exactOptional(v.looseObject({ centeredSquaredNorms: v.instance(Float64Array) })),
  spectrum: v.exactOptional(v.looseObject({ eigenvalues: v.instance(Float64Array) })),
});

const STATE: v.GenericSchema<unknown, PanelState> = whole<PanelState>()({
  run: count,
  path: words,
  fileName: words,
  origin: v.exactOptional(words),
  phase: v.picklist(['analyzing', 'done', 'canceled', 'failed']),
  summary: v.exactOptional(v.custom<DumpSummary>((value) => v.is(SUMMARY, value))),
  problem: v.exactOptional(PROBLEM),
  updated: v.exactOptional(finite),
  stale: v.exactOptional(v.boolean()),
  settings: v.exactOptional(SETTINGS),
  companions: v.exactOptional(COMPANIONS),
  section: v.exactOptional(words),
});

const CHOSEN_RUNS: v.GenericSchema<unknown, readonly ChosenRun[]> = v.pipe(
  v.array(v.object({ files: v.pipe(v.array(v.pipe(words, v.minLength(1))), v.minLength(1)), said: v.boolean() })),
  v.minLength(1),
);

const STEPS = v.array(v.looseObject({ step: finite, file: v.string() }));
const LOG = v.looseObject({ steps: v.instance(Float64Array), small: v.instance(Float64Array) });

const RUNS: v.GenericSchema<unknown, RunPanelState> = whole<RunPanelState>()({
  chosen: CHOSEN_RUNS,
  paused: v.boolean(),
  runs: v.array(
    whole<RunState>()({
      name: words,
      phase: v.picklist(['analyzing', 'done', 'canceled', 'failed']),
      order: v.picklist(['run file', 'metadata', 'names', 'log']),
      notes: v.array(words),
      points: v.custom<readonly RunPoint[]>((value) => v.is(STEPS, value)),
      log: v.exactOptional(v.custom<NormLog>((value) => v.is(LOG, value))),
      step: v.exactOptional(finite),
      newer: count,
      problem: v.exactOptional(PROBLEM),
      updated: v.exactOptional(finite),
    }),
  ),
});

const EXPORT_TARGET: v.GenericSchema<unknown, ExportTarget> = whole<ExportTarget>()({
  webviewSection: v.picklist(['plot', 'table', 'metric', 'formula']),
  id: v.pipe(words, v.minLength(1)),
});
const EXPORT_FORM: v.GenericSchema<unknown, ExportForm> = v.picklist([
  'image',
  'svg',
  'png',
  'csv',
  'latex',
  'formula',
  'value',
]);

const HOST_MESSAGE: v.GenericSchema<unknown, HostMessage> = v.variant('kind', [
  v.object({ kind: v.literal('state'), state: STATE }),
  v.object({ kind: v.literal('runs'), state: RUNS }),
  v.object({ kind: v.literal('export'), target: EXPORT_TARGET, form: EXPORT_FORM }),
  v.object({ kind: v.literal('comparison'), state: whole<ComparisonState>()({ baseline: STATE, other: STATE }) }),
  v.object({
    kind: v.literal('progress'),
    run: count,
    progress: v.object({
      stage: v.picklist(['reading', 'spectrum', 'directions', 'resampling', 'companions']),
      block: count,
      blocks: count,
      bytesDone: count,
      bytesTotal: count,
    }),
  }),
]);

const MAX_SAVED_BYTES = 64 * 2 ** 20;
const MAX_COPIED_LENGTH = 16 * 2 ** 20;

const PAGE_MESSAGE: v.GenericSchema<unknown, PageMessage> = v.variant('kind', [
  v.object({
    kind: v.picklist([
      'ready',
      'cancel',
      'analyze-again',
      'resample',
      'write-sidecar',
      'choose-file',
      'show-log',
      'picture-copied',
      'swap',
    ]),
  }),
  v.object({
    kind: v.picklist(['choose-companion', 'drop-companion']),
    companion: v.picklist(['hessian', 'fisher', 'modelLabels', 'compared', 'secondMoments']),
  }),
  v.object({ kind: v.literal('open-side'), side: v.picklist(['baseline', 'other']) }),
  v.object({ kind: v.literal('learn-more'), code: v.picklist(Object.keys(PROBLEMS)) }),
  v.object({ kind: v.literal('open-step'), run: count, file: words }),
  v.object({ kind: v.literal('pause'), paused: v.boolean() }),
  v.object({ kind: v.literal('settings'), settings: SETTINGS }),
  v.object({ kind: v.literal('exclude-rows'), rows: v.pipe(v.array(count), v.minLength(1), v.maxLength(1_000_000)) }),
  v.object({
    kind: v.picklist(['save', 'picture-not-copied']),
    name: words,
    bytes: v.pipe(
      v.instance(Uint8Array),
      v.check((bytes) => bytes.byteLength <= MAX_SAVED_BYTES),
    ),
  }),
  v.object({ kind: v.literal('copy'), text: v.pipe(v.string(), v.maxLength(MAX_COPIED_LENGTH)) }),
  v.object({ kind: v.literal('fault'), text: words }),
]);

const PAGE_MEMORY: v.GenericSchema<unknown, PageMemory> = whole<PageMemory>()({
  path: v.pipe(words, v.minLength(1)),
  settings: v.exactOptional(SETTINGS),
  companions: v.exactOptional(COMPANIONS),
  scroll: v.exactOptional(finite),
  unfolded: v.exactOptional(v.pipe(v.array(words), v.maxLength(1000))),
});

const RUN_MEMORY: v.GenericSchema<unknown, RunMemory> = whole<RunMemory>()({
  runs: CHOSEN_RUNS,
  axis: v.exactOptional(
    v.object({ unit: v.picklist(['step', 'examples', 'tokens']), scale: v.picklist(['linear', 'log']) }),
  ),
  scroll: v.exactOptional(finite),
});

const PATH = v.pipe(words, v.minLength(1));
const COMPARISON_MEMORY: v.GenericSchema<unknown, ComparisonMemory> = whole<ComparisonMemory>()({
  baseline: PATH,
  other: PATH,
  scroll: v.exactOptional(finite),
});

const parsed = <T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined => {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
};

/** @returns undefined for what no host of ours sends */
export const hostMessage = (value: unknown): HostMessage | undefined => parsed(HOST_MESSAGE, value);

/** @returns undefined for what no page of ours sends */
export const pageMessage = (value: unknown): PageMessage | undefined => parsed(PAGE_MESSAGE, value);

/** @returns undefined for what no menu of a page of ours is of */
export const exportTarget = (value: unknown): ExportTarget | undefined => parsed(EXPORT_TARGET, value);

/** What the editor kept on disk for the page, which anybody may have edited. */
export const pageMemory = (value: unknown): PageMemory | undefined => parsed(PAGE_MEMORY, value);

/** The same for a page of runs. */
export const runMemory = (value: unknown): RunMemory | undefined => parsed(RUN_MEMORY, value);

/** The same for a page of a comparison. */
export const comparisonMemory = (value: unknown): ComparisonMemory | undefined => parsed(COMPARISON_MEMORY, value);
