import path from 'node:path';
import { readDump } from '../formats';
import { readLayerVector } from '../formats/layer-vector';
import { readMatrix } from '../formats/matrix';
import { namedPath } from '../formats/named-path';
import type { Confinement } from '../formats/named-path';
import { compareDumps } from '../kernel/dump-comparison';
import type { Kernel, PassContext } from '../kernel/kernel';
import { matrixCompanion } from '../kernel/matrix-companion';
import { secant } from '../kernel/secant';
import { weightedProducts } from '../kernel/weighted-products';
import type { ElementType, GradientDump } from '../shared/dump';
import { plainNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type {
  Companion,
  CompanionChoice,
  Companions,
  DumpComparison,
  DumpSummary,
  MatrixSummary,
  Spectrum,
  WeightedProducts,
} from '../shared/summary';
import { extra, ownProblem } from './extra';
import { besideHeld, bytesHeld, sayingHeld } from './held-memory';

/**
 * What the files beside a dump say about it, after its spectrum. Each is read by itself: one that cannot be used leaves its
 * problem and does not disturb the others.
 *
 * @param chosen by the reader, in place of those that the metadata name
 * @param confinement of those that metadata name
 * @throws AnalysisError run/canceled
 */
export async function summarizeCompanions(
  dump: GradientDump,
  { moments, spectrum, spectrumProblem }: Pick<DumpSummary, 'moments' | 'spectrum' | 'spectrumProblem'>,
  kernel: Kernel,
  context: PassContext,
  chosen: CompanionChoice = {},
  confinement: Confinement = {},
): Promise<Companions> {
  const { memoryBudget, checkCanceled } = context;
  const open = (file: string, how: { readonly vector?: boolean } = {}): GradientDump =>
    readDump({ path: file, memoryBudget, checkCanceled, ...how });
  const named = (by: GradientDump, file: string): string => namedPath(by.path, file, confinement);
  const place = (name: keyof Companions): Place | undefined => {
    const [choice, stated] = [chosen[name], dump.metadata[name]];
    if (typeof choice === 'string') return { said: choice, find: () => path.resolve(path.dirname(dump.path), choice) };
    return choice === false || stated === undefined ? undefined : { said: stated, find: () => named(dump, stated) };
  };
  const beyond = (...opened: readonly GradientDump[]): PassContext => besideHeld(context, bytesHeld(opened));
  const matrix = (name: 'hessian' | 'fisher'): Promise<Companion<MatrixSummary> | undefined> =>
    companion(place(name), (file) => {
      const opened = readMatrix({ path: file, memoryBudget, checkCanceled }, dump);
      const found = within(beyond(opened), (given) => matrixCompanion(dump, opened, spectrum, given));
      return found.then((summary) => {
        if (name === 'fisher') refuseIndefinite(summary, opened);
        return summary;
      });
    });
  const comparison = (name: 'modelLabels' | 'compared'): Promise<Companion<DumpComparison> | undefined> =>
    companion(place(name), (file) => {
      if (spectrum !== undefined) return compared(dump, open(file), spectrum);
      throw new AnalysisError(
        spectrumProblem ?? {
          code: 'value/undefined',
          found: 'The dump itself has no spectrum to compare with',
          remedy: 'Compare a dump of at least two rows.',
        },
      );
    });
  const compared = async (own: GradientDump, other: GradientDump, solved: Spectrum): Promise<DumpComparison> => {
    refuseProjected(own, other);
    const comparison = await within(beyond(other), (given) => compareDumps(own, other, solved, kernel, given));
    // each dump may name the parameters at which its gradients were taken
    const [from, to] = [own.metadata.parameters, other.metadata.parameters];
    if (from === undefined || to === undefined) return comparison;
    const vector = (by: GradientDump, file: string): GradientDump => open(named(by, file), { vector: true });
    return {
      ...comparison,
      secant: extra(() => secant(own, other, vector(own, from), vector(other, to), context)),
    };
  };
  const weighted = (): Promise<Companion<WeightedProducts> | undefined> =>
    companion(place('secondMoments'), (file) => {
      const opened = readLayerVector({ path: file, memoryBudget, checkCanceled }, dump);
      if (moments === undefined) throw new TypeError('the rows are read before the files beside them');
      return within(beyond(opened), (given) => weightedProducts(dump, moments, opened, given));
    });
  const found: { -readonly [Name in keyof Companions]: Companions[Name] | undefined } = {
    hessian: await matrix('hessian'),
    fisher: await matrix('fisher'),
    modelLabels: await comparison('modelLabels'),
    compared: await comparison('compared'),
    secondMoments: await weighted(),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/**
 * Squares of products between projected rows are too large, and between rows of two projections they are nothing.
 *
 * @throws AnalysisError value/undefined
 */
function refuseProjected(...dumps: readonly GradientDump[]): void {
  const { path: where } = dumps.find(({ metadata }) => metadata.projected !== undefined) ?? {};
  if (where !== undefined)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'Its columns are random sums of parameters, which cannot be compared with those of another dump',
      where,
      remedy: 'Compare dumps of the gradients themselves.',
    });
}

/** Of a companion, as it was said; finding the file of that name may fail as reading it may. */
interface Place {
  readonly said: string;
  readonly find: () => string;
}

/** Rounding of the elements of a matrix, relative to them; a matrix of doubles was often computed in single precision. */
const ROUNDING: Readonly<Partial<Record<ElementType, number>>> = { f2: 2 ** -11, bf2: 2 ** -8 };

/**
 * A Fisher matrix is a sum of squares gᵢgᵢᵀ: no eigenvalue is negative beyond what rounding of its elements leaves, which
 * moves each of them by no more than the norm of the whole rounding (Weyl).
 *
 * @throws AnalysisError metadata/invalid
 */
function refuseIndefinite({ eigenvalues, frobeniusNorm }: MatrixSummary, { path: where, arrays }: GradientDump) {
  const rounding = Math.max(2 ** -18, ...arrays.map(({ element }) => ROUNDING[element] ?? 0));
  if (eigenvalues.smallest >= -rounding * frobeniusNorm) return;
  throw new AnalysisError({
    code: 'metadata/invalid',
    found: `The matrix has the eigenvalue ${plainNumber(eigenvalues.smallest)}, and a Fisher matrix has none below 0`,
    where,
    remedy: 'Name a file with a Fisher matrix; a Hessian goes under “hessian”.',
  });
}

/** With everything that is held already in the sum of what is needed. */
async function within<T>(context: PassContext, use: (context: PassContext) => T | Promise<T>): Promise<T> {
  try {
    return await use(context);
  } catch (error) {
    throw sayingHeld(error, context.held ?? 0);
  }
}

async function companion<T>(
  place: Place | undefined,
  read: (file: string) => T | Promise<T>,
): Promise<Companion<T> | undefined> {
  if (place === undefined) return undefined;
  let file = place.said;
  try {
    file = place.find();
    return { path: file, summary: await read(file) };
  } catch (error) {
    return { path: file, problem: ownProblem(error) };
  }
}
