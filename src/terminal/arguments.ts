import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Layout } from '../shared/dump';
import type { SaidSettings } from '../shared/settings';
import type { CompanionChoice } from '../shared/summary';
import { usableScale } from '../shared/training';
import { isScript, SCRIPTS } from './script';
import type { Script } from './script';
import { assertionOf, refused } from './assertion';
import type { Assertion } from './assertion';

export const USAGE = `usage: gradient-covariance analyze PATH… [options]
       gradient-covariance compare A B [options]
       gradient-covariance reduce [--rows|--columns] PATH… -o FILE.gradstats.npz [--force]
       gradient-covariance script dump|gradstats
       gradient-covariance --version

analyze  the report of each dump, or of a file of statistics in its place; with --rows or
         --columns, the report of all paths as one dump
         a run (a run.json, its folder, a log of gradient norms, or --run) step by step
compare  the second dump against the first: which differences are more than noise
reduce   the statistics of a dump, or of its shards together: of other parameters of the same
         examples (--columns, in their order), or of other examples of the same parameters (--rows)
script   dump: gradient_dump.py, which writes dumps; gradstats: gradstats.py, which makes files of
         statistics on a cluster; each is one file to copy next to a training script

  --learning-rate η      learning rate, a positive number
  --batch-size B         batch size of the training, a whole number
  --dataset-size N       examples in the data set, a whole number
  --gradient-scale C     the rows are C times the gradients (a loss scale, or 1/n)
  --convention WORD      population: the rows are the whole data set (1/n, exact)
                         sample: the rows are drawn from it (1/(n−1), intervals);
                         a sample unless the data set is known to have as many examples
  --mean-of b            each row is the mean of b examples; 1: each is one example
  --replacement WORD     with or without: whether a batch may hold an example twice
  --optimizer NAME       sgd, momentum, adam, …; as the metadata names it
  --momentum μ           of heavy-ball momentum, a number in [0, 1)
  --clip C               the length to which training clips the gradient of each example
  --hessian FILE         a [d, d] array beside the gradients; also --fisher FILE
  --model-labels FILE    a dump whose labels were drawn from the model
  --compared FILE        a second dump of the same parameters
  --second-moments FILE  v of Adam or RMSprop, a [d] array or one array for each layer
  --resample             also shuffle the columns where that takes long
  --directions           also name the parameters of the noisiest directions of a large dump
  --memory-budget MiB    memory the analysis may take (350)
  --run                  the files, or those in the folder, are steps of one training run
  --json                 the report as JSON, a list when several paths are given
  --html FILE            also the page as one file, without scripts (FILE.html)
  --markdown, --csv      of a run or a comparison: a table
  --watch                of a run: report again whenever a step is added, until interrupted
  --assert TEST          exit code 3 unless it holds, on a run at every step; ID<NUMBER or
                         ID>NUMBER, where ID.lower and ID.upper are the ends of the interval
  --strict               also where a test cannot be decided
  --sha256               also hash files of more than 16 MiB, for the report as JSON
  --rows                 the files, or arrays of a file called arr_0, rank0 or the like, hold other
                         examples of the same parameters, and go under one another
  --columns              they hold other parameters of the same examples, and go side by side
  -o, --output FILE      where statistics are written, whole or not at all
  --force                write over a file of this name

A folder stands for the dumps in it, and @list.txt for the files that the list names, one per line
(a file of such a name is ./@list.txt).
Numbers in the dump's metadata are used where no option says otherwise.
Exit code: 0 on success, 2 when the command was not understood, 1 when something could not be done,
3 when an assertion does not hold.`;

export interface AnalyzeArguments {
  readonly kind: 'analyze' | 'compare';
  readonly paths: readonly string[];
  readonly json: boolean;
  /** How a run or a comparison is printed, unless as JSON. */
  readonly table?: 'markdown' | 'csv';
  /** Where the report is also written as HTML. */
  readonly html?: string;
  /** The paths are steps of one run. */
  readonly run: boolean;
  readonly watch: boolean;
  readonly assertions: readonly Assertion[];
  /** Assertions that cannot be decided fail. */
  readonly strict: boolean;
  readonly resample: boolean;
  readonly directions: boolean;
  readonly hash: boolean;
  readonly memoryBudget: number;
  /** What arrays of equal width in one file are whose names do not say it. */
  readonly layout?: Layout;
  /** Absolute paths of companions, in place of those that the metadata names. */
  readonly companions: CompanionChoice;
  /** What was said on the command line; it wins over the metadata. */
  readonly said: SaidSettings;
}

