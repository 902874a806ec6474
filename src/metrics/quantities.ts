import { raiseBudget, workingMemory } from '../shared/memory-budget';
import { plainNumber, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { Problem } from '../shared/problem';
import type { Interval } from '../shared/report';
import { metadataAs, rowKind, settingsProblems } from '../shared/settings';
import type { Settings, SettingsProblem } from '../shared/settings';
import { meanOf } from '../shared/dump';
import type { RowKind } from '../shared/dump';
import type { DumpSummary, GroupedRows, Moments, Spectrum } from '../shared/summary';
import { optimizerKind, usableScale } from '../shared/training';
import { covarianceTraceInterval } from '../theory/covariance-trace-interval';
import { participationRatio, stableRank } from '../theory/effective-rank';
import { covarianceScale, covarianceTrace, meanCorrection, trueGradientSquaredNorm } from '../theory/estimators';
import type { DrawnRows } from '../theory/estimators';
import { hallInterval } from '../theory/hall-interval';
import { largestShare } from '../theory/interval-coverage';
import { pseudoValues } from '../theory/pseudo-values';
import { LEAST_ROWS } from '../theory/row-statistics';
import type { RowStatistics } from '../theory/row-statistics';
import { finitePopulationCorrection } from '../theory/sampling';
import { noiseScaleInterval, signalInterval } from '../theory/score-interval';
import { studentTQuantile } from '../theory/student-t';
import { effectiveLearningRate } from '../theory/temperature';
import type { OpenEnds } from '../theory/test-inversion';
import { clustersOf, scatterOfGroups, statisticsOfGroups } from './clusters';
import type { Clusters } from './clusters';
import { rescaled } from './rescaled';

/** Thrown when a pass has not ended yet; becomes the outcome `pending`. */
export class Pending extends Error {}

/** Thrown when only a lower bound of a value is known; the outcome keeps the bound. */
export class LowerBound extends AnalysisError {
  readonly interval: Interval;
  constructor(problem: Problem, interval: Interval) {
    super(problem);
    this.interval = interval;
  }
}

/** A number and the interval that belongs to it; none under the population convention, which samples nothing. */
export interface Quantity {
  readonly value: number;
  readonly interval?: Interval;
}

const LEVEL = 0.95;

/** Intervals from fewer rows are rough. */
const FIRM_ROWS = 8;

/** From fewer rows, or where one row carries more of the noise, the upper end of an interval misses more often. */
const WEAK_UPPER_END = { rows: 32, share: 0.5 } as const;

/** Ends that the rows and the way they were drawn decide: found once for each dump, however often a slider moves. */
const endsOfRows = new WeakMap<Moments, Map<string, OpenEnds | undefined>>();

/**
 * A summary seen through settings: what several metrics and plots share, each computed at most once.
 *
 * Every getter either returns a finite number or throws: Pending when its pass has not ended, an AnalysisError when the
 * dump or the settings do not yield it.
 */
export class Quantities {
  readonly summary: DumpSummary;
  readonly settings: Settings;
  readonly #known = new Map<string, unknown>();

  constructor(summary: DumpSummary, settings: Settings) {
    const { gradientScale = 1 } = settings;
    this.summary = usableScale(gradientScale) ? rescaled(summary, 1 / gradientScale) : summary;
    this.settings = settings;
  }

  #once<T>(name: string, compute: () => T): T {
    if (!this.#known.has(name)) this.#known.set(name, compute());
    return this.#known.get(name) as T;
  }

  /* --- what was measured -------------------------------------------------------------------------------------------- */

  /** With a mean of exactly 0 where it is nothing but rounding. */
  get moments(): Moments {
    return this.#once('moments', () => {
      const moments = this.measuredMoments;
      this.#refuseSteps();
      if (!this.isRounding(moments)) return moments;
      return { ...moments, meanSquaredNorm: 0, meanProducts: new Float64Array(this.rows) };
    });
  }

  /** As computed, also a mean that is nothing but rounding. */
  get measuredMoments(): Moments {
    if (this.summary.moments === undefined) throw new Pending();
    return this.summary.moments;
  }

  /**
   * Whether a mean gradient, of all parameters or some, is as small as rounding leaves a mean of 0: of the sum in double
   * precision, or of the elements in the type of the file.
   */
  isRounding({ meanSquaredNorm, scatter }: Pick<Moments, 'meanSquaredNorm' | 'scatter'>): boolean {
    const ofSum = (this.rows * 2 ** -53) ** 2;
    const ofElements = machineEpsilon(this.summary.dump.dtype) ** 2 / this.rows;
    const squaredNorm = meanSquaredNorm + scatter / this.rows;
    return squaredNorm > 0 && meanSquaredNorm / squaredNorm < Math.max(ofSum, ofElements);
  }

  get spectrum(): Spectrum {
    this.#refuseSteps();
    if (this.summary.spectrum !== undefined) return this.summary.spectrum;
    if (this.summary.spectrumProblem !== undefined) throw new AnalysisError(this.summary.spectrumProblem);
    throw new Pending();
  }

  /** The mean gradient of one step is another than that of the next, so rows of steps scatter around none of them. */
  #refuseSteps(): void {
    if (this.rowKind !== 'step') return;
    throw new AnalysisError({
      code: 'value/undefined',
      found:
        'Each row is the gradient of another training step, at other parameters, so the rows have no covariance at one point',
      remedy: 'Save one file per step, with one row for each example.',
    });
  }

  /** n, rows of the dump. */
  get rows(): number {
    return this.summary.dump.rows;
  }

  /** d */
  get parameters(): number {
    return this.summary.dump.parameters;
  }

  /** b: every row is the mean over b examples. */
  get meanOf(): number {
    return meanOf(metadataAs(this.settings, this.summary.dump.metadata));
  }

  /** What a row is; undefined where nothing says so, and rows count as single examples. */
  get rowKind(): RowKind | undefined {
    return rowKind(this.settings, this.summary.dump);
  }

  /** L, the loss the dump was taken at: as given, or the mean over its rows. */
  get loss(): number {
    const { loss, losses } = this.summary.dump.metadata;
    if (loss !== undefined) return loss;
    if (losses !== undefined && losses.length > 0) return losses.reduce((sum, value) => sum + value, 0) / losses.length;
    throw new AnalysisError({
      code: 'value/needs-metadata',
      found: 'The dump does not say the loss',
      remedy: 'Write the loss into its metadata.',
      fix: '{ "loss": 0.912 }',
    });
  }

  /** The moments of rows whose mean is not 0, so that along and across it have a meaning. */
  requireDirection(): Moments {
    if (this.moments.meanSquaredNorm > 0) return this.moments;
    throw new AnalysisError({
      code: 'value/undefined',
      found: `${this.zeroMean}, so it has no direction`,
      remedy: 'Dump the gradients of other examples, or of an earlier step.',
    });
  }

  /** How a mean gradient of 0 is spoken of. */
  get zeroMean(): string {
    return this.measuredMoments.meanSquaredNorm === 0
      ? 'The mean gradient is exactly 0'
      : 'The mean gradient is 0 except for rounding';
  }

  /** Σⱼ ḡⱼ²/sⱼ² over the parameters that vary, of which there is at least one. */
  requireVaryingParameters(): Moments['signalToNoise'] {
    this.requireRows(2, 'a variance');
    this.requireOwnColumns('The columns are random sums of parameters, which say nothing of single ones');
    const { signalToNoise } = this.moments;
    if (signalToNoise.parameters > 0) return signalToNoise;
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'All rows are the same, so no parameter varies',
      remedy: 'Dump the gradients of different examples.',
    });
  }

  /** Whether the columns are random sums of parameters. */
  get isProjected(): boolean {
    return this.summary.dump.metadata.projected !== undefined;
  }

  /** Columns that are parameters of the network, not random sums of them. */
  requireOwnColumns(found: string): void {
    if (this.isProjected)
      throw new AnalysisError({
        code: 'value/undefined',
        found,
        remedy: 'Dump the gradients themselves, without a projection.',
      });
  }

  /* --- what the reader set ------------------------------------------------------------------------------------------ */

  /** η */
  get learningRate(): number {
    return this.#setting('learningRate', 'learning rate η');
  }

  /** B; at most N when drawn without replacement. */
  get batchSize(): number {
    return this.#setting('batchSize', 'batch size B');
  }

  /** C, to which the gradient of each example is clipped. */
  get clip(): number {
    if (this.settings.clip !== undefined) return this.#setting('clip', 'clipping length C');
    throw new AnalysisError({
      code: 'value/needs-metadata',
      found: 'The length C to which gradients are clipped is not known',
      remedy: 'Name it in the metadata.',
      fix: '{ "clip": 1 }',
    });
  }

  /** κ */
  get scaleFactor(): number {
    return this.#setting('scaleFactor', 'scale factor κ');
  }

  /** μ */
  get momentum(): number {
    return this.#setting('momentum', 'momentum μ');
  }

  /**
   * η′ of momentum, which replaces η where noise is followed over many steps; η without momentum.
   *
   * @throws AnalysisError value/undefined for Adam and similar optimizers
   */
  get effectiveRate(): number {
    const { learningRate, momentum, settings } = this;
    const refused = this.settingsProblems.find(({ field }) => field === 'dampening');
    if (refused !== undefined) throw new AnalysisError(refused.problem);
    if (settings.optimizer !== 'adam') return effectiveLearningRate(learningRate, { ...settings, momentum });
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'Adam divides each step by the size of past gradients, so its noise has another law than that of SGD',
      remedy: 'It has a meaning for SGD, with or without momentum.',
    });
  }

  /** What stands in the place of η′ and its unit of time, in words. */
  get unitOfTime(): string {
    const rate = this.effectiveRate;
    return rate === this.learningRate ? 't = ηk' : `t = η′k, η′ = ${plainNumber(rate)}`;
  }

  /** Why the settings cannot be used as they are. */
  get settingsProblems(): readonly SettingsProblem[] {
    return this.#once('settingsProblems', () => settingsProblems(this.settings, this.summary.dump));
  }

  #setting(field: 'learningRate' | 'batchSize' | 'scaleFactor' | 'momentum' | 'clip', name: string): number {
    const refused = this.settingsProblems.find((entry) => entry.field === field);
    if (refused !== undefined) throw new AnalysisError(refused.problem);
    const value = this.settings[field];
    if (value !== undefined) return value;
    throw new AnalysisError({
      code: 'settings/missing',
      found: `The ${name} is not known`,
      remedy: `Set the ${name}.`,
    });
  }

  /** N, examples in the data set; Infinity when it is not known. */
  get population(): number {
    const refused = this.settingsProblems.find(({ field }) => field === 'datasetSize' || field === 'convention');
    if (refused !== undefined) throw new AnalysisError(refused.problem);
    return this.settings.convention === 'population' ? this.rows : (this.settings.datasetSize ?? Infinity);
  }

  /** N, where something divides by it or visits all of it. */
  requirePopulation(what: string): number {
    if (this.population < Infinity) return this.population;
    throw new AnalysisError({
      code: 'settings/missing',
      found: `${what} needs the data-set size, which is not known`,
      remedy: 'Set the data-set size.',
      fix: '{ "datasetSize": 50000 }',
    });
  }

  /** The convention in words, stamped on every number. */
  get convention(): string {
    const { gradientScale = 1, convention, datasetSize } = this.settings;
    const divided = gradientScale === 1 ? '' : `; rows divided by ${plainNumber(gradientScale)}`;
    if (convention === 'population') return `1/n; the rows are the whole data set${divided}`;
    const rows = wholeNumber(this.rows);
    const groups = this.units < this.rows ? ` in ${wholeNumber(this.units)} groups` : '';
    const single = this.rowKind === undefined ? `${rows} rows, taken as single examples,` : `${rows} rows`;
    const averaged = this.meanOf === 1 ? single : `${rows} means of ${wholeNumber(this.meanOf)}`;
    const from = datasetSize === undefined ? 'a data set of unknown size' : wholeNumber(datasetSize);
    const independent = this.summary.dump.metadata.batches === 'independent' ? ' independently' : '';
    return `1/(n−1), n = ${averaged}${groups} drawn${independent} from ${from}${divided}`;
  }

  /** Whether the optimizer measures steps otherwise than by Euclid's length, in which all lengths here are given. */
  get euclideanOnly(): boolean {
    const { optimizer } = this.summary.dump.metadata;
    return this.settings.optimizer === 'adam' || optimizerKind(optimizer) === undefined;
  }

  /* --- what follows from both --------------------------------------------------------------------------------------- */

  get drawnRows(): DrawnRows {
    const { meanSquaredNorm, scatter } = this.moments;
    return { meanSquaredNorm, scatter, ...this.#drawing };
  }

  get #drawing(): Omit<DrawnRows, 'meanSquaredNorm' | 'scatter'> {
    const { rows: n, meanOf: averaged, population } = this;
    const independent = this.summary.dump.metadata.batches === 'independent';
    return { rows: n, meanOf: averaged, population, independent };
  }

  /** Fewer rows than `need` have no covariance: undefined, neither 0 nor NaN. */
  requireRows(need: number, what: string): void {
    if (this.rows >= need) return;
    throw new AnalysisError({
      code: 'data/too-few-examples',
      found: `The dump has ${this.rows} row${this.rows === 1 ? '' : 's'}; ${what} needs at least ${need}`,
      remedy: 'Dump the gradients of more examples.',
    });
  }

  /** Quantile of Student's t for two-sided 95 % intervals from n rows. */
  get studentQuantile(): number {
    return this.#once('studentQuantile', () => studentTQuantile((1 + LEVEL) / 2, this.units - 1));
  }

  /** How many of what was drawn are independent: the groups of rows where the metadata name some, else the rows. */
  get units(): number {
    const { groups } = this.summary.dump.metadata;
    return this.uncertain && groups !== undefined ? this.#once('units', () => new Set(groups).size) : this.rows;
  }

  /**
   * The groups of rows, where these are a sample and some of them are of one group.
   *
   * @throws Pending until they are known; AnalysisError where they could not be found, or all rows are of one group
   */
  get clusters(): Clusters | undefined {
    if (this.units === this.rows) return undefined;
    return this.#once('clusters', () => clustersOf(this.groups, this.moments));
  }

  /**
   * The rows in the groups that the metadata name.
   *
   * @throws Pending until they are known; AnalysisError value/needs-metadata when none are named
   */
  get groups(): GroupedRows {
    const { dump, groups, extraProblems } = this.summary;
    if (groups !== undefined) return groups;
    if (extraProblems?.groups !== undefined) throw new AnalysisError(extraProblems.groups);
    if (dump.metadata.groups !== undefined) throw new Pending();
    throw new AnalysisError({
      code: 'value/needs-metadata',
      found: 'The dump does not say which rows belong together',
      remedy: 'Name the document, prompt or sequence of each row in its metadata.',
      fix: '{ "groups": [0, 0, 1, 1] }',
    });
  }

  /** Whether numbers are estimates: under the sample convention, unless the rows are all examples, one by one. */
  get uncertain(): boolean {
    return this.settings.convention === 'sample' && !(this.meanOf === 1 && this.meanIsExact);
  }

  /** Whether the mean of the rows is the true gradient: every example of the data set is in it equally often. */
  get meanIsExact(): boolean {
    return this.settings.convention === 'population' || meanCorrection(this.#drawing) === 0;
  }

  /** Whether numbers have intervals: estimates from four rows or more. */
  get hasIntervals(): boolean {
    return this.uncertain && this.units >= LEAST_ROWS;
  }

  /** What intervals are made from. Until the spectrum is known they are a little wider. */
  get rowStatistics(): RowStatistics {
    return this.#once('rowStatistics', () => {
      const { rows: n, parameters, meanOf: averaged } = this;
      const { centeredSquaredNorms, meanProducts, meanSquaredNorm } = this.moments;
      const { clusters } = this;
      const ratio = this.summary.spectrum === undefined ? undefined : ifKnown(() => this.participationRatio);
      const statistics = {
        centeredSquaredNorms,
        meanProducts,
        meanSquaredNorm,
        parameters,
        ...(ratio !== undefined && { participationRatio: ratio }),
        meanOf: averaged,
        traceFactor: clusters === undefined ? (this.scale * (n - 1)) / n : this.#factorOfGroups(clusters),
        meanFactor: meanCorrection(this.#drawing),
      };
      return clusters === undefined ? statistics : statisticsOfGroups(clusters, statistics);
    });
  }

  /** An interval with what is to be said of it; undefined where there are no ends. */
  interval(ends: OpenEnds | undefined, method: Interval['method']): Interval | undefined {
    if (ends === undefined) return undefined;
    const { lower, upper } = ends;
    const { intervalCaution: caution } = this;
    return {
      lower,
      ...(upper !== undefined && { upper }),
      level: LEVEL,
      method,
      ...(caution && { caution }),
    };
  }

  /** What is to be said of all intervals of these rows. */
  get intervalCaution(): Interval['caution'] {
    if (this.units < FIRM_ROWS) return 'rough';
    return this.units < WEAK_UPPER_END.rows || (this.largestShare ?? 0) > WEAK_UPPER_END.share
      ? 'upper end'
      : undefined;
  }

  /** W, the part of the noise that the largest row, or group, carries; undefined where nothing varies, and until the rows were read. */
  get largestShare(): number | undefined {
    const { moments } = this.summary;
    if (moments === undefined) return undefined;
    if (this.units === this.rows) return this.#once('largestShare', () => largestShare(moments.centeredSquaredNorms));
    const { groups } = this.summary;
    return groups && this.#once('largestShare', () => largestShare(scatterOfGroups(groups, moments)));
  }

  #ofRows(name: string, ends: (rows: RowStatistics) => OpenEnds | undefined): OpenEnds | undefined {
    const rows = this.rowStatistics;
    const { moments = this.moments } = this.summary;
    const known = endsOfRows.get(moments) ?? new Map<string, OpenEnds | undefined>();
    endsOfRows.set(moments, known);
    const key = [name, rows.traceFactor, rows.meanFactor, rows.participationRatio, this.units].join(' ');
    // every size of the data set that a slider passes has its own
    if (known.size >= 100) known.clear();
    if (!known.has(key)) known.set(key, ends(rows));
    return known.get(key);
  }

  /** ‖G‖², unbiased, possibly negative; then it lies below its interval, which never is. */
  get signal(): Quantity {
    return this.#once('signal', () => {
      if (!this.meanIsExact) this.requireRows(2, 'an unbiased ‖G‖²');
      const value = this.#unbiasedSignal;
      if (!this.hasIntervals || this.meanIsExact) return { value };
      return quantity(value, this.interval(this.#ofRows('signal', signalInterval), 'score test'));
    });
  }

  get #unbiasedSignal(): number {
    const { clusters, moments } = this;
    if (clusters === undefined || this.meanIsExact) return trueGradientSquaredNorm(this.drawnRows);
    const { designEffect, within, between } = clusters.parts;
    return moments.meanSquaredNorm - (meanCorrection(this.#drawing) * designEffect * (within + between)) / this.rows;
  }

  /**
   * κ of rows in groups: what tr Σ of a data set without bound, within + between, is multiplied with. The mean of N examples in
   * whole groups takes designEffect/N of it away, where that of N independent ones takes 1/N.
   */
  #factorOfGroups({ parts }: Clusters): number {
    const ofRows = (covarianceScale(this.#drawing) * (this.rows - 1)) / this.rows;
    return this.meanOf === 1 ? 1 - parts.designEffect * (1 - ofRows) : ofRows;
  }

  /** tr Σ */
  get trace(): Quantity {
    return this.#once('trace', () => {
      this.requireCovariance();
      const { clusters } = this;
      const value =
        clusters === undefined
          ? covarianceTrace(this.drawnRows)
          : this.#factorOfGroups(clusters) * (clusters.parts.within + clusters.parts.between);
      if (!this.hasIntervals) return { value };
      return quantity(value, this.interval(this.#ofRows('trace', covarianceTraceInterval), 'Hall'));
    });
  }

  /** One row has no covariance, and rows that are all the full gradient none that says anything about Σ. */
  requireCovariance(): void {
    this.requireRows(2, 'a covariance');
    if (this.meanOf < this.population) return;
    throw new AnalysisError({
      code: 'value/undefined',
      found:
        this.population === 1
          ? 'The data set has 1 example, so there is no noise'
          : `Each row is the mean of all ${wholeNumber(this.population)} examples, so rows do not differ by which examples they hold`,
      remedy: 'Dump one gradient per example, or means of fewer examples.',
    });
  }

  /** What statistics of the rows with divisor 1/n are multiplied with to estimate those of Σ in the chosen convention. */
  get scale(): number {
    this.requireCovariance();
    const { clusters, rows: n } = this;
    if (clusters === undefined || this.moments.scatter === 0) return covarianceScale(this.#drawing);
    const total = this.#factorOfGroups(clusters) * (clusters.parts.within + clusters.parts.between);
    return (total * n) / this.moments.scatter;
  }

  /**
   * Eigenvalues of Σ in the chosen convention, without those that are rounding. Their sum is tr Σ, unless only the leading
   * ones were computed: see `requireWholeSpectrum`.
   */
  get eigenvalues(): Float64Array {
    return this.#once('eigenvalues', () => {
      const { scale, spectrum } = this;
      const data = spectrum.eigenvalues.filter((eigenvalue) => eigenvalue > spectrum.roundingFloor);
      return data.map((eigenvalue) => scale * eigenvalue);
    });
  }

  /** (tr Σ)²/tr Σ²; both traces are exact also where only the leading eigenvalues were computed. */
  get participationRatio(): number {
    const eigenvalues = this.requireNoise();
    const { partial, frobeniusNorm } = this.spectrum;
    if (partial === undefined && !this.isProjected) return participationRatio(eigenvalues);
    const trace = partial?.trace ?? eigenvalues.reduce((sum, value) => sum + value, 0) / this.scale;
    return (trace / frobeniusNorm) ** 2;
  }

  /** tr Σ/λ₁ */
  get stableRank(): number {
    const eigenvalues = this.requireNoise();
    if (this.spectrum.partial === undefined) return stableRank(eigenvalues);
    return this.spectrum.partial.trace / (this.spectrum.eigenvalues[0] ?? 0);
  }

  /** All eigenvalues that are not rounding, at least one. */
  requireWholeSpectrum(): Float64Array {
    this.requireOwnColumns('The many small eigenvalues of random sums are not those of the gradients');
    const eigenvalues = this.requireNoise();
    if (this.spectrum.partial === undefined) return eigenvalues;
    throw new AnalysisError({
      code: 'memory/budget',
      found: `Only the ${eigenvalues.length} leading eigenvalues fit the memory budget, and this needs all`,
      remedy: raiseBudget({ bytes: workingMemory(this.rows, this.parameters) }),
    });
  }

  /** The eigenvalues, when there is at least one that is not 0. */
  requireNoise(): Float64Array {
    if (this.eigenvalues.length > 0) return this.eigenvalues;
    throw new AnalysisError({
      code: 'value/undefined',
      found: 'All rows are the same, so there is no noise that could have directions',
      remedy: 'Dump the gradients of different examples.',
    });
  }

  /**
   * B_simple = tr Σ/‖G‖²
   *
   * @throws LowerBound when the mean gradient is not distinguishable from 0
   */
  get noiseScale(): Quantity {
    return this.#once('noiseScale', () => {
      const trace = this.trace.value;
      const signal = this.signal.value;
      const interval = this.noiseScaleInterval;
      if (interval !== undefined && interval.upper === undefined) {
        const found =
          'The mean gradient is not distinguishable from 0 with this many rows; only a lower bound is known';
        throw new LowerBound(
          { code: 'value/not-resolved', found, remedy: 'Dump more rows, or read the bound.' },
          interval,
        );
      }
      if (signal > 0) return interval === undefined ? { value: trace / signal } : { value: trace / signal, interval };
      throw new AnalysisError({
        code: 'value/undefined',
        found: signal === 0 ? this.zeroMean : 'The unbiased ‖G‖² is negative with this few rows',
        remedy: 'Every batch gradient is mostly noise; dump more rows to find a direction.',
      });
    });
  }

  /** The interval of B_simple; without an upper end when the signal is not resolved. Undefined when nothing is uncertain. */
  get noiseScaleInterval(): Interval | undefined {
    return this.#once('noiseScaleInterval', () =>
      this.hasIntervals ? this.interval(this.#ofRows('noise scale', noiseScaleInterval), 'score test') : undefined,
    );
  }

  /**
   * factor·B_simple + offset, with its interval.
   *
   * @throws LowerBound when the mean gradient is not distinguishable from 0
   */
  ofNoiseScale(factor: number, offset = 0): Quantity {
    try {
      return affine(this.noiseScale, factor, offset);
    } catch (error) {
      if (!(error instanceof LowerBound)) throw error;
      throw new LowerBound(error.problem, affineInterval(error.interval, factor, offset));
    }
  }

  /** The finite-population correction of batches of B; 1 with replacement, or from a data set of unknown size. */
  correction(batchSize: number): number {
    return this.settings.replacement === 'with' ? 1 : finitePopulationCorrection(batchSize, this.population);
  }

  /** tr Σ(ḡ_B), the noise of a batch of B. */
  batchNoise(batchSize: number): Quantity {
    return affine(this.trace, this.correction(batchSize) / batchSize);
  }

  /** E‖ḡ_B‖² = ‖G‖² + tr Σ(ḡ_B) */
  squaredBatchNorm(batchSize: number): number {
    const [signal, noise] = [this.signal.value, this.batchNoise(batchSize).value];
    // a negative estimate may cancel the noise except for rounding
    return Math.abs(signal + noise) < 2 ** -46 * noise ? 0 : signal + noise;
  }

  /** The same with its interval, which takes longer. */
  expectedSquaredNorm(batchSize: number): Quantity {
    const weight = this.correction(batchSize) / batchSize;
    if (weight === 0) return this.signal;
    const value = this.squaredBatchNorm(batchSize);
    if (!this.hasIntervals) return { value };
    const ends = hallInterval(value, pseudoValues(this.rowStatistics, 1, weight));
    const positive = ends && { lower: Math.max(0, ends.lower), upper: Math.max(0, ends.upper) };
    return quantity(value, this.interval(positive, 'Hall'));
  }

  /** GᵀΣG/‖G‖², with ḡ for G: the variance of the gradient along its mean; 0 when that is 0. */
  get varianceAlongMean(): number {
    return this.#once('varianceAlongMean', () => {
      const { meanProducts, meanSquaredNorm } = this.moments;
      if (meanSquaredNorm === 0) return 0;
      const length = Math.sqrt(meanSquaredNorm);
      return (this.scale * meanProducts.reduce((sum, product) => sum + (product / length) ** 2, 0)) / this.rows;
    });
  }

  /**
   * The batch whose noise equals its signal: B_simple, or N·B_simple/(N − 1 + B_simple) where no example is drawn twice.
   *
   * @throws LowerBound when the mean gradient is not distinguishable from 0
   */
  get balancedBatch(): Quantity {
    return this.balancedAt(this.noiseScale);
  }

  /** The same for another noise scale. */
  balancedAt({ value, interval }: Quantity): Quantity {
    const drawn = (scale: number): number => this.#balanced(scale);
    if (interval === undefined) return { value: drawn(value) };
    const { lower, upper } = interval;
    return {
      value: drawn(value),
      interval: { ...interval, lower: drawn(lower), ...(upper !== undefined && { upper: drawn(upper) }) },
    };
  }

  #balanced(scale: number): number {
    const { population } = this;
    if (this.settings.replacement === 'with' || population === Infinity) return scale;
    return (population * scale) / (population - 1 + scale);
  }

  /** The smallest batch that can have as much signal as noise, where only a lower bound of B_simple is known. */
  leastBalancedBatch(lower: number): number {
    return this.#balanced(lower);
  }

  /** tr Σ(ḡ_B)/‖G‖²; its interval is that of B_simple. */
  noiseToSignal(batchSize: number): Quantity {
    return this.ofNoiseScale(this.correction(batchSize) / batchSize);
  }
}

