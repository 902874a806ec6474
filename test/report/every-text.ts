import type { Label, PlotSpec } from '../../src/shared/plot';
import type { Problem } from '../../src/shared/problem';
import type { Report, ReportBlock, Table, Text } from '../../src/shared/report';

/** One text of a report, as plain words, and where it is read: `glance verdict`, `metric coherence note`, `plot settling summary`. */
export interface PlacedText {
  readonly place: string;
  readonly text: string;
}

/** Every text that a report shows beside its formulas and the words of its registry, which are the same for every dump. */
export function everyText(report: Report): readonly PlacedText[] {
  return [
    ...report.notes.map((text) => ({ place: 'report note', text })),
    ...report.suspicions.map(({ found, remedy }) => ({ place: 'report suspicion', text: `${found}. ${remedy}` })),
    ...report.settingsProblems.map(({ problem }) => ({ place: 'report problem', text: ofProblem(problem) })),
    ...report.metrics.flatMap(({ id, note, convention, outcome }) => [
      ...(note === undefined ? [] : [{ place: `metric ${id} note`, text: note }]),
      { place: 'metric convention', text: convention },
      ...(outcome.kind === 'unavailable' ? [{ place: `metric ${id} problem`, text: ofProblem(outcome.problem) }] : []),
    ]),
    ...report.sections.flatMap(({ id, blocks }) => blocks.flatMap((block) => ofBlock(id, block))),
  ];
}

function ofBlock(section: string, block: ReportBlock): readonly PlacedText[] {
  const at = (what: string, text: Text): PlacedText => ({ place: `${section} ${what}`, text: plain(text) });
  switch (block.kind) {
    case 'verdict':
    case 'finding':
    case 'note':
    case 'offer':
      return [at(block.kind, block.text)];
    case 'question':
      return [
        at('question', block.text),
        at('question note', block.note),
        ...block.answers.flatMap(({ id, verdict, note }) => [
          at(`answer ${id}`, verdict),
          at(`answer ${id} note`, note),
        ]),
      ];
    case 'balance':
      return [...block.parts.map(({ label }) => at('balance part', label)), at('balance summary', [block.summary])];
    case 'cards':
      return [at('cards caption', block.caption), ...(block.aside ? [at('cards aside', block.aside)] : [])];
    case 'figures':
      return block.figures.flatMap((figure) => (figure.kind === 'plot' ? ofPlot(figure.plot) : ofTable(figure.table)));
    // the same for every dump, and the reader's own numbers
    case 'formulas':
    case 'fold':
    case 'four-gradients':
    case 'calculator':
    case 'theory':
      return [];
  }
}

function ofTable({ id, caption, columns, rows, foot, note }: Table): readonly PlacedText[] {
  const heads = columns.map(({ head }) => plain(head));
  const cells = [...rows, ...(foot ? [foot] : [])].flatMap((row) =>
    row.map(({ text }, k) => ({ place: `table ${id} cell ${heads[k]!.replace(/, \$.*/, '')}`, text: plain(text) })),
  );
  return [
    { place: `table ${id} caption`, text: plain(caption) },
    ...heads.map((text) => ({ place: `table ${id} head`, text })),
    ...cells,
    ...(note ? [{ place: `table ${id} note`, text: plain(note) }] : []),
  ];
}

function ofPlot({ id, title, subtitle, summary, note, panels, unavailable }: PlotSpec): readonly PlacedText[] {
  const problem =
    typeof unavailable === 'object' ? [{ place: `plot ${id} problem`, text: ofProblem(unavailable) }] : [];
  return [
    { place: `plot ${id} title`, text: `${title}, ${subtitle}` },
    ...(problem.length > 0 ? problem : [{ place: `plot ${id} summary`, text: summary }]),
    ...(note === undefined || note === '' ? [] : [{ place: `plot ${id} note`, text: note }]),
    ...panels.flatMap(({ x, y, series, labels = [] }) => [
      ...[x, y].map(({ title: text }) => ({ place: `plot ${id} axis`, text: spoken(text) })),
      ...[x, y].map(({ name }) => ({ place: `plot ${id} axis`, text: name })),
      ...series.map(({ name }) => ({ place: `plot ${id} series`, text: name })),
      ...labels.map(({ text }) => ({ place: `plot ${id} label`, text: spoken(text) })),
    ]),
  ];
}

const ofProblem = ({ found, remedy }: Problem): string => `${found}. ${remedy}`;

/** Numbers with a power of ten as 1.2e-5; other mathematics between dollar signs. */
export const plain = (text: Text): string =>
  text
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      if ('strong' in phrase) return phrase.strong;
      const power = /^(.*)\\times10\^\{(-?\d+)\}$/.exec(phrase.math);
      if (power === null) return `$${phrase.math}$`;
      return power[1]!.replaceAll('{,}', ',').replaceAll('-', '−').split(String.raw` \ldots `).map((number) => `${number}e${power[2]!}`).join(' … '); // prettier-ignore
    })
    .join('');

const spoken = (label: Label): string =>
  label.map(([kind, text]) => (kind === '^' && /^[−\d]+$/.test(text) ? `^${text}` : text)).join('').replaceAll(/×10\^([−\d]+)/g, (_, e: string) => `e${e.replace('−', '-')}`); // prettier-ignore
