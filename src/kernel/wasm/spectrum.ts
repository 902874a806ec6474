import type { GradientDump } from '../../shared/dump';
import type { LayerSpectrum, Moments, Spectrum } from '../../shared/summary';
import { openBlocks } from '../blocks';
import type { BlockReader } from '../blocks';
import { clipped, tridiagonalEigenvalues } from '../eigen';
import type { Tridiagonal } from '../eigen';
import type { Run } from '../kernel';
import { largestEigenvalue, lanczos } from '../lanczos';
import type { Leading } from '../lanczos';
import { covarianceProjections, eigenPlane, gramProjections, parameterPlane } from '../plane';
import {
  SHOWN_PARAMETERS,
  SHOWN_SAMPLES,
  layerSpectrum,
  refuseOneRow,
  scalingExponent,
  smallCovariance,
  spectrum as plainSpectrum,
} from '../spectrum';
import { MeanCosine, meanCosineOfGram, secondMomentNormOfCovariance, secondMomentNormOfGram } from '../uncentered';
import type { Multiply } from '../uncentered';
import { ADDRESSABLE, fastestShape } from './engine';
import { OPERATION, eachTile, tileCount } from './operations';
import { beyondBudget, plan, readsAhead, threadsFor, withPass } from './pass';
import type { Machine, Pass, Plan } from './pass';
import { PANEL, PARTS } from './reduction';
import { rowsOf } from './strip-source';
import { cut } from './strips';
import type { Cut } from './strips';
import { PITCH, TILE, tileAt, tilesAlong } from './task';
import type { GramLayout, MatrixLayout } from './task';
import { fitsFloat32, viewOf } from './view';
import type { View } from './view';

/** Aims for the bytes of a block, largest first; the first that fits into the budget is taken. */
const BLOCK_BYTES = [16, 8, 4, 2, 1, 0].map((mebibytes) => mebibytes << 20);

/** From here on, float32 products are precise enough, because so many of them average their rounding, and worth it. */
const NARROW = { columns: 2 ** 15, multiplications: 2 ** 33 };
/** And with half as many columns where doubles would take many seconds. */
const NARROW_LARGE = { columns: 2 ** 14, multiplications: 2 ** 38 };

/** Eigenvalues that are found when memory does not allow all of them, and vectors that the search for them may keep. */
const LEADING = 32;
const STEPS = 300;

/** Multiplications below which plain code that reads rows once more is as fast. */
const WORTH_TURNING = 1e9;

/** @see plain spectrum, whose numbers these are up to rounding */
export function spectrum(machine: Machine, dump: GradientDump, moments: Moments, run: Run): Spectrum {
  refuseOneRow(dump);
  const { samples: N, parameters: d } = dump;
  const turned = N > d;
  const [n, m] = turned ? [d, N] : [N, d];
  const multiplications = n * n * m;
  if (turned && (d <= SHOWN_PARAMETERS || multiplications < WORTH_TURNING)) return plainSpectrum(dump, moments, run);
  const worthNarrow = [NARROW, NARROW_LARGE].some(
    ({ columns, multiplications: most }) => m >= columns && multiplications >= most,
  );
  const wide = !fitsFloat32(dump) || !worthNarrow;
  const view = viewOf(dump, turned, wide);
  const work = multiplications / 64;
  const threads = threadsFor(machine, work);
  const ahead = readsAhead(dump, work, machine);
  const shape =
    multiplications > 4e9 ? fastestShape(machine.compiled, wide) : machine.compiled.variant === 'simd' ? 2 : 0;
  const exponent = scalingExponent(moments);
  const planned = fitting(machine, run, view, dump, threads, ahead, shape, 2 ** exponent);
  const reader = openBlocks(dump);
  try {
    return withPass(machine, dump, run, planned, turned ? 2 : 1, ahead, (pass) => {
      const means = turned ? meansOfRows(pass) : undefined;
      const found = layersAndMatrix(pass, dump, run, exponent);
      return solve(machine, pass, dump, moments, run, reader, exponent, found, means);
    });
  } finally {
    reader.close();
  }
}

