import type { RowsAnswer } from '../shared/settings';

const KEY = 'gradientCovariance.rowsAnswers';
/** Of as many dumps; the oldest answers go first. */
const MOST = 500;

/** What is asked of the editor's storage. */
interface Storage {
  readonly get: (key: string) => unknown;
  readonly update: (key: string, value: unknown) => PromiseLike<void>;
}

/** What the reader answered to the question what the rows of a dump are, kept with the workspace. */
export class RowsAnswers {
  readonly #memento: Storage;

  constructor(memento: Storage) {
    this.#memento = memento;
  }

  /** @param uri of the dump */
  of(uri: string): RowsAnswer | undefined {
    return this.#all.find(([of]) => of === uri)?.[1];
  }

  async keep(uri: string, { convention, datasetSize, rows }: RowsAnswer): Promise<void> {
    const answer: RowsAnswer = {
      convention,
      ...(datasetSize !== undefined && { datasetSize }),
      ...(rows !== undefined && { rows }),
    };
    if (JSON.stringify(this.of(uri)) === JSON.stringify(answer)) return;
    const others = this.#all.filter(([of]) => of !== uri);
    await this.#memento.update(KEY, [...others, [uri, answer]].slice(-MOST));
  }

  get #all(): readonly (readonly [uri: string, answer: RowsAnswer])[] {
    const kept = this.#memento.get(KEY);
    return Array.isArray(kept) ? kept.filter(isAnswer) : [];
  }
}

function isAnswer(entry: unknown): entry is readonly [string, RowsAnswer] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const { convention, datasetSize, rows } = (entry[1] ?? {}) as Partial<RowsAnswer>;
  const counts = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;
  const size = datasetSize === undefined || counts(datasetSize);
  const kind =
    rows === undefined ||
    rows === 'example' ||
    rows === 'step' ||
    counts((rows as { readonly meanOf?: unknown } | null)?.meanOf);
  return (convention === 'population' || convention === 'sample') && size && kind;
}
