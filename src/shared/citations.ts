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
