import { METRICS } from '../metrics';
import type { MetricDefinition } from '../metrics/definition';
import { ifKnown, LowerBound, Pending, Quantities } from '../metrics/quantities';
import { WITHOUT_INTERVAL } from '../metrics/without-interval';
import { plotsOf } from '../plots';
import type { PlotDefinition } from '../plots/definition';
import { shortNames } from '../shared/foreign-text';
import { texNumber, wholeNumber } from '../shared/numbers';
import type { PlotSpec } from '../shared/plot';
import { AnalysisError, PROBLEMS, problemOf } from '../shared/problem';
import type { ReportBlock, MetricResult, Report } from '../shared/report';
import { settingsNotes } from '../shared/settings';
import type { Settings } from '../shared/settings';
import type { DumpSummary } from '../shared/summary';
import { ABOUT_ROW_KIND } from '../shared/suspicion';
import { SECTIONS } from './dump';
import type { SectionContext } from './definition';

/**
 * A summary and settings → the whole report. Pure and quick (well under a frame), so the page calls it at every move of a
 * slider, and the command line, the hover and the exports show the very same numbers.
 *
 * With settings that cannot be used the report lists why; whoever shows it keeps the last good one.
 */
export function evaluate(summary: DumpSummary, settings: Settings): Report {
  const quantities = new Quantities(withShortNames(summary), settings);
  const suspicions = (summary.suspicions ?? []).filter(
    ({ code }) => quantities.rowKind === undefined || !ABOUT_ROW_KIND.has(code),
  );
  const some = reportOfSome(quantities);
  // nothing is known of all rows yet
  if (some !== undefined && summary.moments === undefined) return { ...some, dump: summary.dump, settings, suspicions };
  const results = new Map(METRICS.map((metric) => [metric.id as string, resultOf(metric, quantities)]));
  const context: SectionContext = {
    quantities,
    metric: (id) => known(results, id),
    plots: (figures) => plotsOf(figures).map((plot) => lazily('plot', () => drawn(plot, quantities))),
  };
  const previewed = some?.sections.find(({ id }) => id === 'spectrum')?.blocks;
  // rows without a covariance have nothing more to report
  const steps = quantities.rowKind === 'step';
  const sections = (steps ? SECTIONS.slice(0, 1) : SECTIONS).map(
    ({ id, short, title, folded, lacking, headline, blocks }) => ({
      id,
      short,
      title,
      ...(folded?.(context) === true && { folded: true }),
      ...optional('lacking', lacking?.(context)),
      ...optional('headline', headline),
      blocks:
        (id === 'spectrum' ? previewed : undefined) ??
        blocks
          .map((block) => blockOf(block, context))
          .filter((block) => block !== undefined)
          .filter(({ kind }) => !steps || kind === 'verdict' || kind === 'offer'),
    }),
  );
  return {
    dump: summary.dump,
    settings,
    settingsProblems: quantities.settingsProblems,
    notes: [...summary.dump.notes, ...settingsNotes(settings, summary.dump)],
    suspicions,
    metrics: [...results.values()],
    sections,
  };
}

/** Sentences, tables and plots name layers by no more than a line; the description of the dump keeps the whole names. */
function withShortNames(summary: DumpSummary): DumpSummary {
  const { dump, moments } = summary;
  const names = dump.layers.map(({ name }) => name);
  const short = shortNames(names);
  if (short.every((name, index) => name === names[index])) return summary;
  const named = <T extends { readonly name: string }>(layers: readonly T[]): T[] =>
    layers.map((layer, index) => ({ ...layer, name: short[index] ?? layer.name }));
  return {
    ...summary,
    dump: { ...dump, layers: named(dump.layers) },
    ...(moments && { moments: { ...moments, layers: named(moments.layers) } }),
  };
}

/** What some rows, drawn from the dump, say of all, as long as their spectrum is not known. */
function reportOfSome({ settings, settingsProblems, rows: n, summary }: Quantities): Report | undefined {
  const { preview, spectrum, spectrumProblem } = summary;
  if (preview === undefined || spectrum !== undefined || spectrumProblem !== undefined) return undefined;
  const drawn: Settings = {
    ...settings,
    convention: 'sample',
    // of some rows it is known that there are more
    conventionFrom: 'answer',
    ...(settings.convention === 'population' && { datasetSize: n }),
  };
  const [some, all] = [preview.dump.rows, n].map((rows) => wholeNumber(rows));
  const until = summary.moments === undefined ? 'all have been read' : 'the spectrum of all is known';
  const note = [{ strong: `A preview from ${some} of the ${all} rows` }, `, until ${until}.`];
  const report = evaluate(preview, drawn);
  return {
    ...report,
    settingsProblems,
    sections: report.sections.map((section) => ({
      ...section,
      blocks: [{ kind: 'note', text: note }, ...section.blocks.filter(({ kind }) => kind !== 'offer')],
    })),
  };
}

