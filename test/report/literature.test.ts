import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics';
import type { MetricDefinition } from '../../src/metrics/definition';
import { evaluate } from '../../src/report/evaluate';
import { observationsOf } from '../../src/report/run/observations';
import { large } from '../reference/situations';
import { plain } from './every-text';

/**
 * What each work says, as far as texts here lean on it. A claim that goes beyond is wrong; one without a work in this table fails.
 */
const WORKS: Readonly<Record<string, string>> = {
  'McCandlish 2018': 'B_simple = tr Σ/‖G‖², B_noise = tr(HΣ)/GᵀHG, ε_opt = ε_max/(1 + B_noise/B); unbiased from two batch sizes (App. A.1). The noise scale grows by one or more orders of magnitude during training, because ‖G‖ falls while tr Σ stays roughly as it is.',
  'Cochran 1977': 'V with 1/(n − 1) is unbiased without replacement (thm. 2.4); the variance of a mean has (N − n)/(N − 1) with the 1/N variance (thm. 2.2, §2.6); analysis of variance of clusters and their design effect (ch. 8, 9).',
  'Horn 2012': 'λ₁ is the maximum of uᵀΣu (4.2.2); the Frobenius norm (5.6); XXᵀ and XᵀX share their non-zero spectrum (1.3.22).',
  'Bai 2012': 'The sample eigenvalue of a spike is shifted by the bulk; the estimator takes that out.',
  'Horn 1965': 'Parallel analysis: eigenvalues count that exceed those of random data of the same size.',
  'Himeno 2014': 'An unbiased estimate of tr Σ² without normality.',
  'Rudelson 2007': 'The stable rank ‖A‖_F²/‖A‖².',
  'Roy 2007': 'The effective rank: the exponential of the entropy of the spectrum.',
  'Xie 2023': 'Spectra of gradients and of their covariance follow power laws.',
  'Kunstner 2019': 'The empirical Fisher, of observed labels, is not the Fisher matrix and does not generally capture second-order information.',
  'Chatterjee 2020': 'Gradients of similar examples are similar and add up. The ratio shown is ours to name, after it.',
  'Yin 2018': 'Gradient diversity Σ‖gᵢ‖²/‖Σgᵢ‖²; batches up to about n times the diversity keep their speed-up.',
  'Fort 2019': 'Stiffness: the mean cosine between gradients of pairs, by class.',
  'Liu 2020': 'GSNR of a parameter: squared mean over variance.',
  'Byrd 2012': 'The norm test: variance of the batch gradient against its squared length.',
  'Bollapragada 2018': 'The inner-product test and the orthogonality test.',
  'Mahsereci 2017': 'Stop when 1 − B/d·Σ ḡ²/s² is above 0.',
  'DeCarlo 1997': 'Kurtosis less 3; tails decide it.',
  'Hill 1975': 'The estimator of a tail index from the largest values.',
  'Yu 2020': 'Two task gradients conflict when their cosine is negative.',
  'Jastrzębski 2017': 'SGD as an SDE with noise η/B·Σ. The ratio η/B goes with flatness and accuracy; training breaks when both grow too much, sooner for smaller data sets. The density e^(−L/n), n = ησ²/2B, holds for isotropic noise.',
  'Li 2021': 'SVAG; if SGD and its SDE are C-close at equilibrium, N/G ≥ 1/(C² − 1), for scale-invariant networks with weight decay; κ ≤ C²(1 + N/G) for linear scaling. Necessary conditions.',
  'Goyal 2017': 'Linear scaling with warm-up, up to batches of about 8,000.',
  'Krizhevsky 2014': 'The square-root rule, by keeping the variance of a step. For Adam it is right: Malladi et al. 2022.',
  'Yaida 2018': 'Stationary fluctuation-dissipation relations: on a quadratic the excess loss is η/4·E‖ḡ_B‖².',
  'Balles 2017': 'B = η·tr Σ/L, with the smallest loss taken as 0.',
  'Thomas 2020': 'Covariance, Fisher matrix and Hessian are three matrices; measured on small networks. TIC = tr(H⁻¹Σ).',
  'Ghorbani 2019': 'Spectra of Hessians of networks.',
  'Zhu 2019': 'tr(HΣ) against that of isotropic noise of the same trace.',
  'Andreyev 2024': 'Gradient-noise interaction E[ḡᵀHḡ]/‖G‖² against 2/η; batch sharpness takes the Hessian of each batch.',
  'Cohen 2021': 'Gradient descent trains with the sharpness near 2/η.',
  'Wu 2022': 'For squared error near interpolation, stable minima have ‖H‖_F ≤ √(B/μ)/η.',
  'Gur-Ari 2018': 'Gradients lie mostly in the space of the top Hessian eigenvectors, about as many as classes, which is settled early.',
  'Nocedal 2006': 'The secant equation.',
  'Abadi 2016': 'Clips each gradient to C and adds noise of σC; the privacy loss is accounted for. A median of the lengths serves as C.',
  'Chen 2020': 'Clipping each gradient turns and shortens their mean: a bias that no batch averages away, small where the distribution is symmetric.',
  'Wei 2025': 'Chooses C by a quantile of the lengths, or where the expected squared error is least.',
  'Cortes 2012': 'The alignment of two centered kernels: their product over both norms.',
  'Smith 2018': 'Noise scale η(N/B − 1) of a summed loss.',
  'Malladi 2022': 'For Adam: η√κ, β to 1 − κ(1 − β), ε/√κ.',
  'Hall 1992': 'A monotone transformation that removes the skewness of Student’s t.',
  'Satterthwaite 1946': 'Degrees of freedom by matching the variance of a variance.',
  'Fieller 1954': 'A confidence set for a ratio by inverting the test of a − ρb = 0.',
  'Rao 1948': 'The score test: the variance under the hypothesis.',
  'Bahadur 1956': 'No interval for a mean covers for all distributions.',
  Cockpit: 'CABS from the variance with divisor 1/B.',
  Lévy: 'Heavy-tailed norms also arise from mixtures of Gaussian noise.',
}; // prettier-ignore

