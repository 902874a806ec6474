import type { Term, Text } from '../../shared/report';

/** A formula for numbers that the reader types: they come from elsewhere than the dump. */
export interface Calculator {
  readonly title: string;
  readonly intro: Text;
  readonly fields: readonly CalculatorField[];
  /** For values that all fields allow. */
  readonly answer: (values: Values) => Answer;
}

export interface CalculatorField {
  readonly name: string;
  /** TeX */
  readonly symbol: string;
  /** Spoken, and says what is wrong: `Temperature is a positive number.` */
  readonly label: string;
  readonly allowed: 'any' | 'positive' | 'not negative' | 'positive whole';
}

export type Values = Readonly<Record<string, number>>;

export interface Answer {
  readonly formulas: readonly (readonly Term[])[];
  readonly text: Text;
}

const ALLOWED: Readonly<Record<CalculatorField['allowed'], readonly [say: string, test: (value: number) => boolean]>> =
  {
    any: ['a number', () => true],
    positive: ['a positive number', (value) => value > 0],
    'not negative': ['a number of at least 0', (value) => value >= 0],
    'positive whole': ['a whole number of at least 1', (value) => Number.isInteger(value) && value >= 1],
  };

/** What is wrong with what was typed; undefined when it can be used. */
export function fieldProblem({ label, allowed }: CalculatorField, value: number | undefined): string | undefined {
  const [say, test] = ALLOWED[allowed];
  return value !== undefined && Number.isFinite(value) && test(value) ? undefined : `${label} is ${say}.`;
}
