/** The canonical layout of a text: whole, in ranges, and as it is typed. Nothing of it can be set. */
import type { TextChange } from '../diagnostics.ts';
import { drained, type ParsedDocument } from '../parse.ts';
import type { Span } from '../tree.ts';
import { CHANGES_A_STEP, joined, joinSteps } from './edits.ts';
import { onType } from './on-type.ts';
import { Printer } from './printer.ts';
import { isWithin, wholeClauses } from './range.ts';

/**
 * The changes that give a text its canonical layout, in the order of the text; none touches another. Queries with
 * syntax errors, and what belongs to no query, stay as they are.
 */
export function format(document: ParsedDocument): TextChange[] {
  return drained(formatSteps(document));
}

/** Those of `format` in the lines of every clause that one of the ranges touches. */
export function formatRanges(document: ParsedDocument, ranges: readonly Span[]): TextChange[] {
  return drained(formatSteps(document, ranges));
}

/** `format` and `formatRanges` in steps of an item each, so that a long text holds nobody up. */
export function* formatSteps(
  document: ParsedDocument,
  ranges?: readonly Span[],
): Generator<undefined, TextChange[]> {
  if (ranges === undefined) return yield* joinSteps((yield* new Printer(document).print()).changes);
  const spans: Span[] = [];
  for (const range of ranges) spans.push(yield* wholeClauses(document, range));
  if (spans.length === 0) return [];
  const stretch = {
    start: spans.reduce((least, { start }) => Math.min(least, start), document.end),
    end: spans.reduce((most, { end }) => Math.max(most, end), 0),
  };
  const { changes } = yield* new Printer(document).print(stretch);
  const wanted: TextChange[] = [];
  for (const change of changes) {
    if (spans.some((span) => isWithin(change, span))) wanted.push(change);
    if (wanted.length % CHANGES_A_STEP === 0) yield;
  }
  return yield* joinSteps(wanted);
}

/**
 * Changes after `;` or a line break was typed that ends at `offset` (after a line break, the indentation that the
 * editor gave the new line may stand before it): the query or clause that it finishes, and the indentation of a line
 * that goes on. Nothing after the cursor changes but the blanks at it, and no query with syntax errors.
 */
export function formatOnType(document: ParsedDocument, offset: number, character: string): TextChange[] {
  return joined(onType(document, offset, character));
}

/** A text after changes in its order that do not overlap. */
export function applied(text: string, changes: readonly TextChange[]): string {
  let at = 0;
  const parts: string[] = [];
  for (const { start, end, newText } of changes) {
    parts.push(text.slice(at, start), newText);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}
