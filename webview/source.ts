import { latexComment, shortName } from '../src/shared/foreign-text';
import { wholeNumber } from '../src/shared/numbers';
import { PROGRAM } from '../src/shared/program';
import type { Report } from '../src/shared/report';

/** Where the numbers of a page come from, as every export of it says. */
export interface Source {
  /** As the file system, or the run, calls it. */
  readonly name: string;
  /** η, B and what the rows are, where the page is of one dump. */
  readonly settings?: string;
}

export function sourceOf({ dump, settings }: Report): Source {
  const { learningRate, batchSize, convention, datasetSize } = settings;
  const from = datasetSize === undefined ? '' : ` of ${wholeNumber(datasetSize)}`;
  const rows = convention === 'population' ? 'all the data' : `a sample${from}`;
  const said = `learning rate ${learningRate ?? 'not set'}, batch size ${batchSize ?? 'not set'}, rows are ${rows}`;
  return { name: dump.name, settings: said };
}

let present: Source = { name: '' };

/** What the page shows now. */
export const presentSource = (): Source => present;

export function setSource(source: Source): void {
  present = source;
}

export const PROGRAM_TEXT = `${PROGRAM.name} ${PROGRAM.version}`;

/** Below a picture. */
export const sourceLine = ({ name, settings }: Source): string =>
  [shortName(name, 40), settings, PROGRAM_TEXT].filter((part) => part !== undefined && part !== '').join(' · ');

/** At the head of LaTeX. */
export const latexSource = ({ name, settings }: Source): string[] =>
  [`file: ${name}`, ...(settings === undefined ? [] : [settings]), PROGRAM_TEXT].map(
    (line) => `% ${latexComment(line)}`,
  );
