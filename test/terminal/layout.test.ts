import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/terminal/arguments';

describe('rows or columns', () => {
  test('are said by a flag each, and not by both', () => {
    expect(parseArguments(['analyze', 'g.npz', '--rows'])).toMatchObject({ layout: 'rows' });
    expect(parseArguments(['analyze', 'g.npz', '--columns'])).toMatchObject({ layout: 'columns' });
    expect(parseArguments(['analyze', 'g.npz'])).not.toHaveProperty('layout');
    expect(() => parseArguments(['analyze', 'g.npz', '--rows', '--columns'])).toThrow(/Both --rows and --columns/);
  });
});
