import type {
  BatchNormSpread,
  Companion,
  Companions,
  DumpComparison,
  DumpSummary,
  GroupedRows,
  LayerMoments,
  LayerSpectrum,
  MatrixSummary,
  Moments,
  NoiseDirection,
  Resampling,
  Spectrum,
} from '../shared/summary';

const known = new WeakMap<DumpSummary, { readonly factor: number; readonly result: DumpSummary }>();

/**
 * The summary that rows times a factor would have: every statistic is homogeneous in the gradients. A second dump beside it is
 * taken to be written in the same scale; a Hessian or Fisher matrix is not touched.
 */
export function rescaled(summary: DumpSummary, factor: number): DumpSummary {
  if (factor === 1) return summary;
  const before = known.get(summary);
  if (before?.factor === factor) return before.result;
  const { moments, spectrum, directions, companions, resampling, groups, classes } = summary;
  const by = new Factor(factor);
  const result: DumpSummary = {
    ...summary,
    ...(moments && { moments: by.moments(moments) }),
    ...(spectrum && { spectrum: by.spectrum(spectrum) }),
    ...(directions && { directions: directions.map((direction) => by.direction(direction)) }),
    ...(companions && { companions: by.companions(companions) }),
    ...(resampling && { resampling: by.resampling(resampling) }),
    ...(groups && { groups: by.groups(groups) }),
    ...(classes && { classes: by.groups(classes) }),
  };
  known.set(summary, { factor, result });
  return result;
}

class Factor {
  readonly #once: number;
  readonly #twice: number;

  constructor(factor: number) {
    this.#once = factor;
    this.#twice = factor ** 2;
  }

  #squares(values: Float64Array): Float64Array {
    return values.map((value) => value * this.#twice);
  }

  moments(moments: Moments): Moments {
    const { varianceHistogram, elementHistogram } = moments;
    // edges are powers of two, whole ones or not
    const power = Math.log2(this.#once);
    return {
      ...moments,
      meanSquaredNorm: moments.meanSquaredNorm * this.#twice,
      scatter: moments.scatter * this.#twice,
      centeredSquaredNorms: this.#squares(moments.centeredSquaredNorms),
      meanProducts: this.#squares(moments.meanProducts),
      varianceHistogram: { ...varianceHistogram, first: varianceHistogram.first + 2 * power },
      elementHistogram: { ...elementHistogram, first: elementHistogram.first + power },
      largestMagnitude: moments.largestMagnitude * this.#once,
      layers: moments.layers.map((layer): LayerMoments => ({
        ...layer,
        meanSquaredNorm: layer.meanSquaredNorm * this.#twice,
        scatter: layer.scatter * this.#twice,
      })),
    };
  }

  spectrum(spectrum: Spectrum): Spectrum {
    const { partial, plane, layers, covariance, gram } = spectrum;
    const [meanX, meanY] = plane.mean;
    const [xx, xy, yy] = plane.covariance;
    return {
      ...spectrum,
      eigenvalues: this.#squares(spectrum.eigenvalues),
      ...(partial && {
        partial: {
          trace: partial.trace * this.#twice,
          residuals: this.#squares(partial.residuals),
          upperBound: partial.upperBound * this.#twice,
        },
      }),
      roundingFloor: spectrum.roundingFloor * this.#twice,
      frobeniusNorm: spectrum.frobeniusNorm * this.#twice,
      absoluteRowSum: spectrum.absoluteRowSum * this.#twice,
      secondMomentNorm: spectrum.secondMomentNorm * this.#twice,
      plane: {
        ...plane,
        points: plane.points.map((value) => value * this.#once),
        mean: [meanX * this.#once, meanY * this.#once],
        covariance: [xx * this.#twice, xy * this.#twice, yy * this.#twice],
      },
      layers: layers.map((layer): LayerSpectrum => ({
        spectralNorm: layer.spectralNorm * this.#twice,
        frobeniusNorm: layer.frobeniusNorm * this.#twice,
      })),
      ...(covariance && { covariance: this.#squares(covariance) }),
      ...(gram && { gram: this.#squares(gram) }),
    };
  }

  groups(groups: GroupedRows): GroupedRows {
    const { squaredDistances, layers, products } = groups;
    return {
      ...groups,
      squaredDistances: this.#squares(squaredDistances),
      layers: this.#squares(layers),
      ...(products && { products: this.#squares(products) }),
    };
  }

  direction(direction: NoiseDirection): NoiseDirection {
    return {
      ...direction,
      eigenvalue: direction.eigenvalue * this.#twice,
      residual: direction.residual * this.#twice,
    };
  }

  resampling(resampling: Resampling): Resampling {
    const { shuffled, batches } = resampling;
    return {
      ...resampling,
      shuffled: shuffled instanceof Float64Array ? this.#squares(shuffled) : shuffled,
      ...(batches && { batches: this.#batches(batches) }),
    };
  }

  #batches(batches: BatchNormSpread): BatchNormSpread {
    const scaled = ({ lower, upper }: BatchNormSpread['with']): BatchNormSpread['with'] => ({
      lower: this.#squares(lower),
      upper: this.#squares(upper),
    });
    return { ...batches, without: scaled(batches.without), with: scaled(batches.with) };
  }

  companions(companions: Companions): Companions {
    const { hessian, fisher, modelLabels, compared } = companions;
    return {
      ...(hessian && { hessian: of(hessian, (matrix) => this.#matrix(matrix)) }),
      ...(fisher && { fisher: of(fisher, (matrix) => this.#matrix(matrix)) }),
      ...(modelLabels && { modelLabels: of(modelLabels, (dump) => this.#comparison(dump)) }),
      ...(compared && { compared: of(compared, (dump) => this.#comparison(dump)) }),
    };
  }

  #matrix(matrix: MatrixSummary): MatrixSummary {
    const { inverse } = matrix;
    return {
      ...matrix,
      rowProducts: this.#squares(matrix.rowProducts),
      meanRowProducts: this.#squares(matrix.meanRowProducts),
      meanProduct: matrix.meanProduct * this.#twice,
      ...(inverse && {
        inverse: {
          ...inverse,
          covarianceProduct: inverse.covarianceProduct * this.#twice,
          meanProduct: inverse.meanProduct * this.#twice,
        },
      }),
      noiseAlong: this.#squares(matrix.noiseAlong),
    };
  }

  #comparison(dump: DumpComparison): DumpComparison {
    const { secant } = dump;
    return {
      ...dump,
      meanSquaredNorm: dump.meanSquaredNorm * this.#twice,
      scatter: dump.scatter * this.#twice,
      frobeniusNorm: dump.frobeniusNorm * this.#twice,
      crossNorm: dump.crossNorm * this.#twice,
      meanProduct: dump.meanProduct * this.#twice,
      meanDeviation: dump.meanDeviation * this.#twice,
      ownMeanDeviation: dump.ownMeanDeviation * this.#twice,
      ...(secant && {
        secant:
          'problem' in secant
            ? secant
            : {
                ...secant,
                curvature: secant.curvature * this.#once,
                before: secant.before.map((value) => value * this.#once),
                after: secant.after.map((value) => value * this.#once),
              },
      }),
    };
  }
}

const of = <T>(companion: Companion<T>, change: (summary: T) => T): Companion<T> =>
  'summary' in companion ? { ...companion, summary: change(companion.summary) } : companion;
