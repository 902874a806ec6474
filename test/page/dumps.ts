import type { DumpSummary } from '../../src/shared/summary';
import { summaryOf } from './stage';

/** Dumps of every shape that a page has to have room for. */
export const DUMPS: Readonly<Record<string, () => Promise<DumpSummary>>> = {
  'the sample': () => summaryOf(),
  'labels, losses and layers': () => summaryOf(labelled()),
  '1,000 layers': () => summaryOf(manyLayers()),
  'no metadata': () => summaryOf(rowsOf(60, 30)),
};

/** Numbers without a pattern, the same at every run, with the heavy tail of gradients. */
function rowsOf(rows: number, columns: number): number[][] {
  let state = 12345;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Array.from({ length: rows }, () => {
    const size = 0.02 / (0.55 + draw());
    return Array.from({ length: columns }, (_, column) => size * (draw() + draw() + draw() + 0.1) * (1 + (column % 7)));
  });
}

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'articulated lorry', 'truck'];

function labelled(): object {
  const gradients = rowsOf(80, 60);
  return {
    gradients,
    labels: gradients.map((_, row) => CLASSES[row % 10]),
    losses: gradients.map(([first = 0], row) => 0.01 + Math.abs(first) * (1 + (row % 5))),
    layers: [
      { name: 'transformer.blocks.0.attention.query_key_value.weight', size: 30 },
      { name: 'transformer.blocks.0.attention.query_key_value.bias', size: 20 },
      { name: 'head', size: 10 },
    ],
    learningRate: 0.003,
    batchSize: 8,
    datasetSize: 50000,
    optimizer: 'adam',
    step: 120000,
    loss: 2.1532,
  };
}

function manyLayers(): object {
  const gradients = rowsOf(24, 2000);
  return {
    gradients,
    layers: Array.from({ length: 1000 }, (_, layer) => ({ name: `model.layers.${layer}.mlp.weight`, size: 2 })),
    learningRate: 0.1,
    batchSize: 4,
    datasetSize: 100000,
  };
}
