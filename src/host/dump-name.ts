import { extensions } from '../shared/dump-names';

/** Files that hold arrays and little else. */
const ARRAYS = new RegExp(`\\.(${extensions('always').join('|')})$`, 'i');
/** Files that hold anything: only their name says that it is gradients. */
const ANYTHING = new RegExp(`\\.(${extensions('if called grad').join('|')})$`, 'i');
/** `grad`, `grads`, `gradient`, `gradients` as a word of its own: not `upgrade`, `gradle`, `undergrads`. */
const GRADIENTS = /((^|[^A-Za-z])[Gg]|[a-z]G)rad(s|ients?)?(?![a-z])|(^|[^A-Za-z])GRAD(S|IENTS?)?(?![A-Za-z])/;
/** The metadata next to a dump, and reports of ours, which are saved under the name of the dump and an ending. */
const BESIDE = new RegExp(`\\.(meta|${extensions('always', 'if called grad').join('|')})\\.(json|csv)$`, 'i');
const RUN = /^run\.json$/i;

/**
 * Whether a file is offered as a dump: by its name alone, since nothing is read before the reader asks. The menus in
 * package.json have the same expressions.
 *
 * @param name the last part of its path
 * @example offered('step-20.gradients.json') // => true
 * @example offered('grad.npy.json') // => false
 * @example offered('upgrade.json') // => false
 */
export const offered = (name: string): boolean =>
  ARRAYS.test(name) || (ANYTHING.test(name) && GRADIENTS.test(name) && !BESIDE.test(name)) || RUN.test(name);
