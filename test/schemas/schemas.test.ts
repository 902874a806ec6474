import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json';
import { DESCRIBED_METADATA, readMetadata } from '../../src/formats/metadata';
import { METRICS } from '../../src/metrics';
import { evaluate } from '../../src/report/evaluate';
import { jsonReport } from '../../src/report/json-report';
import { JSON_REPORT } from '../../src/report/json-report-form';
import { SITUATIONS } from '../reference/situations';
import { jsonSchemaOf } from './converter.mjs';
import type { JsonSchema } from './converter.mjs';

const DRAFT = 'http://json-schema.org/draft-07/schema#';
const root = path.resolve(import.meta.dirname, '../..');
const text = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;

const metadata = jsonSchemaOf(DESCRIBED_METADATA);
const keys = metadata.properties!;
/** Hovers show Markdown where they are told that it is. */
const hovered = (schema: JsonSchema): JsonSchema =>
  String(schema['description']).includes('`') ? { ...schema, markdownDescription: schema['description'] } : schema;
/** `learningRate` → `learning_rate`, which is read, too. */
const python = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const bothSpellings = Object.fromEntries(
  Object.entries(keys).flatMap(([key, schema]) => [
    [key, hovered(schema)],
    ...(python(key) === key ? [] : [[python(key), hovered(schema)]]),
  ]),
) as Record<string, JsonSchema>;

const SCHEMAS = {
  metadata: {
    $schema: DRAFT,
    title: 'What a dump of gradients says about the training',
    type: 'object',
    properties: bothSpellings,
  },
  // a run.json of another tool, without steps, is left alone
  run: {
    $schema: DRAFT,
    title: 'The dumps of a training run',
    if: { type: 'object', required: ['steps'] },
    then: {
      type: 'object',
      properties: {
        ...bothSpellings,
        steps: {
          type: 'array',
          description: 'The dumps, in the order of the training. What a step does not say, it takes from the run.',
          minItems: 1,
          items: {
            type: 'object',
            required: ['file'],
            properties: {
              ...bothSpellings,
              file: { type: 'string', minLength: 1, description: 'The dump, relative to this file.' },
            },
          },
        },
      },
    },
  },
  report: withOneMetric(jsonSchemaOf(JSON_REPORT)),
} satisfies Record<string, object>;

/** The form of a metric once, in place of once for every metric. */
function withOneMetric({ $schema: _, ...schema }: JsonSchema): object {
  const all = schema.properties!['metrics']!;
  const { description: _2, ...metric } = Object.values(all.properties!)[0]!;
  const short = Object.fromEntries(
    Object.entries(all.properties!).map(([id, { description }]) => [
      id,
      { description, allOf: [{ $ref: '#/definitions/metric' }] },
    ]),
  );
  // another program may write files of such names: only ours is described
  const guard = { type: 'object', required: ['schema', 'program', 'metrics'], properties: { kind: { const: 'dump' } } };
  return {
    $schema: DRAFT,
    title: 'A report of gradient covariance',
    if: guard,
    then: { ...schema, properties: { ...schema.properties, metrics: { ...all, properties: short } } },
    definitions: { metric },
  };
}

describe('the schemas for the editor', () => {
  test.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])(
    'media/schemas/%s.schema.json is what the sources say; npx vitest -u writes it anew',
    async (name) => {
      await expect(text(SCHEMAS[name])).toMatchFileSnapshot(`../../media/schemas/${name}.schema.json`);
    },
  );

  test('explain every key of the metadata with the words of media/metadata.md', () => {
    const page = readFileSync(path.join(root, 'media/metadata.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)`\s*\|.*\| (.*?)\s*\|$/gm)].map(
      ([, key, does]) => [key!, does!] as const,
    );
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(keys).map(([key, { description }]) => [key, description])),
    );
  });

  test('explain every metric with its meaning', () => {
    const { properties } = jsonSchemaOf(JSON_REPORT).properties!['metrics']!;
    expect(Object.keys(properties!)).toEqual(METRICS.map(({ id }) => id));
    for (const { id, name, meaning } of METRICS)
      expect(properties![id]!['description']).toContain(`${name}. ${meaning}`);
  });

  test.each(SITUATIONS)('fit the exported report of $name', ({ summary, settings }) => {
    const report = jsonReport(evaluate(summary, settings), summary);
    const written: unknown = JSON.parse(JSON.stringify(report));
    // nothing is written that the form does not name
    expect(v.parse(JSON_REPORT, written)).toEqual(written);
  });

  test('are named by the manifest for the files they are about, and not for package.json', () => {
    const named = manifest.contributes.jsonValidation;
    expect(named.map(({ url }) => url)).toEqual(
      ['metadata', 'run', 'report'].map((name) => `./media/schemas/${name}.schema.json`),
    );
    const [sidecars, runs, reports] = named.map(({ fileMatch }) => [fileMatch].flat());
    expect(sidecars).toEqual(['*.meta.json']);
    expect(runs).toEqual(['run.json']);
    expect(reports).toContain('*.npy.json');
    expect(reports!.every((pattern) => /^\*\.[a-z]+\.json$/.test(pattern))).toBe(true);
  });
});

