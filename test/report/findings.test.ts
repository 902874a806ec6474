import { describe, expect, test } from 'vitest';
import { Quantities } from '../../src/metrics/quantities';
import { evaluate } from '../../src/report/evaluate';
import type { Table, Text } from '../../src/shared/report';
import type { DumpMetadata } from '../../src/shared/dump';
import { suggestedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { identical, narrow, opposites, wide } from '../reference/dumps';
import { naiveSummary, settingsFor } from '../reference/naive';
import { noise } from '../reference/noise';
import { SITUATIONS } from '../reference/situations';

type Rows = readonly (readonly number[])[];

const plain = (text: Text): string =>
  text
    .map((phrase) => (typeof phrase === 'string' ? phrase : 'strong' in phrase ? phrase.strong : phrase.math))
    .join('');
const reportOf = (rows: Rows, changes: Partial<Settings> = {}, metadata: DumpMetadata = {}) => {
  const summary = naiveSummary(rows, metadata);
  return evaluate(summary, settingsFor(summary, { learningRate: 0.1, ...changes }));
};
const first = (section: string, ...given: Parameters<typeof reportOf>): string => {
  const block = reportOf(...given).sections.find(({ id }) => id === section)?.blocks[0];
  return block?.kind === 'verdict' || block?.kind === 'finding' ? plain(block.text) : '';
};
const tableOf = (id: string, ...given: Parameters<typeof reportOf>): Table =>
  reportOf(...given)
    .sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'figures' ? block.figures : []))
    .flatMap((figure) => (figure.kind === 'table' ? [figure.table] : []))
    .find((table) => table.id === id)!;
const shifted = (by: number): Rows => noise(40, 4, 2).map((row) => row.map((value) => value + by));
const sample = { convention: 'sample', datasetSize: 1000 } as const;

describe('a file of statistics', () => {
  const { summary, settings } = SITUATIONS.find(({ name }) => name.startsWith('the statistics of a dump'))!;
  const report = evaluate(summary, settings);
  const found = (id: string): string | undefined => {
    const outcome = report.metrics.find((metric) => metric.id === id)?.outcome;
    return outcome?.kind === 'unavailable' ? outcome.problem.found : undefined;
  };

  test('says of each number that needs the rows that it does, and has all others', () => {
    const lacking = report.metrics.filter(({ id }) => found(id)?.includes('needs the rows')).map(({ id }) => id);
    expect(lacking).toContain('noise-floor');
    const others = report.metrics.filter(({ id, outcome }) => outcome.kind === 'unavailable' && !lacking.includes(id));
    // what a dump of the same rows lacks for other reasons
    const { summary: whole } = SITUATIONS.find(({ name }) => name === 'forty rows drawn from 500')!;
    const without = evaluate(whole, settings).metrics.flatMap(({ id, outcome }) => (outcome.kind === 'unavailable' ? [id] : [])); // prettier-ignore
    expect(without).toEqual(expect.arrayContaining(others.map(({ id }) => id)));
    expect(found('hessian-trace')).toMatch(/^Comparing with a Hessian needs the rows themselves/);
  });

  test('offers no file to compare with, because there is nothing to compare', () => {
    const blocks = report.sections.flatMap((section) => section.blocks);
    const actions = blocks.flatMap((block) => (block.kind === 'offer' ? block.buttons : [])).map(({ action }) => action.kind); // prettier-ignore
    expect(actions).not.toContain('choose-companion');
    expect(actions).not.toContain('resample');
  });
});

