import type { Quantities } from '../../metrics/quantities';
import { percent, plainNumber, wholeNumber } from '../../shared/numbers';
import type { ReportBlock, Text } from '../../shared/report';
import type { DumpDescription, NoiseDirection } from '../../shared/summary';
import { column, math, number, strong } from '../phrases';

/** Entries that are named of each direction. */
const LAYERS = 2;
const PARAMETERS = 4;

/** Which layers and parameters the noisiest directions are made of. */
export function noiseDirections({ summary, scale }: Quantities): ReportBlock | undefined {
  const { dump, spectrum, directions } = summary;
  if (spectrum === undefined) return undefined;
  if (directions === undefined)
    return dump.format === 'gradstats'
      ? {
          kind: 'note',
          text: ['Only the rows show which parameters make up these directions, and this file has none.'],
        }
      : undefined;
  const [first] = directions;
  if (first === undefined || dump.parameters < 2) return undefined;
  const layered = dump.layers.length > 1;
  const eigenvalue = column(directions.map((direction) => scale * direction.eigenvalue));
  return {
    kind: 'figures',
    figures: [
      {
        kind: 'table',
        table: {
          id: 'noise-directions',
          caption: [strong('What the noisiest directions are made of'), ...foremost(first, dump)],
          columns: [
            { head: [math('k')], align: 'right' },
            { head: [math(String.raw`\lambda_k`)], align: 'right' },
            { head: ['spread over'], align: 'right' },
            ...(layered ? [{ head: ['layers'], align: 'left' } as const] : []),
            { head: ['parameters'], align: 'left', secondary: layered },
          ],
          rows: directions.map((direction, k) => [
            { text: [String(k + 1)], value: k + 1 },
            { text: [eigenvalue(scale * direction.eigenvalue)], value: scale * direction.eigenvalue },
            { text: [plainNumber(direction.spread, 2)], value: direction.spread },
            ...(layered ? [{ text: [shares(layersOf(direction, dump), LAYERS)] }] : []),
            { text: [shares(parametersOf(direction, dump), PARAMETERS)] },
          ]),
          note: fine(directions, scale, spectrum.plane.determined),
        },
      },
    ],
  };
}

function foremost(first: NoiseDirection, dump: DumpDescription): Text {
  const spread = `spread as if over ${plainNumber(first.spread, 2)} of the ${wholeNumber(dump.parameters)} parameters`;
  const [layer] = dump.layers.length > 1 ? layersOf(first, dump) : [];
  return [`: the first is ${spread}${layer === undefined ? '' : `, ${percent(layer.share)} of it in ${layer.name}`}`];
}

interface Share {
  readonly name: string;
  readonly share: number;
}

const layersOf = ({ layers }: NoiseDirection, dump: DumpDescription): readonly Share[] =>
  Array.from(layers, (share, index) => ({ name: dump.layers[index]?.name ?? '', share })).sort(
    (a, b) => b.share - a.share,
  );

const parametersOf = ({ parameters }: NoiseDirection, dump: DumpDescription): readonly Share[] =>
  parameters.map(({ index, component }) => ({ name: parameterName(index, dump), share: component ** 2 }));

/** Counted from 0 within its layer, as an index is. */
function parameterName(index: number, { layers }: DumpDescription): string {
  let start = 0;
  for (const { name, size } of layers) {
    if (index < start + size) return layers.length > 1 ? `${name}[${index - start}]` : `[${index}]`;
    start += size;
  }
  return `[${index}]`;
}

const shares = (entries: readonly Share[], most: number): string =>
  entries
    .slice(0, most)
    .filter(({ share }) => share >= 0.0005)
    .map(({ name, share }) => `${name} ${percent(share)}`)
    .join(', ');

function fine(directions: readonly NoiseDirection[], scale: number, determined: boolean): Text {
  const residual = scale * directions.reduce((most, direction) => Math.max(most, direction.residual), 0);
  return [
    'Shares are of the squared length. Parameters are counted from 0 in their layer. Read from the rows in double precision: an eigenvalue lies within ',
    number(residual, 2),
    ' of each ',
    math(String.raw`\lambda_k`),
    '.',
    ...(determined ? [] : [' Where eigenvalues agree, any rotation of their directions within their space would do.']),
  ];
}
