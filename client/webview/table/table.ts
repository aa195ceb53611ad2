/** Table: every step of the run, sorted, searched and filtered by the editor, fetched as it scrolls. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { MAX_SEARCH } from '../../../server/src/protocol/panel-filter.ts';
import { type TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import { type TableRow } from '../../../server/src/protocol/panel-views.ts';
import { brief, count, duration, instant, nodeLabel, plural, tsv, visible } from '../format.ts';
import { type Cell, createRowList, moveInGrid, rowFrame, type VisibleRow } from '../list.ts';
import { empty, failed, icon, idText, loading, MARKS, oncePerFrame } from '../parts.ts';
import { createRowPages, PAGE } from '../rows.ts';
import { isOnly, ONLY, type Panel, type Selection, type View } from '../view.ts';

interface Column {
  readonly id: TableColumn;
  readonly label: string;
  /** Only an icon in the header. */
  readonly icon?: string;
  readonly numeric?: boolean;
  /** Sorted largest first on the first click. */
  readonly descending?: boolean;
}

/** The first seven tell where and how long: they fit into a panel beside an editor. */
const COLUMNS: readonly Column[] = [
  { id: 'bottleneck', label: 'Bottleneck', icon: 'flame', descending: true },
  { id: 'error', label: 'Error', icon: 'error', descending: true },
  { id: 'matching', label: 'Matches the query', icon: 'filter-filled', descending: true },
  { id: 'interactionId', label: 'Interaction' },
  { id: 'sequence', label: 'Step', numeric: true },
  { id: 'nodeName', label: 'Node' },
  { id: 'dwell', label: 'Dwell', numeric: true, descending: true },
  { id: 'wait', label: 'Wait', numeric: true, descending: true },
  { id: 'nodeType', label: 'Type' },
  { id: 'startTime', label: 'Start' },
  { id: 'outcome', label: 'Outcome' },
  { id: 'nodeId', label: 'Node id' },
];
const ROW = 24;
const HEADER = 28;
const SEARCH_PAUSE = 180;

