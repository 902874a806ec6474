import { ifKnown, Quantities } from '../../metrics/quantities';
import { tex } from '../../shared/notation';
import { counted, percent, plainNumber, trimmed, wholeNumber } from '../../shared/numbers';
import type { Cell, MetricResult, Phrase, ReportBlock, Section, Table, Text } from '../../shared/report';
import { covarianceTrace } from '../../theory/estimators';
import { fromTwoBatchSizes } from '../../theory/two-batch-sizes';
import { emphasized, number, prose, strong, within } from '../phrases';
import type { Compared, ComparisonReport, MetricDifference } from './compare';
import { relativeChange } from './relative';
import type { RelativeChange } from './relative';
import { anglesPlot, chanceCosine, spectraPlot } from './spectra';

/** The comparison as the page shows it: A is the baseline, B the other dump. */
export function comparisonSections(report: ComparisonReport): readonly Section[] {
  const angles = anglesOf(report);
  const drawn = [spectraPlot(report.baseline, report.other), angles?.plot].filter((plot) => plot !== undefined);
  const known = report.pair.filter(({ outcome }) => outcome.kind === 'value').map(({ id }) => id);
  const section = (id: string, short: string, title: string, blocks: readonly ReportBlock[]): Section => ({ id, short, title, blocks }); // prettier-ignore
  const folded = (id: string, title: string, blocks: readonly ReportBlock[]): Section => ({
    ...section(id, title, title, blocks),
    folded: true,
  });
  return [
    section('changed', 'What changed', 'What changed from A to B', [
      { kind: 'verdict', text: [...changeInWords(report, 'covariance-trace', 'noise'), ' ', ...changeInWords(report, 'simple-noise-scale', 'noise scale')] }, // prettier-ignore
      ...(known.length === 0 ? [] : [{ kind: 'cards', caption: [strong('Both dumps together')], metrics: known } as const]), // prettier-ignore
      { kind: 'figures', figures: [{ kind: 'table', table: differenceTable(report) }] },
    ]),
    ...(drawn.length === 0
      ? []
      : [
          section('spectra', 'Spectra', 'Spectra and directions', [
            ...(angles === undefined ? [] : [{ kind: 'finding', text: angles.text } as const]),
            { kind: 'figures', figures: drawn.map((plot) => ({ kind: 'plot', plot })) },
          ]),
        ]),
    folded('compared-settings', 'Settings', settingsBlocks(report)),
    folded('same-examples', 'Same examples', [{ kind: 'note', text: [report.pairing] }]),
    ...layersSection(report, folded),
    folded('way', 'Curvature on the way', [{ kind: 'note', text: curvature(report) }]),
    folded('two-batch-sizes', 'Two batch sizes', [{ kind: 'note', text: twoBatchSizes(report) }]),
  ];
}

/* --- in words ------------------------------------------------------------------------------------------------------- */

/** −11 %, or ×12 where it is several times as large. */
function signed(share: number): string {
  if (share >= 9.995) return `×${plainNumber(1 + share, 2)}`;
  const text = percent(Math.abs(share));
  return /[1-9]/.test(text) ? `${share < 0 ? '−' : '+'}${text}` : '0 %';
}

/** Both ends with their signs; an end that is missing is not invented. */
function signedEnds({ lower, upper }: NonNullable<RelativeChange['interval']>): string {
  if (lower === undefined) return upper === undefined ? 'anything' : `${signed(upper)} or less`;
  return upper === undefined ? `${signed(lower)} or more` : `${signed(lower)} … ${signed(upper)}`;
}

