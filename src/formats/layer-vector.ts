import type { GradientDump } from '../shared/dump';
import { AnalysisError } from '../shared/problem';
import { readDump } from './index';
import { shortened } from './source';

/**
 * One number for each parameter of a dump, as tools write them beside it: a vector [d] or a row [1, d], or one array for each
 * layer, called as the layers of the dump are and of any shape.
 *
 * @param dump of the d parameters; its layers put arrays in their order
 * @returns a dump of one row
 * @throws AnalysisError metadata/invalid when names or sizes do not fit, and what reading throws
 */
export function readLayerVector(
  request: Parameters<typeof readDump>[0],
  { parameters: d, layers }: Pick<GradientDump, 'parameters' | 'layers'>,
): GradientDump {
  const file = readDump({ ...request, vector: true });
  const refuse = (found: string, remedy: string): AnalysisError =>
    new AnalysisError({ code: 'metadata/invalid', found, where: file.path, remedy });
  if (file.rows !== 1 || file.parameters !== d)
    throw refuse(
      `It holds ${file.rows * file.parameters} numbers, and the dump has ${d} parameters`,
      'Write one number for each parameter, in the order of the gradients, or one array for each layer.',
    );
  if (file.arrays.length < 2) return file;
  const names = file.layers.map(({ name }) => name);
  const places = layers.map(({ name }) => names.indexOf(name));
  const strange = names.find((name) => layers.every((layer) => layer.name !== name));
  if (layers.length === 0 || strange !== undefined || places.includes(-1))
    throw refuse(
      layers.length === 0
        ? `It holds ${names.length} arrays, and the dump does not say which layers it has`
        : `Its arrays are called otherwise than the layers of the dump: ${shown(strange ?? names[0])} and ${shown(layers[0]?.name)}`,
      'Call each array as its layer is called, or save one vector in the order of the columns.',
    );
  const odd = layers.find(({ size }, k) => file.layers[places[k] ?? 0]?.size !== size);
  if (odd !== undefined)
    throw refuse(
      `Its array ${shown(odd.name)} has another size than that layer of the dump, which has ${odd.size} parameters`,
      'Write one number for each parameter.',
    );
  return {
    ...file,
    layers: [...layers],
    arrays: places.flatMap((place) => file.arrays[place] ?? []),
  };
}

const shown = (name = ''): string => `“${shortened(name, 40)}”`;