describe('the verdict', () => {
  test('compares noise and signal of the reader’s batch', () => {
    expect(first('glance', wide, { batchSize: 1 })).toMatch(
      /^Over these rows, a batch of 1 has 0\.44 times as much noise as signal\./,
    );
    const many = noise(400, 4, 2).map((row) => row.map((value) => value + 0.3));
    expect(first('glance', many, { ...sample, batchSize: 2 })).toMatch(
      /^A batch of 2 is mostly noise: [\d.]+ times the signal \([\d.]+ … [\d.]+\)\./,
    );
    expect(first('glance', many, { ...sample, batchSize: 200 })).toMatch(
      /^A batch of 200 is mostly signal: the noise is 0\.[\d]+ times the signal \(0\.[\d]+ … 0\.[\d]+\)\./,
    );
  });
  test('is no stronger than its interval', () => {
    expect(first('glance', shifted(0.3), { ...sample, batchSize: 8 })).toMatch(
      /^A batch of 8: these rows cannot tell which is larger, noise or signal; the noise is/,
    );
    // two rows have no interval at all
    expect(first('glance', [[1, 2], [3, 1]], { ...sample, batchSize: 1 })).toMatch(/^A batch of 1: these rows cannot tell/); // prettier-ignore
  });
  test('names the batch whose noise equals its signal: N·B_simple/(N − 1 + B_simple) without replacement', () => {
    // tr Σ = 8, ‖G‖² = 18 and N = 4: 4·0.4444/(3 + 0.4444) = 0.516
    expect(first('glance', wide, { batchSize: 1 })).toContain('balance at less than one example');
    const given = new Quantities(naiveSummary(wide), settingsFor(naiveSummary(wide)));
    expect(given.balancedBatch.value).toBeCloseTo((4 * (8 / 18)) / (3 + 8 / 18), 14);
    expect(given.noiseToSignal(1).value).toBeCloseTo(8 / 18, 14);
    const finite = new Quantities(naiveSummary(shifted(0.3)), settingsFor(naiveSummary(shifted(0.3)), sample));
    const { value } = finite.balancedBatch;
    expect(finite.noiseToSignal(value).value).toBeCloseTo(1, 12);
    expect(value).toBeLessThan(finite.noiseScale.value);
  });
  test('carries the interval of a sample', () =>
    expect(first('glance', shifted(1), { ...sample, batchSize: 2 })).toMatch(/times the signal \(0\.\d+ … \d\.\d+\)/));
  test('says that a batch of everything has no noise', () =>
    expect(first('glance', narrow, { batchSize: 4 })).toBe('A batch of 4 is the whole data set: it has no noise.'));
  test('asks for a batch size, and only then', () => {
    expect(first('glance', shifted(1))).toContain('Set the batch size');
    expect(first('glance', shifted(1), { batchSize: 41 })).toContain('cannot be used');
  });
  test('gives a bound where the mean cannot be distinguished from zero', () => {
    const zero = noise(30, 8, 11);
    expect(first('glance', zero, { ...sample, batchSize: 2 })).toMatch(
      /^A batch of 2 is mostly noise: at least [\d.]+ times the signal\. There is no upper limit, .* balance at \d+ examples or more\.$/,
    );
    expect(first('glance', zero, { ...sample, batchSize: 500 })).toMatch(
      /^These rows cannot distinguish the mean gradient from zero, nor show whether a batch of 500 is mostly signal or mostly noise/,
    );
  });
  test('has words for one row, for equal rows and for rows that cancel', () => {
    expect(first('glance', [[1, 2]])).toContain('no covariance');
    expect(first('glance', identical)).toContain('All rows are the same');
    expect(first('glance', opposites)).toContain('The mean gradient is exactly 0');
  });
});

