import type { PlotSpec } from '../shared/plot';
import type { Quantities } from '../metrics/quantities';

/** Figures that the page shows together; a section says where. */
export type Figures =
  | 'spectrum'
  | 'variances'
  | 'covariance matrix'
  | 'batch and rate'
  | 'training cost'
  | 'agreement'
  | 'SDE'
  | 'tails'
  | 'Hessian'
  | 'examples'
  | 'pairs of examples'
  | 'example shares'
  | 'conflict'
  | 'clipping';

/** A plot: what it shows, where, and how it is made from a summary and settings. `draw` may throw an AnalysisError. */
export interface PlotDefinition {
  readonly id: string;
  readonly figures: Figures;
  readonly title: string;
  readonly subtitle: string;
  readonly draw: (
    quantities: Quantities,
  ) => Pick<PlotSpec, 'panels' | 'summary'> & Partial<Pick<PlotSpec, 'subtitle' | 'note'>>;
}

export const definePlot = <const Definition extends PlotDefinition>(definition: Definition): Definition => definition;