export interface ReduceArguments {
  readonly kind: 'reduce';
  readonly paths: readonly string[];
  readonly output: string;
  readonly force: boolean;
  /** What was said of several shards. */
  readonly layout?: Layout;
  readonly memoryBudget: number;
}

export interface ScriptArguments {
  readonly kind: 'script';
  readonly script: Script;
}

/**
 * @throws AnalysisError usage/invalid, which leads to exit code 2
 */
export function parseArguments(
  argv: readonly string[],
): AnalyzeArguments | ReduceArguments | ScriptArguments | { readonly kind: 'help' | 'version' } {
  const { values, positionals } = parsed(argv);
  if (values.help === true || (argv.length === 1 && argv[0] === 'help')) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [command, ...paths] = positionals;
  if (command === 'script') return scriptOf(paths, Object.keys(values));
  if (command !== 'analyze' && command !== 'compare' && command !== 'reduce')
    throw refused(command === undefined ? 'No command was given' : `There is no command “${command}”`);
  if (paths.length === 0) throw refused('No path was given');
  const foreign = Object.keys(values).find((option) => !OPTIONS_OF[command].has(option));
  if (foreign !== undefined) throw refused(`The command “${command}” has no option “--${foreign}”`);
  const budget = numberOf(values['memory-budget'], 'memory budget', (value) => value >= 1, 'a number of MiB from 1 up');
  const memoryBudget = (budget ?? 350) * 2 ** 20;
  if (command === 'reduce') {
    const { output = '', force = false } = values;
    if (output === '') throw refused('Where to write is not said: -o FILE.gradstats.npz');
    if (!/\.gradstats\.npz$/i.test(output)) throw refused(`The name “${output}” does not end in .gradstats.npz`);
    const { rows = false, columns = false } = values;
    if (rows && columns) throw refused('Shards hold other examples (--rows) or other parameters (--columns), not both');
    const said = rows ? ({ layout: 'rows' } as const) : columns ? ({ layout: 'columns' } as const) : {};
    return { kind: 'reduce', paths, output, force, memoryBudget, ...said };
  }
  const convention = wordOf(values.convention, 'convention', ['population', 'sample']);
  const replacement = wordOf(values.replacement, 'replacement', ['with', 'without']);
  const { optimizer } = values;
  if (optimizer?.trim() === '') throw refused('The optimizer has no name');
  if (values.rows === true && values.columns === true) throw refused('Both --rows and --columns are said');
  const layout = values.rows === true ? 'rows' : values.columns === true ? 'columns' : undefined;
  const learningRate = numberOf(values['learning-rate'], 'learning rate', (value) => value > 0, 'a positive number');
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  const batchSize = numberOf(values['batch-size'], 'batch size', whole, 'a whole number from 1 up');
  const datasetSize = numberOf(values['dataset-size'], 'data-set size', whole, 'a whole number from 1 up');
  const gradientScale = numberOf(
    values['gradient-scale'],
    'gradient scale',
    usableScale,
    'a number from 1e-30 to 1e30',
  );
  const averaged = numberOf(
    values['mean-of'],
    'number of examples that a row averages',
    whole,
    'a whole number from 1 up',
  );
  const momentum = numberOf(values.momentum, 'momentum', (value) => value >= 0 && value < 1, 'a number in [0, 1)');
  const clip = numberOf(values.clip, 'clipping length', (value) => value > 0, 'a positive number');
  const { markdown = false, csv = false, json = false, run = false, watch = false } = values;
  if ([markdown, csv, json].filter(Boolean).length > 1)
    throw refused('Only one of --json, --markdown and --csv is said');
  if (command === 'compare' && paths.length !== 2)
    throw refused(`Two dumps are compared, and the number given is ${paths.length}`);
  const { html } = values;
  // so that a slip of the keyboard writes over no dump
  if (html !== undefined && !/\.html?$/i.test(html)) throw refused(`The name “${html}” does not end in .html`);
  if (run && layout !== undefined)
    throw refused('Steps of a run (--run) are not parts of one dump (--rows, --columns)');
  return {
    kind: command,
    paths,
    json,
    ...(markdown && { table: 'markdown' as const }),
    ...(csv && { table: 'csv' as const }),
    ...(html !== undefined && { html: path.resolve(html) }),
    run,
    watch,
    assertions: (values.assert ?? []).map(assertionOf),
    strict: values.strict ?? false,
    resample: values.resample ?? false,
    directions: values.directions ?? false,
    hash: values.sha256 ?? false,
    memoryBudget,
    ...(layout && { layout }),
    companions: Object.fromEntries(
      COMPANIONS.flatMap(([option, name]) => {
        const file = values[option];
        return file === undefined ? [] : [[name, path.resolve(file)]];
      }),
    ),
    said: {
      ...(learningRate !== undefined && { learningRate }),
      ...(batchSize !== undefined && { batchSize }),
      ...(datasetSize !== undefined && { datasetSize }),
      ...(gradientScale !== undefined && { gradientScale }),
      ...(convention !== undefined && { convention }),
      ...(replacement !== undefined && { replacement }),
      ...(optimizer !== undefined && { optimizer }),
      ...(momentum !== undefined && { momentum }),
      ...(clip !== undefined && { clip }),
      ...(averaged !== undefined && { rows: averaged === 1 ? ('example' as const) : { meanOf: averaged } }),
    },
  };
}

