import type { Companions, DumpDescription } from './summary';
import type { Problem } from './problem';
import type { PlotSpec } from './plot';
import type { Settings, SettingsChange, SettingsProblem } from './settings';
import type { Suspicion } from './suspicion';

/** A report is plain data that carries its own explanations: whoever shows it knows no metric, plot or section by name. */
export interface Report {
  readonly dump: DumpDescription;
  readonly settings: Settings;
  /** Why the settings cannot be used as they are; each names its field. Empty when they can. */
  readonly settingsProblems: readonly SettingsProblem[];
  /** What a reader should know that stops nothing: about the file, and about how its rows are taken. */
  readonly notes: readonly string[];
  /** What the file seems to be, to be shown before any verdict; empty when nothing is seen. */
  readonly suspicions: readonly Suspicion[];
  /** Every metric, in the order of the registry. */
  readonly metrics: readonly MetricResult[];
  readonly sections: readonly Section[];
}

/* --- text ----------------------------------------------------------------------------------------------------------- */

/** A piece of running text: plain, strong, or mathematics in TeX. Names from files only ever appear as plain pieces. */
export type Phrase = string | { readonly strong: string } | { readonly math: string };
export type Text = readonly Phrase[];

/** One column of a formula: a symbol in TeX, the number that stands in its place for this dump, and a word below. */
export interface Term {
  readonly symbol: string;
  /** TeX; absent for signs such as = and + that stay as they are. */
  readonly substituted?: string;
  readonly word?: string;
}

/* --- metrics -------------------------------------------------------------------------------------------------------- */

export interface Interval {
  readonly lower: number;
  /** Absent when there is only a lower bound. */
  readonly upper?: number;
  /** 0.95 unless said otherwise. */
  readonly level: number;
  /**
   * `Hall`: Student’s t without the skewness of the rows; `score test`: the values that it accepts; `chi-square`: a sum of
   * exponential distances.
   */
  readonly method: 'Hall' | 'score test' | 'chi-square';
  /** `upper end`: few rows, or one that carries most of the noise; `rough`: too few rows for either end. */
  readonly caution?: 'upper end' | 'rough';
}

export type Outcome =
  | { readonly kind: 'value'; readonly value: number; readonly interval?: Interval }
  /** `interval` here is one-sided: the value is at least `lower`, and more cannot be said. */
  | { readonly kind: 'unavailable'; readonly problem: Problem; readonly interval?: Interval }
  /** The pass that yields it has not ended yet. */
  | { readonly kind: 'pending' };

export interface Citation {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  readonly url: string;
}

/** What a metric is, whatever the dump. It travels with every result. */
export interface MetricDescription {
  /** Stable: exports, the command line and links use it. */
  readonly id: string;
  readonly name: string;
  /** TeX */
  readonly symbol: string;
  /** Empty for a pure number. `gradient` stands for the unit of the gradients. */
  readonly unit: string;
  /** What it is and what a large or a small value means. */
  readonly meaning: string;
  readonly misleads: string;
  /** Why another tool shows another number: divisor, centering, scale. */
  readonly elsewhere?: string;
  readonly citation: Citation;
  /** Section or equation of the citation. */
  readonly where: string;
  /** f(a·g) = a^degree f(g), exactly for powers of two. */
  readonly degree: number;
}

export interface MetricResult extends MetricDescription {
  readonly outcome: Outcome;
  /** The formula with this dump's numbers. */
  readonly terms: readonly Term[];
  /** One fact for the last row of the card; the interval or the convention's word stands there otherwise. */
  readonly note?: string;
  /** `none`: the value does not depend on which rows were drawn, or is a fact about these rows. */
  readonly sampling?: 'none';
  /** Convention and provenance of this number: `1/n; the rows are the whole data set`. */
  readonly convention: string;
}

/* --- sections ------------------------------------------------------------------------------------------------------- */

export interface Section {
  readonly id: string;
  /** In the rail. */
  readonly short: string;
  readonly title: string;
  /** One line, its finding, that unfolds to the rest. */
  readonly folded?: boolean;
  /** A folded section without its file is one line: its name and what can be done. */
  readonly lacking?: Offer;
  /** Id of the metric whose value stands on the line of a folded section. */
  readonly headline?: string;
  readonly blocks: readonly ReportBlock[];
}

/** What more can be had, and the buttons that begin it. */
export interface Offer {
  readonly kind: 'offer';
  readonly text: Text;
  readonly buttons: readonly { readonly label: string; readonly action: OfferedAction }[];
}

