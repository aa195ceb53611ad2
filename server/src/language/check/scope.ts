/** What every check of a query sees. */
import type { CheckContext, ProfileFacts } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { ParameterFacts } from '../parameters.ts';
import type { ParsedDocument } from '../parse.ts';
import type { Reading } from '../reading.ts';
import type { Environment } from '../resolve.ts';
import { endOf, tokenise } from '../tokens.ts';
import type { Clause, Query, Span } from '../tree.ts';

/** A section as a text of its own. Declarations that it asks for from other sections come to stand after it. */
export interface CheckedText extends Pick<Reading, 'syntax' | 'suspects' | 'unfinished' | 'presumed'> {
  readonly text: string;
}

/** What is asked of the rest of the document goes through these: on the answers depends how long a result holds. */
export interface Parameters {
  readonly get: (name: string) => ParameterFacts | undefined;
  readonly has: (name: string) => boolean;
}
export interface QueryNames extends Iterable<string> {
  readonly has: (name: string) => boolean;
}

export interface DocumentScope {
  readonly document: CheckedText;
  readonly context: CheckContext;
  /** The parameters of the document. */
  readonly parameters: Parameters;
  /** Names of the queries of the document. */
  readonly queryNames: QueryNames;
  /** Most ids that a query gives as a set; null where nothing tells. */
  readonly mostOf: (name: string) => number | null;
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

/** Where a section begins in its document. */
export function startOf({ starts }: Pick<ParsedDocument, 'starts'>, section: number): number {
  return starts[section] ?? 0;
}

/** The text of a range. */
export function textOf(scope: DocumentScope, span: Span): string {
  return scope.document.text.slice(span.start, span.end);
}

/** The first token of a query: where diagnostics of the whole query stand. */
export function firstToken(scope: QueryScope): Span {
  const { query } = scope;
  if (query.keyword !== null) return query.keyword;
  const [token] = tokenise(textOf(scope, query)).tokens;
  return token === undefined ? query : { start: query.start, end: query.start + endOf(token) };
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
