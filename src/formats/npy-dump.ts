import type { Format } from './format';
import { isNpy, readNpy } from './npy';
import { asRows } from './rows';

/** `.npy`: [N, …], axis 0 the examples, the other axes flattened in C order. */
export const npyFormat: Format = {
  id: 'npy',
  extensions: ['.npy'],
  sniff: isNpy,
  read: (source, means, stated) => {
    const npy = readNpy(source, stated);
    const { samples, array } = asRows(npy, source, means);
    const { shape, dtype, notes } = npy;
    return {
      samples,
      parameters: array.columns,
      dtype: dtype.name,
      shape,
      layers: [],
      arrays: [array],
      metadata: {},
      notes,
    };
  },
};
