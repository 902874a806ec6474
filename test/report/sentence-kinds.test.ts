import { beforeAll, describe, expect, test } from 'vitest';
import { seededSituations } from '../reference/seeded-situations';
import { faultsOf } from './checked-texts';

/** Kinds of sentences, each for itself: by what a fault and its sentence say. */
const KINDS: readonly (readonly [kind: string, faults: RegExp])[] = [
  ['a batch is called mostly signal only below 1', /\bmostly signal:/],
  ['a batch is called mostly noise only above 1', /\bis mostly noise/],
  ['noise and signal balance where they are equal', /balance at/],
  ['likeness of noise and curvature is that of their cosine', /noise of the same size/],
  ['numbers are estimates of a sample only', /an estimate$|exact for these rows/],
  ['a scaled batch has the size that is named', /κB = /],
  ['a gradient test passes within the data set', /norm test|pass(?:es)? at/],
  ['noise falls as the sampler makes it fall', / removes (?:it|noise) as/],
  ['isotropy is held against shuffled columns, too', /preferred direction|isotropic noise would show/],
  ['intervals are spoken of where there are some', /95 % intervals: Hall|no intervals from/],
  ['an SDE is judged by an interval', /The SDE is not ruled out/],
  ['no number has more than five digits', /^more than five digits/],
  ['the noisiest layer has the parameters that are said', /noise is in one layer/],
  ['one of something is singular', /^1 in the plural/],
];

const faults: string[] = [];
beforeAll(() => {
  for (let seed = 0; seed < 24; seed++)
    for (const { summary, settings } of seededSituations(seed)) faults.push(...faultsOf(summary, settings));
}, 240_000);

describe('of the sentences of some hundred situations', () => {
  test.each(KINDS)('%s', (_, kind) => expect(faults.filter((fault) => kind.test(fault)).slice(0, 5)).toEqual([]));
});
