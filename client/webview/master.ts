/** The list of a view with details: virtual rows, one chosen, chosen by arrows as in the ARIA listbox pattern. */
import { html, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { createRowList } from './list.ts';

export interface MasterOptions {
  readonly label: string;
  /** Pixels. */
  readonly rowHeight: number;
  /** A person chose this row. */
  readonly choose: (index: number) => void;
  readonly row: (index: number) => TemplateResult;
  /** Other rows may be in view: draw again. */
  readonly changed: () => void;
}

export interface Master {
  readonly element: HTMLElement;
  /** The first row in view. */
  readonly top: number;
  draw(rows: number, chosen: number): void;
  toRow(top: number): void;
  focus(): void;
}

export function createMaster({ label, rowHeight, choose, row, changed }: MasterOptions): Master {
  const element = document.createElement('div');
  element.className = 'master';
  const list = createRowList(element, rowHeight, 0, changed);
  let count = 0;
  let selected = 0;
  let focusNext = false;
  let uncover = false;

  function draw(rows: number, chosen: number): void {
    count = rows;
    selected = chosen;
    list.setCount(rows);
    const held = element.contains(document.activeElement);
    list.pin(selected);
    render(
      html`<div
        class="rows"
        role="listbox"
        aria-label=${label}
        .style=${`height:${list.height}px`}
        @keydown=${onKey}
      >
        ${repeat(
          list.visible(),
          ({ index }) => index,
          ({ index, top }) => html`<div
            class="row option ${index === selected ? 'selected' : ''}"
            role="option"
            data-row=${index}
            aria-selected=${index === selected}
            aria-setsize=${count}
            aria-posinset=${index + 1}
            tabindex=${index === selected ? 0 : -1}
            .style=${`transform:translateY(${top}px);height:${rowHeight}px`}
            @click=${() => pick(index)}
          >
            ${row(index)}
          </div>`,
        )}
      </div>`,
      element,
    );
    if (uncover) {
      uncover = false;
      list.reveal(selected);
    }
    if (focusNext || (held && !element.contains(document.activeElement))) focus();
  }

  function pick(index: number): void {
    focusNext = true;
    // Keys may come faster than frames.
    selected = index;
    choose(index);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + list.page(),
      PageUp: selected - list.page(),
      Home: 0,
      End: count - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    uncover = true;
    pick(Math.max(0, Math.min(count - 1, to)));
  }

  function focus(): void {
    const option = element.querySelector<HTMLElement>(`[data-row="${selected}"]`);
    focusNext = option === null;
    option?.focus({ preventScroll: true });
  }

  return {
    element,
    get top() {
      return Math.round(list.top);
    },
    draw,
    toRow: (top) => list.toRow(top),
    focus,
  };
}