describe('how far intervals can be trusted', () => {
  const normal = noise(300, 6, 12).map((row) => row.map((value) => value + 0.5));
  const note = (rows: Rows, changes: Partial<Settings> = sample): string => {
    const { blocks } = reportOf(rows, changes).sections[0]!;
    return blocks.flatMap((block) => (block.kind === 'note' ? [plain(block.text)] : [])).find((text) => /^(Sample|Population):/.test(text))!; // prettier-ignore
  };
  const outlier = (rows: Rows): Rows => rows.map((row, i) => (i === 3 ? row.map((value) => value * 40) : row));

  test('is told by what intervals did on networks, with as many rows and such a largest row', () => {
    expect(note(normal.slice(0, 40))).toMatch(
      /Over gradients of a dozen networks, intervals of the trace from about 40 rows of which the largest has \d % of the noise covered the truth about 90 % of the time, about 75 % of the time for the hardest one, because rare examples/,
    );
    expect(note(outlier(normal.slice(0, 200)))).toMatch(/from about 200 rows of which the largest has \d\d % .* covered the truth nearly always, about 85 % of the time for the hardest one/); // prettier-ignore
  });

  test('is only the hardest network where rows are many and none carries most of the noise', () => {
    expect(note(normal.slice(0, 100))).toMatch(/from about 100 rows covered the truth about 85 % of the time for the hardest one/); // prettier-ignore
    expect(note(normal)).toMatch(/from about 300 rows covered the truth about 90 % of the time for the hardest one/);
    expect(note(noise(600, 3, 2), { convention: 'sample' })).toContain('from 256 rows and more covered');
  });

  test('is never said of few rows, and of all rows there is nothing to say', () => {
    expect(note(normal.slice(0, 7))).toContain('Intervals from fewer than 8 rows are rough.');
    expect(note(normal.slice(0, 3))).toContain('Fewer than 4 rows give no intervals.');
    expect(note(normal.slice(0, 20), {})).toMatch(/^Population: .* have no intervals/);
    expect(note(normal.slice(0, 20), { convention: 'sample', datasetSize: 20 })).toContain('nothing is uncertain');
  });

  test('puts the lower end first in the verdict where the upper one is weak', () => {
    const near = normal.map((row) => row.map((value) => value + 1));
    expect(first('glance', near.slice(0, 20), { ...sample, batchSize: 2 })).toMatch(/the signal \(at least [\d.]+, perhaps up to [\d.]+\)/); // prettier-ignore
    expect(first('glance', near.slice(0, 7), { ...sample, batchSize: 2 })).toMatch(/the signal \(rough: at least [\d.]+, perhaps up to [\d.]+\)/); // prettier-ignore
    expect(first('glance', near, { ...sample, batchSize: 2 })).toMatch(/the signal \([\d.]+ … [\d.]+\)/);
  });

  test('stands behind the section as a table of all that was measured', () => {
    const formulas = reportOf(normal, sample).sections[0]!.blocks.flatMap((block) =>
      block.kind === 'theory' ? block.paragraphs.flatMap((part) => ('formula' in part ? [part.formula] : [])) : [],
    );
    const table = formulas.find((formula) => formula.includes('hardest'))!;
    expect(table).toContain('16-31&0.91&0.92&0.87&0.78&0.56');
    expect(table).toContain('8-15&-&0.90&0.82&0.72&0.36');
    expect(table).toContain('0.95&0.98&1.00&-&0.89');
  });

  test('the rows that bound the noise scale are no more than there are exactly where it is bounded', () => {
    const seen = new Set<boolean>();
    for (const shift of [0.02, 0.05, 0.08, 0.12, 0.2, 0.4])
      for (const n of [12, 30, 80]) {
        const rows = noise(n, 4, n).map((row) => row.map((value) => value + shift * 3));
        const text = note(rows);
        if (!text.includes('to bound the noise scale') && !text.includes('To bound the noise scale')) continue;
        const summary = naiveSummary(rows);
        const bounded = new Quantities(summary, settingsFor(summary, sample)).noiseScaleInterval!.upper !== undefined;
        const [, needed = ''] = /takes? about ([\d,]+) examples/.exec(text) ?? [];
        // to a row: the error of n rows has √(n(n − 1))
        if (Math.abs(Number(needed.replace(',', '')) - n) > 1)
          expect([shift, n, text.includes('To bound')]).toEqual([shift, n, bounded]);
        seen.add(bounded);
      }
    expect(seen.size).toBe(2);
  });
});

