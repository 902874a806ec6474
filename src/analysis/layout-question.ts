import path from 'node:path';
import { shortened } from '../formats/source';
import type { GradientDump } from '../shared/dump';
import { wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';

/** What a file says of itself, whether it holds the rows or their statistics. */
export type Described = Omit<GradientDump, 'arrays'>;

/** Names that only count: whether their files hold other examples or other parameters, they do not say. */
const COUNTED =
  /(?:^|[_.-])(?:arr|array|rank|shard|part|batch|chunk|step|epoch|iter|ckpt)[_.-]?\d+$|^(?:g|grads?|gradients?)?[_.-]?\d+$/i;
const STEPS = /(?:^|[_.-])(?:step|epoch|iter|ckpt)[_.-]?\d+$/i;

/**
 * Why several files may be other examples of the same parameters as well as other parameters of the same examples: they name
 * the same layers, or have equal widths and names that only count. Undefined where names or widths leave one of the two.
 */
export function ambiguity(dumps: readonly Described[]): { readonly found: string; readonly where: string } | undefined {
  const [first, second] = dumps;
  if (first === undefined || second === undefined) return undefined;
  const owners = new Map<string, Described>();
  for (const dump of dumps)
    for (const { name } of dump.layers) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== dump)
        return {
          found: `“${owner.name}” and “${dump.name}” name the same layers, such as “${shortened(name, 60)}”`,
          where: dump.path,
        };
      owners.set(name, dump);
    }
  const names = labelsOf(dumps);
  if (dumps.some(({ layers, parameters }) => layers.length > 0 || parameters !== first.parameters)) return undefined;
  if (!all(names, COUNTED)) return undefined;
  return {
    found: `All files have ${wholeNumber(first.parameters)} columns and names that only count, “${names[0] ?? ''}” and “${names[1] ?? ''}”`,
    where: second.path,
  };
}

/**
 * Asks whether several files lie under one another or side by side: the message says both ways, and the line of Python.
 *
 * @param dumps the first of them are enough
 * @param count of all files
 */
export function layoutQuestion(dumps: readonly Described[], count = dumps.length): AnalysisError {
  const { found, where } = ambiguity(dumps) ?? {
    found: `These are ${wholeNumber(count)} files`,
    where: dumps[0]?.path ?? '',
  };
  const saidSteps = new Set(dumps.map(({ metadata }) => metadata.step));
  const steps = all(labelsOf(dumps), STEPS) || (!saidSteps.has(undefined) && saidSteps.size === dumps.length);
  return new AnalysisError({
    code: 'data/layout',
    found: `${found}, and nothing says whether they hold other examples or other parameters`,
    where,
    remedy: `${steps ? 'If these are steps of a training run, use each by itself, one file per step. Otherwise say' : 'Say'} --rows for other examples, which go under one another, or --columns for other parameters, which go side by side; or use each by itself. Rows can also be joined in Python:`,
    fix: joining(dumps, count),
  });
}

/** Whether nothing names what the files hold: no layers, and names that only count. So many files are not so many layers. */
export const isUnnamed = (dumps: readonly Described[]): boolean =>
  dumps.every(({ layers }) => layers.length === 0) && all(labelsOf(dumps), COUNTED);

/** Whether each name, or a folder that distinguishes it, is of the kind. */
const all = (names: readonly string[], kind: RegExp): boolean =>
  names.every((name) => name.split('/').some((step) => kind.test(step)));

/** The line of Python that puts the rows under one another. */
function joining(dumps: readonly Described[], count: number): string {
  const paths = dumps.map(({ path: file }) => JSON.stringify(path.basename(file)));
  const files = count > 4 ? 'files' : `[${paths.join(', ')}]`;
  const loaded = (load: string): string => `np.concatenate([${load} for f in ${files}])`;
  const byLayer = (load: string): string =>
    `{k: ${loaded(`${load}[k]`)} for k in ${load.replace('(f)', `(${files}[0])`)}}`;
  const [{ format, layers } = { format: 'npy', layers: [] }] = dumps;
  if (format === 'npz' && layers.length > 0) return `np.savez("grad.npz", **${byLayer('np.load(f)')})`;
  if (format === 'npz') return `np.save("grad.npy", ${loaded('next(iter(np.load(f).values()))')})`;
  if (format === 'safetensors') return `save_file(${byLayer('load_file(f)')}, "grad.safetensors")`;
  if (format === 'json') return `np.save("grad.npy", ${loaded('np.array(json.load(open(f)))')})`;
  return `np.save("grad.npy", ${loaded('np.load(f)')})`;
}

/** File names without their endings, with as many folders before them as distinguish them. */
export function labelsOf(files: readonly Pick<Described, 'path'>[]): readonly string[] {
  const steps = files.map(({ path: file }) => {
    const { dir, name } = path.parse(file);
    return [...dir.split(path.sep).filter((step) => step !== ''), name.replace(/\.gradstats$/i, '')];
  });
  const most = steps.reduce((longest, list) => Math.max(longest, list.length), 0);
  for (let depth = 1; depth < most; depth++) {
    const labels = steps.map((list) => list.slice(-depth).join('/'));
    if (new Set(labels).size === labels.length) return labels;
  }
  return steps.map((list) => list.join('/'));
}
