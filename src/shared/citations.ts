import type { Citation } from './report';

/** Works that metrics and sections cite, once each. */
export const mccandlish2018: Citation = {
  authors: 'McCandlish, Kaplan, Amodei and the OpenAI Dota Team',
  year: 2018,
  title: 'An Empirical Model of Large-Batch Training',
  url: 'https://arxiv.org/abs/1812.06162',
};
export const jastrzebski2017: Citation = {
  authors: 'Jastrzębski, Kenton, Arpit, Ballas, Fischer, Bengio and Storkey',
  year: 2017,
  title: 'Three Factors Influencing Minima in SGD',
  url: 'https://arxiv.org/abs/1711.04623',
};
export const cochran1977: Citation = {
  authors: 'Cochran',
  year: 1977,
  title: 'Sampling Techniques, 3rd edition',
  url: 'https://www.wiley.com/en-us/Sampling+Techniques%2C+3rd+Edition-p-9780471162407',
};
export const rudelson2007: Citation = {
  authors: 'Rudelson and Vershynin',
  year: 2007,
  title: 'Sampling from Large Matrices: An Approach through Geometric Functional Analysis',
  url: 'https://arxiv.org/abs/math/0503442',
};
export const roy2007: Citation = {
  authors: 'Roy and Vetterli',
  year: 2007,
  title: 'The Effective Rank: A Measure of Effective Dimensionality',
  url: 'https://www.eurasip.org/Proceedings/Eusipco/Eusipco2007/Papers/a5p-h05.pdf',
};
export const himeno2014: Citation = {
  authors: 'Himeno and Yamada',
  year: 2014,
  title: 'Estimations for Some Functions of Covariance Matrix in High Dimension under Non-Normality',
  url: 'https://doi.org/10.1016/j.jmva.2014.04.020',
};
export const horn2012: Citation = {
  authors: 'Horn and Johnson',
  year: 2012,
  title: 'Matrix Analysis, 2nd edition',
  url: 'https://doi.org/10.1017/CBO9781139020411',
};
export const goyal2017: Citation = {
  authors: 'Goyal, Dollár, Girshick, Noordhuis, Wesolowski, Kyrola, Tulloch, Jia and He',
  year: 2017,
  title: 'Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour',
  url: 'https://arxiv.org/abs/1706.02677',
};
export const krizhevsky2014: Citation = {
  authors: 'Krizhevsky',
  year: 2014,
  title: 'One Weird Trick for Parallelizing Convolutional Neural Networks',
  url: 'https://arxiv.org/abs/1404.5997',
};
export const li2021: Citation = {
  authors: 'Li, Malladi and Arora',
  year: 2021,
  title: 'On the Validity of Modeling SGD with Stochastic Differential Equations (SDEs)',
  url: 'https://arxiv.org/abs/2102.12470',
};
export const hill1975: Citation = {
  authors: 'Hill',
  year: 1975,
  title: 'A Simple General Approach to Inference About the Tail of a Distribution',
  url: 'https://doi.org/10.1214/aos/1176343247',
};
export const decarlo1997: Citation = {
  authors: 'DeCarlo',
  year: 1997,
  title: 'On the Meaning and Use of Kurtosis',
  url: 'https://doi.org/10.1037/1082-989X.2.3.292',
};
export const thomas2020: Citation = {
  authors: 'Thomas, Pedregosa, van Merriënboer, Manzagol, Bengio and Le Roux',
  year: 2020,
  title: 'On the Interplay between Noise and Curvature and its Effect on Optimization and Generalization',
  url: 'https://arxiv.org/abs/1906.07774',
};
export const kunstner2019: Citation = {
  authors: 'Kunstner, Balles and Hennig',
  year: 2019,
  title: 'Limitations of the Empirical Fisher Approximation for Natural Gradient Descent',
  url: 'https://arxiv.org/abs/1905.12558',
};
export const zhu2019: Citation = {
  authors: 'Zhu, Wu, Yu, Wu and Ma',
  year: 2019,
  title: 'The Anisotropic Noise in Stochastic Gradient Descent: Its Behavior of Escaping from Sharp Minima',
  url: 'https://arxiv.org/abs/1803.00195',
};
export const ghorbani2019: Citation = {
  authors: 'Ghorbani, Krishnan and Xiao',
  year: 2019,
  title: 'An Investigation into Neural Net Optimization via Hessian Eigenvalue Density',
  url: 'https://arxiv.org/abs/1901.10159',
};
export const byrd2012: Citation = {
  authors: 'Byrd, Chin, Nocedal and Wu',
  year: 2012,
  title: 'Sample Size Selection in Optimization Methods for Machine Learning',
  url: 'https://doi.org/10.1007/s10107-012-0572-5',
};
export const bollapragada2018: Citation = {
  authors: 'Bollapragada, Byrd and Nocedal',
  year: 2018,
  title: 'Adaptive Sampling Strategies for Stochastic Optimization',
  url: 'https://arxiv.org/abs/1710.11258',
};
export const balles2017: Citation = {
  authors: 'Balles, Romero and Hennig',
  year: 2017,
  title: 'Coupling Adaptive Batch Sizes with Learning Rates',
  url: 'https://arxiv.org/abs/1612.05086',
};
export const mahsereci2017: Citation = {
  authors: 'Mahsereci, Balles, Lassner and Hennig',
  year: 2017,
  title: 'Early Stopping without a Validation Set',
  url: 'https://arxiv.org/abs/1703.09580',
};
export const liu2020: Citation = {
  authors: 'Liu, Bai, Jiang, Chen and Wang',
  year: 2020,
  title: 'Understanding Why Neural Networks Generalize Well Through GSNR of Parameters',
  url: 'https://arxiv.org/abs/2001.07384',
};
export const yin2018: Citation = {
  authors: 'Yin, Pananjady, Lam, Papailiopoulos, Ramchandran and Bartlett',
  year: 2018,
  title: 'Gradient Diversity: A Key Ingredient for Scalable Distributed Learning',
  url: 'https://arxiv.org/abs/1706.05699',
};
export const chatterjee2020: Citation = {
  authors: 'Chatterjee',
  year: 2020,
  title: 'Coherent Gradients: An Approach to Understanding Generalization in Gradient Descent-based Optimization',
  url: 'https://arxiv.org/abs/2002.10657',
};
export const fort2019: Citation = {
  authors: 'Fort, Nowak, Jastrzębski and Narayanan',
  year: 2019,
  title: 'Stiffness: A New Perspective on Generalization in Neural Networks',
  url: 'https://arxiv.org/abs/1901.09491',
};
export const yaida2018: Citation = {
  authors: 'Yaida',
  year: 2018,
  title: 'Fluctuation-Dissipation Relations for Stochastic Gradient Descent',
  url: 'https://arxiv.org/abs/1810.00004',
};
export const gurari2018: Citation = {
  authors: 'Gur-Ari, Roberts and Dyer',
  year: 2018,
  title: 'Gradient Descent Happens in a Tiny Subspace',
  url: 'https://arxiv.org/abs/1812.04754',
};
export const nocedal2006: Citation = {
  authors: 'Nocedal and Wright',
  year: 2006,
  title: 'Numerical Optimization, 2nd edition',
  url: 'https://doi.org/10.1007/978-0-387-40065-5',
};
export const bai2012: Citation = {
  authors: 'Bai and Ding',
  year: 2012,
  title: 'Estimation of Spiked Eigenvalues in Spiked Models',
  url: 'https://doi.org/10.1142/S2010326311500110',
};
export const horn1965: Citation = {
  authors: 'Horn',
  year: 1965,
  title: 'A Rationale and Test for the Number of Factors in Factor Analysis',
  url: 'https://doi.org/10.1007/BF02289447',
};
export const andreyev2024: Citation = {
  authors: 'Andreyev and Beneventano',
  year: 2024,
  title: 'Edge of Stochastic Stability: Revisiting the Edge of Stability for SGD',
  url: 'https://arxiv.org/abs/2412.20553',
};
export const cohen2021: Citation = {
  authors: 'Cohen, Kaur, Li, Kolter and Talwalkar',
  year: 2021,
  title: 'Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability',
  url: 'https://arxiv.org/abs/2103.00065',
};
export const wu2022: Citation = {
  authors: 'Wu, Wang and Su',
  year: 2022,
  title: 'The Alignment Property of SGD Noise and How It Helps Select Flat Minima: A Stability Analysis',
  url: 'https://arxiv.org/abs/2207.02628',
};
export const xie2023: Citation = {
  authors: 'Xie, Tang, Cai, Sun and Li',
  year: 2023,
  title: 'On the Overlooked Structure of Stochastic Gradients',
  url: 'https://arxiv.org/abs/2212.02083',
};
export const yu2020: Citation = {
  authors: 'Yu, Kumar, Gupta, Levine, Hausman and Finn',
  year: 2020,
  title: 'Gradient Surgery for Multi-Task Learning',
  url: 'https://arxiv.org/abs/2001.06782',
};
export const chen2020: Citation = {
  authors: 'Chen, Wu and Hong',
  year: 2020,
  title: 'Understanding Gradient Clipping in Private SGD: A Geometric Perspective',
  url: 'https://arxiv.org/abs/2006.15429',
};
export const abadi2016: Citation = {
  authors: 'Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar and Zhang',
  year: 2016,
  title: 'Deep Learning with Differential Privacy',
  url: 'https://arxiv.org/abs/1607.00133',
};
export const wei2025: Citation = {
  authors: 'Wei, Li, Gong and Chen',
  year: 2025,
  title: 'DC-SGD: Differentially Private SGD with Dynamic Clipping through Gradient Norm Distribution Estimation',
  url: 'https://arxiv.org/abs/2503.22988',
};
export const cortes2012: Citation = {
  authors: 'Cortes, Mohri and Rostamizadeh',
  year: 2012,
  title: 'Algorithms for Learning Kernels Based on Centered Alignment',
  url: 'https://arxiv.org/abs/1203.0550',
};
