import { expect } from 'vitest';

/** Deep comparison of numbers, relative to their magnitude but at least 1. */
export function close(actual: unknown, expected: unknown, tolerance: number, where = ''): void {
  if (typeof expected === 'number') {
    const error = Math.abs((actual as number) - expected) / Math.max(1, Math.abs(expected));
    expect(error, `${where}: ${String(actual)} for ${expected}`).toBeLessThanOrEqual(tolerance);
  } else if (expected instanceof Float64Array || Array.isArray(expected)) {
    const found = actual as ArrayLike<unknown>;
    expect(found.length, where).toBe(expected.length);
    for (let k = 0; k < expected.length; k++) close(found[k], expected[k], tolerance, `${where}[${k}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(actual as object).sort(), where).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected))
      close((actual as Record<string, unknown>)[key], value, tolerance, `${where}.${key}`);
  } else expect(actual, where).toBe(expected);
}
