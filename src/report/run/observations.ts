import { gurari2018, jastrzebski2017, li2021, mccandlish2018, thomas2020 } from '../../shared/citations';
import type { Citation, MetricDescription } from '../../shared/report';
import type { StepValue } from '../../shared/training-run';
import { inWords } from './in-words';

/** What the literature saw over trainings, and what this run shows of it. */
export interface Observation {
  readonly saw: string;
  readonly citation: Citation;
  /** Id of the metric whose curve is next to it. */
  readonly metric: string;
  /** This run's first and last value, or why there is none. */
  readonly here: string;
}

const OBSERVED: readonly Omit<Observation, 'here'>[] = [
  {
    saw: 'The noise scale grows by a factor of ten or more as the loss falls, mostly because the signal falls.',
    citation: mccandlish2018,
    metric: 'simple-noise-scale',
  },
  {
    saw: 'The ratio of learning rate to batch size goes with how flat a minimum SGD ends in, as long as neither is too large.',
    citation: jastrzebski2017,
    metric: 'sgd-temperature',
  },
  {
    saw: 'Gradients come to lie mostly in a small subspace, of about as many directions as there are classes, early in the training.',
    citation: gurari2018,
    metric: 'subspace-overlap',
  },
  {
    saw: 'In small networks covariance, Hessian and Fisher matrix were much alike in shape, while their sizes differed.',
    citation: thomas2020,
    metric: 'noise-curvature-cosine',
  },
  {
    saw: 'Linear scaling fails where the noise of a batch no longer outweighs its signal, as it does at large batches.',
    citation: li2021,
    metric: 'batch-noise-to-signal',
  },
];

/** Each observation with the ends of this run's own curve. */
export const observationsOf = (
  series: readonly { readonly metric: MetricDescription; readonly values: readonly (StepValue | null)[] }[],
): Observation[] =>
  OBSERVED.map((observation) => {
    const own = series.find(({ metric }) => metric.id === observation.metric);
    const values = (own?.values ?? []).flatMap((value) => (typeof value?.[0] === 'number' ? [value] : []));
    const [first, last] = [values[0], values.at(-1)];
    if (own === undefined || first === undefined || last === undefined)
      return { ...observation, here: 'This run does not show it: no step has the number.' };
    // “Noise scale” within a sentence is lower case, “SGD temperature” is not
    const name = own.metric.name.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase());
    if (values.length === 1) return { ...observation, here: `Here the ${name} is ${inWords(first)}.` };
    return { ...observation, here: `Here the ${name} is ${inWords(first)} at first and ${inWords(last)} at last.` };
  });
