import { rowCosines } from '../metrics/row-cosines';
import type { RowCosines } from '../metrics/row-cosines';
import { counted, plainNumber, wholeNumber } from '../shared/numbers';
import type { Panel } from '../shared/plot';
import type { DumpSummary } from '../shared/summary';
import { definePlot } from './definition';
import { blockEnds, heatMap } from './heat-map';

const ORDERED = { label: 'by label', loss: 'by loss', direction: 'along the noisiest direction' };

/** The cells do not depend on the settings, which move far more often than the dump. */
const drawn = new WeakMap<RowCosines, Panel>();

export const exampleCosines = definePlot({
  id: 'example-cosines',
  figures: 'pairs of examples',
  title: 'Cosines between examples',
  subtitle: 'of every pair: blue where two gradients agree, orange where they pull against each other',
  draw: (quantities) => {
    quantities.requireNoise();
    const found = rowCosines(quantities);
    let panel = drawn.get(found);
    if (panel === undefined) {
      panel = cells(found, quantities.summary);
      drawn.set(found, panel);
    }
    const { by, within, between } = found;
    const averaged = quantities.rows > blockEnds(quantities.rows).length - 1;
    const means =
      within === undefined
        ? `The mean cosine of ${counted(between.pairs, 'pair')} is ${plainNumber(between.mean)}.`
        : `The mean cosine is ${plainNumber(within.mean)} within a label (${counted(within.pairs, 'pair')}) and ${plainNumber(between.mean)} between labels (${counted(between.pairs, 'pair')}).`;
    const { losses } = quantities.summary.dump.metadata;
    const order = {
      label: `Ordered by label${losses === undefined ? '' : ', then by loss'}; lines part the labels.`,
      loss: 'Ordered by loss, smallest first; labels in the metadata would group them.',
      direction: 'Ordered along the noisiest direction; labels in the metadata would group them.',
    }[by];
    return {
      panels: [panel],
      summary: `Cosines between ${wholeNumber(quantities.rows)} gradients. ${means}`,
      note: `${means} ${order} Full color is ±1. ${averaged ? 'A cell is the mean over a block of rows; on the diagonal it counts each row’s cosine of 1 with itself.' : 'The diagonal is always 1.'}`,
    };
  },
});

function cells({ order, cosines, boundaries, by }: RowCosines, { dump }: DumpSummary): Panel {
  const n = order.length;
  const ends = blockEnds(n);
  const blocks = ends.length - 1;
  const values = new Float64Array(blocks * blocks);
  const names: string[] = [];
  const { labels } = dump.metadata;
  const nameOf = (block: number): string => {
    const [from = 0, to = 0] = [ends[block], ends[block + 1]];
    const first = order[from] ?? 0;
    if (to - from > 1) return `places ${from} to ${to - 1}`;
    return labels === undefined ? `example ${first}` : `example ${first}, label ${labels[first]}`;
  };
  for (let a = 0; a < blocks; a++)
    for (let b = 0; b < blocks; b++) {
      let sum = 0;
      const [top = 0, bottom = 0, left = 0, right = 0] = [ends[a], ends[a + 1], ends[b], ends[b + 1]];
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) sum += cosines[i * n + j] ?? 0;
      const mean = sum / ((bottom - top) * (right - left));
      values[a * blocks + b] = mean;
      names.push(`${nameOf(a)} and ${nameOf(b)}: cosine ${plainNumber(mean)}`);
    }
  return heatMap({
    name: 'cosines',
    axis: { title: [['t', `examples ${ORDERED[by]}`]], name: `place ${ORDERED[by]}` },
    ends,
    values,
    full: 1,
    names,
    boundaries,
  });
}