export type ReportBlock =
  | { readonly kind: 'verdict' | 'finding' | 'note'; readonly text: Text }
  /** What only the reader knows, with what follows from each answer. */
  | RowsQuestion
  /** Parts of a whole as one bar; the first is solid, the second hatched. */
  | { readonly kind: 'balance'; readonly parts: readonly BalancePart[]; readonly summary: string }
  | { readonly kind: 'cards'; readonly caption: Text; readonly aside?: Text; readonly metrics: readonly string[] }
  | { readonly kind: 'formulas'; readonly formulas: readonly (readonly Term[])[] }
  /** Beside each other where there is room; those of a stack above one another, on one x axis, with their tables beside. */
  | { readonly kind: 'figures'; readonly figures: readonly Figure[]; readonly stack?: boolean }
  /** What follows it, up to the next one, is folded under a line: this name and the first finding or note. */
  | ({ readonly kind: 'fold'; readonly title: string } & Pick<Section, 'id' | 'lacking' | 'headline'>)
  /** Four gradients to drag, which have nothing to do with the dump. */
  | { readonly kind: 'four-gradients' }
  | Offer
  /** A formula for numbers that the reader types; the fields begin with those given. */
  | {
      readonly kind: 'calculator';
      readonly calculator: 'two-batch-sizes' | 'gibbs-odds';
      readonly given: Readonly<Record<string, number>>;
    }
  /** Unfolds on request: the background of the section. */
  | {
      readonly kind: 'theory';
      readonly title: string;
      readonly paragraphs: readonly (Text | { readonly formula: string })[];
    };

/** What a button of a report asks the host for. */
export type OfferedAction =
  /** Shuffle, draw again and halve the rows, although it takes long. */
  | { readonly kind: 'resample' }
  /** The host asks for the file. */
  | { readonly kind: 'choose-companion'; readonly companion: keyof Companions }
  | { readonly kind: 'drop-companion'; readonly companion: keyof Companions }
  /** Keep what the reader answered in the metadata file beside the dump. */
  | { readonly kind: 'write-sidecar' };

/** What the rows are, which only the reader knows. */
export interface RowsQuestion {
  readonly kind: 'question';
  readonly text: Text;
  readonly note: Text;
  /** Whether nothing says what one row is, and whether nothing says if the rows are the whole data set. */
  readonly open: { readonly kind: boolean; readonly whole: boolean };
  readonly answers: readonly RowsAnswer[];
}

/** One of the answers to what the rows are. */
export interface RowsAnswer {
  readonly id: 'whole' | 'sample' | 'means' | 'steps';
  readonly label: string;
  readonly change: Pick<SettingsChange, 'convention' | 'rows'>;
  /** The reader has to say b as well; what it may be, if anything suggests it. */
  readonly meanOf?: { readonly suggested?: number };
  /** What the numbers say then. */
  readonly verdict: Text;
  readonly note: Text;
}

export interface BalancePart {
  readonly label: Text;
  readonly share: number;
}

export type Figure =
  { readonly kind: 'plot'; readonly plot: PlotSpec } | { readonly kind: 'table'; readonly table: Table };

export interface Table {
  readonly id: string;
  readonly caption: Text;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Index of the row that is the reader's own point. */
  readonly ownRow?: number;
  readonly foot?: readonly Cell[];
  readonly note?: Text;
  /** Set when columns can be sorted: the column and direction to begin with. */
  readonly sortedBy?: { readonly column: number; readonly descending: boolean };
}

export interface Column {
  readonly head: Text;
  readonly align: 'left' | 'right';
  /** Left out when the page is narrow. */
  readonly secondary?: boolean;
  /** Left out where it would have to be scrolled: in half of a split editor. */
  readonly minor?: boolean;
}

export interface Cell {
  readonly text: Text;
  /** Sorts the column, and is what is exported. */
  readonly value?: number;
  /** 0 … 1, drawn as a bar before the text. */
  readonly share?: number;
  /** A point with its interval on the axis of the column, in place of the text, which is read out. */
  readonly range?: CellRange;
  /** Whether a scaling rule keeps a quantity or changes it. */
  readonly tone?: 'kept' | 'changed';
}

/** Places on the axis of a column, 0 … 1; one beyond it, or an end that is missing, is drawn as an arrow. */
export interface CellRange {
  readonly at: number;
  readonly lower?: number;
  readonly upper?: number;
  /** Where the axis has its zero. */
  readonly zero: number;
  /** The interval leaves out zero. */
  readonly resolved: boolean;
}
