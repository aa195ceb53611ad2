/** Rows for a spreadsheet: lines with tabs between, asked for where they are not at hand. */
import { MAX_ROWS, type Sort, type TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../../server/src/protocol/panel-views.ts';
import { count, plural, tsv } from '../format.ts';
import type { Panel } from '../view.ts';
import { columnOf, copiedText } from './columns.ts';

/** Rows copied at once; a file of them is what exports are for. */
export const MOST_COPIED = 10_000;

export interface Range {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

interface Copying {
  readonly panel: Panel;
  readonly row: (index: number) => TableRow | undefined;
  readonly sort: Sort;
  readonly columns: readonly TableColumn[];
}

export function linesOf(rows: readonly TableRow[], columns: readonly TableColumn[]): string {
  return rows.map((row) => tsv(columns.map((column) => copiedText(row, column)))).join('\n');
}

/** What is at hand of a range, undefined where a row of it is not. */
export function atHand({ row }: Pick<Copying, 'row'>, { first, last }: Range): TableRow[] | undefined {
  const rows: TableRow[] = [];
  for (let index = first; index <= last; index += 1) {
    const found = row(index);
    if (found === undefined) return undefined;
    rows.push(found);
  }
  return rows;
}

/** Puts rows on the clipboard, and says how many; with `headings`, their columns' names above. */
export async function copyRows(copying: Copying, asked: Range, headings: boolean): Promise<void> {
  const { panel, sort, columns } = copying;
  const range = { first: asked.first, last: Math.min(asked.last, asked.first + MOST_COPIED - 1) };
  const { filter } = panel.state;
  try {
    const rows = atHand(copying, range) ?? [];
    while (rows.length < range.last - range.first + 1) {
      const offset = range.first + rows.length;
      const slice = await panel.channel.ask({
        kind: 'table',
        ...{ filter, sort, offset, count: Math.min(MAX_ROWS, range.last - offset + 1) },
      });
      rows.push(...slice.rows);
      if (slice.rows.length === 0) break;
    }
    const head = headings ? [tsv(columns.map((column) => columnOf(column).label))] : [];
    await navigator.clipboard.writeText([...head, linesOf(rows, columns)].join('\n'));
    panel.announce(copied(rows.length, asked.last - asked.first + 1));
  } catch {
    panel.announce('The rows could not be copied: the clipboard is not allowed here, or the run was closed');
  }
}

export function copied(rows: number, of: number): string {
  if (rows >= of) return rows === 1 ? 'Row copied' : `${plural(rows, 'row')} copied`;
  return `The first ${count(rows)} of ${plural(of, 'row')} copied: export the run for all of them`;
}