/** The largest blocks that fit with a whole matrix, else with one that is kept as tiles for its leading eigenvalues. */
function fitting(
  machine: Machine,
  run: Run,
  view: View,
  dump: GradientDump,
  threads: number,
  ahead: boolean,
  shape: number,
  scale: number,
): Plan {
  const parts = !view.turned && dump.layers.length > 0 ? dump.layers.map(({ size }) => size) : [view.columns];
  const layered = !view.turned && dump.layers.length > 1;
  const lane = view.wide ? 8 : 4;
  const candidate = (whole: boolean, aim: number): Plan => {
    const pieces = cut(view, parts, PITCH / lane, aim);
    const planned = plan(view, pieces, threads, ahead);
    return { ...planned, task: { ...planned.task, gram: layOut(planned, pieces, shape, scale, layered, whole) } };
  };
  const needed = (whole: boolean, { arena }: Plan): number =>
    arena.bytes + (whole ? 0 : (STEPS + LEADING) * 8 * view.rows);
  const aims = machine.blockBytes === undefined ? BLOCK_BYTES : [machine.blockBytes];
  for (const whole of view.turned ? [true] : [true, false])
    for (const aim of aims) {
      const planned = candidate(whole, aim);
      if (needed(whole, planned) <= Math.min(run.memoryBudget, ADDRESSABLE)) return planned;
    }
  throw beyondBudget(
    needed(view.turned, candidate(view.turned, 0)),
    run,
    `The ${view.rows} × ${view.rows} matrix and the blocks of rows`,
  );
}

function layOut(
  { arena, task }: Plan,
  pieces: Cut,
  shape: number,
  scale: number,
  layered: boolean,
  whole: boolean,
): GramLayout {
  const n = task.view.rows;
  const padded = Math.ceil(n / 12) * 12;
  // odd multiples of cache lines, so that rows do not fall onto each other in the cache; and 8 elements beyond the last
  const pitch = (Math.ceil((padded + 8) / 8) * 8 + 8) * 8;
  const tiles = tileCount(padded) * TILE * TILE * 8;
  const packedMatrix = (): MatrixLayout => ({ at: arena.take(tiles), padded, pitch: TILE * 8, packed: true });
  const matrix = whole ? { at: arena.take((padded + 2) * pitch), padded, pitch, packed: false } : packedMatrix();
  return {
    padded,
    shape,
    scale,
    packed: arena.take(pieces.stripsOfBlock * padded * PITCH),
    matrix,
    ...(layered && { layer: packedMatrix() }),
    progress: arena.take(tileCount(padded) * 4),
    vectors: arena.take(2 * tilesAlong(padded) * TILE * 8),
    ...(task.view.turned && {
      means: {
        origins: arena.take(8 * n),
        sums: arena.take(8 * n),
        shares: arena.take(8 * n * pieces.stripsOfBlock),
        means: arena.take(8 * n),
      },
    }),
    ...(whole && {
      reduction: {
        pitch,
        diagonal: arena.take(pitch),
        offDiagonal: arena.take(pitch),
        factors: arena.take(pitch),
        products: arena.take(2 * PARTS * pitch),
        panels: Array.from({ length: task.threads }, () => ({
          V: arena.take(PANEL * pitch),
          W: arena.take(PANEL * pitch),
          row: arena.take(pitch),
        })),
      },
    }),
  };
}

/** Turned only: means of the parameters, relative to the first example so that nothing of them is lost. */
function meansOfRows({ task, hands, awaitBlock, release, fork }: Pass): Float64Array {
  const { rows: n, columns: N, wide } = task.view;
  const { origins, sums, shares, means } = task.gram!.means!;
  const { doubles, engine } = hands;
  for (const [index, block] of task.cut.blocks.entries()) {
    const buffer = awaitBlock();
    if (index === 0) {
      const { at, stride } = rowsOf(hands, block, task.buffers[buffer]!, task.cut.strips[0]!);
      const view = new DataView(doubles.buffer);
      for (let i = 0; i < n; i++)
        doubles[origins / 8 + i] = wide
          ? view.getFloat64(at + i * stride, true)
          : view.getFloat32(at + i * stride, true);
    }
    fork(OPERATION.rowSums, index, buffer);
    engine.addShares(shares, block.endStrip - block.firstStrip, 8 * n, 0, n, sums);
    release();
  }
  for (let i = 0; i < n; i++) doubles[means / 8 + i] = doubles[origins / 8 + i]! + doubles[sums / 8 + i]! / N;
  return doubles.slice(means / 8, means / 8 + n);
}

