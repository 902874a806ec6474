import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import { SITUATIONS } from '../reference/situations';
import { faultsOf } from './checked-texts';
import { everyText } from './every-text';

const grouped = SITUATIONS.filter(({ summary: { dump } }) => dump.metadata.groups !== undefined);

describe.each(grouped)('$name', ({ summary, settings }) => {
  test('have texts that hold for their own numbers', () => {
    // the strange name of a layer is there to be strange
    expect(faultsOf(summary, settings).filter((fault) => !fault.includes('\\signs'))).toEqual([]);
  });
});

test('a sample says whether its rows are taken as independent', () => {
  const said = (name: string): string => {
    const { summary, settings } = SITUATIONS.find((situation) => situation.name === name)!;
    return everyText(evaluate(summary, settings)).map(({ text }) => text).join(' '); // prettier-ignore
  };
  expect(said('a data set of unknown size')).toContain('taken as independent');
  expect(said('rows in groups')).toContain('in 20 groups');
  expect(said('rows in groups that are the whole data set')).not.toContain('taken as independent');
});
