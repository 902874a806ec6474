import { fieldProblem } from '../src/report/calculators/calculator';
import type { Values } from '../src/report/calculators/calculator';
import { CALCULATORS } from '../src/report/calculators';
import type { ReportBlock } from '../src/shared/report';
import { h, patch } from './element';
import type { Description, MountedWidget } from './element';
import { formulaPair, math } from './formula';
import { numberValue, onNumber } from './number-field';
import { same } from './same';
import { phrases } from './text';

type CalculatorBlock = Extract<ReportBlock, { readonly kind: 'calculator' }>;

/** Fields, and the formula with their numbers. What was typed stays; the other fields follow the dump and the settings. */
export const calculatorBlock = (block: CalculatorBlock, key: string): Description =>
  h(
    'details.theory.calculator',
    { key },
    h('summary', {}, CALCULATORS[block.calculator].title),
    h('div', { widget: { data: block, mount } }),
  );

function mount(element: HTMLElement, first: CalculatorBlock): MountedWidget<CalculatorBlock> {
  let block = first;
  let typed: Readonly<Record<string, number | undefined>> = {};
  const draw = (): void => {
    const { intro, fields, answer } = CALCULATORS[block.calculator];
    const values: Readonly<Record<string, number | undefined>> = { ...block.given, ...typed };
    const problems = fields.map((field) => fieldProblem(field, values[field.name]));
    const problem = problems.find((each) => each !== undefined);
    const answered = problem === undefined ? answer(values as Values) : undefined;
    patch(
      element,
      [
        h('p', { key: 'intro' }, phrases(intro)),
        h(
          'div.fields',
          { key: 'fields' },
          fields.map(({ name, symbol, label }, index) =>
            h(
              'label',
              { key: name },
              math(symbol),
              h('input', {
                type: 'number',
                step: 'any',
                'aria-label': label,
                'aria-invalid': problems[index] !== undefined && 'true',
                ...numberValue(values[name]),
                on: {
                  input: onNumber((value) => {
                    typed = { ...typed, [name]: value };
                    draw();
                  }),
                },
              }),
            ),
          ),
        ),
        answered !== undefined &&
          answered.formulas.length > 0 &&
          h('div.formulas', { key: 'formulas', 'data-region': 'Formulas' }, answered.formulas.map(formulaPair)),
        h('p.answer', { key: 'answer', role: 'status' }, answered === undefined ? problem : phrases(answered.text)),
      ].flatMap((each) => (each === false ? [] : [each])),
    );
  };
  draw();
  return {
    update: (next) => {
      if (same(block, next)) return;
      block = next;
      draw();
    },
  };
}
