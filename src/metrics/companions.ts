import { AnalysisError } from '../shared/problem';
import type { Companion, Companions, DumpComparison, MatrixSummary, SubspaceOverlap } from '../shared/summary';
import { unitOf } from '../theory/unit';
import { Pending } from './quantities';
import type { Quantities } from './quantities';

type Name = keyof Companions;
type SummaryOf<N extends Name> = Required<Companions>[N] extends Companion<infer T> ? T : never;

/** What each file holds, and how the metadata names it. */
const FILES = {
  hessian: ['Hessian', 'the [d, d] Hessian of the mean loss', '{ "hessian": "hessian.npy" }'],
  fisher: ['Fisher matrix', 'the [d, d] Fisher matrix', '{ "fisher": "fisher.npy" }'],
  modelLabels: [
    'dump with labels of the model',
    'gradients for labels drawn from the model’s own predictions',
    '{ "modelLabels": "model-labels.npy" }',
  ],
  compared: ['second dump', 'gradients of the same parameters to compare with', '{ "compared": "other.npy" }'],
  secondMoments: [
    'file of second moments',
    'the averages of squared gradients by whose roots the optimizer divides',
    '{ "secondMoments": "second-moments.npy" }',
  ],
} as const;

/**
 * What a companion file says, or undefined when the dump has none.
 *
 * @throws Pending while it is read; the problem of a file that could not be used
 */
export function companion<N extends Name>({ summary }: Quantities, name: N): SummaryOf<N> | undefined {
  if (summary.companions === undefined) {
    if (summary.dump.metadata[name] === undefined) return undefined;
    throw new Pending();
  }
  const found: Companion<unknown> | undefined = summary.companions[name];
  if (found === undefined) return undefined;
  if ('problem' in found) throw new AnalysisError(found.problem);
  return found.summary as SummaryOf<N>;
}

/** The same, for what cannot do without. */
export function requireCompanion<N extends Name>(quantities: Quantities, name: N): SummaryOf<N> {
  const found = companion(quantities, name);
  if (found !== undefined) return found;
  throw missing(quantities, name);
}

/** The file's name without its folders. */
export function companionName({ summary }: Quantities, name: Name): string {
  return summary.companions?.[name]?.path.split(/[\\/]/).at(-1) ?? FILES[name][0];
}

function missing({ summary }: Quantities, name: Name): AnalysisError {
  const [title, holds, fix] = FILES[name];
  if (summary.dump.format === 'gradstats')
    return new AnalysisError({
      code: 'gradstats/rows',
      found: `Comparing with a ${title} needs the rows themselves, and this file holds their lengths and products`,
      remedy: 'Analyze the dump itself.',
    });
  return new AnalysisError({
    code: 'value/needs-companion',
    found: `The dump names no ${title}`,
    remedy: `Name a file with ${holds} in the metadata of the dump.`,
    fix,
  });
}

/** The Fisher matrix F, given as itself or as the second moment of gradients with labels drawn from the model. */
export interface Fisher {
  readonly trace: number;
  readonly frobeniusNorm: number;
  /** tr(FΣ), Σ with divisor 1/N, as two factors that stay within the range of doubles. */
  readonly product: readonly [number, number];
  readonly overlaps: readonly SubspaceOverlap[];
  readonly source: 'fisher' | 'modelLabels';
}

export function requireFisher(quantities: Quantities): Fisher {
  const matrix = companion(quantities, 'fisher');
  if (matrix !== undefined) return { ...matrix, product: [covarianceProduct(matrix), 1], source: 'fisher' };
  const dump = companion(quantities, 'modelLabels');
  if (dump !== undefined) return { ...secondMoment(dump), overlaps: dump.overlaps, source: 'modelLabels' };
  throw missing(quantities, 'fisher');
}

/** tr(AΣ), Σ with divisor 1/N. */
export const covarianceProduct = ({ rowProducts }: MatrixSummary): number =>
  rowProducts.reduce((sum, product) => sum + product, 0) / rowProducts.length;

/** Of M = Σ′ + ȳȳᵀ: the mean of the labels' gradients is 0 only on average. */
function secondMoment({
  rows: n,
  scatter,
  meanSquaredNorm,
  frobeniusNorm,
  ownMeanDeviation,
  crossNorm,
  meanDeviation,
}: DumpComparison): Omit<Fisher, 'overlaps' | 'source'> {
  const product = hypotenuse(crossNorm, meanDeviation);
  return {
    trace: scatter / n + meanSquaredNorm,
    frobeniusNorm: hypotenuse(frobeniusNorm, Math.SQRT2 * ownMeanDeviation, meanSquaredNorm),
    product: [product, product],
  };
}

/** √(a² + b² + …), exactly homogeneous, which Math.hypot need not be. */
function hypotenuse(...values: readonly number[]): number {
  const unit = unitOf(Math.max(...values));
  return unit * Math.sqrt(values.reduce((sum, value) => sum + (value / unit) ** 2, 0));
}
