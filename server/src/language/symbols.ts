/** Outline, folding and lenses, as ranges of offsets. */
import type { ParsedDocument } from './parse.ts';
import { endOf, LeftBracket, LeftParenthesis, RightBracket, RightParenthesis } from './tokens.ts';
import type { Span } from './tree.ts';

export interface DocumentSymbol extends Span {
  readonly kind: 'query' | 'parameter' | 'clause';
  readonly name: string;
  /** A query's title, a parameter's default, a clause's text; may be empty. */
  readonly detail: string;
  /** The part to reveal: inside the range. */
  readonly selection: Span;
  readonly children: readonly DocumentSymbol[];
}

/** Parameters and queries with their clauses. */
export function documentSymbols(document: ParsedDocument): DocumentSymbol[] {
  const { text } = document;
  return document.items.map((item): DocumentSymbol => {
    if (item.kind === 'parameter') {
      const detail = item.value === null ? (item.type?.text ?? '') : oneLine(text, item.value);
      return {
        ...rangeOf(item),
        kind: 'parameter',
        name: `$${item.name?.text ?? ''}`,
        detail,
        selection: rangeOf(item.name ?? item.keyword),
        children: [],
      };
    }
    const first = item.clauses[0];
    const children = item.clauses.map((clause): DocumentSymbol => {
      const leading = clause.keyword.start === clause.keyword.end;
      const rest = { start: clause.keyword.end, end: clause.end };
      return {
        ...rangeOf(clause),
        kind: 'clause',
        name: leading ? 'WHERE' : text.slice(clause.keyword.start, clause.keyword.end).toUpperCase(),
        detail: oneLine(text, rest),
        selection: leading ? rangeOf(clause) : rangeOf(clause.keyword),
        children: [],
      };
    });
    return {
      ...rangeOf(item),
      kind: 'query',
      name:
        item.name?.text ?? (item.keyword === null && first !== undefined ? oneLine(text, first) : '(query)'),
      detail: item.title?.value ?? '',
      selection: rangeOf(item.name ?? item.keyword ?? first ?? item),
      children,
    };
  });
}

function rangeOf({ start, end }: Span): Span {
  return { start, end };
}

function oneLine(text: string, span: Span): string {
  const line = text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

export interface FoldingRange extends Span {
  readonly kind: 'comment' | 'region';
}

/** Queries, lists and comments that go over more than one line. */
export function foldingRanges(document: ParsedDocument): FoldingRange[] {
  const { text } = document;
  const found: FoldingRange[] = [];
  const add = (kind: FoldingRange['kind'], span: Span) => {
    if (text.slice(span.start, span.end).includes('\n'))
      found.push({ kind, start: span.start, end: span.end });
  };
  for (const query of document.queries) add('region', query);
  const open: number[] = [];
  for (const token of document.tokens) {
    if (token.tokenType === LeftBracket || token.tokenType === LeftParenthesis) open.push(token.startOffset);
    else if (token.tokenType === RightBracket || token.tokenType === RightParenthesis) {
      const start = open.pop();
      if (start !== undefined) add('region', { start, end: endOf(token) });
    }
  }
  // Line comments one below the other fold as one.
  let run: Span | undefined;
  for (const comment of document.comments) {
    const block = text.startsWith('/*', comment.start);
    const gap = run === undefined ? undefined : text.slice(run.end, comment.start);
    if (run !== undefined && !block && gap !== undefined && /^\r?\n[ \t]*$/.test(gap)) {
      run = { start: run.start, end: comment.end };
      continue;
    }
    if (run !== undefined) add('comment', run);
    run = block ? undefined : comment;
    if (block) add('comment', comment);
  }
  if (run !== undefined) add('comment', run);
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Where the lenses of a query stand: its header, or the first word of one without. */
export interface QueryLens extends Span {
  readonly index: number;
  readonly name: string | null;
  /** It has syntax errors, so that it cannot run. */
  readonly broken: boolean;
}

export function queryLenses(document: ParsedDocument): QueryLens[] {
  return document.queries.map((query) => {
    const end =
      query.title?.end ?? query.name?.end ?? query.keyword?.end ?? query.clauses[0]?.end ?? query.end;
    return {
      start: query.start,
      end,
      index: query.index,
      name: query.name?.text ?? null,
      broken: query.broken,
    };
  });
}
