import path from 'node:path';
import type { DumpMetadata, GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { jsonDump, parseJsonFile } from './json';
import { checkMetadata, readMetadata, withMeanLoss } from './metadata';
import { asRows, readNpy } from './npy';
import { inheritedMetadata, readRunFile } from './run';
import { openSource } from './source';
import type { ByteSource } from './source';

interface ReadRequest {
  readonly path: string;
  /** The whole content, where the path cannot be opened. */
  readonly bytes?: Uint8Array;
  readonly memoryBudget: number;
  readonly checkCanceled: () => void;
}

type Content = Omit<GradientDump, 'name' | 'path' | 'bytes' | 'format'>;

/** A file format: how it is recognized, and how it becomes a dump. */
interface Format {
  readonly id: GradientDump['format'];
  readonly extension: string;
  readonly read: (source: ByteSource, request: ReadRequest) => Content;
}

export const FORMATS: readonly Format[] = [
  {
    id: 'npy',
    extension: '.npy',
    read: (source) => {
      const npy = readNpy(source);
      const { samples, array } = asRows(npy, source);
      const { shape, dtype, notes } = npy;
      return { samples, parameters: array.columns, dtype, shape, layers: [], arrays: [array], metadata: {}, notes };
    },
  },
  {
    id: 'json',
    extension: '.json',
    read: (source, { memoryBudget, checkCanceled }) => {
      const content = jsonDump(parseJsonFile(source, memoryBudget, checkCanceled), source.name);
      return { ...content, dtype: 'float64', notes: [] };
    },
  },
];

/**
 * Reads what a dump is: its shape, where its numbers lie, its metadata. Checks all of it against the bytes that are there.
 *
 * @throws AnalysisError with what was found, where, and what to do
 */
export function readDump(request: ReadRequest): GradientDump {
  const extension = path.extname(request.path).toLowerCase();
  const format = FORMATS.find((candidate) => candidate.extension === extension);
  if (format === undefined)
    throw new AnalysisError({
      code: 'format/unknown',
      found: `The name ends in “${extension.slice(0, 20)}”; dumps end in ${FORMATS.map((known) => known.extension).join(', ')}`,
      where: request.path,
      remedy: 'Save the gradients with np.save.',
    });
  const source = openSource(request.path, request.bytes);
  try {
    const content = format.read(source, request);
    const inherited = request.bytes === undefined ? inheritedMetadata(request.path) : {};
    const beside = request.bytes === undefined ? sidecar(request.path) : {};
    const metadata = withMeanLoss({ ...inherited, ...content.metadata, ...beside });
    const { samples, parameters } = content;
    checkMetadata(metadata, samples, parameters, source.name);
    const layers = content.layers.length > 0 ? content.layers : (metadata.layers ?? []);
    return {
      ...content,
      name: source.name,
      path: source.path,
      format: format.id,
      bytes: source.size,
      metadata,
      layers,
    };
  } finally {
    source.close();
  }
}

/** NAME.meta.json beside NAME.npy. */
function sidecar(dump: string): DumpMetadata {
  const file = dump.replace(/\.[^.]+$/, '.meta.json');
  let source: ByteSource;
  try {
    source = openSource(file);
  } catch (error) {
    if (error instanceof AnalysisError && error.problem.code === 'file/missing') return {};
    throw error;
  }
  try {
    return readMetadata(parseJsonFile(source, 64 * 2 ** 20), source.name);
  } finally {
    source.close();
  }
}

/** The steps of a run file, for a pick. */
export function readRun(request: {
  readonly path: string;
  readonly bytes?: Uint8Array;
}): readonly { readonly step: number; readonly file: string; readonly loss?: number }[] {
  return readRunFile(request).map(({ file, step, metadata: { loss } }) => ({
    file,
    step,
    ...(loss !== undefined && { loss }),
  }));
}