/** One sentence, which says no more than the interval allows. */
function changeInWords({ differences }: ComparisonReport, id: string, what: string): Text {
  const found = differences.find(({ metric }) => metric.id === id);
  const change = found && relativeChange(found);
  if (found === undefined || change === undefined) return prose`Whether the ${what} changed is not known: one of the dumps has no value of it.`; // prettier-ignore
  const { share, interval } = change;
  if (!found.resolved && interval === undefined)
    return share === 0
      ? prose`The ${what} is the same in both.`
      : prose`The ${what} of B differs from that of A by ${strong(signed(share))}, and nothing says how far chance moves it.`;
  if (!found.resolved)
    return prose`Whether the ${what} changed, these rows cannot tell: a change of ${signedEnds(interval ?? {})} of its value in A fits.`;
  const size = share >= 9.995 ? [strong(`${plainNumber(1 + share, 2)} times`), ' that of A'] : [strong(`${percent(Math.abs(share))} ${share < 0 ? 'lower' : 'higher'}`), ' than that of A']; // prettier-ignore
  const apart = found.ratio === undefined ? '; both are exact' : '; their intervals have no value in common';
  const how = interval === undefined ? apart : ` (${signedEnds(interval)})`;
  return prose`The ${what} of B is ${size}${how}.`;
}

/* --- the table of differences --------------------------------------------------------------------------------------- */

/** Half of the axis, as a share of the baseline's value. */
const REACH = 0.7;

const place = (share: number): number => 0.5 + share / (2 * REACH);

