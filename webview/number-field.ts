import type { MountedWidget, Widget } from './element';

/** The number a field shows; what is being typed stays as it is typed as long as it says the same. */
export const numberValue = (value: number | undefined): { readonly widget: Widget<number> } => ({
  widget: { data: value ?? NaN, mount },
});

function mount(element: HTMLElement, data: number): MountedWidget<number> {
  const input = element as HTMLInputElement;
  const show = (next: number): void => {
    const text = Number.isNaN(next) ? '' : String(next);
    if (input.value !== text && (document.activeElement !== input || Number(input.value) !== next)) input.value = text;
  };
  show(data);
  return { update: show };
}

/** What to do with the number of a field whenever it can be read; undefined when the field is empty. */
export const onNumber =
  (use: (value: number | undefined) => void) =>
  (event: Event): void => {
    const { value, valueAsNumber, validity } = event.target as HTMLInputElement;
    // while it cannot be read as a number, such as "1e-", nothing changes
    if (value === '' && validity.badInput) return;
    use(value === '' ? undefined : valueAsNumber);
  };