/** Fills the matrix with N·K·2^(2·exponent), layer by layer. */
function layersAndMatrix(pass: Pass, dump: GradientDump, run: Run, exponent: number): LayerSpectrum[] {
  const { task, hands, awaitBlock, release, fork } = pass;
  const { gram, cut: pieces } = task;
  const { progress, padded, layer } = gram!;
  const seen = new Int32Array(hands.bytes.buffer, progress, tileCount(padded));
  const layers: LayerSpectrum[] = [];
  const { blocks, strips } = pieces;
  for (const [index, block] of blocks.entries()) {
    const buffer = awaitBlock();
    fork(OPERATION.pack, index, buffer);
    release();
    for (let first = block.firstStrip; first < block.endStrip;) {
      const { part } = strips[first]!;
      let end = first + 1;
      while (end < block.endStrip && (layer === undefined || strips[end]!.part === part)) end++;
      seen.fill(0);
      fork(OPERATION.tiles, first, end, block.firstStrip, layer === undefined ? 0 : 1);
      if (layer !== undefined && strips[end]?.part !== part) {
        layers.push(normsOf(pass, layer, dump.samples, exponent, run));
        fork(OPERATION.addLayer);
      }
      first = end;
    }
    run.report({
      block: index + 1,
      blocks: blocks.length,
      bytesDone: Math.round((block.to / task.view.columns) * dump.bytes),
    });
  }
  return layers;
}

function normsOf(pass: Pass, matrix: MatrixLayout, N: number, exponent: number, run: Run): LayerSpectrum {
  const back = 2 ** (-2 * exponent);
  const { rows: n } = pass.task.view;
  return {
    spectralNorm: (largestEigenvalue(multiplication(pass, matrix), n, run.checkCanceled) / N) * back,
    squaredFrobeniusNorm: (squaredNorm(pass, matrix) / (N * N)) * back * back,
  };
}

function squaredNorm({ hands }: Pass, matrix: MatrixLayout): number {
  let sum = 0;
  eachTile(matrix, ({ at, m, n, diagonal }) => {
    sum += hands.engine.squaredNorm(at, matrix.pitch, m, n, diagonal);
  });
  return sum;
}

/** y = A·x by tiles; symmetric, so that each is read once. */
function multiplication({ task, hands }: Pass, matrix: MatrixLayout): Multiply {
  const { engine, doubles } = hands;
  const { rows: n } = task.view;
  const x = task.gram!.vectors;
  const y = x + tilesAlong(matrix.padded) * TILE * 8;
  return (input, output) => {
    doubles.fill(0, x / 8, x / 8 + 2 * tilesAlong(matrix.padded) * TILE);
    doubles.set(input, x / 8);
    eachTile(matrix, ({ at, I, J, m, n: width, diagonal }) => {
      const [i, j] = [I * TILE * 8, J * TILE * 8];
      engine.multiplyTile(at, matrix.pitch, m, width, diagonal, x + i, y + i, x + j, y + j);
    });
    output.set(doubles.subarray(y / 8, y / 8 + n));
  };
}

function largestRowSum({ task, hands }: Pass, matrix: MatrixLayout): number {
  const sums = task.gram!.vectors;
  const length = tilesAlong(matrix.padded) * TILE;
  hands.doubles.fill(0, sums / 8, sums / 8 + length);
  eachTile(matrix, ({ at, I, J, m, n, diagonal }) =>
    hands.engine.absoluteSums(at, matrix.pitch, m, n, diagonal, sums + I * TILE * 8, sums + J * TILE * 8),
  );
  return hands.doubles.subarray(sums / 8, sums / 8 + length).reduce((most, sum) => Math.max(most, sum), 0);
}

/** The first pass knows the diagonal in double precision: then the eigenvalues add up to the trace, to all digits. */
function setDiagonal({ task, hands }: Pass, { centeredSquaredNorms }: Moments, scale: number): void {
  const { matrix } = task.gram!;
  for (const [i, squared] of centeredSquaredNorms.entries()) {
    const tile = Math.floor(i / TILE);
    const within = i % TILE;
    hands.doubles[(tileAt(matrix, tile, tile) + within * matrix.pitch) / 8 + within] = squared * scale;
  }
}

