/** Changes of the canonical layout that lie in some lines. */
import type { TextChange } from '../diagnostics.ts';
import type { ParsedDocument } from '../parse.ts';
import { sectionAt } from '../sections.ts';
import type { Query, Span } from '../tree.ts';

/** Offset at which the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** Offset at which the line of an offset ends, before what ends it. */
export function lineEnd(text: string, offset: number): number {
  for (let at = offset; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') return at;
  return text.length;
}

/** Offset at which the line before one that begins at `start` ends. */
export function endOfLineBefore(text: string, start: number): number {
  return start - (text.startsWith('\r\n', start - 2) ? 2 : 1);
}

/** The changes that lie within a stretch, as they come. */
export function within(changes: readonly TextChange[], span: Span): TextChange[] {
  return changes.filter((change) => isWithin(change, span));
}

export function isWithin(inner: Span, { start, end }: Span): boolean {
  return inner.start >= start && inner.end <= end;
}

/**
 * The whole lines of every clause, header and parameter that a range touches, and of what shares a line with them. In
 * steps; looks at the sections of the range and those next to it alone, since each begins a line.
 */
export function* wholeClauses(document: ParsedDocument, range: Span): Generator<undefined, Span> {
  const { text } = document;
  // A selection of whole lines ends at the beginning of the next one, which it does not touch.
  const isWhole =
    range.end > range.start && range.end < text.length && lineStart(text, range.end) === range.end;
  let start = lineStart(text, range.start);
  let end = lineEnd(text, isWhole ? Math.max(range.start, endOfLineBefore(text, range.end)) : range.end);
  const { sections, starts, queriesBefore } = document;
  const parts: Span[] = [];
  const last = sectionAt(starts, end) + 1;
  for (let index = Math.max(0, sectionAt(starts, start) - 1); index <= last; index++) {
    for (const item of sections[index]?.itemsAt(starts[index] ?? 0, queriesBefore[index] ?? 0) ?? []) {
      for (const part of item.kind === 'query' ? partsOf(item) : [item]) parts.push(part);
    }
    yield;
  }
  for (const part of parts) {
    if (part.end >= start && part.start <= end && part.end > end) end = lineEnd(text, part.end);
  }
  for (const part of parts.toReversed()) {
    if (part.end >= start && part.start <= end && part.start < start) start = lineStart(text, part.start);
  }
  return { start, end };
}

/** The header of a query and its clauses. */
export function partsOf(query: Query): Span[] {
  const end = (query.title ?? query.name ?? query.keyword)?.end;
  const header = end === undefined ? [] : [{ start: query.start, end }];
  return [...header, ...query.clauses];
}
