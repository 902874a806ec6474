import { cortes2012 } from '../../shared/citations';
import { fraction } from '../../shared/notation';
import { plainNumber, texNumber } from '../../shared/numbers';
import { AnalysisError } from '../../shared/problem';
import type { GroupedRows } from '../../shared/summary';
import { labelAlignment as alignment } from '../../theory/label-alignment';
import { defineMetric } from '../definition';
import { Pending } from '../quantities';
import type { Quantities } from '../quantities';

export const labelAlignment = defineMetric({
  id: 'label-alignment',
  cards: 'conflict',
  name: 'Alignment with labels',
  symbol: 'A(K,Y)',
  unit: '',
  formula: [
    { symbol: 'A(K,Y)', word: 'alignment' },
    { symbol: '=' },
    {
      symbol: fraction(String.raw`\langle K,L\rangle_F`, String.raw`\lVert K\rVert_F\,\lVert L\rVert_F`),
      word: 'K of centered gradients, L of centered labels',
    },
  ],
  meaning:
    'How far the products between gradients follow the labels: 1 when rows of one class have one gradient and all classes lie alike, 0 when the mean gradient of every class is the same.',
  misleads:
    'Few rows of many parameters align with any labels, so compare it with what shuffled labels give. The products are those of gradients of the loss, which weigh each example by how wrong the model is there: they are not the neural tangent kernel. It has no interval.',
  elsewhere:
    'Alignment without centering is larger, because the mean gradient and the sizes of the classes agree with anything.',
  citation: cortes2012,
  where: 'the centered alignment of two kernels',
  degree: 0,
  compute: (quantities) => {
    const { sizes, squaredDistances } = classesOf(quantities);
    quantities.requireNoise();
    const { product, labels, chance } = alignment(sizes, squaredDistances, quantities.moments.scatter);
    const { frobeniusNorm } = quantities.spectrum;
    const value = product / frobeniusNorm / labels;
    return {
      value,
      substituted: [value, undefined, fraction(texNumber(product), String.raw`${texNumber(frobeniusNorm)}\cdot${texNumber(labels)}`)], // prettier-ignore
      note: `shuffled labels would give ${plainNumber(chance / frobeniusNorm / labels)} on average`,
    };
  },
});

/** @throws Pending until they are known; AnalysisError where the labels are not names of classes */
function classesOf({ summary }: Quantities): GroupedRows {
  const { classes, dump, extraProblems, moments } = summary;
  if (classes !== undefined) return classes;
  if (extraProblems?.classes !== undefined) throw new AnalysisError(extraProblems.classes);
  if (dump.metadata.labels === undefined)
    throw new AnalysisError({
      code: 'value/needs-metadata',
      found: 'The dump names no labels',
      remedy: 'Name the label of each row in its metadata.',
      fix: '{ "labels": ["cat", "dog", "cat", "dog"] }',
    });
  if (moments === undefined) throw new Pending();
  throw new AnalysisError({
    code: 'value/undefined',
    found: 'The labels are not names of a few classes',
    remedy: 'Name the class of each row, so that some rows share one.',
  });
}
