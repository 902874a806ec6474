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
    saw: 'The noise scale grows by a factor of ten or more as the loss falls, because the signal falls faster than the noise.',
    citation: mccandlish2018,
    metric: 'simple-noise-scale',
  },
  {
    saw: 'The ratio of learning rate to batch size, not either alone, decides how sharp a minimum SGD ends in.',
    citation: jastrzebski2017,
    metric: 'sgd-temperature',
  },
  {
    saw: 'Gradients stay in a small subspace, of about as many directions as there are classes, from early in the training on.',
    citation: gurari2018,
    metric: 'subspace-overlap',
  },
  {
    saw: 'Covariance, Hessian and Fisher matrix point in nearly the same directions throughout, while their sizes differ.',
    citation: thomas2020,
    metric: 'noise-curvature-cosine',
  },
  {
    saw: 'Linear scaling holds as long as the noise of a batch outweighs its signal, which ends at large batches.',
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
