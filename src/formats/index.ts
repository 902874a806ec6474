import path from 'node:path';
import type { DumpMetadata, GradientDump, Layout } from '../shared/dump';
import { extensionsOf } from '../shared/dump-names';
import type { FormatId } from '../shared/dump-names';
import { AnalysisError } from '../shared/problem';
import type { RunRequest, RunStep } from '../shared/protocol';
import type { Statistics } from '../shared/statistics';
import type { Disk } from '../storage/file';
import { contentOf, hexadecimal } from './content';
import type { Content, Format } from './format';
import { gradstatsFormat } from './gradstats';
import { jsonFormat } from './json';
import { checkMetadata, overriding, readMetadata, withMeanLoss } from './metadata';
import type { StatedMetadata } from './metadata';
import { csvFormat } from './csv';
import { namedPath } from './named-path';
import { npyFormat } from './npy-dump';
import { npzFormat } from './npz';
import { pytorchFormat } from './pytorch';
import { inheritedMetadata, readSmallJson, readRunFile } from './run';
import { rawFormat } from './raw';
import type { Reading } from './run';
import { safetensorsFormat } from './safetensors';
import { withRowFactors } from './row-factors';
import { openSource } from './source';
import { unusedStatements } from './statements';
import type { ByteSource } from './source';

interface ReadRequest {
  readonly path: string;
  /** The whole content, where the path cannot be opened. */
  readonly bytes?: Uint8Array;
  /** Then that of NAME.meta.json and run.json, where there are any. */
  readonly beside?: { readonly sidecar?: Uint8Array; readonly run?: Uint8Array };
  /** Bytes that formats without random access may be decoded into. */
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
  /** A vector is one row. */
  readonly vector?: boolean;
  /** What arrays of equal width are whose names do not say it: batches in rows, or layers in columns. */
  readonly layout?: Layout;
  /** For tests. */
  readonly disk?: Disk;
}

/** Every format a dump can have, in the order in which content is recognized: one without a reader does not compile. */
const READERS: Readonly<Record<FormatId, Format>> = {
  gradstats: gradstatsFormat,
  npy: npyFormat,
  pytorch: pytorchFormat,
  npz: npzFormat,
  safetensors: safetensorsFormat,
  json: jsonFormat,
  csv: csvFormat,
  raw: rawFormat,
};
export const FORMATS: readonly Format[] = Object.values(READERS);

/**
 * Reads what a dump is: its shape, where its numbers lie, its metadata; or the statistics that stand in its place. Checks all
 * of it against the bytes that are there. Of what is said twice, the sidecar takes precedence over the dump, and the dump
 * over the run that lists it.
 *
 * @throws AnalysisError with what was found, where, and what to do
 */
export function readDumpOrStatistics(request: ReadRequest): GradientDump | Statistics {
  const source = openSource(request.path, request.bytes, request.disk);
  try {
    const beside = metadataBeside(request);
    const format = formatOf(source, beside.sidecar.shape !== undefined);
    const {
      metadata: inside,
      notes,
      ...found
    } = format.read(source, request, beside.sidecar.dtype, beside.sidecar.shape);
    const place = placing(source.name, inside, beside);
    const stated = withMeanLoss(overriding(overriding(beside.inherited, inside), beside.sidecar));
    const of = (content: Pick<Content, 'rows' | 'parameters' | 'dtype' | 'layers'>, metadata: DumpMetadata) => ({
      ...{ name: source.name, path: source.path, format: format.id, bytes: source.size, metadata },
      ...{ rows: content.rows, parameters: content.parameters, dtype: content.dtype },
      layers: content.layers.map(({ name, size }) => ({ name, size })),
    });
    if ('gram' in found) {
      const { moments, gram, sources } = found;
      const { rowScales, ...metadata } = stated;
      checkMetadata(metadata, moments.layers, found.rows, found.parameters, place);
      // its own weights were used when it was made
      if (rowScales !== undefined || beside.sidecar.weights !== undefined) throw afterwards(place(rowScales === undefined ? 'weights' : 'rowScales')); // prettier-ignore
      source.checkUnchanged();
      return { dump: { ...of(found, metadata), notes: [...notes, ...beside.notes] }, sources, moments, gram };
    }
    checkShape(beside.sidecar, found, place('shape'));
    checkMetadata(stated, found.layers, found.rows, found.parameters, place);
    const { content, metadata, notes: told } = withRowFactors(found, stated, source, request);
    source.checkUnchanged();
    const unused = unusedStatements({ ...content, format: format.id, metadata }, request.bytes === undefined, place('dtype')); // prettier-ignore
    // sizes were found to follow the arrays; names that are stated take precedence over those of arrays
    const layers = metadata.layers ?? content.layers;
    return {
      ...of({ ...content, layers }, metadata),
      ...(content.shape && { shape: content.shape }),
      arrays: content.arrays,
      notes: [...notes, ...told, ...beside.notes, ...unused],
    };
  } finally {
    source.close();
  }
}

/**
 * The same where the rows themselves are needed.
 *
 * @throws AnalysisError gradstats/rows for statistics
 */
export function readDump(request: ReadRequest): GradientDump {
  const whole = readDumpOrStatistics(request);
  if (!('gram' in whole)) return whole;
  throw new AnalysisError({
    code: 'gradstats/rows',
    found: 'It holds the statistics of a dump, without its rows',
    where: whole.dump.path,
    remedy: 'Choose the dump itself.',
  });
}

