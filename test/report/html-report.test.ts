import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { evaluate } from '../../src/report/evaluate';
import { htmlReport, STYLE, STYLE_HASH } from '../../src/report/html-report';
import type { Report } from '../../src/shared/report';
import { faultOfMarkup } from './drawing/markup';
import { version } from '../../package.json';
import { SITUATIONS, large } from '../reference/situations';

const named = (name: string): Report => {
  const { dump, ...rest } = large.summary;
  return evaluate({ ...rest, dump: { ...dump, name } }, large.settings);
};

test('the policy of a report as HTML allows its own style sheet by its hash, and nothing else', () => {
  expect(STYLE_HASH).toBe(`sha256-${createHash('sha256').update(STYLE).digest('base64')}`);
  const html = htmlReport(named('grad.npy'));
  expect(html).toContain(`<style>${STYLE}</style>`);
  expect(html).toContain(
    `content="default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'"`,
  );
  expect(html).not.toMatch(/<script|<link|<img|\sstyle=|\son\w+=|href=|src=/);
});

test('names from files are text in a report as HTML, however they are written and however long', () => {
  const name = `</title><script>alert(1)</script><img src=x onerror=alert(1)>"'&\u202e\u0000${'x'.repeat(500)}`;
  const html = htmlReport(named(name));
  expect(html).not.toMatch(/<script|<img|\u202e|\u0000/);
  expect(html).toContain('&lt;script&gt;');
  expect(faultOfMarkup(html)).toBeUndefined();
});

test('a report as HTML is well-formed in every situation, with the sections and plots of the page', () => {
  for (const { summary, settings } of SITUATIONS) {
    const report = evaluate(summary, settings);
    const html = htmlReport(report);
    expect(faultOfMarkup(html)).toBeUndefined();
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    for (const { title } of report.sections) expect(html).toContain(`<h2>${title.replaceAll('&', '&amp;')}</h2>`);
  }
});

test('a report as HTML says which program made it', () => {
  expect(htmlReport(named('grad.npy'))).toContain(`gradient-covariance ${version}`);
});
