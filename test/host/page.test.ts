import { describe, expect, test } from 'vitest';
import { pageHtml } from '../../src/host/page';

const ADDRESSES = {
  cspSource: 'https://file.webview.test',
  script: 'https://file.webview.test/dist/webview/main.js',
  style: 'https://file.webview.test/dist/webview/main.css',
};
const policyOf = (html: string): Map<string, string> =>
  new Map(
    /Content-Security-Policy" content="([^"]*)"/
      .exec(html)![1]!
      .split('; ')
      .map((directive) => [directive.split(' ')[0]!, directive.split(' ').slice(1).join(' ')]),
  );

describe('the page', () => {
  const html = pageHtml(ADDRESSES);

  test('forbids everything but one script and what the extension ships', () => {
    const nonce = /<script nonce="([^"]+)"/.exec(html)![1]!;
    expect(Object.fromEntries(policyOf(html))).toEqual({
      'default-src': "'none'",
      'script-src': `'nonce-${nonce}'`,
      'style-src': ADDRESSES.cspSource,
      'font-src': ADDRESSES.cspSource,
      'img-src': `${ADDRESSES.cspSource} data:`,
      'base-uri': "'none'",
      'form-action': "'none'",
    });
  });

  test('has no unsafe source, no inline script, no inline style and no handler', () => {
    expect(html).not.toMatch(/unsafe-/);
    expect(html.match(/<script[^>]*>/g)).toEqual([expect.stringContaining(`src="${ADDRESSES.script}"`)]);
    expect(html).toContain('></script>');
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
  });

  test('gets a new nonce of 128 bits every time', () => {
    const nonces = Array.from({ length: 100 }, () => /nonce="([^"]+)"/.exec(pageHtml(ADDRESSES))![1]!);
    expect(new Set(nonces).size).toBe(100);
    expect(Buffer.from(nonces[0]!, 'base64url')).toHaveLength(16);
  });
});
