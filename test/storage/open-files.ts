import { readdirSync, readlinkSync } from 'node:fs';

/** How often this process has a file open; only Linux tells. */
export const timesOpen = (file: string): number => openWhere((open) => open === file);

/** How many files of a folder this process has open; only Linux tells. */
export const openIn = (folder: string): number => openWhere((open) => open.startsWith(`${folder}/`));

function openWhere(matches: (file: string) => boolean): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return matches(readlinkSync(`/proc/self/fd/${descriptor}`));
    } catch {
      return false; // the folder that was just listed
    }
  }).length;
}