/** ε of the coarsest of the types that a dump names; integers are exact. */
function machineEpsilon(dtype: string): number {
  const bits = [
    [/bfloat16/, 7],
    [/(?<!b)float16/, 10],
    [/float32/, 23],
    [/float64/, 52],
  ] as const;
  const coarsest = bits.find(([name]) => name.test(dtype));
  return coarsest === undefined ? 0 : 2 ** -coarsest[1];
}

/** What a getter returns, or undefined when the dump or the settings do not yield it. */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}

/** What a getter returns, or the interval of which only the lower end is known. */
export function ifBounded<T>(read: () => T): T | Interval {
  try {
    return read();
  } catch (error) {
    if (error instanceof LowerBound) return error.interval;
    throw error;
  }
}

/** A value with the interval it may have. */
export const quantity = (value: number, interval: Interval | undefined): Quantity =>
  interval === undefined ? { value } : { value, interval };

/** factor·quantity + offset for numbers known without error, factor ≥ 0: the interval moves along. */
export function affine({ value, interval }: Quantity, factor: number, offset = 0): Quantity {
  const moved = { value: value * factor + offset };
  return interval === undefined ? moved : { ...moved, interval: affineInterval(interval, factor, offset) };
}

function affineInterval(interval: Interval, factor: number, offset: number): Interval {
  const { lower, upper } = interval;
  const ends = { lower: lower * factor + offset, ...(upper !== undefined && { upper: upper * factor + offset }) };
  return { ...interval, ...ends };
}