function differenceTable(report: ComparisonReport): Table {
  const known = report.differences.filter(({ difference }) => difference !== undefined);
  const size = (each: MetricDifference): number => Math.abs(relativeChange(each)?.share ?? 0);
  const resolved = known.filter((each) => each.resolved).sort((a, b) => size(b) - size(a));
  const open = known.filter((each) => !each.resolved && (each.difference?.interval ?? each.ratio?.interval));
  const bare = known.filter((each) => !each.resolved && !(each.difference?.interval ?? each.ratio?.interval));
  // exact and equal numbers are one line
  const same = bare.filter(({ difference }) => difference?.value === 0);
  const rows = [...resolved, ...open, ...bare.filter((each) => !same.includes(each))];
  const { intervals, expected } = report.chance;
  return {
    id: 'differences',
    caption: [
      strong('Resolved first'),
      ', then what these rows cannot tell; change and 95 % interval of the difference, as shares of the value of A',
    ],
    columns: [
      { head: ['quantity'], align: 'left' },
      { head: ['A'], align: 'right', secondary: true },
      { head: ['B'], align: 'right', secondary: true },
      { head: ['change'], align: 'right' },
      { head: ['95 %'], align: 'right' },
      { head: [`${signed(-REACH)} … ${signed(REACH)}`], align: 'left', secondary: true },
      { head: ['resolved?'], align: 'left' },
    ],
    rows: rows.map(rowOf),
    note: [
      `${capital(counted(resolved.length, 'difference'))} of ${wholeNumber(known.length)} ${resolved.length === 1 ? 'is' : 'are'} resolved. `,
      intervals === 0
        ? 'None has an interval.'
        : `Of the ${wholeNumber(intervals)} with an interval, about ${trimmed(expected, 2)} would be resolved by chance alone if nothing had changed.`,
      ...(same.length === 0 ? [] : [` ${capital(counted(same.length, 'number'))} ${same.length === 1 ? 'is' : 'are'} the same in both and left out.`]), // prettier-ignore
    ],
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function rowOf(each: MetricDifference): readonly Cell[] {
  const { metric, baseline, other, difference, resolved } = each;
  const value = (outcome: MetricResult['outcome']): Cell =>
    outcome.kind === 'value' ? { text: [number(outcome.value)], value: outcome.value } : { text: ['–'] };
  const change = relativeChange(each);
  const said: Phrase = change === undefined ? number(difference?.value ?? 0) : signed(change.share);
  const ends = change === undefined ? difference?.interval : undefined;
  const range: Text =
    change?.interval !== undefined
      ? [signedEnds(change.interval)]
      : ends?.lower !== undefined && ends.upper !== undefined
        ? [number(ends.lower), ' … ', number(ends.upper)]
        : ['–'];
  const word = !resolved ? 'not resolved' : (difference?.value ?? 0) < 0 ? 'fell' : 'rose';
  return [
    { text: [metric.name] },
    value(baseline),
    value(other),
    { text: resolved ? emphasized(said) : [said], ...(change && { value: change.share }) },
    { text: range },
    {
      text: [],
      ...(change && {
        range: {
          at: place(change.share),
          zero: 0.5,
          resolved,
          ...(change.interval && {
            lower: change.interval.lower === undefined ? -Infinity : place(change.interval.lower),
            upper: change.interval.upper === undefined ? Infinity : place(change.interval.upper),
          }),
        },
      }),
    },
    { text: resolved ? [strong(word)] : [word] },
  ];
}

/* --- directions ----------------------------------------------------------------------------------------------------- */

/** Principal angles that count as small: 18°, a cosine of 0.95. */
const SMALL = Math.cos(Math.PI / 10);

function anglesOf({
  baseline,
}: ComparisonReport): { readonly text: Text; readonly plot: NonNullable<ReturnType<typeof anglesPlot>> } | undefined {
  const { companions, dump } = baseline.summary;
  const compared = companions?.compared;
  if (compared === undefined || !('summary' in compared)) return undefined;
  const { principalCosines: cosines } = compared.summary;
  const plot = anglesPlot(compared.summary, dump.parameters);
  if (plot === undefined) return undefined;
  const k = cosines.length;
  const small = cosines.filter((cosine) => cosine > SMALL).length;
  const chance = plainNumber(chanceCosine(k, dump.parameters), 2);
  return {
    plot,
    text:
      k === 1
        ? prose`**The leading directions of A and B have a cosine of ${plainNumber(cosines[0] ?? 0)}.** Random ones have about ${chance}, and few rows turn directions apart by chance, too.`
        : prose`**${String(small)} of the ${String(k)} principal angles between the leading directions of A and B ${small === 1 ? 'is' : 'are'} below 18°.** Random directions have cosines of about ${chance}, and few rows turn directions apart by chance, too.`,
  };
}

/* --- what is folded ------------------------------------------------------------------------------------------------- */

function settingsBlocks({ settings: { differing, agreed } }: ComparisonReport): readonly ReportBlock[] {
  const agree = agreed.length === 1 ? '1 setting agrees' : `${wholeNumber(agreed.length)} settings agree`;
  const text = differing.length === 0 ? `No setting differs; ${agree}.` : `${capital(listed(differing.map(({ name }) => name)))} ${differing.length === 1 ? 'differs' : 'differ'}; ${agree}.`; // prettier-ignore
  const cell = (value: string): Cell => ({ text: [value] });
  return [
    { kind: 'finding', text: [text] },
    {
      kind: 'figures',
      figures: [
        {
          kind: 'table',
          table: {
            id: 'compared-settings',
            caption: [strong('Settings of both')],
            columns: [
              { head: ['setting'], align: 'left' },
              { head: ['A'], align: 'right' },
              { head: ['B'], align: 'right' },
            ],
            rows: [
              ...differing.map(({ name, baseline, other }) => [name, baseline, other].map((value) => ({ text: [strong(value)] }))), // prettier-ignore
              ...agreed.map(({ name, value }) => [name, value, value].map(cell)),
            ],
          },
        },
      ],
    },
  ];
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** Noise by layers of the same names and sizes. A dump keeps no rows of a layer, so there are no intervals. */
function layersSection(
  { baseline, other }: ComparisonReport,
  folded: (id: string, title: string, blocks: readonly ReportBlock[]) => Section,
): readonly Section[] {
  const [a, b] = [baseline, other].map(tracesOf) as [ReturnType<typeof tracesOf>, ReturnType<typeof tracesOf>];
  if (a.length < 2 || a.length !== b.length || a.some(({ name }, l) => name !== b[l]?.name)) return [];
  const changes = a.map(({ name, trace }, l) => {
    const now = b[l]?.trace ?? 0;
    return { name, from: trace, to: now, ...(trace > 0 && { share: now / trace - 1 }) };
  });
  const largest = [...changes].sort((x, y) => Math.abs(y.share ?? 0) - Math.abs(x.share ?? 0));
  const [first] = largest;
  return [
    folded('compared-layers', 'Layers', [
      {
        kind: 'finding',
        text: [
          `The noise of ${first?.name ?? ''} changes most of ${wholeNumber(a.length)} layers, by ${signed(first?.share ?? 0)}; layers have no intervals, so nothing says how far chance moves it.`,
        ],
      },
      {
        kind: 'figures',
        figures: [
          {
            kind: 'table',
            table: {
              id: 'compared-layers',
              caption: [strong('Noise of the layers')],
              columns: [
                { head: ['layer'], align: 'left' },
                { head: [{ math: `${tex.trace}_A` }], align: 'right', secondary: true },
                { head: [{ math: `${tex.trace}_B` }], align: 'right', secondary: true },
                { head: ['change'], align: 'right' },
              ],
              sortedBy: { column: 3, descending: true },
              rows: largest.map(({ name, from, to, share }) => [
                { text: [name] },
                { text: [number(from)], value: from },
                { text: [number(to)], value: to },
                share === undefined ? { text: ['–'] } : { text: [signed(share)], value: share },
              ]),
            },
          },
        ],
      },
    ]),
  ];
}

function tracesOf({ summary, settings }: Compared): readonly { readonly name: string; readonly trace: number }[] {
  const quantities = new Quantities(summary, settings);
  const traces = ifKnown(() => {
    const { moments, drawnRows } = quantities;
    return moments.layers.map(({ name, scatter, meanSquaredNorm }) => ({ name, trace: covarianceTrace({ ...drawnRows, scatter, meanSquaredNorm }) })); // prettier-ignore
  });
  return traces ?? [];
}

function curvature({ pair }: ComparisonReport): Text {
  const found = pair.find(({ id }) => id === 'secant-curvature');
  if (found?.outcome.kind === 'value')
    return prose`The loss has a mean curvature of ${number(found.outcome.value)}${within(found.outcome)} along the straight line from the parameters of A to those of B.`;
  const problem = found?.outcome.kind === 'unavailable' ? found.outcome.problem : undefined;
  return [problem === undefined ? 'It is not known yet.' : `${problem.found}. ${problem.remedy}`];
}

/** From the mean squared lengths of rows that are means of different numbers of examples, at the same parameters. */
function twoBatchSizes({ baseline, other }: ComparisonReport): Text {
  const [a, b] = [baseline, other].map(({ summary, settings }) => {
    const quantities = new Quantities(summary, settings);
    const { meanOf: size, rows: n } = quantities;
    const squaredNorm = ifKnown(() => quantities.moments.meanSquaredNorm + quantities.moments.scatter / n);
    return { size, squaredNorm, step: summary.dump.metadata.step };
  });
  if (a?.squaredNorm === undefined || b?.squaredNorm === undefined) return ['It is not known yet.'];
  const of = (size: number): string => (size === 1 ? 'single examples' : `means of ${wholeNumber(size)}`);
  if (a.size === b.size) return [`Needs rows that are means of different numbers of examples; in both dumps they are ${of(a.size)}.`]; // prettier-ignore
  if (a.step !== b.step) return [`Needs gradients at the same parameters; these are of the steps ${said(a.step)} and ${said(b.step)}.`]; // prettier-ignore
  const [small, large] = [
    { size: a.size, squaredNorm: a.squaredNorm },
    { size: b.size, squaredNorm: b.squaredNorm },
  ].sort((x, y) => x.size - y.size) as [{ size: number; squaredNorm: number }, { size: number; squaredNorm: number }];
  const { signal, trace } = fromTwoBatchSizes(small, large);
  const scale: Text = signal > 0 && trace > 0 ? prose`, hence a noise scale of **${plainNumber(trace / signal)}** examples` : ['; one of them is not positive, so there is no noise scale']; // prettier-ignore
  return prose`If both dumps are of the same parameters, the mean squared lengths of ${of(small.size)} and ${of(large.size)} give $\operatorname{tr}\Sigma$ = ${number(trace)} and $\lVert G\rVert^2$ = ${number(signal)}${scale}. These estimates have no interval.`;
}

const said = (step: number | undefined): string => (step === undefined ? '(unknown)' : wholeNumber(step));
