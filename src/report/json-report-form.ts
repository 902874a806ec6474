import * as v from 'valibot';
import { METRICS } from '../metrics';
import type { MetricDefinition } from '../metrics/definition';
import { SUSPICIONS } from '../shared/suspicion';
import type { SuspicionCode } from '../shared/suspicion';
import type { JsonReport } from './json-report';

/* The form of an exported report with what each part means, for the editor's hovers. The annotations tie it to its type. */

const said = <const Schema extends v.GenericSchema>(schema: Schema, text: string) =>
  v.exactOptional(v.pipe(schema, v.description(text)));
const must = <const Schema extends v.GenericSchema>(schema: Schema, text: string) =>
  v.pipe(schema, v.description(text));

const NAMED = v.object({ name: v.string(), size: v.number() });
const METRIC = {
  value: said(v.number(), 'Absent where there is none; the reason is next to it.'),
  interval: said(
    v.tuple([v.number(), v.nullable(v.number())]),
    'Lower and upper end, at 95 % unless said otherwise; null where there is no upper end.',
  ),
  intervalMethod: said(v.picklist(['Hall', 'score test', 'chi-square']), 'How the interval was computed.'),
  unit: said(v.string(), 'Absent for a pure number; “gradient” stands for the unit of the gradients.'),
  convention: said(v.string(), 'How the rows were taken, and with which divisor.'),
  unavailable: said(v.string(), 'Why there is no value.'),
};

const metrics: readonly MetricDefinition[] = METRICS;
const hover = ({ name, meaning, misleads, citation, where }: MetricDefinition): string =>
  `${name}. ${meaning}\n\nMisleads: ${misleads}\n\nSource: ${citation.authors} ${citation.year}, ${where}.`;

export const JSON_REPORT: v.GenericSchema<unknown, JsonReport> = v.object({
  schema: must(v.literal(1), 'The version of this form.'),
  kind: v.literal('dump'),
  program: must(v.object({ name: v.string(), version: v.string() }), 'What wrote the report.'),
  dump: must(
    v.object({
      path: v.string(),
      format: v.string(),
      samples: must(v.number(), 'n, the rows.'),
      parameters: must(v.number(), 'd, the columns.'),
      dtype: v.string(),
      bytes: v.number(),
      sha256: said(v.string(), 'Of the file; absent where hashing takes long and was not asked for.'),
      sources: said(
        v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
        'Of a file of statistics: the files that were reduced.',
      ),
      step: said(v.number(), 'The training step at which the gradients were taken.'),
      loss: said(v.number(), 'The loss at that step.'),
      layers: must(v.array(NAMED), 'In the order of the columns.'),
      notes: must(v.array(v.string()), 'What a reader should know and that stopped nothing.'),
    }),
    'The file that was analyzed.',
  ),
  suspicions: must(
    v.array(
      v.object({
        code: v.picklist(Object.keys(SUSPICIONS) as SuspicionCode[]),
        found: v.string(),
        remedy: v.string(),
        fix: v.exactOptional(v.string()),
      }),
    ),
    'What the file seems to be, other than gradients of examples in any order; no number is changed by it.',
  ),
  settings: must(
    v.object({
      learningRate: said(v.number(), 'η'),
      batchSize: said(v.number(), 'B'),
      datasetSize: said(v.number(), 'N, the examples in the data set; absent where it is not known.'),
      scaleFactor: must(v.number(), 'κ, the factor of the scaling rules.'),
      momentum: must(v.number(), 'μ, 0 for plain SGD.'),
      dampening: said(v.number(), 'The share of a gradient that momentum leaves out.'),
      clip: said(v.number(), 'C, the length to which the gradient of each example is clipped.'),
      privacyNoise: said(v.number(), 'z, the noise multiplier of private training.'),
      gradientScale: said(v.number(), 'c: the rows of the dump are c times the gradients.'),
      optimizer: v.picklist(['sgd', 'momentum', 'adam']),
      convention: must(
        v.picklist(['population', 'sample']),
        'population: the rows are the whole data set, exact. sample: they are drawn from it, with intervals.',
      ),
      conventionFrom: must(
        v.picklist(['option', 'metadata', 'answer', 'data-set size', 'unknown data set']),
        'What the convention was taken from.',
      ),
      replacement: must(v.picklist(['without', 'with']), 'Whether a batch may hold an example twice.'),
      rows: said(
        v.union([v.picklist(['example', 'step']), v.object({ meanOf: v.number() })]),
        'What a row is, where an option or an answer said it in place of the metadata.',
      ),
    }),
    'What was known of the training, and how the rows were taken.',
  ),
  metrics: must(
    v.object(
      Object.fromEntries(metrics.map((metric) => [metric.id, v.pipe(v.object(METRIC), v.description(hover(metric)))])),
    ),
    'Every metric by its stable id.',
  ),
  spectrum: said(v.array(v.number()), 'λ₁ ≥ λ₂ ≥ … of Σ in the convention of the settings, min(n, d) of them.'),
  spectrumUnavailable: said(v.string(), 'Why there is no spectrum.'),
  directions: said(
    v.array(
      v.object({
        eigenvalue: must(v.number(), 'With divisor 1/n.'),
        residual: must(v.number(), 'An eigenvalue lies within this distance.'),
        spread: must(v.number(), 'Over how many parameters it is spread: 1/Σⱼvⱼ⁴.'),
        parameters: must(
          v.array(v.object({ index: v.number(), component: v.number() })),
          'The largest components of the unit vector.',
        ),
        layers: must(v.array(v.number()), 'Share of the squared length, one per layer.'),
      }),
    ),
    'The leading eigenvectors, noisiest first.',
  ),
  extrasUnavailable: said(v.record(v.string(), v.string()), 'Why parts of what comes after the spectrum are missing.'),
});
