import { batchNorm } from './batch-norm';
import type { PlotDefinition } from './definition';
import { eigenSpectrum } from './eigen-spectrum';
import { leadingPlane } from './leading-plane';
import { scalingRules } from './scaling-rules';
import { varianceTraces } from './variance-traces';

/** Every plot, in the order of the page. */
export const PLOTS: readonly PlotDefinition[] = [eigenSpectrum, leadingPlane, varianceTraces, batchNorm, scalingRules];
