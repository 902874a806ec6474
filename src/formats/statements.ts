import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { nameOfType } from './dtype';
import type { JsonObject, JsonValue } from './json-value';
import { shortened } from './source';

/* What is stated is used, or refused, or a note says that it is not. */

/** Names that others give to what is meant, in lower case without separators. */
const ALIASES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  eta: 'learningRate',
  stepsize: 'learningRate',
  bs: 'batchSize',
  batch: 'batchSize',
  minibatchsize: 'batchSize',
  datasize: 'datasetSize',
  datasetlength: 'datasetSize',
  trainsize: 'datasetSize',
  numexamples: 'datasetSize',
  numsamples: 'datasetSize',
  lossscale: 'gradientScale',
  gradscale: 'gradientScale',
  mu: 'momentum',
  optim: 'optimizer',
  iteration: 'step',
  globalstep: 'step',
  token: 'weights',
  tokens: 'weights',
  numtokens: 'weights',
  tokencounts: 'weights',
  weight: 'weights',
  sampleweight: 'weights',
  sampleweights: 'weights',
  target: 'labels',
  targets: 'labels',
  group: 'groups',
  groupids: 'groups',
  clusters: 'groups',
  documents: 'groups',
  prompts: 'groups',
  layer: 'layers',
  row: 'rows',
  meanof: 'rows',
  datatype: 'dtype',
};
/** Keys of files that hold more than metadata, which are near others by chance. */
const OWN: ReadonlySet<string> = new Set(['steps', 'file', 'gradients', 'gradstats', 'project', 'projects']);
/** What later versions read. */
const LATER: ReadonlySet<string> = new Set([...['hvp']]);
const PROTOTYPES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const plain = (key: string): string => key.toLowerCase().replace(/[^a-z\d]/g, '');
/** What Python's frameworks call a setting where its name is not ours in snake_case. */
const SAME: ReadonlyMap<string, string> = new Map([['lr', 'learningRate']]);
const camelCase = (key: string): string => key.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());

/**
 * The keys that are known, in camelCase or in Python's spelling.
 *
 * @param notes to which is added what was left out although something seems to be meant by it
 * @throws AnalysisError metadata/invalid for a key that is given in both spellings, with two values
 */
export function knownKeys(
  value: JsonObject,
  known: readonly string[],
  where: string,
  notes: string[],
): ReadonlyMap<string, JsonValue> {
  const names = new Set(known);
  const found = new Map<string, JsonValue>();
  for (const [key, item] of value) {
    const name = names.has(key) ? key : (SAME.get(key) ?? camelCase(key));
    if (!names.has(name)) {
      const note = noteOf(key, name, known);
      if (note !== undefined) notes.push(note);
    } else if (found.has(name) && JSON.stringify(found.get(name)) !== JSON.stringify(item))
      throw new AnalysisError({
        code: 'metadata/invalid',
        found: `“${name}” is given twice, in two spellings and with two values`,
        where: `${where}.${key}`,
        remedy: 'Keep one of the two.',
      });
    else found.set(name, item);
  }
  return found;
}

function noteOf(key: string, name: string, known: readonly string[]): string | undefined {
  const left = `The key “${shortened(key, 40)}” of the metadata was not used`;
  if (PROTOTYPES.has(key)) return `${left}: no setting is called so.`;
  if (OWN.has(key)) return undefined;
  if (LATER.has(name)) return `${left}: this version does not know what to do with it.`;
  const short = plain(key);
  const meant =
    (Object.hasOwn(ALIASES, short) ? ALIASES[short] : undefined) ??
    known.find((other) => plain(other) === short) ??
    known.find((other) => other.length >= 5 && short.length >= 4 && distance(short, plain(other)) <= (other.length > 7 ? 2 : 1)); // prettier-ignore
  return meant === undefined ? undefined : `${left}: the name that is read is “${meant}”.`;
}

/** Letters to be put in, left out, or changed. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length] ?? Infinity;
}

type StatedContent = Pick<GradientDump, 'format' | 'dtype' | 'metadata'>;

/**
 * Of what the metadata state: that which nothing uses.
 *
 * @param onDisk whether files beside the dump can be read
 * @throws AnalysisError metadata/invalid when the elements are of another type than is stated
 */
export function unusedStatements({ format, dtype, metadata }: StatedContent, onDisk: boolean, where: string): string[] {
  const notes: string[] = [];
  const stated = metadata.dtype;
  if (stated !== undefined) {
    const short = stated.toLowerCase().replace(/^(?:torch|np|numpy|jnp|ml_dtypes)\./, '').replace(/^[<>|=]/, ''); // prettier-ignore
    // as safetensors and PyTorch write them; “float” is one thing to NumPy and another to PyTorch
    const abbreviated = /^(b?)fp?(16|32|64)$/.exec(short);
    const name = abbreviated ? `${abbreviated[1]}float${abbreviated[2]}` : nameOfType(short);
    const own = dtype.split(', ').filter((part) => part !== 'big-endian');
    if (format === 'json' || format === 'gradstats') {
      if (name !== dtype)
        notes.push(`The “dtype” of its metadata, ${shortened(stated, 40)}, was not used: the numbers were read as ${dtype}.`); // prettier-ignore
    } else if (!own.includes(name) && !(short === 'float' && own.includes('float32')))
      throw new AnalysisError({
        code: 'metadata/invalid',
        found: `“dtype” is ${shortened(stated, 40)}, and the elements of the file are ${dtype}`,
        where,
        remedy: 'Correct it, or leave the key out: the file says its type itself.',
      });
  }
  if (metadata.parameters !== undefined && metadata.compared === undefined)
    notes.push('The “parameters” of its metadata are used only where it is compared with a second dump that has them.');
  const files = (['hessian', 'fisher', 'modelLabels', 'compared', 'secondMoments'] as const).filter((key) => metadata[key] !== undefined); // prettier-ignore
  if (!onDisk && files.length > 0)
    notes.push(
      `The files that its metadata name were not read, because the dump itself is not on a disk: ${files.map((key) => `“${key}”`).join(', ')}.`,
    );
  return notes;
}
