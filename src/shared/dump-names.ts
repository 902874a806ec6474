/**
 * When the editor offers to analyze files of an extension: always; only those with “grad” in their names, because most are
 * something else; or never, so that they are opened by their paths alone.
 */
export type Offer = 'always' | 'if called grad' | 'never';

/** Every format of a dump, and what its files are called: in lower case, with the dot. */
export const DUMP_NAMES = {
  gradstats: { '.gradstats.npz': 'always' },
  npy: { '.npy': 'always' },
  pytorch: { '.pt': 'if called grad', '.pth': 'if called grad' },
  npz: { '.npz': 'always' },
  safetensors: { '.safetensors': 'always' },
  json: { '.json': 'if called grad' },
  csv: { '.csv': 'if called grad', '.tsv': 'if called grad', '.txt': 'never' },
  raw: { '.bin': 'if called grad', '.dat': 'if called grad', '.mmap': 'always', '.memmap': 'never', '.raw': 'never' },
} as const satisfies Record<string, Readonly<Record<`.${string}`, Offer>>>;

export type FormatId = keyof typeof DUMP_NAMES;

/** The extensions of a format. */
export const extensionsOf = (id: FormatId): readonly string[] => Object.keys(DUMP_NAMES[id]);

/** All extensions, or those that are offered so, without the dot; each once, and what follows the last dot only. */
export function extensions(...offers: readonly Offer[]): string[] {
  const all = Object.values(DUMP_NAMES).flatMap((names) => Object.entries(names) as [string, Offer][]);
  const asked = all.filter(([, offer]) => offers.length === 0 || offers.includes(offer));
  return [...new Set(asked.map(([name]) => name.slice(name.lastIndexOf('.') + 1)))];
}

/** A number after a word that counts training: the name of one step of a run. */
export const STEP_NAME = /(?:step|epoch|iter(?:ation)?|ckpt|checkpoint)s?[_.=-]?(\d+)(?!.*(?:step|epoch|iter|ckpt))/i;
