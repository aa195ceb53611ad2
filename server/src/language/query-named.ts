/** A query by its name. */
import type { ParsedDocument } from './parse.ts';
import type { Query } from './tree.ts';

const KNOWN = new WeakMap<ParsedDocument, ReadonlyMap<string, Query>>();

/** The queries of a document by their names, the first of each; made once. */
export function queriesByName(document: ParsedDocument): ReadonlyMap<string, Query> {
  const known = KNOWN.get(document);
  if (known !== undefined) return known;
  const byName = new Map<string, Query>();
  for (const query of document.queries) {
    if (query.name !== null && !byName.has(query.name.text)) byName.set(query.name.text, query);
  }
  KNOWN.set(document, byName);
  return byName;
}

/** The first query of that name, without placing the trees of the others; undefined where there is none. */
export function queryNamed(document: ParsedDocument, name: string): Query | undefined {
  const { sections, starts, queriesBefore } = document;
  for (const [index, section] of sections.entries()) {
    const at = section.reading.items.findIndex((item) => item.kind === 'query' && item.name?.text === name);
    if (at === -1) continue;
    const found = section.itemsAt(starts[index] ?? 0, queriesBefore[index] ?? 0)[at];
    return found?.kind === 'query' ? found : undefined;
  }
  return undefined;
}
