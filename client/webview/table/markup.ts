/** The table's header cells, rows and buttons. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Sort, TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../../server/src/protocol/panel-views.ts';
import { brief, count, plural, visible } from '../format.ts';
import type { Cell } from '../list.ts';
import { empty, icon, idText, loading, MARKS } from '../parts.ts';
import type { Panel } from '../view.ts';
import { type Column, cellText, columnOf } from './columns.ts';
import { MOST_COPIED, type Range } from './copy.ts';

interface Shown {
  readonly index: number;
  /** Pixels. */
  readonly top: number;
  readonly ids: readonly TableColumn[];
  /** Shown in the pane. */
  readonly chosen: boolean;
  /** Chosen to be copied. */
  readonly ranged: boolean;
  /** The active cell's column, −1 where it is in another row. */
  readonly here: number;
  readonly timeZone: string;
}

/** The cell that an element is in; undefined where it is in none. */
export function cellOf(target: EventTarget | null): Cell | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
  const { row, column } = cell?.dataset ?? {};
  return row === undefined || column === undefined ? undefined : { row: Number(row), column: Number(column) };
}

export function headerCell(
  id: TableColumn,
  at: number,
  sort: Sort,
  active: boolean,
  sortBy: (column: Column) => void,
): TemplateResult {
  const column = columnOf(id);
  const sorted = sort?.column === id ? (sort.descending ? 'descending' : 'ascending') : 'none';
  return html`<div
    class="cell c-${id} ${column.numeric === true ? 'numeric' : ''}"
    role="columnheader"
    aria-sort=${sorted}
    aria-colindex=${at + 1}
    title=${`Sort by ${column.label}`}
    data-row="-1"
    data-column=${at}
    tabindex=${active ? 0 : -1}
    @click=${() => sortBy(column)}
  >
    ${column.icon === undefined ? nothing : icon(column.icon)}
    <span class=${column.icon === undefined ? 'caption' : 'sr-only'}>${column.label}</span>
    ${sorted === 'none' ? nothing : icon(sorted === 'descending' ? 'arrow-down' : 'arrow-up', 'sorted')}
  </div>`;
}

/** A row that is on its way. */
export function ghostRow(index: number, top: number, here: number): TemplateResult {
  return html`<div
    class="row ghost"
    role="row"
    aria-rowindex=${index + 2}
    aria-busy="true"
    .style=${`transform:translateY(${top}px)`}
  >
    <div
      class="cell"
      role="gridcell"
      aria-colindex="1"
      data-row=${index}
      data-column=${Math.max(0, here)}
      tabindex=${here >= 0 ? 0 : -1}
    ><span class="placeholder"></span><span class="sr-only">Loading</span></div>
  </div>`;
}

export function stepRow(
  row: TableRow,
  { index, top, ids, chosen, ranged, here, timeZone }: Shown,
): TemplateResult {
  const classes = [
    'row',
    ...(index % 2 === 1 ? ['odd'] : []),
    ...(chosen ? ['selected'] : []),
    ...(ranged ? ['ranged'] : []),
    ...(row.bottleneck ? ['bottleneck'] : []),
    ...(row.error ? ['error'] : []),
  ];
  return html`<div
    class=${classes.join(' ')}
    role="row"
    aria-rowindex=${index + 2}
    aria-selected=${chosen || ranged ? 'true' : 'false'}
    .style=${`transform:translateY(${top}px)`}
  >
    ${ids.map(
      (id, at) => html`<div
        class="cell c-${id} ${columnOf(id).numeric === true ? 'numeric' : ''}"
        role="gridcell"
        aria-colindex=${at + 1}
        data-row=${index}
        data-column=${at}
        tabindex=${here === at ? 0 : -1}
        aria-label=${id === 'interactionId' ? visible(row.interactionId) : nothing}
      >${content(row, id, timeZone)}</div>`,
    )}
  </div>`;
}

function content(row: TableRow, id: TableColumn, timeZone: string): TemplateResult {
  const mark = MARKS.find((candidate) => candidate.flag === id);
  if (mark !== undefined) {
    return row[mark.flag]
      ? html`<span class="ink-${mark.flag}" title=${mark.label}>${icon(mark.icon)}<span class="sr-only">${mark.label}</span></span>`
      : html`<span class="sr-only">no</span>`;
  }
  if (row.open && (id === 'dwell' || id === 'endTime')) {
    return html`<span class="ink-open" title="still open">${icon('watch')} open</span>`;
  }
  if (id === 'interactionId') return idText(row.interactionId);
  const value = cellText(row, id, timeZone);
  return html`<bdi title=${brief(value)}>${visible(value)}</bdi>`;
}

interface Tool {
  readonly icon: string;
  readonly label: string;
  readonly title: string;
  readonly off: boolean;
  readonly run: () => void;
}

export function tool({ icon: name, label, title, off, run }: Tool): TemplateResult {
  return html`<button type="button" class="tool" title=${title} aria-label=${label} ?disabled=${off} @click=${run}>
    ${icon(name)}
  </button>`;
}

interface Rows extends Range {
  readonly total: number;
  readonly active: number;
  /** Whether a row is at hand. */
  has(row: number): boolean;
}

type Does = Readonly<Record<'copy' | 'copyAll' | 'openRecord' | 'chooseColumns', () => void>>;

/** The buttons above the rows. */
export function toolsOf({ total, first, last, active, has }: Rows, does: Does): readonly Tool[] {
  const rows = last > first ? plural(last - first + 1, 'row') : 'row';
  const most = total > MOST_COPIED ? `the first ${count(MOST_COPIED)} rows` : 'all rows';
  const key = 'in the table';
  return [
    {
      ...{ icon: 'copy', label: `Copy ${rows}`, title: `Copy ${rows}, tab separated (Ctrl+C ${key})` },
      ...{ off: !has(first), run: does.copy },
    },
    {
      ...{ icon: 'clippy', label: `Copy ${most}`, title: `Copy ${most}, with headings` },
      ...{ off: total === 0, run: does.copyAll },
    },
    {
      ...{ icon: 'json', label: 'Open record', title: `Open the row’s record as JSON (o ${key})` },
      ...{ off: !has(active), run: does.openRecord },
    },
    {
      ...{ icon: 'list-unordered', label: 'Columns', title: 'Columns: which show, and in what order' },
      ...{ off: false, run: does.chooseColumns },
    },
  ];
}

/** What stands in the stead of rows where there are none. */
export function vacancy(panel: Panel): TemplateResult {
  if (panel.state.filter.length > 0) {
    return empty(
      'Nothing found',
      'No step of this run is left by the filter.',
      html`<vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>`,
    );
  }
  return panel.overview?.header.outcome === 'running'
    ? loading('Waiting for the first steps…')
    : empty(
        'No steps',
        'The query returned nothing in its window. Widen the window or loosen WHERE, then run it again.',
      );
}

export function sortWords({ column, descending }: NonNullable<Sort>): string {
  return `${columnOf(column).label}, ${descending ? 'descending' : 'ascending'}`;
}
