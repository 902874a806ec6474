import { dict, list, pickle, pt, tensor as torch, text, whole } from './pickles';
import { counting, f4, f8, headerOf, npy, npz, safetensors, tensor, u16, utf8 } from './build';

/** Small whole files of every kind: what sweeps and fuzzing begin with. */
export const SAMPLES: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['float32.npy', npy()],
  ['big-endian.npy', npy({ header: headerOf("'>f8'", '(2, 1)'), data: f8(1, 2) })],
  ['version 3.npy', npy({ version: [3, 0], header: headerOf("'<i8'", '(2, 1)'), data: f8(1, 2) })],
  ['fortran.npy', npy({ header: headerOf(undefined, '(3, 2, 2)', 'True') })],
  ['bfloat16.npy', npy({ header: headerOf("'bfloat16'", '(2, 2)'), data: u16(1, 2, 3, 4) })],
  ['stored.npz', npz({ w: npy(), b: npy({ header: headerOf(undefined, '(3, 1)'), data: f4(1, 2, 3) }) })],
  ['deflated.npz', npz({ w: npy(), b: npy({ header: headerOf(undefined, '(3, 1)'), data: f4(1, 2, 3) }) }, true)],
  [
    'two.safetensors',
    safetensors(
      { __metadata__: { by: 'hand' }, w: tensor('F32', [3, 4], 0, 48), b: tensor('BF16', [3, 1], 48, 54) },
      Uint8Array.of(...f4(...counting(12)), ...u16(1, 2, 3)),
    ),
  ],
  ['checked.pt', pt(pickle(torch()))],
  [
    'unchecked.pt',
    pt(
      pickle(dict(['w', torch({ shape: [3, 2], stride: [1, 3] })], ['b', torch()], ['y', list(whole(1), whole(2), whole(3))], ['s', text('x')])), // prettier-ignore
      undefined,
      [],
      true,
    ),
  ],
  ['rows.json', utf8('[[1, -2.5e3, 0.125], [NaN, 3, 4e-2]]\n')],
  [
    'metadata.json',
    utf8(
      JSON.stringify({
        gradients: [
          [1, 2],
          [3, 4],
        ],
        learningRate: 0.1,
        labels: ['a"\u20ac', 2],
        layers: [
          { name: 'w', size: 1 },
          { name: 'b', size: 1 },
        ],
        rows: { meanOf: 2 },
      }),
    ),
  ],
  [
    'layers.json',
    utf8('{"layers": {"w": [[1, 2], [3, 4]], "b": [[5], [6]]}, "loss": 0.5, "other": [true, null, {"a": []}]}'),
  ],
];
