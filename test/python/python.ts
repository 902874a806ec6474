import { execFileSync, spawnSync } from 'node:child_process';

/** `npm run python` names the Python of its own environment, in which nothing may be missing. */
const { GRADIENT_PYTHON: own } = process.env;
export const PYTHON = own ?? (process.platform === 'win32' ? 'python' : 'python3');

/** Those of the modules that Python cannot find; all of them where there is no Python. */
function missing(modules: readonly string[]): readonly string[] {
  const code = `import importlib.util as u, sys; print(' '.join(m for m in sys.argv[1:] if u.find_spec(m) is None))`;
  const { status, stdout } = spawnSync(PYTHON, ['-c', code, ...modules], { encoding: 'utf8' });
  return status === 0 ? stdout.split(/\s+/).filter((module) => module !== '') : modules;
}

/** How a suite is taken, and the end of its title that says why it is skipped. */
export function taking(needed: readonly string[]): { readonly skipped: boolean; readonly why: string } {
  const lacking = missing(needed);
  const why = lacking.length === 0 ? '' : `: ${PYTHON} cannot import ${lacking.join(', ')}; npm run python can`;
  return { skipped: lacking.length > 0 && own === undefined, why };
}

/** Runs test files of Python's unittest; its output is the message where it fails. */
export function unittest(suite: string, dumps: string): void {
  execFileSync(PYTHON, ['-m', 'unittest', suite], {
    cwd: import.meta.dirname,
    env: { ...process.env, DUMPS: dumps, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
