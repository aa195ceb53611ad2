/** The columns of a chart: one stop of the Tab key, arrow keys from one to the next, each a button that narrows. */
import { html, type TemplateResult } from 'lit';

export interface Column {
  /** What a screen reader says of it. */
  readonly label: string;
  readonly isPressed: boolean;
  readonly drawing: TemplateResult;
}

export interface Columns {
  /** The column that is pointed at, or that has the keyboard; −1 for none. */
  readonly at: number;
  /** @param extend adds to what is pressed already: the Shift key is down */
  render(
    label: string,
    columns: readonly Column[],
    press: (index: number, extend: boolean) => void,
  ): TemplateResult;
}

const PAGE = 10;

/** @param changed the column that is looked at is another one */
export function createColumns(changed: () => void): Columns {
  let stop = 0;
  let pointed = -1;
  let hasKeys = false;

  function look(index: number): void {
    if (index === pointed) return;
    pointed = index;
    changed();
  }

  function indexOf(event: Event): number {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    return button instanceof HTMLElement ? Number(button.dataset['index'] ?? -1) : -1;
  }

  function move(event: KeyboardEvent, last: number): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = TARGETS[event.key]?.(stop, last);
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, to));
    const { currentTarget } = event;
    if (!(currentTarget instanceof HTMLElement)) return;
    currentTarget.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();
  }

  return {
    get at() {
      return pointed >= 0 ? pointed : hasKeys ? stop : -1;
    },
    render(label, columns, press) {
      const last = columns.length - 1;
      if (stop > last) stop = Math.max(0, last);
      return html`<div
        class="columns-row"
        role="toolbar"
        aria-label=${label}
        @keydown=${(event: KeyboardEvent) => move(event, last)}
        @pointerover=${(event: PointerEvent) => look(indexOf(event))}
        @pointerleave=${() => look(-1)}
        @focusin=${(event: FocusEvent) => {
          const index = indexOf(event);
          if (index < 0) return;
          stop = index;
          hasKeys = true;
          changed();
        }}
        @focusout=${() => {
          hasKeys = false;
          changed();
        }}
      >
        ${columns.map(
          (column, index) => html`<button
            type="button"
            class="column"
            data-index=${index}
            tabindex=${index === stop ? 0 : -1}
            aria-pressed=${column.isPressed}
            aria-label=${column.label}
            @click=${(event: MouseEvent) => press(index, event.shiftKey)}
          >
            ${column.drawing}
          </button>`,
        )}
      </div>`;
    },
  };
}

const TARGETS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - PAGE,
  PageDown: (at) => at + PAGE,
  Home: () => 0,
  End: (_, last) => last,
};
