import { batch } from './batch';
import type { SectionDefinition } from '../definition';
import { examples } from './examples';
import { fisherHessian } from './fisher-hessian';
import { glance } from './glance';
import { layers } from './layers';
import { sde } from './sde';
import { spectrum } from './spectrum';
import { temperature } from './temperature';

/** The sections of the page, in reading order. */
export const SECTIONS: readonly SectionDefinition[] = [
  glance,
  spectrum,
  batch,
  temperature,
  sde,
  fisherHessian,
  layers,
  examples,
];
