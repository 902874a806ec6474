import { REACH, fourGradientsPlot } from '../src/plots/four-gradients';
import { FOUR_GRADIENTS, fourGradientsFinding, fourGradientsFormulas } from '../src/report/dump/four-gradients';
import type { Point } from '../src/theory/planar-gradients';
import { h, patch } from './element';
import type { Description, MountedWidget } from './element';
import { formulaPair } from './formula';
import { numberValue, onNumber } from './number-field';
import { plotFigure } from './plot';
import { same } from './same';
import { phrases } from './text';

/** Four gradients to drag: what the covariance is, before it is that of thousands of them. */
export const fourGradients = (key: string): Description =>
  h(
    'details.theory.four-gradients',
    { key },
    h('summary', {}, 'Try it with four gradients'),
    h('div', { widget: { data: undefined, mount } }),
  );

function mount(element: HTMLElement): MountedWidget<undefined> {
  let points: readonly Point[] = FOUR_GRADIENTS[0]?.points ?? [];
  const place = (next: readonly Point[]): void => {
    points = next;
    draw();
  };
  const move = (index: number, [x, y]: Point): void => {
    // to tenths, which is what the fields show
    const within = (value: number): number => Math.round(10 * Math.min(REACH.max, Math.max(REACH.min, value))) / 10;
    place(points.map((point, at) => (at === index ? [within(x), within(y)] : point)));
  };
  const draw = (): void =>
    patch(element, [
      h('p', { key: 'how' }, 'Drag a gradient, or type its two coordinates, and watch what its covariance does.'),
      h(
        'div.choices',
        { key: 'choices', role: 'group', 'aria-label': 'Four gradients to begin with' },
        FOUR_GRADIENTS.map((set) =>
          h(
            'button',
            {
              type: 'button',
              'aria-pressed': String(same(set.points, points)),
              on: { click: () => place(set.points) },
            },
            set.name,
          ),
        ),
      ),
      h(
        'div.figures',
        { key: 'figure' },
        plotFigure(fourGradientsPlot(points), { drag: ({ index }, x, y) => move(index, [x, y]) }),
        h(
          'div.aside',
          {},
          coordinates(points, move),
          h('div.formulas', { 'data-region': 'Formulas' }, fourGradientsFormulas(points).map(formulaPair)),
          h('p.finding', { role: 'status' }, phrases(fourGradientsFinding(points))),
        ),
      ),
    ]);
  // drawn when it is first unfolded
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    watch.disconnect();
    draw();
  });
  watch.observe(element);
  return { update: () => undefined, unmount: () => watch.disconnect() };
}

const coordinates = (points: readonly Point[], move: (index: number, to: Point) => void): Description =>
  h(
    'div.coordinates',
    {},
    points.map((point, index) =>
      h(
        'div',
        { role: 'group', 'aria-label': `Gradient ${index + 1}` },
        h('span', {}, h('i', {}, 'g'), h('sub', {}, String(index + 1))),
        ([0, 1] as const).map((axis) =>
          h('input', {
            type: 'number',
            step: 0.1,
            ...REACH,
            'aria-label': `Gradient ${index + 1} along parameter ${axis + 1}`,
            ...numberValue(point[axis]),
            on: {
              input: onNumber((value) => {
                if (value !== undefined) move(index, axis === 0 ? [value, point[1]] : [point[0], value]);
              }),
            },
          }),
        ),
      ),
    ),
  );
