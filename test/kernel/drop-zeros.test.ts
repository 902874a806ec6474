import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../../src/kernel/wasm/engine';
import type { GradientDump } from '../../src/shared/dump';
import { normalRandom, uniformRandom } from '../../src/theory/random';
import { close } from './close';
import { compiled, folder } from './compiled';
import { plainKernel } from '../../src/kernel/plain';
import { solve } from './run';
import { stored } from './stored';

const PITCH = 2048;

/** Those that this engine compiles. */
const VARIANTS = (['relaxed-simd', 'simd'] as const).filter((variant) => compile(folder, [variant]) !== undefined);

describe.each(VARIANTS)('vectors of packed rows that are 0 in every row (%s)', (variant) => {
  const { module } = compile(folder, [variant])!;
  test('change no bit of the products when they are left out', () => {
    const uniform = uniformRandom(1);
    const normal = normalRandom(2);
    for (const rows of [12, 24])
      for (const wide of [true, false])
        for (const zeros of [0, 0.1, 0.9, 1]) {
          const memory = new WebAssembly.Memory({ initial: 4, maximum: 65535, shared: true });
          const engine = instantiate(module, memory);
          const [packed, kept, first, second] = [65536, 8192, 65536 * 2, 65536 * 3];
          const lanes = wide ? 2 : 4;
          const values = wide ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
          const start = packed / values.BYTES_PER_ELEMENT;
          const perRow = PITCH / values.BYTES_PER_ELEMENT;
          const dead = Array.from({ length: PITCH / 16 }, () => uniform() < zeros);
          // rows are sparse themselves, and the last ones are padding
          for (let i = 0; i < rows - 1; i++)
            for (let j = 0; j < perRow; j++)
              values[start + i * perRow + j] = dead[Math.floor(j / lanes)]! || uniform() < 0.7 ? 0 : normal();
          const seen = dead.map(
            (_, k) =>
            Array.from({ length: rows * lanes }, (_, i) => values[start + (i % rows) * perRow + k * lanes + Math.floor(i / rows)]!).some((x) => x !== 0), // prettier-ignore
          );
          const multiply = (bytes: number, target: number): Uint8Array => {
            const tile = wide ? engine.tile64 : engine.tile32;
            tile(variant === 'simd' ? 2 : 0, packed, rows, packed, rows, bytes, target, rows * 8, true);
            return new Uint8Array(memory.buffer, target, rows * rows * 8).slice();
          };
          const whole = multiply(PITCH, first);
          const left = engine.dropZeros(packed, rows, PITCH, kept);
          expect(left).toBe(16 * seen.filter(Boolean).length);
          expect(multiply(left, second)).toEqual(whole);
        }
  });
});

/** Gradients of a table of which each example uses few rows, and most rows nobody uses, before a small dense layer. */
function embedding(n: number, tokens: number, width: number): number[][] {
  const uniform = uniformRandom(3);
  const normal = normalRandom(4);
  return Array.from({ length: n }, () => {
    const row = Array.from({ length: tokens * width + 40 }, (_, j) => (j < tokens * width ? 0 : normal()));
    for (let use = 0; use < 3; use++) {
      const token = 7 * Math.floor((uniform() * tokens) / 7);
      for (let j = 0; j < width; j++) row[token * width + j] = normal();
    }
    return row;
  });
}

test.each(['f4', 'f8'] as const)(
  'gradients of an embedding give the numbers of the reference kernel: %s',
  async (element) => {
    const rows = embedding(30, 210, 13);
    const layers = [
      { name: 'embedding', size: 210 * 13 },
      { name: 'head', size: 40 },
    ];
    const dump: GradientDump = stored(rows, { element, layers });
    const plain = await solve(dump, plainKernel);
    const results = [];
    for (const parallel of [1, 2, 3])
      for (const blockBytes of [1, 1 << 16, 1 << 24])
        results.push(await solve(dump, compiled({ parallel, blockBytes })));
    for (const { moments, spectrum } of results) {
      expect(moments.deadParameters).toBe(plain.moments.deadParameters);
      expect(moments.deadParameters).toBeGreaterThan(1800);
      expect(spectrum.eigenvalues).toEqual(results[0]!.spectrum.eigenvalues);
      expect(spectrum.layers).toEqual(results[0]!.spectrum.layers);
      close([...spectrum.eigenvalues.slice(0, 28)], [...plain.spectrum.eigenvalues.slice(0, 28)], 1e-9);
      close(spectrum.layers, plain.spectrum.layers, 1e-9);
    }
  },
);
