import * as v from 'valibot';
import type { DumpMetadata, Layer } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import type { JsonValue } from './json-parser';

const POSITIVE = v.pipe(
  v.number(),
  v.check((x) => x > 0 && x < Infinity, 'a positive number'),
);
const COUNT = v.pipe(
  v.number(),
  v.check((x) => Number.isSafeInteger(x) && x >= 1, 'a whole number from 1 up'),
);
const FINITE = v.pipe(
  v.number(),
  v.check((x) => Number.isFinite(x), 'a finite number'),
);
const NAME = v.pipe(
  v.string(),
  v.check((text) => text.length > 0 && text.length <= 1000, 'a name of 1 to 1000 characters'),
);

/** What a dump may say beside its numbers, see DumpMetadata. Unknown keys are left alone: they are the writer's own. */
const METADATA = v.object({
  learningRate: v.optional(POSITIVE),
  batchSize: v.optional(COUNT),
  datasetSize: v.optional(COUNT),
  momentum: v.optional(
    v.pipe(
      v.number(),
      v.check((x) => x >= 0 && x < 1, 'a number in [0, 1)'),
    ),
  ),
  optimizer: v.optional(NAME),
  step: v.optional(
    v.pipe(
      v.number(),
      v.check((x) => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0 up'),
    ),
  ),
  loss: v.optional(FINITE),
  losses: v.optional(v.array(FINITE)),
  labels: v.optional(v.array(v.union([FINITE, v.string()]))),
  layers: v.optional(v.array(v.object({ name: NAME, size: COUNT }))),
  rows: v.optional(v.union([v.literal('example'), v.object({ meanOf: COUNT })])),
  hessian: v.optional(NAME),
  fisher: v.optional(NAME),
  modelLabels: v.optional(NAME),
  parameters: v.optional(NAME),
});

/**
 * @param value an object; what is not metadata in it is ignored
 * @param file for messages
 * @throws AnalysisError metadata/invalid, naming the key
 */
export function readMetadata(value: JsonValue, file: string): DumpMetadata {
  const parsed = v.safeParse(METADATA, plain(value));
  if (parsed.success) return withoutUndefined(parsed.output);
  const [issue] = parsed.issues;
  const key = v.getDotPath(issue) ?? 'the whole';
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: `“${key}” is ${shown(issue.input)}, which is not ${issue.type === 'check' ? issue.message : `what it should be (${String(issue.expected)})`}`,
    where: `${file}, $.${key}`,
    remedy: 'Correct it, or leave the key out.',
  });
}

/** @throws AnalysisError metadata/layers when the sizes do not add up to the columns, or a list has another length than N */
export function checkMetadata(metadata: DumpMetadata, samples: number, parameters: number, file: string): void {
  const { layers } = metadata;
  if (layers !== undefined) {
    const sum = layers.reduce((total, { size }) => total + size, 0);
    if (sum !== parameters)
      throw new AnalysisError({
        code: 'metadata/layers',
        found: `The ${layers.length} layers have ${sum} parameters together, the dump has ${parameters}`,
        where: `${file}, $.layers`,
        remedy: 'List every layer once, in the order of the columns.',
      });
  }
  for (const key of ['losses', 'labels'] as const) {
    const list = metadata[key];
    if (list === undefined || list.length === samples) continue;
    throw new AnalysisError({
      code: 'metadata/invalid',
      found: `“${key}” has ${list.length} entries, the dump has ${samples} rows`,
      where: `${file}, $.${key}`,
      remedy: 'Give one for each row, or leave the key out.',
    });
  }
}

/** The mean of `losses` stands for `loss` where only those are given. */
export function withMeanLoss(metadata: DumpMetadata): DumpMetadata {
  const { loss, losses } = metadata;
  if (loss !== undefined || losses === undefined || losses.length === 0) return metadata;
  return { ...metadata, loss: losses.reduce((sum, value) => sum + value, 0) / losses.length };
}

export function layersOf(metadata: DumpMetadata): readonly Layer[] {
  return metadata.layers ?? [];
}

/** Maps and Float64Arrays as the objects and arrays that a schema knows. */
function plain(value: JsonValue): unknown {
  if (value instanceof Float64Array) return [...value];
  if (value instanceof Map) {
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    // only what the schema asks for: a matrix of gradients in the same object is not copied
    for (const key of Object.keys(METADATA.entries))
      if (value.has(key)) object[key] = plainDeep(value.get(key) as JsonValue);
    return object;
  }
  return value;
}

function plainDeep(value: JsonValue): unknown {
  if (value instanceof Float64Array) return [...value];
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, JsonValue>).entries()].map(([key, item]) => [key, plainDeep(item)]),
    );
  if (Array.isArray(value)) return value.map((item) => plainDeep(item as JsonValue));
  return value;
}

function withoutUndefined(metadata: v.InferOutput<typeof METADATA>): DumpMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}

function shown(input: unknown): string {
  if (input === undefined) return 'missing';
  if (input === null || typeof input !== 'object') return JSON.stringify(input).slice(0, 60);
  return Array.isArray(input) ? 'a list' : 'an object';
}
