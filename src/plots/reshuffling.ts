import { counted, percent, plainNumber, wholeNumber } from '../shared/numbers';
import type { PlotLabel, Series } from '../shared/plot';
import { AnalysisError } from '../shared/problem';
import { reshufflingNoise } from '../theory/sampling';
import { definePlot } from './definition';
import { symbols } from './labels';

/** More batches an epoch than this are drawn in so many steps. */
const MOST_POINTS = 200;

export const reshuffling = definePlot({
  id: 'reshuffling',
  figures: 'agreement',
  title: 'Noise accumulated over one epoch',
  subtitle: 'by batches that repeat no example until it ends, at fixed parameters',
  draw: (quantities) => {
    const { batchSize } = quantities;
    const population = quantities.requirePopulation('An epoch');
    const trace = quantities.trace.value;
    const batches = Math.floor(population / batchSize);
    if (batches < 1 || !(trace > 0))
      throw new AnalysisError({
        code: 'value/undefined',
        found:
          trace > 0
            ? 'A batch is larger than the data set, so there is no epoch'
            : 'All rows are the same, so there is no noise',
        remedy: trace > 0 ? 'Choose a smaller batch.' : 'Dump the gradients of different examples.',
      });
    const stride = Math.ceil(batches / MOST_POINTS);
    const counts = Array.from({ length: Math.floor(batches / stride) + 1 }, (_, i) => i * stride);
    if (counts.at(-1) !== batches) counts.push(batches);
    const shuffled = counts.map((j) => reshufflingNoise(trace, j, batchSize, population));
    const peak = Math.max(...shuffled);
    const max = 1.6 * Math.max(peak, trace / batchSize / 4);
    // independent batches leave the plot soon; they are drawn as far as it reaches
    const reach = Math.min(batches, (max * batchSize) / trace);
    const series: Series[] = [
      {
        name: 'without repeats',
        x: counts,
        y: shuffled,
        mark: batches <= 40 ? 'disc' : 'line',
        ink: 'data',
        size: 2.5,
      },
      {
        name: 'independent batches',
        x: [0, reach],
        y: [0, (reach * trace) / batchSize],
        mark: 'line',
        ink: 'quiet',
        dash: 'dashed',
        size: 1.25,
      },
    ];
    const top = counts[shuffled.indexOf(peak)] ?? 0;
    const labels: PlotLabel[] = [
      { x: top, y: peak, text: [['t', 'shuffled']], ink: 'data', align: 'center', dy: -8 },
      {
        x: reach,
        y: (reach * trace) / batchSize,
        text: [['t', 'independent']],
        ink: 'quiet',
        dx: 6,
        dy: 12,
        ...(reach > 0.7 * batches && { align: 'right' }),
      },
    ];
    const left = shuffled.at(-1) ?? 0;
    const rest = population - batches * batchSize;
    const all = (batches * trace) / batchSize;
    const ending =
      left === 0
        ? 'is exactly 0 when the epoch ends'
        : `ends at ${plainNumber(left)}, ${percent(left / all)} of what independent batches have, because ${counted(rest, 'example')} ${rest === 1 ? 'is' : 'are'} left over`;
    return {
      panels: [
        {
          height: 276,
          x: { scale: 'linear', min: 0, max: batches, title: [['t', 'batches of the epoch']], name: 'batches' },
          y: { scale: 'linear', min: 0, max, title: [['t', 'summed '], ...symbols.trace], name: 'accumulated noise' },
          series,
          labels,
        },
      ],
      summary: `The noise of ${wholeNumber(batches)} batch${batches === 1 ? '' : 'es'} rises to ${plainNumber(peak)} and ${ending}. Independent batches would have ${plainNumber(all)}.`,
      note: 'The sum of the batch gradients of an epoch is the true gradient times their number, whatever the order: the noise cancels. Theories of temperature count batches as independent.',
    };
  },
});
