import { batchNorm } from './batch-norm';
import { clipping } from './clipping';
import { curvatureAlongNoise } from './curvature-along-noise';
import type { Figures, PlotDefinition } from './definition';
import { discretization } from './discretization';
import { eigenSpectrum } from './eigen-spectrum';
import { exampleAlignment } from './example-alignment';
import { exampleCosines } from './example-cosines';
import { exampleShares } from './example-shares';
import { gradientTestsPlot } from './gradient-tests';
import { groupConflict } from './group-conflict';
import { leadingPlane } from './leading-plane';
import { normalQuantiles } from './normal-quantiles';
import { parameterCorrelations } from './parameter-correlations';
import { parameterCovariances } from './parameter-covariances';
import { reshuffling } from './reshuffling';
import { scalingRules } from './scaling-rules';
import { settling } from './settling';
import { trainingCostPlot } from './training-cost';
import { varianceTraces } from './variance-traces';

const ALL = [
  eigenSpectrum,
  leadingPlane,
  varianceTraces,
  parameterCovariances,
  parameterCorrelations,
  batchNorm,
  scalingRules,
  trainingCostPlot,
  gradientTestsPlot,
  reshuffling,
  settling,
  discretization,
  normalQuantiles,
  curvatureAlongNoise,
  exampleAlignment,
  exampleCosines,
  exampleShares,
  groupConflict,
  clipping,
] as const satisfies readonly PlotDefinition[];
export type PlotId = (typeof ALL)[number]['id'];

/** Every plot, in the order of the page. */
export const PLOTS: readonly PlotDefinition[] = ALL;

/** The plots that are shown together, in the order above. */
export const plotsOf = (figures: Figures): readonly PlotDefinition[] =>
  PLOTS.filter((plot) => plot.figures === figures);
