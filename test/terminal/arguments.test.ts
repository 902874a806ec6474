import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnalysisError } from '../../src/shared/problem';
import { parseArguments } from '../../src/terminal/arguments';

const refusal = (...argv: string[]): string => {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof AnalysisError && error.problem.code === 'usage/invalid') return error.problem.found;
    throw error;
  }
  throw new Error('was not refused');
};

describe('arguments of the command line', () => {
  test('options are read into settings, the rest are paths', () => {
    const words = [
      'analyze',
      'a.npy',
      '--learning-rate',
      '1e-3',
      'b.json',
      '--batch-size=32',
      '--convention',
      'sample',
    ];
    expect(parseArguments([...words, '--dataset-size', '1500', '--gradient-scale', '65536', '--json'])).toEqual({
      kind: 'analyze',
      run: false,
      watch: false,
      assertions: [],
      strict: false,
      paths: ['a.npy', 'b.json'],
      json: true,
      resample: false,
      directions: false,
      hash: false,
      memoryBudget: 350 * 2 ** 20,
      companions: {},
      said: { learningRate: 0.001, batchSize: 32, datasetSize: 1500, gradientScale: 65_536, convention: 'sample' },
    });
  });

  test('optimizer, momentum and replacement are said like the rest', () => {
    const words = ['--optimizer', 'AdamW', '--momentum', '0', '--replacement', 'with'];
    expect(parseArguments(['analyze', 'a.npy', ...words])).toMatchObject({
      said: { optimizer: 'AdamW', momentum: 0, replacement: 'with' },
    });
  });

  test('the version is asked for with any command or none', () => {
    expect(parseArguments(['--version'])).toEqual({ kind: 'version' });
    expect(parseArguments(['analyze', '--version'])).toEqual({ kind: 'version' });
  });

  test('companions are files, found from where the command runs', () => {
    const words = [
      '--hessian',
      'h.npy',
      '--fisher=/f.npy',
      '--model-labels',
      '../m.npz',
      '--compared',
      'later.npy',
      '--second-moments',
      'v.npy',
    ];
    expect(parseArguments(['analyze', 'a.npy', ...words])).toMatchObject({
      companions: {
        hessian: path.resolve('h.npy'),
        fisher: '/f.npy',
        modelLabels: path.resolve('../m.npz'),
        secondMoments: path.resolve('v.npy'),
        compared: path.resolve('later.npy'),
      },
    });
  });

  test('what is not said is absent, so that the metadata can say it', () => {
    expect(parseArguments(['analyze', 'a.npy'])).toMatchObject({ said: {}, json: false });
  });

  test.each([['--help'], ['-h'], ['help']])('%s asks for the usage', (word) => {
    expect(parseArguments([word])).toEqual({ kind: 'help' });
  });

  test.each([
    [['analyze'], 'No path was given'],
    [[], 'No command was given'],
    [['analyse', 'a.npy'], 'There is no command “analyse”'],
    [['analyze', 'a.npy', '--batch-size', '2.5'], 'The batch size “2.5” is not a whole number from 1 up'],
    [['analyze', 'a.npy', '--batch-size', '0'], 'The batch size “0” is not a whole number from 1 up'],
    [['analyze', 'a.npy', '--learning-rate', '-1'], 'An option lacks its value, or has one and takes none'],
    [['analyze', 'a.npy', '--learning-rate=-1'], 'The learning rate “-1” is not a positive number'],
    [['analyze', 'a.npy', '--learning-rate', 'nan'], 'The learning rate “nan” is not a positive number'],
    [['analyze', 'a.npy', '--learning-rate', ' '], 'The learning rate “ ” is not a positive number'],
    [['analyze', 'a.npy', '--convention', 'both'], 'The convention “both” is neither population nor sample'],
    [['analyze', 'a.npy', '--replacement', 'both'], 'The replacement “both” is neither with nor without'],
    [['analyze', 'a.npy', '--momentum', '1'], 'The momentum “1” is not a number in [0, 1)'],
    [['analyze', 'a.npy', '--momentum=-0.5'], 'The momentum “-0.5” is not a number in [0, 1)'],
    [['analyze', 'a.npy', '--optimizer', ' '], 'The optimizer has no name'],
    [['reduce', 'a.npy', '--momentum', '0.5'], 'The command “reduce” has no option “--momentum”'],
    [['analyze', 'a.npy', '--colour'], 'There is no option “--colour”'],
    [['analyze', 'a.npy', '--json=yes'], 'An option lacks its value, or has one and takes none'],
    [['analyze', 'a.npy', '--batch-size'], 'An option lacks its value, or has one and takes none'],
  ])('%j is refused', (argv, found) => {
    expect(refusal(...argv)).toBe(found);
  });
});
