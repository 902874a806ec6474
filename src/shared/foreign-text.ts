/**
 * Text from files (names of layers, files, entries and keys) as each place outside of the page may show it: nothing in it is
 * carried out, and nothing in it hides.
 */

/** C0, C1, bidi controls, zero-width and other characters that are not seen, line separators, halves of a pair. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const hexadecimal = (code: number): string => code.toString(16).padStart(4, '0');

/**
 * One line of text in which every character is seen; what a terminal would obey is written out.
 *
 * @example visible('a\u001b[31mb') // => 'a\\u001b[31mb'
 * @example visible('Größe ≥ 3 𝛴') // => 'Größe ≥ 3 𝛴'
 * @example visible('\u{e0041}') // => '\\u{e0041}'
 */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (character) => {
    const code = hexadecimal(character.codePointAt(0) ?? 0);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
  });

/**
 * JSON on indented lines, or on one with an indent of 0, in which the same characters are escaped as JSON escapes: it is the same value.
 *
 * @example jsonText('\u202e') // => '"\\u202e"'
 */
export const jsonText = (value: unknown, indent = 2): string =>
  JSON.stringify(value, undefined, indent).replace(UNSEEN, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, k) => `\\u${hexadecimal(character.charCodeAt(k))}`).join(''),
  );

/** How a cell begins that a spreadsheet takes for a formula. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/u;

/**
 * A text as a cell of CSV; one that a spreadsheet would run begins with an apostrophe.
 *
 * @example csvCell('layer "1"') // => '"layer ""1"""'
 * @example csvCell('=1+1') // => '"\'=1+1"'
 */
export const csvCell = (text: string): string => {
  const shown = visible(text);
  // what began with a tab or a line break begins with its escape by now
  return `"${(FORMULA.test(shown) ? `'${shown}` : shown).replaceAll('"', '""')}"`;
};

/**
 * A text behind `#` in a line before the table. A spreadsheet splits that line, too: no part of it becomes a formula.
 *
 * @example csvComment('grad,=1+1.npy') // => "grad,'=1+1.npy"
 */
export const csvComment = (text: string): string => visible(text).replaceAll(/([,;|"]\s*)(?=[=+\-@＝＋－＠])/gu, "$1'");

/**
 * A text as code in Markdown, where neither images, links and HTML nor mentions and mathematics are active.
 *
 * @example markdownCode('![x](//a)') // => '`![x](//a)`'
 * @example markdownCode('a`b') // => '`` a`b ``'
 */
export function markdownCode(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 || shown.trim() === '' || /^ .* $/.test(shown) ? ' ' : '';
  return `${fence}${space}${shown}${space}${fence}`;
}

/** What LaTeX would obey or print as something else, and signs that a text font of pdfLaTeX lacks. */
const LATEX: Record<string, string> = {
  '\\': String.raw`\textbackslash{}`,
  '^': String.raw`\textasciicircum{}`,
  '~': String.raw`\textasciitilde{}`,
  '<': String.raw`\textless{}`,
  '>': String.raw`\textgreater{}`,
  '|': String.raw`\textbar{}`,
  '"': String.raw`\char34{}`,
  '`': String.raw`\char96{}`,
  // behind the end of a row these would be options of it
  '[': '{[}',
  '*': '{*}',
  '\u00a0': '~',
  '–': String.raw`\textendash{}`,
  '—': String.raw`\textemdash{}`,
  '…': String.raw`\dots{}`,
  '·': '$\\cdot$',
  '×': String.raw`$\times$`,
  '−': '$-$',
  '≤': String.raw`$\leq$`,
  '≥': String.raw`$\geq$`,
  '≈': String.raw`$\approx$`,
  '√': String.raw`$\surd$`,
  '∞': String.raw`$\infty$`,
  '½': String.raw`$\tfrac12$`,
  '⁻': '$^{-}$',
  '‖': String.raw`$\Vert$`,
};

const GREEK = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega'; // prettier-ignore
for (const [k, name] of GREEK.split(' ').entries())
  if (name !== 'omicron') LATEX[String.fromCharCode(0x3b1 + k)] = `$\\${name}$`;
const CAPITALS = ['Gamma', 'Delta', 'Theta', 'Lambda', 'Xi', 'Pi', 'Sigma', 'Phi', 'Psi', 'Omega'];
for (const [k, name] of CAPITALS.entries()) LATEX['ΓΔΘΛΞΠΣΦΨΩ'.charAt(k)] = `$\\${name}$`;
for (const [k, digit] of Array.from('⁰¹²³⁴⁵⁶⁷⁸⁹').entries()) LATEX[digit] = `$^{${k}}$`;

/**
 * A text as it is printed by LaTeX: nothing in it is a command, and it ends no row and no comment.
 *
 * @example latexText('50% of a_b') // => '50\\% of a\\_b'
 * @example latexText('\\input{x}') // => '\\textbackslash{}input\\{x\\}'
 */
export const latexText = (text: string): string =>
  Array.from(visible(text), (sign) => LATEX[sign] ?? (/[&%$#_{}]/.test(sign) ? `\\${sign}` : sign))
    .join('')
    // two of these would become one sign
    .replace(/(?<=-)-|(?<=')'|(?<=,),/g, '{}$&');

/**
 * A text behind `%`, which it cannot leave.
 *
 * @example latexComment('a\nb') // => 'a\\u000ab'
 */
export const latexComment = (text: string): string => visible(text);

/**
 * Names no longer than so many characters, of which those stay apart that are apart: the middle gives way, and where that
 * makes two the same, the place in the list says which.
 *
 * @example shortNames(['encoder.layers.0.weight', 'bias'], 12) // => ['encode…eight', 'bias']
 */
export function shortNames(names: readonly string[], most = 120): string[] {
  const cut = names.map((name) => shortName(name, most));
  const owners = new Map<string, Set<string>>();
  names.forEach((name, index) => {
    const short = cut[index] ?? '';
    owners.set(short, (owners.get(short) ?? new Set()).add(name));
  });
  return names.map((name, index) => {
    const short = cut[index] ?? '';
    if (short === name || (owners.get(short)?.size ?? 0) < 2) return short;
    const place = ` (${index + 1})`;
    return shortName(name, most - place.length) + place;
  });
}

/** The beginning and the end of a name that is longer than so many characters. */
export function shortName(name: string, most = 120): string {
  if (name.length <= most) return name;
  // by code points: half a pair would not be a character
  const characters = Array.from(name.length > 4 * most ? name.slice(0, 2 * most) + name.slice(-2 * most) : name);
  if (characters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(-end).join('')}`;
}
