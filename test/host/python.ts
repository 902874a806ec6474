import { spawnSync } from 'node:child_process';

/** `npm run python` names the Python of its own environment. */
export const PYTHON = process.env['GRADIENT_PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');

/** The modules of a list that Python cannot find; all of them where there is no Python. */
export function lacking(modules: readonly string[]): readonly string[] {
  const code = `import importlib.util as u, sys; print(' '.join(m for m in sys.argv[1:] if u.find_spec(m) is None))`;
  const { status, stdout } = spawnSync(PYTHON, ['-c', code, ...modules], { encoding: 'utf8' });
  return status === 0 ? stdout.split(/\s+/).filter((name) => name !== '') : modules;
}

export const whyNot = (modules: readonly string[]): string => `${PYTHON} cannot import ${modules.join(', ')}`;
