import { name, version } from '../../package.json';

/** Which program wrote a report. */
export const PROGRAM = { name, version } as const;