describe('the question what the rows are', () => {
  const asked = (metadata: DumpMetadata, rows: Rows = shifted(0.3)) => {
    const summary = naiveSummary(rows, metadata);
    const block = evaluate(summary, suggestedSettings(summary.dump)).sections[0]!.blocks[0]!;
    return block.kind === 'question' ? block : undefined;
  };

  test('stands in place of the verdict when nobody says how large the data set is, with what either answer means', () => {
    const question = asked({ batchSize: 8 })!;
    expect(plain(question.text)).toBe('Are these 40 rows all your training data?');
    expect(question.answers.map(({ id }) => id)).toEqual(['whole', 'sample']);
    const [all, some] = question.answers.map(({ verdict }) => plain(verdict));
    expect(all).toBe(first('glance', shifted(0.3), { batchSize: 8 }));
    expect(some).toBe(first('glance', shifted(0.3), { convention: 'sample', batchSize: 8 }));
  });

  test.each<[string, DumpMetadata, Rows?]>([
    ['the data-set size is known', { datasetSize: 40 }],
    ['a larger data-set size is known', { datasetSize: 1000 }],
    ['the metadata says it', { convention: 'sample' }],
    ['rows are means, which are never all', { rows: { meanOf: 4 } }],
    ['rows were drawn independently', { batches: 'independent' }],
    ['there is one row', {}, [[1, 2]]],
  ])('is not asked when %s', (_, metadata, rows) => expect(asked(metadata, rows)).toBeUndefined());

  /** Dumps of which nothing says what a row is. */
  const unstated = (metadata: DumpMetadata, rows: Rows = shifted(0.3)): DumpSummary => {
    const { dump, ...rest } = naiveSummary(rows, metadata);
    return { ...rest, dump: { ...dump, metadata } };
  };
  const questionOf = (summary: DumpSummary) => {
    const { sections } = evaluate(summary, suggestedSettings(summary.dump));
    return sections[0]!.blocks.flatMap((block) => (block.kind === 'question' ? [block] : []))[0];
  };

  test.each<[string, DumpMetadata, string[]]>([
    ['nothing is known', { batchSize: 8 }, ['whole', 'sample', 'means', 'steps']],
    ['a larger data set is known', { batchSize: 8, datasetSize: 1000 }, ['sample', 'means', 'steps']],
    ['they are said to be a sample', { convention: 'sample' }, ['sample', 'means', 'steps']],
  ])('asks what one row is where nothing says so, and %s', (_, metadata, ids) => {
    const question = questionOf(unstated(metadata))!;
    expect(plain(question.text)).toBe('What is each of these 40 rows?');
    expect(question.answers.map(({ id }) => id)).toEqual(ids);
  });

  test.each<[string, DumpMetadata]>([
    ['each row has a label', { labels: Array.from({ length: 40 }, (_, i) => i % 2), convention: 'sample' }],
    ['the rows are the whole data set', { convention: 'population' }],
    ['there are as many examples as rows', { datasetSize: 40 }],
  ])('does not ask what a row is where %s', (_, metadata) => expect(questionOf(unstated(metadata))).toBeUndefined());

  test('has an answer for means, with the number of their noise scale, and one for steps, without a number', () => {
    const summary = unstated({ batchSize: 8 }, shifted(1));
    const { answers } = questionOf(summary)!;
    const verdicts = Object.fromEntries(answers.map(({ id, verdict }) => [id, plain(verdict)]));
    expect(verdicts['sample']).toBe(first('glance', shifted(1), { convention: 'sample', batchSize: 8 }));
    const noiseScale = (metadata: DumpMetadata): number => {
      const { dump } = unstated(metadata, shifted(1));
      return new Quantities({ ...summary, dump }, suggestedSettings(dump)).noiseScale.value;
    };
    expect(noiseScale({ rows: { meanOf: 8 } })).toBeCloseTo(8 * noiseScale({ rows: 'example' }), 12);
    expect(verdicts['means']).toContain(`about ${noiseScale({ rows: { meanOf: 8 } }).toPrecision(2)} examples`);
    expect(verdicts['steps']).toMatch(/do not show the noise at any one point.*Save one file per step/);
    expect(plain(questionOf(unstated({}))!.answers[2]!.verdict)).toContain('b times those of single examples');
  });

  test('once answered with steps, leaves no number that takes the rows for a sample', () => {
    const summary = unstated({ batchSize: 8, learningRate: 0.1 });
    const report = evaluate(summary, { ...suggestedSettings(summary.dump), rows: 'step' });
    const known = report.metrics.filter(({ outcome }) => outcome.kind === 'value').map(({ id }) => id);
    expect(known).toEqual(['mean-gradient-norm', 'covariance-memory', 'sgd-temperature', 'finite-population-correction', 'linear-scaled-learning-rate', 'square-root-scaled-learning-rate']); // prettier-ignore
    expect(report.sections.map(({ id }) => id)).toEqual(['glance']);
  });

  test('says beside its cards that they hold if each row is one example', () => {
    const captions = (summary: DumpSummary): string[] =>
      evaluate(summary, suggestedSettings(summary.dump)).sections[0]!.blocks.flatMap((block) =>
        block.kind === 'cards' ? [plain(block.caption)] : [],
      );
    expect(captions(unstated({}))[0]).toBe('Measured from the dump, if each row is one example');
    expect(captions(unstated({ rows: 'example' }))[0]).toBe('Measured from the dump');
  });

  test('is followed by an offer to keep the answer, until the metadata has it', () => {
    const offers = (metadata: DumpMetadata): boolean => {
      const summary = naiveSummary(shifted(0.3), metadata);
      const settings = {
        ...suggestedSettings(summary.dump),
        convention: 'population',
        conventionFrom: 'answer',
      } as const;
      const { blocks } = evaluate(summary, settings).sections[0]!;
      return blocks.some((block) => block.kind === 'offer' && block.buttons[0]!.action.kind === 'write-sidecar');
    };
    expect(offers({})).toBe(true);
    expect(offers({ convention: 'population' })).toBe(false);
  });
});

