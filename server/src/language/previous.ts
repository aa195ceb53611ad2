/** `COMPARE TO PREVIOUS`: the same query over the period of equal length that ends where its window begins. */
import { formatInstant, type Micros } from '../protocol/instant.ts';
import type { ParsedDocument } from './parse.ts';
import type { Environment } from './resolve.ts';
import { clauseOf, type Query, type Span } from './tree.ts';
import { conjuncts } from './walk.ts';
import { boundsOfCondition, windowOf } from './window.ts';

/** From an instant on, up to but not including another. */
export interface Period {
  readonly from: Micros;
  readonly to: Micros;
}

/** The period before a query's window; undefined where the window has no beginning, or none that is known. */
export function previousPeriod(query: Query, environment: Environment): Period | undefined {
  const window = windowOf(query, environment);
  const from = window.lower?.micros;
  if (from === undefined || !window.known) return undefined;
  const until = window.upper?.micros ?? environment.now;
  return until > from ? { from: from - (until - from), to: from } : undefined;
}

/**
 * The text of a document in which a query asks for the period before instead of its own: its clauses of time are gone,
 * and the bounds among its conditions hold of every step. The query keeps its place among the queries.
 */
export function previousText(
  document: ParsedDocument,
  query: Query,
  environment: Environment,
): string | undefined {
  const period = previousPeriod(query, environment);
  if (period === undefined) return undefined;
  const edits: (Span & { readonly newText: string })[] = [];
  for (const clause of query.clauses) {
    if (clause.kind === 'last' || clause.kind === 'since') {
      edits.push({ start: clause.start, end: clause.end, newText: '' });
    }
  }
  const bounds = `nodeTimestamp >= '${formatInstant(period.from)}' AND nodeTimestamp < '${formatInstant(period.to)}'`;
  const where = clauseOf(query, 'where');
  if (where === undefined) {
    const last = query.clauses.at(-1);
    const at = last?.end ?? query.end;
    edits.push({ start: at, end: at, newText: ` WHERE ${bounds}` });
  } else {
    const { start, end } = where.predicate;
    edits.push({ start, end: start, newText: '(' }, { start: end, end, newText: `) AND ${bounds}` });
    for (const condition of conjuncts(where.predicate)) {
      if (boundsOfCondition(condition, environment).length === 0) continue;
      edits.push({ start: condition.start, end: condition.end, newText: 'TRUE' });
    }
  }
  // From the end, so that places stay; of one place, what opens comes after what it stands before.
  let { text } = document;
  for (const { start, end, newText } of edits.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    text = text.slice(0, start) + newText + text.slice(end);
  }
  return text;
}