function scriptOf([name = '', ...more]: readonly string[], options: readonly string[]): ScriptArguments {
  if (options[0] !== undefined) throw refused(`The command “script” has no option “--${options[0]}”`);
  if (!isScript(name) || more.length > 0)
    throw refused(
      `The scripts are ${Object.keys(SCRIPTS).join(', ')}; asked for: ${[name, ...more].join(' ') || 'none'}`,
    );
  return { kind: 'script', script: name };
}

const OPTIONS = {
  'learning-rate': { type: 'string' },
  'batch-size': { type: 'string' },
  'dataset-size': { type: 'string' },
  'gradient-scale': { type: 'string' },
  convention: { type: 'string' },
  'mean-of': { type: 'string' },
  replacement: { type: 'string' },
  optimizer: { type: 'string' },
  momentum: { type: 'string' },
  clip: { type: 'string' },
  'memory-budget': { type: 'string' },
  json: { type: 'boolean' },
  markdown: { type: 'boolean' },
  csv: { type: 'boolean' },
  html: { type: 'string' },
  run: { type: 'boolean' },
  watch: { type: 'boolean' },
  assert: { type: 'string', multiple: true },
  strict: { type: 'boolean' },
  hessian: { type: 'string' },
  fisher: { type: 'string' },
  'model-labels': { type: 'string' },
  compared: { type: 'string' },
  'second-moments': { type: 'string' },
  resample: { type: 'boolean' },
  directions: { type: 'boolean' },
  sha256: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  force: { type: 'boolean' },
  rows: { type: 'boolean' },
  columns: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const COMPANIONS = [
  ['hessian', 'hessian'],
  ['fisher', 'fisher'],
  ['model-labels', 'modelLabels'],
  ['compared', 'compared'],
  ['second-moments', 'secondMoments'],
] as const;

const OPTIONS_OF: Readonly<Record<'analyze' | 'compare' | 'reduce', ReadonlySet<string>>> = {
  analyze: new Set(Object.keys(OPTIONS).filter((option) => !['output', 'force'].includes(option))),
  compare: new Set(Object.keys(OPTIONS).filter((option) => !['output', 'force', 'run', 'watch', 'rows', 'columns', 'compared'].includes(option))), // prettier-ignore
  reduce: new Set(['output', 'force', 'rows', 'columns', 'memory-budget']),
};

const parse = (argv: readonly string[]) => parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });

function parsed(argv: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(argv);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const unknown = argv.find((word) => word.startsWith('-') && !((word.split('=')[0] ?? '').slice(2) in OPTIONS));
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw refused(`There is no option “${unknown ?? ''}”`);
    throw refused('An option lacks its value, or has one and takes none');
  }
}

function numberOf(
  text: string | undefined,
  name: string,
  fits: (value: number) => boolean,
  what: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && fits(value)) return value;
  throw refused(`The ${name} “${text}” is not ${what}`);
}

function wordOf<Word extends string>(
  text: string | undefined,
  name: string,
  [one, other]: readonly [Word, Word],
): Word | undefined {
  const word = [one, other].find((known) => known === text);
  if (text === undefined || word !== undefined) return word;
  throw refused(`The ${name} “${text}” is neither ${one} nor ${other}`);
}
