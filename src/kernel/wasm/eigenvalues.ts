import type { Moments, PartialSpectrum } from '../../shared/summary';
import { KEPT } from '../eigen';
import type { Tridiagonal } from '../eigen';
import type { Run } from '../kernel';
import { lanczos } from '../lanczos';
import type { Multiply } from '../uncentered';
import { LEADING, STEPS } from './gram-layout';
import { OPERATION } from './operations';
import type { Pass } from './pass';

/** The matrix in tridiagonal form, divided by N; it takes its place. */
export function reducedMatrix(pass: Pass, N: number): Tridiagonal {
  const { rows: n } = pass.task.view;
  const { doubles, engine } = pass.hands;
  const { diagonal, offDiagonal, factors, panels } = pass.task.gram!.reduction!;
  const { at, pitch } = pass.task.gram!.matrix;
  const x = panels[0]!.V; // free when the reduction is done
  pass.fork(OPERATION.reduce);
  return {
    diagonal: doubles.slice(diagonal / 8, diagonal / 8 + n).map((value) => value / N),
    offDiagonal: doubles.slice(offDiagonal / 8, offDiagonal / 8 + n - 1).map((value) => value / N),
    rotate: (vector, forward) => {
      doubles.set(vector, x / 8);
      for (let step = 0; step < n - 1; step++) {
        const k = forward ? n - 2 - step : step;
        const factor = doubles[factors / 8 + k]!;
        if (factor === 0) continue;
        const from = 8 * (k + 1);
        const [row, rest, length] = [at + k * pitch + from, x + from, n - k - 1];
        engine.addMultiple(-factor * engine.dot(row, rest, length), row, rest, length);
      }
      vector.set(doubles.subarray(x / 8, x / 8 + n));
      return vector;
    },
  };
}

/** Bounds of λ₁ that are known before it, all times 2^(2·exponent). */
interface Bounds {
  readonly trace: number;
  /** ‖K‖_F */
  readonly norm: number;
  readonly rowSum: number;
}

/** Eigenvalues, all or the leading ones, and eigenvectors of the largest. */
export interface Leading {
  readonly eigenvalues: Float64Array;
  /** Below it they are rounding. */
  readonly floor: number;
  readonly eigenvectors: readonly Float64Array[];
  readonly partial?: PartialSpectrum;
}

/** The leading eigenvalues only, with what is known of the rest: the trace is exact, and bounds the largest from above. */
export function leadingEigenvalues(
  times: Multiply,
  moments: Moments,
  run: Run,
  exponent: number,
  floor: number,
  { trace, norm, rowSum }: Bounds,
): Leading {
  const back = 2 ** (-2 * exponent);
  const N = moments.meanProducts.length;
  const found = lanczos(N, times, LEADING, 1e-9, STEPS, run.checkCanceled);
  const others = found.values.slice(1).reduce((sum, value) => sum + value, 0);
  return {
    eigenvalues: found.values.map((value) => Math.max(0, value)),
    floor,
    eigenvectors: found.vectors.slice(0, KEPT).filter((_, k) => found.values[k]! > floor),
    partial: {
      trace: moments.scatter / N,
      residuals: found.residuals.map((residual) => residual * back),
      upperBound: Math.min(norm, rowSum, trace - others) * back,
    },
  };
}