export function createTable(root: HTMLElement, panel: Panel): View {
  let front = false;
  /** Row −1 is the header. */
  let active: Cell = { row: 0, column: 0 };
  let focusNext = false;
  let revealing: Selection | null = null;
  let pause = 0;
  let announceNext = false;

  const tools = document.createElement('div');
  const { frame, scroller, overlay } = rowFrame();
  root.append(tools, frame);

  const update = oncePerFrame(draw);
  const list = createRowList(scroller, ROW, HEADER, update);
  const pages = createRowPages<TableRow>(
    (offset, rows) => panel.channel.table({ offset, count: rows, ...panel.table }),
    update,
  );
  new ResizeObserver(update).observe(scroller);

  function set(settings: Partial<Panel['table']>): void {
    panel.keep({ table: { ...panel.table, ...settings } });
    restart(true);
  }

  function restart(keep: boolean): void {
    pages.reset(keep);
    active = { row: active.row < 0 ? -1 : 0, column: active.column };
    list.toTop();
    announceNext = keep;
    update();
  }

  function draw(): void {
    // Nothing is asked for or drawn behind another tab.
    if (!front || root.offsetParent === null || panel.overview === undefined) return;
    if (!pages.settled) pages.want(0, 0);
    const total = pages.total ?? 0;
    list.setCount(total);
    const rows = list.visible();
    const near = rows.filter((row, at) => row.index !== active.row || (at > 0 && at < rows.length - 1));
    const first = near[0] ?? rows[0];
    const last = near.at(-1) ?? rows.at(-1);
    if (first !== undefined && last !== undefined) pages.want(first.index, last.index);
    const focused = scroller.contains(document.activeElement);
    render(toolbar(), tools);
    render(state(), overlay);
    scroller.classList.toggle('vacant', total === 0);
    render(
      html`<div
        class="grid"
        role="grid"
        aria-label="Steps"
        aria-rowcount=${total + 1}
        aria-colcount=${COLUMNS.length}
        @keydown=${onKey}
        @focusin=${onFocus}
      >
        <div class="head" role="row" aria-rowindex="1">${COLUMNS.map(header)}</div>
        <div class="rows" role="rowgroup" .style=${`height:${list.height}px`}>
          ${repeat(rows, (row) => row.index, row)}
        </div>
      </div>`,
      scroller,
    );
    if (announceNext && pages.settled) {
      announceNext = false;
      const { sort } = panel.table;
      panel.announce(
        `${amount()}${sort === null ? '' : `, sorted by ${labelOf(sort.column)}, ${sort.descending ? 'descending' : 'ascending'}`}`,
      );
    }
    // A row that came in the place of its placeholder took the focus with it.
    if (focused && !scroller.contains(document.activeElement)) focusNext = true;
    if (focusNext) focusActive();
  }

  function state(): TemplateResult | typeof nothing {
    if (pages.error !== undefined) return failed(pages.error, () => restart(false));
    if (pages.total === undefined) return loading('Reading the steps…');
    if (pages.total > 0) return nothing;
    const { only, search } = panel.table;
    if (only === 'all' && search === '') {
      return empty(
        'No steps',
        'The query returned nothing in its window. Widen WHEN or loosen WHERE, then run it again.',
      );
    }
    return empty(
      'Nothing found',
      search === ''
        ? 'No step of this run is left by the filter.'
        : `No step has “${brief(search, 60)}” in its ids, node or outcome.`,
      html`<vscode-button secondary @click=${clear}>Clear search and filter</vscode-button>`,
    );
  }

  function toolbar(): TemplateResult {
    const { only, search } = panel.table;
    return html`<div class="toolbar">
      <vscode-textfield
        class="search"
        type="search"
        placeholder="Search ids, nodes, outcomes"
        .label=${'Search'}
        .maxLength=${MAX_SEARCH}
        .value=${search}
        @input=${onSearch}
        ><span slot="content-before" class="codicon codicon-search" aria-hidden="true"></span
      ></vscode-textfield>
      <label class="field">
        <span>Show</span>
        <vscode-single-select label="Show" .value=${only} @change=${changeOnly}>
          ${ONLY.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
        </vscode-single-select>
      </label>
      <span class="amount">${amount()}</span>
      <div class="buttons">
        <button
          type="button"
          class="tool"
          title="Copy the row, tab separated (Ctrl+C in the table)"
          aria-label="Copy row"
          ?disabled=${pages.row(active.row) === undefined}
          @click=${copyButton}
        >${icon('copy')}</button>
      </div>
    </div>`;
  }

  function amount(): string {
    const total = pages.total;
    if (total === undefined) return '';
    const all = panel.overview?.steps ?? total;
    const shown = total === all ? plural(total, 'step') : `${count(total)} of ${plural(all, 'step')}`;
    return total > list.reach
      ? `${shown}; the first ${count(list.reach)} can be reached, search for the rest`
      : shown;
  }

  function header(column: Column, at: number): TemplateResult {
    const { sort } = panel.table;
    const sorted = sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : 'none';
    return html`<div
      class="cell c-${column.id} ${column.numeric === true ? 'numeric' : ''}"
      role="columnheader"
      aria-sort=${sorted}
      aria-colindex=${at + 1}
      title=${`Sort by ${column.label}`}
      data-row="-1"
      data-column=${at}
      tabindex=${active.row === -1 && active.column === at ? 0 : -1}
      @click=${() => sortBy(column)}
    >
      ${column.icon === undefined ? nothing : icon(column.icon)}
      <span class=${column.icon === undefined ? 'caption' : 'sr-only'}>${column.label}</span>
      ${sorted === 'none' ? nothing : icon(sorted === 'descending' ? 'arrow-down' : 'arrow-up', 'sorted')}
    </div>`;
  }

  /** A row is drawn again only when something in it changed: scrolling touches the new rows alone. */
  function row({ index, top }: VisibleRow): unknown {
    const found = pages.row(index);
    const { selection, timeZone } = panel;
    const chosen =
      selection !== null &&
      selection.interactionId === found?.interactionId &&
      selection.sequence === found.sequence;
    const here = active.row === index ? active.column : -1;
    return guard([found, chosen, here, timeZone], () => line(found, index, top, chosen, here));
  }

  function line(
    row: TableRow | undefined,
    index: number,
    top: number,
    chosen: boolean,
    here: number,
  ): TemplateResult {
    const style = `transform:translateY(${top}px)`;
    if (row === undefined) {
      return html`<div class="row ghost" role="row" aria-rowindex=${index + 2} aria-busy="true" .style=${style}>
        <div class="cell" role="gridcell" aria-colindex="1" data-row=${index} data-column=${Math.max(0, here)}
          tabindex=${here >= 0 ? 0 : -1}><span class="placeholder"></span><span class="sr-only">Loading</span></div>
      </div>`;
    }
    return html`<div
      class="row ${index % 2 === 1 ? 'odd' : ''} ${chosen ? 'selected' : ''} ${row.bottleneck ? 'bottleneck' : ''} ${row.error ? 'error' : ''}"
      role="row"
      aria-rowindex=${index + 2}
      aria-selected=${chosen ? 'true' : 'false'}
      .style=${style}
    >
      ${COLUMNS.map(
        (column, at) => html`<div
          class="cell c-${column.id} ${column.numeric === true ? 'numeric' : ''}"
          role="gridcell"
          aria-colindex=${at + 1}
          data-row=${index}
          data-column=${at}
          tabindex=${here === at ? 0 : -1}
          aria-label=${column.id === 'interactionId' ? visible(row.interactionId) : nothing}
          @click=${() => pick(index, at)}
        >${content(row, column)}</div>`,
      )}
    </div>`;
  }

  function content(row: TableRow, column: Column): TemplateResult | string {
    const mark = MARKS.find((candidate) => candidate.flag === column.id);
    if (mark !== undefined) {
      return row[mark.flag]
        ? html`<span class="ink-${mark.flag}" title=${mark.label}>${icon(mark.icon)}<span class="sr-only">${mark.label}</span></span>`
        : html`<span class="sr-only">no</span>`;
    }
    if (column.id === 'dwell' && row.open) {
      return html`<span class="ink-open" title="still open">${icon('watch')} open</span>`;
    }
    if (column.id === 'interactionId') return idText(row.interactionId);
    const value = cellText(row, column.id, panel.timeZone);
    return html`<bdi title=${brief(value)}>${visible(value)}</bdi>`;
  }

  function sortBy(column: Column): void {
    const first = column.descending === true;
    const { sort } = panel.table;
    if (sort?.column !== column.id) set({ sort: { column: column.id, descending: first } });
    else if (sort.descending === first) set({ sort: { column: column.id, descending: !first } });
    else set({ sort: null });
  }

  function pick(row: number, column: number): void {
    active = { row, column };
    const found = pages.row(row);
    if (found !== undefined) panel.select({ interactionId: found.interactionId, sequence: found.sequence });
    list.uncover(row);
    focusNext = true;
    update();
  }

  function onFocus(event: FocusEvent): void {
    if (!(event.target instanceof HTMLElement)) return;
    const { row, column } = event.target.dataset;
    if (row === undefined || column === undefined) return;
    const at = { row: Number(row), column: Number(column) };
    if (at.row === active.row && at.column === active.column) return;
    active = at;
    list.pin(at.row);
    update();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const column = COLUMNS[active.column];
      if (active.row >= 0) pick(active.row, active.column);
      else if (column !== undefined) {
        sortBy(column);
        focusNext = true;
      }
      return;
    }
    const to = moveInGrid(event, active, {
      rows: Math.min(pages.total ?? 0, list.reach),
      firstRow: -1,
      page: list.page(),
      columns: () => COLUMNS.length,
    });
    if (to === undefined) return;
    event.preventDefault();
    active = to;
    list.pin(to.row);
    if (to.row >= 0) list.reveal(to.row);
    focusNext = true;
    update();
  }

  function focusActive(): void {
    const cell = scroller.querySelector<HTMLElement>(
      `[data-row="${active.row}"][data-column="${active.column}"]`,
    );
    if (cell === null) return;
    focusNext = false;
    cell.focus({ preventScroll: true });
    const box = cell.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    if (box.left < frame.left) scroller.scrollLeft -= frame.left - box.left + 8;
    else if (box.right > frame.right) scroller.scrollLeft += box.right - frame.right + 24;
  }

  function onSearch(event: Event): void {
    const { currentTarget } = event;
    if (!(currentTarget instanceof HTMLElement) || !('value' in currentTarget)) return;
    const value = String(currentTarget.value).slice(0, MAX_SEARCH);
    window.clearTimeout(pause);
    pause = window.setTimeout(() => {
      if (value !== panel.table.search) set({ search: value });
    }, SEARCH_PAUSE);
  }

  function changeOnly(event: Event): void {
    const { currentTarget } = event;
    const value =
      currentTarget instanceof HTMLElement && 'value' in currentTarget ? String(currentTarget.value) : '';
    if (isOnly(value) && value !== panel.table.only) set({ only: value });
  }

  function clear(): void {
    set({ only: 'all', search: '' });
  }

  function rowText(): string | undefined {
    const row = pages.row(active.row);
    if (row === undefined) return undefined;
    return tsv(COLUMNS.map((column) => rawText(row, column.id)));
  }

  function copyButton(): void {
    const line = rowText();
    if (line === undefined) return;
    navigator.clipboard.writeText(line).then(
      () => panel.announce('Row copied'),
      () => panel.announce('The row could not be copied: the clipboard is not allowed here'),
    );
  }

  document.addEventListener('copy', (event) => {
    const inTable =
      document.activeElement instanceof HTMLElement && scroller.contains(document.activeElement);
    const line = rowText();
    if (!inTable || line === undefined || (document.getSelection()?.toString() ?? '') !== '') return;
    event.clipboardData?.setData('text/plain', line);
    event.preventDefault();
    panel.announce('Row copied');
  });

  async function locate(selection: Selection, focus: boolean): Promise<void> {
    revealing = selection;
    try {
      const slice = await panel.channel.table({ offset: 0, count: PAGE, ...panel.table, at: selection });
      if (revealing !== selection) return;
      const found = slice.rows.findIndex(
        (row) => row.interactionId === selection.interactionId && row.sequence === selection.sequence,
      );
      if (found < 0) return;
      active = { row: slice.offset + found, column: active.column };
      pages.prime(slice);
      draw();
      list.pin(active.row);
      list.reveal(active.row, 'center');
      list.uncover(active.row);
      focusNext = focus;
      update();
    } catch {
      // The detail pane asks for the same step and says what is wrong.
    }
  }

  return {
    reset: () => restart(false),
    update,
    shown() {
      front = true;
      update();
    },
    reveal(selection, focus) {
      front = true;
      void locate(selection, focus);
    },
    focus() {
      focusNext = true;
      update();
    },
  };
}

function labelOf(id: TableColumn): string {
  return COLUMNS.find((column) => column.id === id)?.label ?? id;
}

/** As shown. */
function cellText(row: TableRow, column: TableColumn, timeZone: string): string {
  switch (column) {
    case 'sequence':
      return String(row.sequence + 1);
    case 'nodeName':
      return nodeLabel(row);
    case 'startTime':
      return instant(row.startTime, timeZone, 'millis');
    case 'dwell':
      return duration(row.dwell);
    case 'wait':
      return duration(row.wait);
    case 'bottleneck':
    case 'error':
    case 'matching':
      return row[column] ? 'yes' : 'no';
    default:
      return row[column] ?? '—';
  }
}

/** As copied: instants in RFC 3339, seconds as numbers, nothing where there is no value. */
function rawText(row: TableRow, column: TableColumn): string {
  switch (column) {
    case 'dwell':
    case 'wait':
      return row[column] === null ? '' : String(row[column]);
    case 'sequence':
      return String(row.sequence);
    case 'bottleneck':
    case 'error':
    case 'matching':
      return String(row[column]);
    default:
      return row[column] ?? '';
  }
}
