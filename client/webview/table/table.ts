/** Table: every step that the filter leaves, sorted by the editor, fetched as it scrolls. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../../server/src/protocol/panel-views.ts';
import { createMenu } from '../flow/menu.ts';
import { count, plural } from '../format.ts';
import { type Cell, createRowList, moveInGrid, rowFrame, type VisibleRow } from '../list.ts';
import { failed, loading, oncePerFrame } from '../parts.ts';
import { createRowPages, PAGE } from '../rows.ts';
import type { Panel, Selection, View } from '../view.ts';
import { openColumns } from './column-dialog.ts';
import { type Column, columnOf, columnsAtFirst, tracksOf, widthOf } from './columns.ts';
import { atHand, copied, copyRows, linesOf, MOST_COPIED, type Range } from './copy.ts';
import { cellOf, ghostRow, headerCell, sortWords, stepRow, tool, toolsOf, vacancy } from './markup.ts';
import { isSame, menuItems, narrowings, openRaw, selectionOf } from './row-actions.ts';

const ROW = 24;
const HEADER = 28;
/** Milliseconds after the last movement before the place is kept. */
const REST = 150;

export function createTable(root: HTMLElement, panel: Panel): View {
  let front = false;
  /** Row −1 is the header. */
  let active: Cell = { row: 0, column: 0 };
  /** Other end of the rows that are chosen to be copied; undefined for the active row alone. */
  let anchor: number | undefined;
  let focusNext = false;
  let revealing: Selection | null = null;
  /** The step that was brought into view last, or was in view when it was chosen. */
  let followed: Selection | null = null;
  let announceNext = false;
  /** Row to be gone to once there is something to scroll. */
  let restoring: number | undefined = 0;
  /** The selection that was there when the place was kept: it is where it was left. */
  let left: string | undefined;
  let rest = 0;
  let known: { readonly runId: string; readonly filter: string } | undefined;

  const tools = document.createElement('div');
  const { frame, scroller, overlay } = rowFrame();
  root.append(tools, frame);
  const menu = createMenu(frame, scroller);

  const update = oncePerFrame(draw);
  const list = createRowList(scroller, ROW, HEADER, update);
  const pages = createRowPages<TableRow>((offset, rows, signal) => {
    const { filter, table } = panel.state;
    return panel.channel.ask({ kind: 'table', ...{ filter, sort: table.sort, offset, count: rows } }, signal);
  }, update);

  function columns(): readonly TableColumn[] {
    return panel.state.table.columns ?? columnsAtFirst(root.parentElement?.clientWidth ?? 0);
  }

  function restart(keep: boolean): void {
    pages.reset(keep);
    anchor = undefined;
    // Not a frame later: of all that is asked for anew, the rows in view come first.
    if (front && !keep) wantFirst();
    update();
  }

  function toTop(): void {
    active = { row: active.row < 0 ? -1 : 0, column: active.column };
    restoring = undefined;
    list.toTop();
    keepTop(0);
  }

  function keepTop(top: number): void {
    if (panel.state.table.top !== top) panel.keep({ table: { ...panel.state.table, top } });
  }

  function draw(): void {
    // Nothing is asked for or drawn behind another tab.
    if (!front || root.offsetParent === null || panel.overview === undefined) return;
    if (!pages.settled && restoring !== undefined) wantFirst();
    const total = pages.total ?? 0;
    list.setCount(total);
    if (total > 0 && active.row >= total) active = { row: total - 1, column: active.column };
    const rows = list.visible();
    wantRows(rows);
    const ids = columns();
    const focused = scroller.contains(document.activeElement);
    render(toolbar(), tools);
    render(state(), overlay);
    scroller.classList.toggle('vacant', total === 0);
    scroller.style.setProperty('--columns', tracksOf(ids));
    render(
      html`<div
        class="grid"
        role="grid"
        aria-label="Steps"
        aria-multiselectable="true"
        aria-rowcount=${total + 1}
        aria-colcount=${ids.length}
        .style=${`min-width:${widthOf(ids)}px`}
        @keydown=${onKey}
        @focusin=${onFocus}
        @click=${onClick}
        @contextmenu=${onContextMenu}
      >
        <div class="head" role="row" aria-rowindex="1">${ids.map((id, at) =>
          headerCell(id, at, panel.state.table.sort, active.row === -1 && active.column === at, sortBy),
        )}</div>
        <div class="rows" role="rowgroup" .style=${`height:${list.height}px`}>
          ${repeat(
            rows,
            ({ index }) => index,
            (row) => guardedRow(row, ids),
          )}
        </div>
      </div>`,
      scroller,
    );
    if (restoring !== undefined && pages.settled && total > 0) {
      const to = restoring;
      restoring = undefined;
      list.toRow(to);
    }
    if (restoring === undefined && pages.settled) rememberTop();
    if (announceNext && pages.settled) sayOrder();
    follow();
    // A row that came in the place of its placeholder took the focus with it.
    if (focused && !scroller.contains(document.activeElement)) focusNext = true;
    if (focusNext) focusActive();
  }

  function wantFirst(): void {
    pages.want(restoring ?? 0, (restoring ?? 0) + list.page());
  }

  function wantRows(rows: readonly VisibleRow[]): void {
    // The active row is kept in the document, but not asked for while it is far away.
    const near = rows.filter((row, at) => row.index !== active.row || (at > 0 && at < rows.length - 1));
    const [first, last] = [near[0] ?? rows[0], near.at(-1) ?? rows.at(-1)];
    if (first !== undefined && last !== undefined && restoring === undefined) {
      pages.want(first.index, last.index);
    } else if (!pages.settled && restoring === undefined) pages.want(0, 0);
  }

  function rememberTop(): void {
    window.clearTimeout(rest);
    const top = Math.round(list.top);
    rest = window.setTimeout(() => {
      if (front && restoring === undefined) keepTop(top);
    }, REST);
  }

  function sayOrder(): void {
    announceNext = false;
    const { sort } = panel.state.table;
    const order = sort === null ? 'in the order of the run' : `sorted by ${sortWords(sort)}`;
    panel.announce(`${amount()}, ${order}`);
  }

  function state(): TemplateResult | typeof nothing {
    if (pages.error !== undefined) return failed(pages.error, () => restart(false));
    if (pages.total === undefined) return loading('Reading the steps…');
    if (pages.total > 0) return nothing;
    return vacancy(panel);
  }

  function toolbar(): TemplateResult {
    const total = pages.total ?? 0;
    const { sort } = panel.state.table;
    return html`<div class="toolbar">
      <span class="amount">${amount()}${sort === null ? nothing : `, sorted by ${sortWords(sort)}`}</span>
      <div class="buttons" role="toolbar" aria-label="Table">
        ${toolsOf(
          { total, ...range(), has: (row) => pages.row(row) !== undefined, active: active.row },
          {
            copy: copyChosen,
            copyAll: () => void copyRows(copying(), { first: 0, last: total - 1 }, true),
            openRecord: () => openRecord(active.row),
            chooseColumns,
          },
        ).map(tool)}
      </div>
    </div>`;
  }

  function amount(): string {
    const { total } = pages;
    const all = panel.overview?.all.steps;
    if (total === undefined) return '';
    return all === undefined || total === all
      ? plural(total, 'step')
      : `${count(total)} of ${plural(all, 'step')}`;
  }

  function chooseColumns(): void {
    openColumns({
      shown: columns,
      set(chosen) {
        panel.keep({ table: { ...panel.state.table, columns: chosen === null ? null : [...chosen] } });
        active = { row: active.row, column: Math.min(active.column, columns().length - 1) };
        draw();
      },
      announce: panel.announce,
    });
  }

  function range(): Range {
    const [row, other] = [Math.max(0, active.row), anchor ?? Math.max(0, active.row)];
    return { first: Math.min(row, other), last: Math.max(row, other) };
  }

  /** A row is drawn again only when something in it changed: scrolling touches the new rows alone. */
  function guardedRow({ index, top }: VisibleRow, ids: readonly TableColumn[]): unknown {
    const row = pages.row(index);
    const { selection } = panel.state;
    const chosen =
      selection !== null &&
      selection.interactionId === row?.interactionId &&
      selection.sequence === row.sequence;
    const { first, last } = range();
    const ranged = anchor !== undefined && index >= first && index <= last;
    const here = active.row === index ? active.column : -1;
    return guard([row, top, chosen, ranged, here, panel.timeZone, ids.join()], () =>
      row === undefined
        ? ghostRow(index, top, here)
        : stepRow(row, { index, top, ids, chosen, ranged, here, timeZone: panel.timeZone }),
    );
  }

  function sortBy(column: Column): void {
    const first = column.descending === true;
    const { sort } = panel.state.table;
    const next =
      sort?.column !== column.id
        ? { column: column.id, descending: first }
        : sort.descending === first
          ? { column: column.id, descending: !first }
          : null;
    panel.keep({ table: { ...panel.state.table, sort: next } });
    toTop();
    announceNext = true;
    restart(true);
    wantFirst();
  }

  function onClick(event: MouseEvent): void {
    const at = cellOf(event.target);
    if (at === undefined || at.row < 0) return;
    if (event.shiftKey) extend(at);
    else pick(at.row, at.column);
  }

  function pick(row: number, column: number): void {
    active = { row, column };
    anchor = undefined;
    list.pin(row);
    const found = pages.row(row);
    if (found !== undefined) {
      followed = selectionOf(found);
      panel.select(followed);
    }
    list.uncover(row);
    focusNext = true;
    update();
  }

  /** From where the choice began, or the active row, to this one. */
  function extend(to: Cell): void {
    anchor ??= Math.max(0, active.row);
    active = { row: Math.max(0, to.row), column: to.column };
    list.pin(active.row);
    list.reveal(active.row);
    const { first, last } = range();
    panel.announce(`${plural(last - first + 1, 'row')} chosen`);
    focusNext = true;
    update();
  }

  function onFocus(event: FocusEvent): void {
    const at = cellOf(event.target);
    if (at === undefined || (at.row === active.row && at.column === active.column)) return;
    active = at;
    list.pin(at.row);
    update();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && anchor !== undefined) anchor = undefined;
    else if (!keyDoes(event)) {
      const to = moveInGrid(event, active, {
        rows: pages.total ?? 0,
        firstRow: -1,
        page: list.page(),
        columns: () => columns().length,
      });
      if (to === undefined) return;
      event.preventDefault();
      if (event.shiftKey && to.row !== active.row) {
        extend(to);
        return;
      }
      anchor = undefined;
      active = to;
      list.pin(to.row);
      if (to.row >= 0) list.reveal(to.row);
      focusNext = true;
      update();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    update();
  }

  /** What a key does besides moving; false for those that do nothing. */
  function keyDoes(event: KeyboardEvent): boolean {
    const { key } = event;
    const row = pages.row(active.row);
    if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) {
      openMenu(active);
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (key === 'Enter' || key === ' ') {
      const id = columns()[active.column];
      if (active.row >= 0) pick(active.row, active.column);
      else if (id !== undefined) {
        sortBy(columnOf(id));
        focusNext = true;
      }
      return true;
    }
    if (row === undefined || event.shiftKey) return false;
    const [node, ...others] = narrowings(panel, row);
    const outcome = others.length > 1 ? others[0] : undefined;
    const does = { o: () => openRaw(panel, row), n: node?.run, u: outcome?.run, i: others.at(-1)?.run }[
      key.toLowerCase()
    ];
    does?.();
    return does !== undefined;
  }

  function openRecord(index: number): void {
    const row = pages.row(index);
    if (row !== undefined) openRaw(panel, row);
  }

  function onContextMenu(event: MouseEvent): void {
    const at = cellOf(event.target);
    if (at === undefined || at.row < 0) return;
    event.preventDefault();
    const { first, last } = range();
    if (at.row < first || at.row > last) anchor = undefined;
    active = at;
    list.pin(at.row);
    const box = frame.getBoundingClientRect();
    openMenu(at, { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  function openMenu(cell: Cell, point?: { readonly x: number; readonly y: number }): void {
    const [row, id] = [pages.row(cell.row), columns()[cell.column]];
    if (row === undefined || id === undefined) return;
    // Keys can be faster than frames: what they moved is drawn now, and takes the focus from no menu later.
    draw();
    focusNext = false;
    const box = frame.getBoundingClientRect();
    const at = elementOf(cell)?.getBoundingClientRect();
    const { first, last } = range();
    menu.open(
      'Step',
      menuItems({ panel, row, column: id, rows: last - first + 1, copy: copyChosen }),
      point ?? { x: (at?.left ?? box.left) - box.left + 8, y: (at?.bottom ?? box.top) - box.top },
      () => {
        focusNext = true;
        update();
      },
    );
  }

  function elementOf({ row, column }: Cell): HTMLElement | null {
    return scroller.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`);
  }

  function focusActive(): void {
    const cell = elementOf(active);
    if (cell === null) return;
    focusNext = false;
    cell.focus({ preventScroll: true });
    const box = cell.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    if (box.left < view.left) scroller.scrollLeft -= view.left - box.left + 8;
    else if (box.right > view.right) scroller.scrollLeft += box.right - view.right + 24;
  }

  function copying() {
    return { panel, row: pages.row, sort: panel.state.table.sort, columns: columns() };
  }

  function copyChosen(): void {
    void copyRows(copying(), range(), false);
  }

  document.addEventListener('copy', (event) => {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement && scroller.contains(activeElement)) || active.row < 0) return;
    if ((document.getSelection()?.toString() ?? '') !== '') return;
    event.preventDefault();
    const wanted = range();
    const rows = wanted.last - wanted.first < MOST_COPIED ? atHand({ row: pages.row }, wanted) : undefined;
    if (rows === undefined) {
      copyChosen();
      return;
    }
    event.clipboardData?.setData('text/plain', linesOf(rows, columns()));
    panel.announce(copied(rows.length, rows.length));
  });

  /** Brings a step that was chosen elsewhere into view: the pane's next step, another tab's. */
  function follow(): void {
    const { selection } = panel.state;
    if (!pages.settled || restoring !== undefined || isSame(selection, followed)) return;
    followed = selection;
    if (selection !== null && left !== JSON.stringify(selection)) void locate(selection, false);
    left = undefined;
  }

  async function locate(selection: Selection, focus: boolean): Promise<void> {
    revealing = selection;
    followed = selection;
    const { filter, table } = panel.state;
    try {
      const slice = await panel.channel.ask({
        kind: 'table',
        ...{ filter, sort: table.sort, offset: 0, count: PAGE, at: selectionOf(selection) },
      });
      if (revealing !== selection || filter !== panel.state.filter || table.sort !== panel.state.table.sort)
        return;
      const found = slice.rows.findIndex((row) => isSame(selectionOf(row), selection));
      if (found < 0) {
        if (focus) panel.announce('The filter leaves this step out.');
        return;
      }
      active = { row: slice.offset + found, column: active.column };
      anchor = undefined;
      restoring = undefined;
      pages.prime(slice);
      draw();
      list.pin(active.row);
      const isInView = active.row >= Math.ceil(list.top) && active.row < list.top + list.page();
      if (!isInView) list.reveal(active.row, 'center');
      list.uncover(active.row);
      focusNext = focus;
      update();
    } catch {
      // The detail pane asks for the same step and says what is wrong.
    }
  }

  return {
    reset(more) {
      if (!more) {
        const { runId } = panel.state;
        const filter = JSON.stringify(panel.state.filter);
        if (known?.runId === runId && known.filter !== filter) toTop();
        else {
          const { top } = panel.state.table;
          restoring = top;
          left = top > 0 ? JSON.stringify(panel.state.selection) : undefined;
          active = { row: top, column: 0 };
          followed = null;
        }
        known = { runId, filter };
      }
      restart(more);
    },
    update,
    shown() {
      // What was scrolled to stays: only a browser that forgot it, as it does behind another tab, is told again.
      if (!front && pages.settled) restoring ??= panel.state.table.top;
      front = true;
      update();
    },
    hidden() {
      if (front && restoring === undefined && pages.settled) keepTop(Math.round(list.top));
      front = false;
      menu.close();
    },
    reveal(selection, focus) {
      front = true;
      const isAsLeft = !focus && left === JSON.stringify(selection);
      left = undefined;
      if (isAsLeft) followed = selection;
      else void locate(selection, focus);
    },
    focus() {
      focusNext = true;
      update();
    },
  };
}
