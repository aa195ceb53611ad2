/** The table's columns: which there are, which show, and what of a step each says. */
import { TABLE_COLUMNS, type TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../../server/src/protocol/panel-views.ts';
import { duration, instant, nodeLabel } from '../format.ts';

export interface Column {
  readonly id: TableColumn;
  readonly label: string;
  /** Only an icon in the header. */
  readonly icon?: string;
  readonly numeric?: boolean;
  /** Sorted largest first on the first click. */
  readonly descending?: boolean;
  /** Pixels at least; where there is more room, columns share it by `grow`. */
  readonly width: number;
  readonly grow: number;
}

const COLUMNS: Readonly<Record<TableColumn, Omit<Column, 'id'>>> = {
  bottleneck: { label: 'Bottleneck', icon: 'flame', descending: true, width: 28, grow: 0 },
  error: { label: 'Error', icon: 'error', descending: true, width: 26, grow: 0 },
  matching: { label: 'Matches the query', icon: 'filter-filled', descending: true, width: 26, grow: 0 },
  interactionId: { label: 'Interaction', width: 118, grow: 1.1 },
  sequence: { label: 'Step', numeric: true, width: 56, grow: 0 },
  nodeName: { label: 'Node', width: 134, grow: 1.6 },
  dwell: { label: 'Dwell', numeric: true, descending: true, width: 92, grow: 0 },
  wait: { label: 'Wait', numeric: true, descending: true, width: 92, grow: 0 },
  outcome: { label: 'Outcome', width: 104, grow: 0.9 },
  nodeType: { label: 'Type', width: 104, grow: 0.7 },
  startTime: { label: 'Start', width: 216, grow: 0 },
  endTime: { label: 'End', width: 216, grow: 0 },
  nodeId: { label: 'Node id', width: 130, grow: 1 },
  workflowName: { label: 'Workflow', width: 130, grow: 1 },
};

/** Of the row's own padding and the scrollbar. */
const EDGES = 26;
/** Shown at first however narrow the view is: they tell where and how long. */
const ALWAYS: readonly TableColumn[] = [
  'bottleneck',
  'error',
  'matching',
  'interactionId',
  'sequence',
  'nodeName',
  'dwell',
];
/** Shown at first where there is room, in this order. */
const WHERE_ROOM: readonly TableColumn[] = ['wait', 'outcome', 'nodeType', 'startTime'];

export function columnOf(id: TableColumn): Column {
  return { id, ...COLUMNS[id] };
}

/** All of them: those shown in their order, then the others. */
export function allColumns(shown: readonly TableColumn[]): readonly TableColumn[] {
  const known: readonly TableColumn[] = [...ALWAYS, ...WHERE_ROOM, ...TABLE_COLUMNS];
  return [...new Set([...shown, ...known])];
}

/** Those shown at first in a view so many pixels wide. */
export function columnsAtFirst(width: number): readonly TableColumn[] {
  const shown = [...ALWAYS];
  let used = widthOf(ALWAYS);
  for (const id of WHERE_ROOM) {
    used += COLUMNS[id].width;
    if (used > width) break;
    shown.push(id);
  }
  return shown;
}

/** Pixels that columns take at least. */
export function widthOf(ids: readonly TableColumn[]): number {
  return EDGES + ids.reduce((sum, id) => sum + COLUMNS[id].width, 0);
}

/** As a grid lays them out. */
export function tracksOf(ids: readonly TableColumn[]): string {
  return ids
    .map((id) => COLUMNS[id])
    .map(({ width, grow }) => (grow === 0 ? `${width}px` : `minmax(${width}px, ${grow}fr)`))
    .join(' ');
}

/** As shown. */
export function cellText(row: TableRow, column: TableColumn, timeZone: string): string {
  switch (column) {
    case 'sequence':
      return String(row.sequence + 1);
    case 'nodeName':
      return nodeLabel(row);
    case 'startTime':
    case 'endTime':
      return instant(row[column], timeZone, 'millis');
    case 'dwell':
    case 'wait':
      return duration(row[column]);
    case 'bottleneck':
    case 'error':
    case 'matching':
      return row[column] ? 'yes' : 'no';
    default:
      return row[column] ?? '—';
  }
}

/** As copied: instants in RFC 3339, seconds as numbers, steps counted from 1, nothing where there is no value. */
export function copiedText(row: TableRow, column: TableColumn): string {
  switch (column) {
    case 'dwell':
    case 'wait':
      return row[column] === null ? '' : String(row[column]);
    case 'sequence':
      return String(row.sequence + 1);
    case 'bottleneck':
    case 'error':
    case 'matching':
      return String(row[column]);
    default:
      return row[column] ?? '';
  }
}
