import type { SectionDefinition } from './definition';
import { glance } from './glance';

/** The sections of the page, in reading order. */
export const SECTIONS: readonly SectionDefinition[] = [glance];