describe('the finding of the spectrum', () => {
  test('names ties instead of eigenvectors', () =>
    expect(first('spectrum', narrow)).toContain('Both eigenvalues are equal'));
  test('tells no direction of white noise apart, and does of a spike', () => {
    const white = noise(60, 10, 5);
    expect(first('spectrum', white, sample)).toContain('does not rule out noise without any preferred direction');
    const spiked = white.map((row) => row.map((value, j) => (j === 3 ? 3 * value : value)));
    expect(first('spectrum', spiked, sample)).not.toContain('does not rule out noise without any preferred direction');
  });
});

describe('the table of rules', () => {
  const cells = (factor: number): (string | undefined)[][] =>
    tableOf('rules', shifted(1), { batchSize: 2, scaleFactor: factor }).rows.map((row) =>
      row.slice(1).map(({ text, tone }) => (tone === 'kept' ? 'kept' : plain(text))),
    );
  test('says what each rule keeps', () =>
    expect(cells(4)).toEqual([
      ['× 4', '× 2'],
      ['× 4', 'kept'],
      ['kept', 'kept'],
      ['kept', '× 0.5'],
      ['kept', '× 0.5'],
      ['kept', '× 0.25'],
    ]));
  test('keeps everything when nothing is scaled', () =>
    expect(
      cells(1)
        .flat()
        .every((cell) => cell === 'kept'),
    ).toBe(true));
  test('is that of Adam for Adam', () => {
    const { rows } = tableOf('rules', shifted(1), { batchSize: 2, scaleFactor: 4, optimizer: 'adam' });
    expect(rows.map((row) => plain(row[3]!.text))).toEqual([
      '0.200',
      '0.6000',
      '0.9960',
      String.raw`5.00\times10^{-9}`,
    ]);
  });
});

describe('the table of batch sizes', () => {
  test('marks the reader’s batch, and ends without noise at the data set', () => {
    const { rows, ownRow } = tableOf('batch-sizes', wide, { batchSize: 2 });
    expect(rows.map((row) => row[0]?.value)).toEqual([1, 2, 4]);
    expect(ownRow).toBe(1);
    expect(rows[2]?.[1]?.value).toBe(0);
    expect(rows.map((row) => row[3]?.value)).toEqual([expect.closeTo(4 / 9, 12), expect.closeTo(4 / 27, 12), 0]);
  });
});

describe('what the numbers rest on', () => {
  const facts = (...given: Parameters<typeof reportOf>): string[] =>
    tableOf('trust', ...given).rows.map((row) => `${plain(row[0]!.text)}: ${plain(row[1]!.text)}`);
  test('counts dead and constant parameters, zeros and equal rows', () =>
    expect(
      facts([
        [0, 1, 5],
        [0, 2, 5],
        [0, 1, 5],
        [0, 0, 5],
      ]),
    ).toEqual([
      'A row is: one example',
      'Rows hold: gradients as they are',
      'Dead parameters: 1 of 3',
      'Constant parameters: 1',
      'Exact zeros: 42 %',
      'Equal rows: 1 pair',
    ]));
  test('says when a row is a mean', () =>
    expect(facts(wide, {}, { rows: { meanOf: 16 } })).toContain('A row is: the mean of 16'));
});
