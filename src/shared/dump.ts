import type { FormatId } from './dump-names';

/**
 * A gradient dump, as the readers leave it: n examples (rows) × d parameters (columns), where each number lies, and what
 * the writer said about the training. Plain data; the numbers themselves stay where they are until a kernel streams them.
 */
export interface GradientDump {
  readonly name: string;
  readonly path: string;
  /** `gradstats`: its statistics alone, without the rows. */
  readonly format: FormatId;
  /** n, the rows. */
  readonly rows: number;
  /** d, the columns. */
  readonly parameters: number;
  /** As the file says it, for people: `float32`, `>f8`, `bfloat16`. */
  readonly dtype: string;
  /** Shape as the file says it, before trailing axes are flattened in C order; several arrays have none. */
  readonly shape?: readonly number[];
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** In column order; together they cover the columns exactly. Empty when the dump has no layers. */
  readonly layers: readonly Layer[];
  /** In column order; their widths add up to d. Each row of the dump is the rows of all arrays side by side. */
  readonly arrays: readonly StoredArray[];
  readonly metadata: DumpMetadata;
  /** Things a reader of the report should know and that do not stop the analysis. */
  readonly notes: readonly string[];
  /** Of which files it was joined and how, in their order; absent for a single file. */
  readonly joined?: { readonly layout: Layout; readonly files: readonly JoinedFile[] };
}

/** A file that is a part of a dump. */
export interface JoinedFile extends Pick<GradientDump, 'name' | 'path' | 'rows' | 'parameters' | 'bytes'> {
  /** Of its content, hexadecimal; absent where hashing takes long and was not asked for. */
  readonly sha256?: string;
}

/** How parts lie in a dump: rows under one another (other examples), or columns side by side (other parameters). */
export type Layout = 'rows' | 'columns';

/** A file that was reduced. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
}

export interface Layer {
  readonly name: string;
  readonly size: number;
}

/** One [n, columns] array: element type, order, and where its first byte is. */
export interface StoredArray {
  readonly columns: number;
  readonly element: ElementType;
  readonly littleEndian: boolean;
  /** `C`: a row is contiguous; `F`: a column is. */
  readonly order: 'C' | 'F';
  readonly location: FileLocation | MemoryLocation;
  /**
   * Where it lies in the dump, when it does not hold all rows of the columns after those of the array before it. Only dumps
   * that are reduced row under row have it, and only the passes of the kernel over all columns know it.
   */
  readonly place?: { readonly firstRow: number; readonly rows: number; readonly firstColumn: number };
}

export interface FileLocation {
  readonly kind: 'file';
  readonly path: string;
  readonly offset: number;
}

/** Formats without random access (JSON, deflated archives, virtual file systems) are decoded within the memory budget. */
export interface MemoryLocation {
  readonly kind: 'memory';
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Bytes per element; f: IEEE float, bf: bfloat16, i and u: integers, b1: booleans. */
export const ELEMENT_BYTES = {
  f2: 2,
  bf2: 2,
  f4: 4,
  f8: 8,
  i1: 1,
  i2: 2,
  i4: 4,
  i8: 8,
  u1: 1,
  u2: 2,
  u4: 4,
  u8: 8,
  b1: 1,
} as const;
export type ElementType = keyof typeof ELEMENT_BYTES;

/** What the writer of the dump said about the training, inside the file or in a sidecar beside it. */
export interface DumpMetadata {
  /** η */
  readonly learningRate?: number;
  /** B, of the training, not of the dump. */
  readonly batchSize?: number;
  /** Examples in the training set. */
  readonly datasetSize?: number;
  /** c: the rows are c times the gradients. */
  readonly gradientScale?: number;
  /** μ of heavy-ball momentum. */
  readonly momentum?: number;
  /** Share of a gradient that momentum leaves out: v ← μv + (1 − dampening)g. */
  readonly dampening?: number;
  /** C, to which the gradient of each example is clipped in training; the rows are not clipped. */
  readonly clip?: number;
  /** z, the noise multiplier of private training. */
  readonly privacyNoise?: number;
  readonly optimizer?: string;
  readonly step?: number;
  readonly loss?: number;
  /** [n] loss of each example. */
  readonly losses?: readonly number[];
  /** [n] how much each row counts in the loss, such as the tokens of a sequence; readers put it into the rows. */
  readonly weights?: readonly number[];
  /** [n] label of each example. */
  readonly labels?: readonly (number | string)[];
  /** [n] to what each row belongs whose rows are not independent of one another: its document, prompt, or sequence. */
  readonly groups?: readonly (number | string)[];
  readonly layers?: readonly Layer[];
  /** What a row is; where nothing says so, rows count as single examples and the reader is asked. */
  readonly rows?: RowKind;
  /** How the rows were drawn: in passes over the data that show no example twice, or independently of one another. */
  readonly batches?: 'passes' | 'independent';
  /** Whether the rows are all there is, or drawn from more. */
  readonly convention?: 'population' | 'sample';
  /** The columns are random sums of parameters, so that products between rows are right on average. */
  readonly projected?: Projection;
  /** Type of the elements; it decides only where the file leaves it open: `bfloat16` for two bytes without a type. */
  readonly dtype?: string;
  /** [n, …] of a file without a header. */
  readonly shape?: readonly number[];
  /** Paths of companions, relative to the dump. */
  readonly hessian?: string;
  readonly fisher?: string;
  readonly modelLabels?: string;
  readonly compared?: string;
  readonly parameters?: string;
  readonly secondMoments?: string;
}

/** Rows of so many parameters as rows of fewer numbers. */
export interface Projection {
  /** Parameters of the network. */
  readonly from: number;
  /** Columns of the dump. */
  readonly to: number;
  readonly kind: 'count-sketch' | 'gaussian';
  readonly seed?: number;
}

/**
 * What a row is: the gradient of one example, the mean over b examples, or the gradient of one step of a training, which is
 * taken at other parameters than the rows beside it.
 */
export type RowKind = 'example' | 'step' | { readonly meanOf: number };

/** b: every row is the mean over b examples. */
export const meanOf = ({ rows }: Pick<DumpMetadata, 'rows'>): number => (typeof rows === 'object' ? rows.meanOf : 1);
