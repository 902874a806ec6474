import { evaluate } from '../../src/report/evaluate';
import type { Report } from '../../src/shared/report';
import { changedSettings } from '../../src/shared/settings';
import type { Settings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';
import { everyText } from './every-text';
import type { PlacedText } from './every-text';
import { FIXED } from './fixed-sentences';
import { formed, numbersOf, says, saidNumber, SENTENCES } from './sentence-claims';
import type { Check, Claim } from './sentence-claims';
import { truthOf } from './truth';
import type { Truth } from './truth';

interface Form {
  readonly form: string;
  readonly pattern: RegExp;
  readonly check?: Check;
}

const FORMS: readonly Form[] = [
  ...SENTENCES.map(([form, check]) => ({ form, pattern: formed(form), check })),
  ...FIXED.map((form) => ({ form, pattern: formed(form) })),
];
/** By what is left of a sentence without its numbers, so that each kind is looked up once. */
const known = new Map<string, readonly Form[]>();

/** Everything that is wrong in the texts of a report, each by its kind; nothing when all hold. */
export function faultsOf(summary: DumpSummary, settings: Settings): readonly string[] {
  const report = evaluate(summary, settings);
  const truth = truthOf(report, summary, settings);
  const shown = summary.preview === undefined ? report : withoutPreview(report);
  const texts = everyText(shown);
  const answers = texts.some(({ place }) => place === 'glance question') ? answered(summary, settings) : undefined;
  return [...texts.flatMap((text) => faultsOfText(text, answers?.(text.place) ?? truth)), ...disagreements(texts)];
}

/** Texts of the spectrum are those of some rows until that of all is known. */
const withoutPreview = (report: Report): Report => ({
  ...report,
  sections: report.sections.filter(({ id }) => id !== 'spectrum'),
});

/** What is so if the reader answers the question what the rows are. */
function answered(summary: DumpSummary, settings: Settings): (place: string) => Truth | undefined {
  const [block] = evaluate(summary, settings).sections[0]?.blocks ?? [];
  const truths = new Map<string, Truth>(
    (block?.kind === 'question' ? block.answers : []).map(({ id, change, meanOf }) => {
      const rows = meanOf?.suggested === undefined ? {} : { rows: { meanOf: meanOf.suggested } };
      const changed = changedSettings(settings, { ...change, ...rows }, summary.dump);
      return [id, truthOf(evaluate(summary, changed), summary, changed)];
    }),
  );
  return (place) => truths.get(/^glance answer (\w+)/.exec(place)?.[1] ?? '');
}

function faultsOfText({ place, text }: PlacedText, truth: Truth): readonly string[] {
  const general = GENERAL.filter(([, wrong]) => wrong(text, place, truth)).map(
    ([name]) => `${name} | ${place} | ${text}`,
  );
  if (/ cell |^plot .* (?:axis|series)$/.test(place)) return general;
  return [...general, ...sentencesOf(text, place).flatMap((sentence) => faultsOfSentence(sentence, place, truth))];
}

const sentencesOf = (text: string, place: string): readonly string[] =>
  (place === 'metric convention' || / note$/.test(place) && place.startsWith('metric') ? text.split('; ') : text.trim().split(/(?<=[.?]) (?=[A-ZΣ‖ηκ0-9#−(“])/u)); // prettier-ignore

function faultsOfSentence(sentence: string, place: string, truth: Truth): readonly string[] {
  const kind = sentence.replaceAll(/\d+/g, '#');
  let forms = known.get(kind);
  if (forms === undefined) {
    forms = FORMS.filter(({ pattern }) => pattern.test(sentence));
    known.set(kind, forms);
  }
  const [first] = forms;
  if (first === undefined) return [`no check | ${place} | ${sentence}`];
  used.add(first.form);
  const match = first.pattern.exec(sentence);
  if (match === null) return [`no match | ${place} | ${sentence}`];
  const numbers = numbersOf(first.form, match);
  const claims = first.check?.(numbers, truth, { interval: match.groups?.['interval'], text: sentence }) ?? [];
  return claims.flatMap((claim, k) => (holds(claim) ? [] : [`claim ${k}${saying(claim)} | ${place} | ${sentence}`]));
}

/** Forms that a sentence had so far. */
export const used = new Set<string>();

const holds = (claim: Claim): boolean => {
  if (typeof claim === 'boolean') return claim;
  const [said, is] = claim;
  return said !== undefined && is !== undefined && says(said, is);
};

const saying = (claim: Claim): string =>
  typeof claim === 'boolean' ? '' : ` says ${claim[0]?.text ?? 'nothing'}, is ${String(claim[1])}`;

/* --- what holds for every text -------------------------------------------------------------------------------------- */

const NUMBERS = /[−-]?\d[\d,]*(?:\.\d+)?(?:e[−-]?\d+)?/gu;
const digits = (text: string): number =>
  text
    .replace(/e.*/, '')
    .replaceAll(/[−,.-]/g, '')
    .replace(/^0+/, '').length;

type Wrong = (text: string, place: string, truth: Truth) => boolean;
const GENERAL: readonly (readonly [name: string, wrong: Wrong])[] = [
  [
    'a number that is none',
    (text) => /NaN|Infinity|(?<!value is )undefined|\[object|(?<![\d.])[−-]0(?![\d.])/.test(text),
  ],
  ['a fault of ours', (text) => /RangeError|TypeError|fault of the extension|report it/.test(text)],
  ['TeX in plain text', (text) => /[\\{}]|\^\{/.test(text.replaceAll(/\$[^$]*\$/g, ''))],
  [
    'two spaces or no end',
    (text, place) => / {2}/.test(text) || (/finding|verdict/.test(place) && !/[.?:]$/.test(text)),
  ],
  ['more than five digits', (text) => (text.replaceAll(/\$[^$]*\$/g, '').match(NUMBERS) ?? []).some((number) => number.includes('.') && digits(number) > 5)], // prettier-ignore
  ['more than five digits in TeX', (text) => [...text.matchAll(/\$([^$]*)\$/g)].some(([, tex = '']) => (tex.match(/\d+\.\d+/g) ?? []).some((number) => digits(number) > 5) && !/kappa=|eta=/.test(tex))], // prettier-ignore
  ['a share beyond 100 %', (text, place) => !/^table examples cell/.test(place) && [...text.matchAll(/([−-]?[\d,]+(?:\.\d+)?) %/gu)].some(([, share = '']) => !(saidNumber(share).value >= 0 && saidNumber(share).value <= 100))], // prettier-ignore
  ['1 in the plural', (text) => /(?<![\d.,κ=] ?)\b1 (?:rows|examples|pairs|directions|batches|passes|layers|parameters|eigenvalues|gradients|means|steps|seconds|minutes|hours)\b/.test(text)], // prettier-ignore
  ['a batch of 0', (text) => /batch(?:es)? of (?:κB = )?0(?![.\d])|B = 0(?![.\d])/.test(text)],
  ['sampling talk of the whole data set', (text, place, { uncertain, settings }) => !uncertain && settings.convention === 'population' && !/^glance (?:answer|question)/.test(place) && /estimate|interval|perhaps up to|as a sample\b|rows cannot|more rows/i.test(text.replaceAll(/no estimate|have no intervals|estimates get intervals|without intervals|as if the rows were a sample|switch to Sample|unbiased estimates/g, '')) && !/problem$/.test(place) && !/^A setting is out of/.test(text)], // prettier-ignore
];

/** One question is answered once, or everywhere alike. */
function disagreements(texts: readonly PlacedText[]): readonly string[] {
  const of = (place: string, pattern: RegExp): string | undefined =>
    texts.find((entry) => entry.place === place && pattern.test(entry.text) && !/metric of Adam/.test(entry.text))
      ?.text;
  const verdict = of('glance verdict', /./);
  const sde = of('sde finding', /SDE/);
  const pairs: readonly (readonly [string | undefined, RegExp, string | undefined, RegExp])[] = [
    [verdict, /^A batch of [\d,]+ is mostly noise/, sde, /is not ruled out/],
    [verdict, /^A batch of [\d,]+ is mostly signal/, sde, /does not describe/],
    [verdict, /cannot tell which|nor show whether/, sde, /is not decided|do not show whether/],
    [of('spectrum finding', /does not rule out/), /./, of('fisher-hessian note', /isotropic/), /do not rule that out/],
    [of('spectrum finding', /Noise without any/), /./, of('fisher-hessian note', /isotropic/), /It is not:/],
    [of('glance verdict', /cannot distinguish/), /./, of('batch finding', /At B/), /cannot be distinguished/],
    [
      of('glance verdict', /cannot distinguish/),
      /./,
      of('temperature finding', /κ/),
      /not resolved|more than the data set|less than one/,
    ],
  ];
  return pairs.flatMap(([one, if_, other, then]) =>
    one !== undefined && if_.test(one) && other !== undefined && !then.test(other)
      ? [`two answers | glance | ${one} ≠ ${other}`]
      : [],
  );
}