describe('the schema of metadata and the reader', () => {
  const GOOD: readonly [string, unknown][] = [
    ['learningRate', 0.1], ['learningRate', 1e-300], ['batchSize', 1], ['datasetSize', 50_000], ['gradientScale', 1e-30], ['momentum', 0],
    ['momentum', 0.999], ['step', 0], ['loss', -3.5], ['losses', [1, 2]], ['labels', [1, 'a']], ['rows', 'example'], ['rows', { meanOf: 4 }],
    ['batches', 'independent'], ['convention', 'sample'], ['shape', [4, 2]], ['layers', [{ name: '', size: 3 }]], ['hessian', 'h.npy'],
  ]; // prettier-ignore
  const BAD: readonly [string, unknown][] = [
    ['learningRate', 0], ['learningRate', -1], ['learningRate', '0.1'], ['batchSize', 0], ['batchSize', 1.5], ['batchSize', 2 ** 53], ['datasetSize', null],
    ['gradientScale', 0], ['gradientScale', 1e31], ['momentum', 1], ['momentum', -0.1], ['step', -1], ['step', 0.5], ['loss', 'low'], ['losses', [1, 'a']],
    ['labels', [true]], ['rows', 'batch'], ['rows', { meanOf: 0 }], ['batches', 'both'], ['convention', 'all'], ['shape', []], ['shape', [0]],
    ['layers', [{ name: 'a' }]], ['layers', [{ name: 'a', size: 0 }]], ['hessian', ''], ['optimizer', 7],
  ]; // prettier-ignore
  const reads = (key: string, value: unknown): boolean => {
    try {
      readMetadata(jsonValue({ [key]: value }), '$', []);
      return true;
    } catch {
      return false;
    }
  };

  test.each(GOOD)('both take %s: %j', (key, value) => {
    expect(reads(key, value)).toBe(true);
    expect(fits(value, keys[key]!)).toBe(true);
  });

  test.each(BAD)('both refuse %s: %j', (key, value) => {
    expect(reads(key, value)).toBe(false);
    expect(fits(value, keys[key]!)).toBe(false);
  });
});

/** As the reader's own parser leaves it: objects are maps. */
function jsonValue(value: unknown): Parameters<typeof readMetadata>[0] {
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null) return value as string;
  return new Map(Object.entries(value).map(([key, inner]) => [key, jsonValue(inner)]));
}

/** Whether a value fits a JSON schema, by the keywords that ours have; another keyword is a fault of this test. */
function fits(value: unknown, schema: JsonSchema): boolean {
  const number = (holds: (x: number) => boolean): boolean => typeof value !== 'number' || holds(value);
  const checks: Record<string, (argument: never) => boolean> = {
    description: () => true,
    type: (type: string) =>
      ({
        number: typeof value === 'number',
        integer: Number.isInteger(value),
        string: typeof value === 'string',
        array: Array.isArray(value),
        object: typeof value === 'object' && value !== null && !Array.isArray(value),
      })[type] ?? expect.fail(`unknown type ${type}`),
    minimum: (least: number) => number((x) => x >= least),
    maximum: (most: number) => number((x) => x <= most),
    exclusiveMinimum: (least: number) => number((x) => x > least),
    exclusiveMaximum: (most: number) => number((x) => x < most),
    minLength: (least: number) => typeof value !== 'string' || value.length >= least,
    maxLength: (most: number) => typeof value !== 'string' || value.length <= most,
    minItems: (least: number) => !Array.isArray(value) || value.length >= least,
    items: (inner: JsonSchema) => !Array.isArray(value) || value.every((item) => fits(item, inner)),
    enum: (list: unknown[]) => list.includes(value),
    const: (only: unknown) => value === only,
    anyOf: (list: JsonSchema[]) => list.some((inner) => fits(value, inner)),
    required: (names: string[]) => names.every((name) => Object.hasOwn(value as object, name)),
    properties: (inner: Record<string, JsonSchema>) =>
      Object.entries(value ?? {}).every(([key, item]) => !inner[key] || fits(item, inner[key])),
  };
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = checks[keyword] ?? expect.fail(`unknown keyword ${keyword}`);
    return check(argument as never);
  });
}