/** [n, n], both triangles, times a factor. */
function copyOf({ task, hands }: Pass, factor: number): Float64Array {
  const { matrix } = task.gram!;
  const { rows: n } = task.view;
  const copy = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      copy[i * n + j] = copy[j * n + i] = hands.doubles[(matrix.at + i * matrix.pitch) / 8 + j]! * factor;
  return copy;
}

/** All that the matrix says. */
function solve(
  machine: Machine,
  pass: Pass,
  dump: GradientDump,
  moments: Moments,
  run: Run,
  reader: BlockReader,
  exponent: number,
  layersFound: readonly LayerSpectrum[],
  means: Float64Array | undefined,
): Spectrum {
  const { samples: N, parameters: d } = dump;
  const { task } = pass;
  const { matrix } = task.gram!;
  const back = 2 ** (-2 * exponent);
  const { rows: n, columns: m, wide } = task.view;
  const times: Multiply = (x, y) => {
    multiplication(pass, matrix)(x, y);
    for (let i = 0; i < n; i++) y[i]! /= N;
  };
  if (!wide && means === undefined) setDiagonal(pass, moments, 1 / back);
  const bound = largestRowSum(pass, matrix) / N;
  const norm = squaredNorm(pass, matrix) / (N * N);
  const trace = moments.scatter / N / back;
  const meanNorm = means === undefined ? Math.sqrt(moments.meanSquaredNorm / back) : 0;
  const floor =
    n * Number.EPSILON * bound +
    n * (Number.EPSILON * meanNorm) ** 2 +
    (wide ? 0 : (FLOAT32_ROUNDING * trace) / n / Math.sqrt(m / 512));
  const scaledMeans = means?.map((mean) => mean * 2 ** exponent);
  const uncentered =
    scaledMeans === undefined
      ? secondMomentNormOfGram(times, moments, 1 / back, run.checkCanceled)
      : secondMomentNormOfCovariance(times, scaledMeans, run.checkCanceled);
  const cosine = means === undefined ? meanCosineOfGram(times, moments, 1 / back) : cosineOfRows(dump, reader, run);
  const gram = means === undefined && N <= SHOWN_SAMPLES && !matrix.packed ? { gram: copyOf(pass, back / N) } : {};
  const layers = layersOf(pass, dump, exponent, run, layersFound, bound, norm, times);
  const { eigenvalues, plane, partial } = matrix.packed
    ? leading(pass, dump, moments, run, exponent, times, { trace, norm, bound })
    : all(pass, dump, moments, run, reader, exponent, floor, scaledMeans);
  return {
    eigenvalues: eigenvalues.map((value) => value * back),
    ...(partial && { partial }),
    roundingFloor: floor * back,
    squaredFrobeniusNorm: norm * back * back,
    absoluteRowSum: bound * back,
    secondMomentNorm: uncentered * back,
    ...(cosine !== undefined && { meanCosine: cosine }),
    matrix: means === undefined ? 'gram' : 'covariance',
    kernel: machine.compiled.variant,
    plane: d <= 2 ? parameterPlane(dump, reader) : plane,
    layers,
    ...(d <= SHOWN_PARAMETERS && { covariance: smallCovariance(dump, reader) }),
    ...gram,
  };
}

/** Of the mean eigenvalue, for a single strip; many strips average it. */
const FLOAT32_ROUNDING = 2 ** -21;

/** Layers that were found on the way; one layer is the whole, and of Σ each is a block on the diagonal. */
function layersOf(
  pass: Pass,
  dump: GradientDump,
  exponent: number,
  run: Run,
  found: readonly LayerSpectrum[],
  bound: number,
  norm: number,
  times: Multiply,
): readonly LayerSpectrum[] {
  const { task, hands } = pass;
  const { matrix } = task.gram!;
  if (dump.layers.length < 2 && !task.view.turned) {
    if (dump.layers.length === 0) return [];
    const back = 2 ** (-2 * exponent);
    const largest = largestEigenvalue(times, task.view.rows, run.checkCanceled);
    return [{ spectralNorm: Math.min(bound, largest) * back, squaredFrobeniusNorm: norm * back * back }];
  }
  if (!task.view.turned) return found;
  let start = 0;
  return dump.layers.map(({ size }) => {
    const block = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++)
        block[i * size + j] = hands.doubles[(matrix.at + (start + j) * matrix.pitch) / 8 + start + i]! / dump.samples;
    start += size;
    return layerSpectrum(block, size, exponent, run);
  });
}

