import type { Figures } from '../plots/definition';
import type { Figure, MetricResult, Offer, ReportBlock } from '../shared/report';
import type { MetricId } from '../metrics';
import type { Quantities } from '../metrics/quantities';

type PlotFigure = Extract<Figure, { kind: 'plot' }>;

/** A section of the page: sentences about this dump, formulas, cards, figures, tables. */
export interface SectionDefinition {
  readonly id: string;
  readonly short: string;
  readonly title: string;
  /** Whether it is one line until the reader asks for it; open otherwise. */
  readonly folded?: (context: SectionContext) => boolean;
  /** What to offer instead, where the section lacks its file. */
  readonly lacking?: (context: SectionContext) => Offer | undefined;
  /** The metric whose value stands on the line while it is folded. */
  readonly headline?: MetricId;
  /** In reading order. A block that throws an AnalysisError is replaced by one sentence that says why. */
  readonly blocks: readonly ((context: SectionContext) => ReportBlock | undefined)[];
}

export interface SectionContext {
  readonly quantities: Quantities;
  /** Results by id; asking for an unknown id is a programmer's mistake and throws a RangeError. */
  readonly metric: (id: string) => MetricResult;
  /** The plots that are shown together, drawn. */
  readonly plots: (figures: Figures) => readonly PlotFigure[];
}
