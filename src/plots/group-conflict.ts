import { comparedGroups, conflictCosines } from '../metrics/conflict';
import { shortNames } from '../shared/foreign-text';
import { counted, plainNumber, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import { definePlot } from './definition';
import { heatMap } from './heat-map';

/** More cells cannot be seen one by one. */
const MOST_GROUPS = 64;

export const groupConflict = definePlot({
  id: 'group-conflict',
  figures: 'conflict',
  title: 'Conflict between groups',
  subtitle: 'cosines between their true gradients: blue where they agree, orange where one group pulls against another',
  draw: (quantities) => {
    const compared = comparedGroups(quantities);
    const { groups, by } = compared;
    const count = groups.sizes.length;
    if (count > MOST_GROUPS)
      throw new AnalysisError({
        code: 'value/undefined',
        found: `There are ${wholeNumber(count)} groups, more than a picture can show`,
        remedy: `It is drawn for ${MOST_GROUPS} groups or fewer.`,
      });
    const cosines = conflictCosines(quantities, compared);
    const names = shortNames(groups.names);
    const nameOf = (k: number): string => {
      const cosine = cosines[k] ?? NaN;
      const [p, q] = [names[Math.floor(k / count)] ?? '', names[k % count] ?? ''];
      return `${p} and ${q}: ${Number.isNaN(cosine) ? 'not resolved' : `cosine ${plainNumber(cosine)}`}`;
    };
    let [negative, resolved, least, where] = [0, 0, Infinity, 0];
    for (let p = 0; p < count; p++)
      for (let q = 0; q < p; q++) {
        const cosine = cosines[p * count + q] ?? NaN;
        if (Number.isNaN(cosine)) continue;
        resolved++;
        if (cosine < 0) negative++;
        if (cosine < least) [least, where] = [cosine, p * count + q];
      }
    const pairs = (count * (count - 1)) / 2;
    const most = resolved === 0 ? '' : ` The smallest is that of ${nameOf(where)}.`;
    const what = by === 'label' ? 'class' : 'group';
    return {
      panels: [
        heatMap({
          name: 'cosines',
          axis: {
            title: [['t', `${what === 'class' ? 'classes' : 'groups'} in the order of the rows`]],
            name: `place of the ${what}`,
          },
          ends: Array.from({ length: count + 1 }, (_, k) => k),
          values: cosines.map((cosine) => (Number.isNaN(cosine) ? 0 : cosine)),
          full: 1,
          names: Array.from({ length: count * count }, (_, k) => nameOf(k)),
          boundaries: [],
        }),
      ],
      summary: `${counted(negative, 'negative cosine')} among ${counted(resolved, 'pair')}.${most}`,
      note: [
        pairs > resolved
          ? `${counted(pairs - resolved, 'pair')} left blank: the gradient of one of the two cannot be seen through its noise.`
          : 'The diagonal is always 1.',
        ...(quantities.uncertain
          ? ['Noise in the means of few rows is taken out, so a cosine may leave the range from −1 to 1.']
          : []),
      ].join(' '),
    };
  },
});