const optional = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [name in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: Value };

function known<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new RangeError(`there is no ${id}`);
  return value;
}

/** The convention of a number that does not depend on which rows were drawn. */
export const NO_SAMPLING = 'no sampling involved';

/** One of the two places where a failure becomes data: a metric that cannot be computed does not take the report with it. */
export function resultOf(
  { formula, cards: _cards, compute, ...description }: MetricDefinition,
  quantities: Quantities,
): MetricResult {
  const symbols = formula.map(({ symbol, word }) => ({ symbol, ...(word !== undefined && { word }) }));
  try {
    const { value, interval, substituted, note, sampling, convention } = compute(quantities);
    if (![value, interval?.lower ?? 0, interval?.upper ?? 0].every(Number.isFinite)) throw outOfRange(value);
    return {
      ...description,
      outcome: { kind: 'value', value, ...(interval && { interval }) },
      terms: symbols.map((term, index) => {
        const filled = substituted[index];
        if (filled === undefined) return term;
        return { ...term, substituted: typeof filled === 'number' ? texNumber(filled) : filled };
      }),
      note: note || certainty(quantities, sampling),
      ...(sampling && { sampling }),
      convention: [
        convention ?? (sampling === 'none' ? NO_SAMPLING : stamped(quantities)),
        ...(interval === undefined ? lackOfInterval(description.id, quantities) : []),
      ].join('; '),
    };
  } catch (error) {
    const rest = { ...description, terms: symbols, convention: stamped(quantities) };
    if (error instanceof Pending) return { ...rest, outcome: { kind: 'pending' } };
    const interval = error instanceof LowerBound ? { interval: error.interval } : {};
    return { ...rest, outcome: { kind: 'unavailable', problem: problemOf(error), ...interval } };
  }
}

/** The only place that calls a number exact. */
function certainty(quantities: Quantities, sampling: 'none' | undefined): string {
  if (sampling === 'none') return 'exact';
  return quantities.uncertain ? 'an estimate' : 'exact for these rows';
}

/** The reason, of a number that has no interval where the rows give some. */
function lackOfInterval(id: string, quantities: Quantities): readonly string[] {
  const reason = (WITHOUT_INTERVAL as Partial<Record<string, string>>)[id];
  if (reason === undefined) return [];
  // settings that cannot be used leave no question of intervals
  return ifKnown(() => quantities.hasIntervals && !quantities.meanIsExact) === true ? [`no interval: ${reason}`] : [];
}

/** The convention, and the geometry where it is not that of the optimizer. */
const stamped = (quantities: Quantities): string =>
  [
    quantities.convention,
    ...(quantities.uncertain && !quantities.hasIntervals ? ['too few rows for intervals'] : []),
    ...(quantities.hasIntervals && quantities.intervalCaution === 'rough'
      ? ['too few rows for more than rough intervals']
      : []),
    ...(quantities.euclideanOnly ? ['Euclidean, not in the metric of the optimizer'] : []),
  ].join('; ');

/** NaN and infinity are not values; what the kernel measured is finite, so it is a power or a product that is too large. */
const outOfRange = (value: number): Error =>
  Number.isNaN(value)
    ? new RangeError('it came out as NaN')
    : new AnalysisError({
        code: 'data/overflow',
        found: 'The value, or an end of its interval, leaves the range of doubles, 1.8e308',
        remedy: 'Scale the gradients, or the matrix beside them, by a power of two, which keeps every bit.',
        fix: 'g = np.ldexp(g, -300)',
      });

/** A terminal shows few of the plots, and a page draws those of folded sections late. */
function lazily(kind: 'plot', make: () => PlotSpec): { readonly kind: 'plot'; readonly plot: PlotSpec } {
  let made: PlotSpec | undefined;
  return {
    kind,
    get plot() {
      return (made ??= make());
    },
  };
}

function drawn({ id, title, subtitle, draw }: PlotDefinition, quantities: Quantities): PlotSpec {
  try {
    return { id, title, subtitle, ...draw(quantities) };
  } catch (error) {
    const unavailable = error instanceof Pending ? 'pending' : problemOf(error);
    const summary = unavailable === 'pending' ? 'Not known yet.' : unavailable.found;
    return { id, title, subtitle, summary, panels: [], unavailable };
  }
}

function blockOf(
  block: (context: SectionContext) => ReportBlock | undefined,
  context: SectionContext,
): ReportBlock | undefined {
  try {
    return block(context);
  } catch (error) {
    if (error instanceof Pending) return undefined;
    const problem = problemOf(error);
    return { kind: 'note', text: [`${PROBLEMS[problem.code][0]}: ${problem.found}. ${problem.remedy}`] };
  }
}
