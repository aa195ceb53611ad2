/** Which columns show and in what order: a dialog whose choices hold at once. */
import { html, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import { icon } from '../parts.ts';
import { allColumns, columnOf } from './columns.ts';

interface Choice {
  /** Those that show now, in their order. */
  readonly shown: () => readonly TableColumn[];
  /** null for those shown at first. */
  readonly set: (columns: readonly TableColumn[] | null) => void;
  readonly announce: (sentence: string) => void;
}

export function openColumns({ shown, set, announce }: Choice): void {
  if (document.querySelector('dialog.column-choice') !== null) return;
  const before = document.activeElement;
  const dialog = document.createElement('dialog');
  dialog.className = 'column-choice';
  dialog.setAttribute('aria-labelledby', 'columns-title');
  /** They keep their places while they are turned on and off. */
  let order = [...allColumns(shown())];

  const close = (): void => dialog.close();
  const apply = (on: ReadonlySet<TableColumn>): void => {
    set(order.filter((id) => on.has(id)));
    draw();
  };

  const toggle = (id: TableColumn, event: Event): void => {
    const on = new Set(shown());
    if (!(event.target instanceof HTMLInputElement)) return;
    if (event.target.checked) on.add(id);
    else if (on.size > 1) on.delete(id);
    apply(on);
  };

  const move = (id: TableColumn, by: -1 | 1): void => {
    const on = new Set(shown());
    const at = order.indexOf(id);
    const other = order[at + by];
    if (other === undefined) return;
    order = order.map((one) => (one === id ? other : one === other ? id : one));
    apply(on);
    announce(`${columnOf(id).label}: column ${at + by + 1} of ${order.length}`);
    // A button that cannot be pressed any more would lose the keyboard.
    const row = dialog.querySelector(`[data-column="${id}"]`);
    const wanted = row?.querySelector<HTMLButtonElement>(by < 0 ? '.up' : '.down');
    const target = wanted?.disabled === false ? wanted : row?.querySelector('input');
    if (!(document.activeElement instanceof HTMLInputElement)) target?.focus();
  };

  const reset = (): void => {
    set(null);
    order = [...allColumns(shown())];
    draw();
    announce('The columns are those shown at first');
  };

  const onKey = (event: KeyboardEvent, id: TableColumn): void => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    move(id, event.key === 'ArrowUp' ? -1 : 1);
  };

  const line = (id: TableColumn, at: number, on: ReadonlySet<TableColumn>): TemplateResult => {
    const { label } = columnOf(id);
    const isLast = on.size === 1 && on.has(id);
    return html`<li data-column=${id} @keydown=${(event: KeyboardEvent) => onKey(event, id)}>
      <label>
        <input
          type="checkbox"
          .checked=${on.has(id)}
          ?disabled=${isLast}
          title=${isLast ? 'One column has to show' : ''}
          @change=${(event: Event) => toggle(id, event)}
        />${label}
      </label>
      <button type="button" class="tool up" title="Further left (Alt+↑)" aria-label=${`${label} further left`}
        ?disabled=${at === 0} @click=${() => move(id, -1)}>${icon('arrow-up')}</button>
      <button type="button" class="tool down" title="Further right (Alt+↓)" aria-label=${`${label} further right`}
        ?disabled=${at === order.length - 1} @click=${() => move(id, 1)}>${icon('arrow-down')}</button>
    </li>`;
  };

  function draw(): void {
    const on = new Set(shown());
    render(
      html`<header>
          <h2 id="columns-title">Columns</h2>
          <button type="button" class="tool" aria-label="Close" title="Close (Escape)" @click=${close}>
            ${icon('close')}
          </button>
        </header>
        <ul tabindex="-1">
          ${repeat(
            order,
            (id) => id,
            (id, at) => line(id, at, on),
          )}
        </ul>
        <footer>
          <vscode-button secondary @click=${reset}>Reset</vscode-button>
          <vscode-button @click=${close}>Done</vscode-button>
        </footer>`,
      dialog,
    );
  }

  // Nothing behind the dialog takes its keys.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  draw();
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('input')?.focus();
}