/** Words by which a text leans on a work, and the works that they mean. */
const MENTIONS: readonly (readonly [words: RegExp, works: readonly string[]])[] = [
  [/McCandlish/, ['McCandlish 2018']],
  [/Smith and Le/, ['Smith 2018']],
  [/Yin et al/, ['Yin 2018']],
  [/Cockpit/, ['Cockpit']],
  [/Malladi/, ['Malladi 2022']],
  [/Hall(?: 1992|’s)/, ['Hall 1992']],
  [/Satterthwaite/, ['Satterthwaite 1946']],
  [/Fieller/, ['Fieller 1954']],
  [/Rao 1948/, ['Rao 1948']],
  [/Bai and Ding/, ['Bai 2012']],
  [/Bahadur/, ['Bahadur 1956']],
  [/Lévy/, ['Lévy']],
  [/proved for scale-invariant networks|SVAG/, ['Li 2021']],
  [/Gibbs temperature/, ['Jastrzębski 2017']],
];
/** Names and words that only a work can stand behind; names of methods and laws are not among them. */
const LEANS =
  /\bet al\b|\b(?:1[89]|20)\d\d\)|\bproved?\b(?! that)|\b(?:McCandlish|Smith|Cockpit|Malladi|Hall|Fieller|Rao|Bahadur|Lévy|SVAG)\b/;

const metrics: readonly MetricDefinition[] = METRICS;
const keyOf = ({ authors, year }: { readonly authors: string; readonly year: number }): string =>
  `${authors.split(/,| and /)[0]!} ${year}`;
const texts: readonly string[] = [
  ...metrics.flatMap(({ meaning, misleads, elsewhere = '', where }) => [meaning, misleads, elsewhere, where]),
  ...observationsOf([]).map(({ saw }) => saw),
  ...evaluate(large.summary, large.settings)
    .sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'theory' ? block.paragraphs : []))
    .flatMap((paragraph) => ('formula' in paragraph ? [] : [plain(paragraph)])),
];

describe('claims about the literature', () => {
  test('every work that a metric or an observation cites is in the table', () => {
    const cited = [...metrics, ...observationsOf([])].map(({ citation }) => keyOf(citation));
    expect(cited.filter((key) => !Object.hasOwn(WORKS, key))).toEqual([]);
  });

  test('every sentence that leans on a work names one that is in the table', () => {
    const sentences = texts.flatMap((text) => text.split(/(?<=[.:?]) (?=[A-Z])/)).filter((text) => LEANS.test(text));
    expect(sentences.length).toBeGreaterThan(10);
    const open = sentences.filter((sentence) => !MENTIONS.some(([words]) => words.test(sentence)));
    // what is proved here is proved by a count, not by a work
    expect(open.filter((sentence) => !/does not prove/.test(sentence))).toEqual([]);
    for (const [, works] of MENTIONS) for (const work of works) expect(Object.hasOwn(WORKS, work)).toBe(true);
  });

  test('every mention is made by a text', () =>
    expect(MENTIONS.filter(([words]) => !texts.some((text) => words.test(text)))).toEqual([]));

  test('observations say no more than their works', () =>
    expect(observationsOf([]).map(({ saw, citation }) => [keyOf(citation), saw])).toEqual([
      ['McCandlish 2018', 'The noise scale grows by a factor of ten or more as the loss falls, mostly because the signal falls.'],
      ['Jastrzębski 2017', 'The ratio of learning rate to batch size goes with how flat a minimum SGD ends in, as long as neither is too large.'],
      ['Gur-Ari 2018', 'Gradients come to lie mostly in a small subspace, of about as many directions as there are classes, early in the training.'],
      ['Thomas 2020', 'In small networks covariance, Hessian and Fisher matrix were much alike in shape, while their sizes differed.'],
      ['Li 2021', 'Linear scaling fails where the noise of a batch no longer outweighs its signal, as it does at large batches.'],
    ])); // prettier-ignore
});