/** Statistics were summed over rows, and none of them can be counted in another way after that. */
const afterwards = (where: string): AnalysisError =>
  new AnalysisError({
    code: 'metadata/invalid',
    found:
      'It says of each row by itself how it counts, and the file holds statistics of rows that were summed already',
    where,
    remedy: 'Say so beside the dump, and reduce it again.',
  });

/** Where a key is stated: the file at fault is that one. */
const placing =
  (name: string, inside: StatedMetadata, { file, sidecar, inherited }: MetadataBeside) =>
  (key: keyof StatedMetadata): string => {
    const shown = key === 'rowScales' ? 'gradientScale' : key;
    if (sidecar[key] !== undefined) return `${file}, $.${shown}`;
    return inside[key] === undefined && inherited[key] !== undefined ? `run.json, $.${shown}` : `${name}, metadata $.${shown}`; // prettier-ignore
  };

/** By its magic bytes, whatever its name; text by its name, and where that says nothing, by its content. */
function formatOf(source: ByteSource, shaped = false): Format {
  const start = source.read(0, 64);
  const marked = FORMATS.find(({ magic, sniff }) => magic === true && sniff(start, source));
  if (marked !== undefined) return marked;
  const name = source.name.toLowerCase();
  const named = FORMATS.find(({ id }) => extensionsOf(id).some((extension) => name.endsWith(extension)));
  // .bin and the like say nothing of their content, unless somebody says its shape
  if (named !== undefined && (named !== rawFormat || shaped)) return named;
  const recognized = FORMATS.find(({ sniff }) => sniff(start, source)) ?? named;
  if (recognized !== undefined) return recognized;
  const other = contentOf(source);
  throw new AnalysisError({
    code: 'format/unknown',
    found:
      other === undefined ? `It begins with ${hexadecimal(start.subarray(0, 8)) || 'nothing'}` : `It is ${other.what}`,
    where: source.where(0),
    remedy: other?.remedy ?? `Dumps are ${FORMATS.flatMap(({ id }) => extensionsOf(id)).join(', ')} files.`,
    ...(other?.fix !== undefined && { fix: other.fix }),
  });
}

/**
 * A stated shape is used, or refused where the file itself says another one.
 *
 * @throws AnalysisError metadata/invalid
 */
function checkShape(
  { shape }: DumpMetadata,
  content: Pick<GradientDump, 'shape' | 'rows' | 'parameters'>,
  where: string,
): void {
  if (shape === undefined) return;
  const { rows: n, parameters, shape: own = [n, parameters] } = content;
  if (shape.join() === own.join() || shape.join() === [n, parameters].join()) return;
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: `“shape” is [${shape.slice(0, 8).join(', ')}], and the file itself says [${own.join(', ')}]`,
    where,
    remedy: 'Correct it, or leave the key out.',
  });
}

interface MetadataBeside {
  /** NAME.meta.json */
  readonly file: string;
  /** What it says. */
  readonly sidecar: StatedMetadata;
  /** Of the run that lists the dump. */
  readonly inherited: StatedMetadata;
  readonly notes: readonly string[];
}

function metadataBeside({ bytes, beside, ...request }: ReadRequest): MetadataBeside {
  const onDisk = bytes === undefined;
  const read = (content: Uint8Array | undefined): Reading => ({ ...request, ...(content && { bytes: content }) });
  const { metadata: inherited, notes } =
    onDisk || beside?.run !== undefined
      ? inheritedMetadata(request.path, read(beside?.run))
      : { metadata: {}, notes: [] };
  const { dir, name } = path.parse(request.path);
  const file = `${name}.meta.json`;
  if (!onDisk && beside?.sidecar === undefined) return { file, sidecar: {}, inherited, notes };
  try {
    const more: string[] = [];
    const sidecar = readMetadata(readSmallJson(path.join(dir, file), read(beside?.sidecar)), `${file}, $`, more);
    return { file, sidecar, inherited, notes: [...notes, ...more] };
  } catch (error) {
    if (error instanceof AnalysisError && error.problem.code === 'file/missing')
      return { file, sidecar: {}, inherited, notes };
    throw inSidecar(error, file);
  }
}

/** What is wrong with the text of a sidecar is not wrong with the dump: the file is named, and what to do is about it. */
function inSidecar(error: unknown, file: string): unknown {
  if (!(error instanceof AnalysisError) || !error.problem.code.startsWith('json/')) return error;
  const { code, found, where } = error.problem;
  return new AnalysisError({
    code,
    found,
    where: where?.includes(file) === true ? where : [file, ...(where === undefined ? [] : [where])].join(', '),
    remedy: 'Correct this metadata file, or remove it: the dump can be read without it.',
  });
}

/**
 * The dumps that a run.json lists, in its order.
 *
 * @throws AnalysisError json/…, metadata/invalid, file/…
 */
export function readRun(request: RunRequest): readonly RunStep[] {
  const { path: run, bytes, confinedTo } = request;
  // what the editor reads for us cannot lead out of its own file system
  const confinement = bytes === undefined && confinedTo !== undefined ? { confinedTo } : {};
  return readRunFile(run, request).map(({ file, step, metadata: { loss } }) => {
    namedPath(run, file, confinement);
    return { file, step, ...(loss !== undefined && { loss }) };
  });
}
