import type { PlotDefinition } from './definition';

/** Every plot, in the order of the page. */
export const PLOTS: readonly PlotDefinition[] = [];