type Solved = Pick<Spectrum, 'eigenvalues' | 'plane' | 'partial'>;

/** All eigenvalues, by reduction of the matrix in place. */
function all(
  pass: Pass,
  dump: GradientDump,
  moments: Moments,
  run: Run,
  reader: BlockReader,
  exponent: number,
  floor: number,
  means: Float64Array | undefined,
): Solved {
  const { samples: N } = dump;
  const { rows: n } = pass.task.view;
  const { doubles } = pass.hands;
  const { diagonal, offDiagonal, factors } = pass.task.gram!.reduction!;
  const { at, pitch } = pass.task.gram!.matrix;
  pass.fork(OPERATION.reduce);
  const reduced: Tridiagonal = {
    diagonal: doubles.slice(diagonal / 8, diagonal / 8 + n).map((value) => value / N),
    offDiagonal: doubles.slice(offDiagonal / 8, offDiagonal / 8 + n - 1).map((value) => value / N),
    rotate: (vector, forward) => {
      for (let step = 0; step < n - 1; step++) {
        const k = forward ? n - 2 - step : step;
        const factor = doubles[factors / 8 + k]!;
        if (factor === 0) continue;
        const row = (at + k * pitch) / 8;
        let along = 0;
        for (let i = k + 1; i < n; i++) along += doubles[row + i]! * vector[i]!;
        for (let i = k + 1; i < n; i++) vector[i]! -= factor * along * doubles[row + i]!;
      }
      return vector;
    },
  };
  const eigenvalues = clipped(tridiagonalEigenvalues(reduced.diagonal, reduced.offDiagonal, run.checkCanceled), floor);
  const project =
    means === undefined
      ? gramProjections(reduced, eigenvalues, floor, moments, exponent)
      : covarianceProjections(reduced, eigenvalues, floor, means, exponent, dump, reader, run);
  return { eigenvalues, plane: eigenPlane(project, eigenvalues, exponent) };
}

/** The leading eigenvalues only, with what is known of the rest: the trace is exact, and bounds the largest from above. */
function leading(
  pass: Pass,
  dump: GradientDump,
  moments: Moments,
  run: Run,
  exponent: number,
  times: Multiply,
  { trace, norm, bound }: { readonly trace: number; readonly norm: number; readonly bound: number },
): Solved {
  const back = 2 ** (-2 * exponent);
  const { rows: n } = pass.task.view;
  const found: Leading = lanczos(n, times, LEADING, 1e-9, STEPS, run.checkCanceled);
  const others = found.values.slice(1).reduce((sum, value) => sum + value, 0);
  const { samples: N } = dump;
  const project = (index: number): { points: Float64Array; mean: number } => {
    const value = found.values[index] ?? 0;
    if (value <= 0) return { points: new Float64Array(N), mean: 0 };
    const length = Math.sqrt(N * value) * 2 ** -exponent;
    const vector = found.vectors[index]!;
    const mean = vector.reduce((sum, v, i) => sum + (v * moments.meanProducts[i]!) / length, 0);
    return { points: vector.map((v) => v * length), mean };
  };
  return {
    eigenvalues: found.values.map((value) => Math.max(0, value)),
    partial: {
      trace: moments.scatter / N,
      residuals: found.residuals.map((residual) => residual * back),
      upperBound: Math.min(Math.sqrt(norm), bound, trace - others) * back,
    },
    plane: eigenPlane(project, found.values, exponent),
  };
}

/** Mean cosine between rows, when the matrix is that of the parameters: by reading the rows once more. */
function cosineOfRows({ samples: N, parameters: d }: GradientDump, reader: BlockReader, run: Run): number | undefined {
  const cosine = new MeanCosine(d);
  const rows = new Float64Array(Math.min(256, N) * d);
  for (let from = 0; from < N; from += 256) {
    run.checkCanceled();
    const count = Math.min(256, N - from);
    reader.readRows(from, count, rows);
    for (let row = 0; row < count; row++) cosine.add(rows, row * d);
  }
  return cosine.value;
}
