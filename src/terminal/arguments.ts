import path from 'node:path';
import { parseArgs } from 'node:util';
import { AnalysisError } from '../shared/problem';
import { usableScale } from '../shared/settings';
import type { Settings } from '../shared/settings';
import type { CompanionChoice } from '../shared/summary';

export const USAGE = `usage: gradient-covariance analyze PATH… [options]
       gradient-covariance reduce PATH… -o FILE.gradstats.npz [--force] [--memory-budget MiB]

analyze  the report of each dump, or of a file of statistics in its place
reduce   the statistics of a dump, or of its shards (other parameters of the same examples,
         dumps or files of statistics, in the order of the parameters) added together

  --learning-rate η      learning rate, a positive number
  --batch-size B         batch size of the training, a whole number
  --dataset-size N       examples in the data set, a whole number
  --gradient-scale C     the rows are C times the gradients (a loss scale, or 1/n)
  --convention WORD      population: the rows are the whole data set (1/N, exact)
                         sample: the rows are drawn from it (1/(n−1), intervals)
  --hessian FILE         a [d, d] array beside the gradients; also --fisher FILE
  --model-labels FILE    a dump whose labels were drawn from the model
  --compared FILE        a second dump of the same parameters
  --rows                 arrays of one file with names such as arr_0 or rank0 are batches,
                         under one another; --columns: they are layers, side by side
  --resample             shuffle and bootstrap the spectrum also where that takes long
  --directions           the parameters of the noisiest directions also of a large dump
  --memory-budget MiB    memory the analysis may take (350)
  --json                 the report as JSON, a list when several paths are given
  --sha256               hash also files of more than 16 MiB, for the report as JSON
  -o, --output FILE      where statistics are written, whole or not at all
  --force                write over a file of this name

Numbers in the dump's metadata are used where no option says otherwise.`;

export interface AnalyzeArguments {
  readonly kind: 'analyze';
  readonly paths: readonly string[];
  readonly json: boolean;
  readonly resample: boolean;
  readonly directions: boolean;
  readonly hash: boolean;
  readonly memoryBudget: number;
  /** What arrays of equal width in one file are whose names do not say it. */
  readonly layout?: 'rows' | 'columns';
  /** Absolute paths of companions, in place of those that the metadata names. */
  readonly companions: CompanionChoice;
  /** What was said on the command line; it wins over the metadata. */
  readonly said: Partial<Pick<Settings, 'learningRate' | 'batchSize' | 'datasetSize' | 'gradientScale' | 'convention'>>;
}

export interface ReduceArguments {
  readonly kind: 'reduce';
  readonly paths: readonly string[];
  readonly output: string;
  readonly force: boolean;
  readonly memoryBudget: number;
}

/**
 * @throws AnalysisError usage/invalid, which leads to exit code 2
 */
export function parseArguments(
  argv: readonly string[],
): AnalyzeArguments | ReduceArguments | { readonly kind: 'help' } {
  const { values, positionals } = parsed(argv);
  if (values.help === true || (argv.length === 1 && argv[0] === 'help')) return { kind: 'help' };
  const [command, ...paths] = positionals;
  if (command !== 'analyze' && command !== 'reduce')
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
    return { kind: 'reduce', paths, output, force, memoryBudget };
  }
  const { convention } = values;
  if (convention !== undefined && convention !== 'population' && convention !== 'sample')
    throw refused(`The convention “${convention}” is neither population nor sample`);
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
  return {
    kind: 'analyze',
    paths,
    json: values.json ?? false,
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
    },
  };
}

const OPTIONS = {
  'learning-rate': { type: 'string' },
  'batch-size': { type: 'string' },
  'dataset-size': { type: 'string' },
  'gradient-scale': { type: 'string' },
  convention: { type: 'string' },
  'memory-budget': { type: 'string' },
  json: { type: 'boolean' },
  hessian: { type: 'string' },
  fisher: { type: 'string' },
  'model-labels': { type: 'string' },
  compared: { type: 'string' },
  rows: { type: 'boolean' },
  columns: { type: 'boolean' },
  resample: { type: 'boolean' },
  directions: { type: 'boolean' },
  sha256: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  force: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const COMPANIONS = [
  ['hessian', 'hessian'],
  ['fisher', 'fisher'],
  ['model-labels', 'modelLabels'],
  ['compared', 'compared'],
] as const;

const OPTIONS_OF: Readonly<Record<'analyze' | 'reduce', ReadonlySet<string>>> = {
  analyze: new Set(Object.keys(OPTIONS).filter((option) => option !== 'output' && option !== 'force')),
  reduce: new Set(['output', 'force', 'memory-budget']),
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

const refused = (found: string): AnalysisError =>
  new AnalysisError({ code: 'usage/invalid', found, remedy: `See below.\n\n${USAGE}` });
