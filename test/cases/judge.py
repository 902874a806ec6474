"""Judges a folder of files against what its manifest says is right, and lists the cases that are not.

    python3 test/cases/judge.py FOLDER [KIND …]      after npm run build; NumPy is all it needs

FOLDER/manifest.json is a list of {"file", "kind", "right", …}. Of the phrases in "right" these are judged: "NumPy's numbers",
"covariance exactly 0", "every number scales", "refused", "data/overflow", "a note"; others are printed to be read.
"""
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy as np

CLI = os.path.join(os.path.dirname(__file__), '..', '..', 'dist', 'cli.js')


def analyzed(path, *options):
    """Exit code, the report or problem as JSON, and what went to the error stream."""
    done = subprocess.run(['node', CLI, 'analyze', path, '--json', *options], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr


def expected(path):
    """tr Σ, λ₁, ‖Σ‖_F and ‖ḡ‖² of the rows with divisor 1/n, taken around the first row and in a scale where squares are numbers."""
    loaded = np.load(path)
    # of an archive each array is a layer; what is none, such as an empty folder, comes as bytes
    arrays = [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    rows = np.concatenate([array.astype(np.float64).reshape(len(array), -1) for array in arrays], axis=1)
    scale = 2.0 ** -math.floor(math.log2(np.abs(rows).max() or 1))
    first = rows[0].copy()
    away = rows - first
    spread = 2.0 ** -math.floor(math.log2(np.abs(away).max() or 1))
    x = away * spread
    x = x - x.mean(0)
    gram = x @ x.T / len(x)
    values = np.linalg.eigvalsh(gram)
    # first and the mean of what is away from it, exactly enough where both are large
    mean = first.astype(np.longdouble) * scale + (away.astype(np.longdouble) * scale).mean(0)
    return {
        'covariance-trace': (float(np.trace(gram)), spread ** -2),
        'spectral-norm': (float(values[-1]), spread ** -2),
        'frobenius-norm': (float(np.linalg.norm(gram)), spread ** -2),
        'mean-gradient-norm': (float(np.sqrt((mean ** 2).sum())), 1 / scale),
    }


def differences(path, report):
    found = []
    for name, (value, unit) in expected(path).items():
        got = report['metrics'][name]
        right = value * unit
        if 'value' not in got:
            found.append(f'{name}: unavailable ({got.get("unavailable")}), right {right:.9g}')
        elif not math.isclose(got['value'], right, rel_tol=1e-6, abs_tol=5e-324):
            found.append(f'{name}: {got["value"]:.9g}, right {right:.9g}')
    if 'spectrum' not in report:
        found.append(f'no spectrum: {report.get("spectrumUnavailable")}')
    return found


def refusal(code, report, errors):
    problem = report.get('problem', {})
    return [] if code == 1 and (problem.get('found') or errors.strip()) else [f'not refused (exit {code})']


def judged(path, right):
    """What is wrong; undefined (None) where no phrase is known, with what was found to be read beside it."""
    compared = right.startswith(("NumPy's numbers", 'every number scales', 'right numbers'))
    code, report, errors = analyzed(path, *(['--convention', 'population'] if compared else []))
    overflow = 'data/overflow' in errors or 'data/overflow' in json.dumps(report)
    if right.startswith('refused'):
        return refusal(code, report, errors)
    if right == 'a note or a refusal':
        return [] if code == 1 or report['dump']['notes'] else ['no note']
    if 'data/overflow' in right or 'or a refusal' in right:
        if code == 0:
            return differences(path, report)
        return [] if overflow or 'refusal' in right else [errors.strip()]
    if compared:
        return differences(path, report) if code == 0 else [f'exit {code}: {errors.strip()}']
    if right == 'covariance exactly 0':
        trace = report['metrics']['covariance-trace']
        return [] if trace.get('value') == 0 else [f'tr Σ = {trace}']
    if 'Hessian is refused' in right:
        told = report['metrics']['hessian-trace'].get('unavailable') or report['dump']['notes']
        return [] if told else ['the Hessian is used without a word']
    if 'companion is refused' in right:
        return [] if report['metrics']['hessian-trace'].get('unavailable') else ['the companion is not refused']
    if 'a note' in right:
        return [] if report['dump']['notes'] else ['no note']
    if right == 'read':
        return []
    return None


def main(folder, *kinds):
    counts = {'right': 0, 'wrong': 0, 'to be read': 0}
    with open(os.path.join(folder, 'manifest.json')) as file:
        cases = [case for case in json.load(file) if not kinds or case['kind'] in kinds]
    for case in cases:
        path = os.path.join(folder, case['file'])
        try:
            wrong = judged(path, case['right'])
        except Exception as error:  # a fault of the judge is no verdict
            wrong = [f'not judged: {error!r}']
        verdict = 'to be read' if wrong is None else 'wrong' if wrong else 'right'
        counts[verdict] += 1
        if verdict != 'right':
            print(f'{verdict}: {case["file"]}: {case["right"]}')
            for line in wrong or []:
                print(f'    {line}')
    print(', '.join(f'{count} {verdict}' for verdict, count in counts.items()))
    return 1 if counts['wrong'] else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
