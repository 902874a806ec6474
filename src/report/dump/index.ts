import type { SectionDefinition } from '../definition';
import { batch } from './batch';
import { clippingSection } from './clipping';
import { examples } from './examples';
import { fisherHessian } from './fisher-hessian';
import { glance } from './glance';
import { layers } from './layers';
import { optimizer } from './optimizer';
import { sde } from './sde';
import { spectrum } from './spectrum';
import { temperature } from './temperature';

/** The sections of the page, in reading order: three that are open, the more uneven of two, then what is folded. */
export const SECTIONS: readonly SectionDefinition[] = [
  glance,
  spectrum,
  temperature,
  layers,
  examples,
  optimizer,
  clippingSection,
  sde,
  fisherHessian,
  batch,
];
