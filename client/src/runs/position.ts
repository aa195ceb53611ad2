/** Which query the cursor stands in. No editor in here: tested alone. */
import type { ListedQuery } from '../../../server/src/protocol/lsp.ts';

/** The last query that begins at or above the cursor; the blank lines after a query belong to it. */
export function queryAt(queries: readonly ListedQuery[], line: number): number | undefined {
  const index = queries.findLastIndex((query) => query.range.start.line <= line);
  if (index >= 0) return index;
  return queries.length > 0 ? 0 : undefined;
}
