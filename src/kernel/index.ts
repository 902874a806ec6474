import type { Kernel } from './kernel';
import { plainKernel } from './plain';

/** The fastest kernel that this engine can run. */
export const chooseKernel = async (): Promise<Kernel> => Promise.resolve(plainKernel);
