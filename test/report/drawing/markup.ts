/**
 * What is wrong with a piece of XML, or of HTML written as strictly: tags that do not match, attributes without quotes, a bare
 * ampersand or bracket; undefined when nothing is.
 *
 * @param empty elements that HTML does not close
 */
export function faultOfMarkup(text: string, empty: readonly string[] = []): string | undefined {
  const open: string[] = [];
  const tag = /<(?:!DOCTYPE html|(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z_][\w:.-]*(?:="[^"<]*")?)*)\s*(\/?))>/g;
  let at = 0;
  const fault = (piece: string): string | undefined =>
    /[<>]/.test(piece) || /&(?!(?:amp|lt|gt|quot|nbsp|#\d+|#x[\da-f]+);)/i.test(piece)
      ? `not escaped: ${piece}`
      : undefined;
  for (const match of text.matchAll(tag)) {
    const [whole, closing = '', name, attributes = '', alone = ''] = match;
    const wrong = fault(text.slice(at, match.index)) ?? fault(attributes);
    if (wrong !== undefined) return wrong;
    at = match.index + whole.length;
    if (name === undefined || alone === '/' || empty.includes(name)) continue;
    if (closing === '') open.push(name);
    else if (open.pop() !== name) return `closed without being open: ${name} at ${match.index}`;
  }
  return fault(text.slice(at)) ?? (open.length > 0 ? `left open: ${open.join(' ')}` : undefined);
}
