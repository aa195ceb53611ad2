/** What every check of a query sees. */
import type { CheckContext, ProfileFacts } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { ParameterFacts } from '../parameters.ts';
import type { ParsedDocument } from '../parse.ts';
import type { Environment } from '../resolve.ts';
import { endOf } from '../tokens.ts';
import type { Clause, Query, Span } from '../tree.ts';

export interface DocumentScope {
  readonly document: ParsedDocument;
  readonly context: CheckContext;
  readonly parameters: ReadonlyMap<string, ParameterFacts>;
  /** Names of the queries. */
  readonly queryNames: ReadonlySet<string>;
  readonly report: (found: Diagnostic) => void;
}

export interface QueryScope extends DocumentScope {
  readonly query: Query;
  readonly profile: ProfileFacts;
  readonly environment: Environment;
  /** Whether an error was reported inside a range. */
  readonly hasErrorIn: (span: Span) => boolean;
  /** Whether a syntax error stands in a clause or just after it, so that a part of it may not have been read. */
  readonly isCut: (clause: Clause) => boolean;
}

/** The text of a range. */
export function textOf(scope: DocumentScope, span: Span): string {
  return scope.document.text.slice(span.start, span.end);
}

/** The first token of a query: where diagnostics of the whole query stand. */
export function firstToken(scope: QueryScope): Span {
  const { query, document } = scope;
  if (query.keyword !== null) return query.keyword;
  const { tokens } = document;
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.startOffset ?? query.start) < query.start) low = middle + 1;
    else high = middle;
  }
  const token = tokens[low];
  return token === undefined ? query : { start: token.startOffset, end: endOf(token) };
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
