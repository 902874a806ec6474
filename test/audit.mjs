/** Severities that fail a release, in what npm counts. */
const FAILING = ['moderate', 'high', 'critical'];

/**
 * What `npm audit --json` said about what is shipped: whether something is known, and how much, or why nobody answered.
 *
 * @param run what spawnSync returns: its output, and why it could not be started or was ended
 */
export function auditOf({ stdout, stderr, error, signal }) {
  if (error) return { reason: `npm audit did not come to its end (${error.code ?? error.message})` };
  if (signal) return { reason: `npm audit was ended by ${signal}` };
  let answer;
  try {
    answer = JSON.parse(stdout ?? '');
  } catch {
    return { reason: `npm audit gave no JSON${saying(stderr || stdout)}` };
  }
  if (answer?.error) {
    const { code, summary, detail } = answer.error;
    return { reason: `the registry does not answer npm audit (${code ?? 'no code'})${saying(summary || detail)}` };
  }
  const found = answer?.metadata?.vulnerabilities;
  const counted = FAILING.every((severity) => Number.isInteger(found?.[severity]));
  if (!counted) return { reason: `npm audit counted nothing${saying(answer?.message)}` };
  return {
    counts: Object.entries(found)
      .map(([severity, count]) => `${severity} ${count}`)
      .join(', '),
    vulnerable: FAILING.some((severity) => found[severity] > 0),
  };
}

const saying = (text) => {
  const line = String(text ?? '')
    .trim()
    .split('\n')[0]
    .slice(0, 120);
  return line === '' ? '' : `: ${line}`;
};
