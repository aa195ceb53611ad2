/** The panel's table: every step of a run, sorted, searched and filtered where the data is. */
import type { PanelRequest, TableColumn } from '../protocol/panel-requests.ts';
import type { TableRow } from '../protocol/panel-views.ts';
import { isShown, pageOf, type ShownInteraction, type ShownStep, tableRow } from './shown.ts';

type TableRequest = Extract<PanelRequest, { kind: 'table' }>;

interface Entry {
  readonly owner: ShownInteraction;
  readonly step: ShownStep;
}

/** All steps in the order of the run, and the last selection, which scrolling asks for again and again. */
export interface TableIndex {
  readonly entries: readonly Entry[];
  last: { readonly key: string; readonly entries: readonly Entry[] } | undefined;
}

export function tableIndex(shown: readonly ShownInteraction[]): TableIndex {
  return { entries: shown.flatMap((owner) => owner.steps.map((step) => ({ owner, step }))), last: undefined };
}

function found(entry: Entry, search: string): boolean {
  const { nodeId, nodeName, nodeType, outcome } = entry.step;
  const texts = [entry.owner.id, nodeId, nodeName, nodeType, outcome];
  return texts.some((text) => text?.toLowerCase().includes(search) === true);
}

type Key = string | number | null;

function keyOf(entry: Entry, column: TableColumn): Key {
  const { step } = entry;
  switch (column) {
    case 'interactionId':
      return entry.owner.id;
    case 'startTime':
      return step.start;
    case 'error':
    case 'bottleneck':
    case 'matching':
      return Number(step[column]);
    default:
      return step[column];
  }
}

/** What is unknown comes last, whichever the direction. */
function compareKeys(a: Key, b: Key, descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const order = a < b ? -1 : 1;
  return descending ? -order : order;
}

/** The rows that a request asks for, with how many there are in all. */
export function selectRows(
  index: TableIndex,
  request: TableRequest,
): { readonly total: number; readonly offset: number; readonly rows: TableRow[] } {
  const entries = select(index, request);
  const { at } = request;
  const found =
    at === undefined
      ? -1
      : entries.findIndex(
          ({ owner, step }) => step.sequence === at.sequence && owner.id === at.interactionId,
        );
  const offset = pageOf(found, request);
  return {
    total: entries.length,
    offset,
    rows: entries.slice(offset, offset + request.count).map(({ owner, step }) => tableRow(owner, step)),
  };
}

function select(index: TableIndex, { sort, search: typed, only }: TableRequest): readonly Entry[] {
  const search = typed.trim().toLowerCase();
  const key = JSON.stringify([sort, search, only]);
  if (index.last?.key === key) return index.last.entries;
  let entries = index.entries.filter(
    (entry) => isShown(entry.step, only) && (search === '' || found(entry, search)),
  );
  if (sort !== null) {
    const keyed = entries.map((entry) => ({ entry, key: keyOf(entry, sort.column) }));
    keyed.sort((a, b) => compareKeys(a.key, b.key, sort.descending));
    entries = keyed.map(({ entry }) => entry);
  }
  index.last = { key, entries };
  return entries;
}
