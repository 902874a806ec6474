import { plainNumber } from '../shared/numbers';
import type { StatisticsContent } from './format';
import { APART, contradiction, shown, slack } from './gradstats-checks';

type Checked = Pick<StatisticsContent, 'rows' | 'parameters' | 'moments' | 'gram'>;

/** Rows and columns that are compared at a time: each pair of stripes is read once. */
const STRIPE = 256;

/**
 * The products between rows: finite, symmetric, with the squared norms on the diagonal, those of centered rows, and of a
 * Frobenius norm that the trace, the number of eigenvalues and the layers allow.
 *
 * @param read doubles, from a byte position on
 * @throws AnalysisError gradstats/contradiction, what `checkCanceled` throws
 */
export function checkGram(
  { rows: n, parameters, moments, gram }: Checked,
  read: (position: number, length: number) => Float64Array,
  checkCanceled: () => void,
): void {
  const { centeredSquaredNorms, meanSquaredNorm: m } = moments;
  const lengths = centeredSquaredNorms.map(Math.sqrt);
  const longest = lengths.reduce((sum, length) => sum + length, 0);
  const rounding = n * gram.rounding;
  const at = (list: Float64Array, k: number): number => list[k] ?? 0;
  /** Within which two computations of xᵢᵀxⱼ in double precision must agree. */
  const tolerance = (a: number, b: number): number => APART * a * b + slack(m, a * b);
  let squares = 0;
  for (let from = 0; from < n; from += STRIPE) {
    const count = Math.min(STRIPE, n - from);
    const rows = read(8 * from * n, 8 * count * n);
    for (let j = 0; j < n; j++) {
      if (j % STRIPE === 0) checkCanceled();
      const column = j < from ? rows.subarray(0, 0) : read(8 * (j * n + from), 8 * count);
      for (let i = 0; i < count; i++) {
        const value = at(rows, i * n + j);
        if (!Number.isFinite(value))
          throw contradiction(`Entry (${from + i}, ${j}) is ${value}, not a finite number`, 'gram');
        if (j < from) continue;
        const other = at(column, i);
        if (Math.abs(value - other) > tolerance(at(lengths, from + i), at(lengths, j)))
          throw contradiction(
            `It is not symmetric: entry (${from + i}, ${j}) is ${plainNumber(value, 6)}, and (${j}, ${from + i}) is ${shown(other)}`,
            'gram',
          );
      }
    }
    for (let i = 0; i < count; i++) {
      const [row, length] = [rows.subarray(i * n, (i + 1) * n), at(lengths, from + i)];
      const squared = at(row, from + i);
      if (Math.abs(squared - length * length) > tolerance(length, length))
        throw contradiction(
          `Entry (${from + i}, ${from + i}) is ${plainNumber(squared, 6)}, and the squared norm of row ${from + i} is ${plainNumber(length * length, 6)}`,
          'gram',
        );
      const sum = row.reduce((total, value) => total + value, 0);
      if (Math.abs(sum) > APART * length * longest + n * (slack(m, length * longest) + rounding))
        throw contradiction(
          `Its row ${from + i} adds up to ${plainNumber(sum)}, and those of centered rows to 0`,
          'gram',
        );
      const beyond = row.findIndex((value, j) => Math.abs(value) > length * at(lengths, j) + tolerance(length, at(lengths, j)) + rounding); // prettier-ignore
      if (beyond >= 0)
        throw contradiction(
          `Entry (${from + i}, ${beyond}) is ${plainNumber(at(row, beyond))}, more than the lengths of both rows allow`,
          'gram',
        );
      for (const value of row) squares += (value / n) ** 2;
    }
  }
  checkNorm({ rows: n, parameters, moments, gram }, Math.sqrt(squares));
}

/** tr²/rank ≤ ‖K‖² ≤ tr², and Σ‖K_l‖² ≤ ‖K‖² ≤ (Σ‖K_l‖)² over the layers, whose products are never negative together. */
function checkNorm({ rows: n, parameters, moments, gram }: Checked, norm: number): void {
  const { scatter, meanSquaredNorm: m, constantParameters } = moments;
  const trace = scatter / n;
  const rank = Math.max(1, Math.min(n - 1, parameters - constantParameters));
  const off = APART * trace + slack(m, trace) + n * gram.rounding;
  if (norm < trace / Math.sqrt(rank) - off || norm > trace + off)
    throw contradiction(
      `Its norm makes that of the covariance ${plainNumber(norm)}, which no ${rank} eigenvalues of the trace ${plainNumber(trace)} have`,
      'gram',
    );
  const norms = gram.layers.map((layer) => layer.frobeniusNorm);
  const least = Math.hypot(...norms);
  const most = norms.reduce((sum, own) => sum + own, 0);
  if (norm < least - off || norm > most + off)
    throw contradiction(
      `With its layers the norm of the covariance lies between ${plainNumber(least)} and ${plainNumber(most)}, and “gram” makes it ${plainNumber(norm)}`,
      'layer_squared_frobenius_norm',
    );
}
