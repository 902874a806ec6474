import type { PlotSpec } from '../shared/plot';
import type { Quantities } from '../metrics/quantities';

/** A plot: what it shows and how it is made from a summary and settings. `draw` may throw an AnalysisError. */
export interface PlotDefinition {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly draw: (
    quantities: Quantities,
  ) => Pick<PlotSpec, 'panels' | 'summary'> & Partial<Pick<PlotSpec, 'subtitle' | 'note'>>;
}

export const definePlot = <const Definition extends PlotDefinition>(definition: Definition): Definition => definition;
