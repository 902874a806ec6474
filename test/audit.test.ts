import { describe, expect, test } from 'vitest';
import { auditOf } from './audit.mjs';

const counted = (changes: object = {}): string =>
  JSON.stringify({
    auditReportVersion: 2,
    metadata: {
      vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0, ...changes },
    },
  });

describe('the audit of what is shipped', () => {
  test('passes where nothing above a low severity is known', () => {
    expect(auditOf({ stdout: counted() })).toMatchObject({ vulnerable: false });
    expect(auditOf({ stdout: counted({ low: 2, info: 1 }) })).toEqual({
      vulnerable: false,
      counts: 'info 1, low 2, moderate 0, high 0, critical 0, total 0',
    });
  });

  test.each(['moderate', 'high', 'critical'])('fails at a known vulnerability that is %s', (severity) => {
    expect(auditOf({ stdout: counted({ [severity]: 1 }) })).toMatchObject({ vulnerable: true });
  });

  test.each([
    [
      'an error in JSON',
      { stdout: '{"error": {"code": "ENOAUDIT", "summary": "Not found"}}' },
      /\(ENOAUDIT\): Not found/,
    ],
    ['an error beside counts', { stdout: `${counted().slice(0, -1)}, "error": {"code": "E403"}}` }, /\(E403\)/],
    ['an error without a code', { stdout: '{"error": {"detail": "no network"}}' }, /no code\): no network/],
    ['JSON without counts', { stdout: '{"metadata": {}}' }, /counted nothing/],
    ['JSON with counts that are none', { stdout: counted({ high: null }) }, /counted nothing/],
    ['a message in place of counts', { stdout: '{"message": "request failed"}' }, /counted nothing: request failed/],
    ['JSON that is no object', { stdout: 'null' }, /counted nothing/],
    [
      'JSON that breaks off',
      { stdout: counted().slice(0, 40), stderr: 'npm error audit\nmore' },
      /no JSON: npm error audit$/,
    ],
    ['an empty answer', { stdout: '', stderr: '' }, /no JSON$/],
    ['no answer at all', {}, /no JSON$/],
    ['words', { stdout: 'npm warn audit 404' }, /no JSON: npm warn/],
    ['a program that is not there', { error: { code: 'ENOENT' } }, /did not come to its end \(ENOENT\)/],
    ['a program that takes too long', { stdout: '', error: { code: 'ETIMEDOUT' }, signal: 'SIGTERM' }, /\(ETIMEDOUT\)/],
    ['a program that was ended', { stdout: counted(), signal: 'SIGTERM' }, /ended by SIGTERM/],
  ])('is skipped, with the reason, for %s', (_, run, reason) => {
    const outcome = auditOf(run);
    expect(outcome).toEqual({ reason: expect.stringMatching(reason) as string });
  });
});
