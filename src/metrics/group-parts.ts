import { AnalysisError } from '../shared/problem';
import { wholeVarianceParts } from '../theory/analysis-of-variance';
import type { VarianceParts } from '../theory/analysis-of-variance';
import { hallInterval } from '../theory/hall-interval';
import { traceErrorFactor } from '../theory/row-statistics';
import { quantity } from './quantities';
import type { Quantities, Quantity } from './quantities';

/**
 * Noise within and between the groups of rows; together they are tr Σ of the settings’ convention.
 *
 * @throws Pending; AnalysisError when no groups are named, all rows are of one group, or each of its own
 */
export function groupParts(quantities: Quantities): VarianceParts {
  const { groups, moments, rows: n } = quantities;
  const { sizes, squaredDistances } = groups;
  quantities.requireCovariance();
  if (sizes.length === n)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'Each row is a group of its own, so nothing shows how much rows of one group differ',
      remedy: 'Dump several rows of each group.',
    });
  if (sizes.length < 2)
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'All rows are of one group, so nothing shows how much groups differ',
      remedy: 'Dump rows of several groups.',
    });
  const { clusters } = quantities;
  if (clusters === undefined) return wholeVarianceParts({ sizes, squaredDistances, scatter: moments.scatter });
  const { within, between, ...rest } = clusters.parts;
  // what a data set of N takes off tr Σ it takes off both
  const factor = within + between > 0 ? quantities.trace.value / (within + between) : 1;
  return { within: factor * within, between: factor * between, ...rest };
}

/** A part with its interval: Hall’s, of the jackknife’s pseudo-values over groups. */
export function groupPart(quantities: Quantities, part: (parts: VarianceParts) => number): Quantity {
  const value = part(groupParts(quantities));
  const { clusters } = quantities;
  if (clusters === undefined || !quantities.hasIntervals) return { value };
  const count = clusters.withoutGroup.length;
  const whole = part(clusters.parts);
  const factor = whole === 0 ? 1 : value / whole;
  const pseudo: number[] = [];
  for (const rest of clusters.withoutGroup) {
    if (rest === undefined) return { value };
    pseudo.push(factor * (count * whole - (count - 1) * part(rest)));
  }
  const ends = hallInterval(value, pseudo, traceErrorFactor(quantities.rowStatistics));
  // of few groups that differ in size, what is left without one of them may lie far away
  if (ends === undefined || !(ends.lower <= value && value <= ends.upper)) return { value };
  return quantity(value, quantities.interval(ends, 'Hall'));
}
