/** Shuffles of all columns: the largest λ₁ of 19 is exceeded by chance in one of 20 cases. */
export const SHUFFLES = 19;

/** Multiplications that are done without asking: half a second. */
export const QUICK_SHUFFLING = 2.5e9;

/** Multiplications a second, as a slow machine does them. */
export const SHUFFLING_RATE = 6e9;

/**
 * Multiplications of so many spectra of shuffled columns.
 *
 * @example shufflingWork({ rows: 100, parameters: 1000 }) // => 190000000
 */
export const shufflingWork = ({
  rows: n,
  parameters,
}: {
  readonly rows: number;
  readonly parameters: number;
}): number => SHUFFLES * n * parameters * Math.min(n, parameters);
