/** The part of a document about an offset: what a request at one place has to look at. */
import type { IToken } from 'chevrotain';
import { drained, type ParsedDocument } from './parse.ts';
import { sectionAt } from './sections.ts';
import { shifted } from './shift.ts';
import { endOf, tokeniseSteps } from './tokens.ts';
import type { Comment, Parameter, Query } from './tree.ts';

/** Items, tokens and comments of a stretch of whole items, with the offsets that they have in the document. */
export type Part = Pick<ParsedDocument, 'start' | 'end' | 'items' | 'tokens' | 'comments'>;

/** The part about an offset: at least the item that the offset is in or just after, and everything inside it. */
export function partAt(document: ParsedDocument, offset: number): Part {
  const { sections, starts } = document;
  const last = sectionAt(starts, offset);
  const opening = sections[last]?.opening[0];
  // What is being written where a section begins may still belong to what stands before it.
  const atBegin = opening !== undefined && offset <= (starts[last] ?? 0) + endOf(opening);
  const first = atBegin ? Math.max(0, last - 1) : last;
  const known = PARTS.get(document);
  const kept = known?.first === first && known.last === last ? known.part.deref() : undefined;
  if (kept !== undefined) return kept;
  const part = drained(partSteps(document, first, last));
  PARTS.set(document, { first, last, part: new WeakRef(part) });
  return part;
}

/** The part that was looked at last: one request asks for it several times, and the next one is often about it too. */
const PARTS = new WeakMap<
  ParsedDocument,
  { readonly first: number; readonly last: number; readonly part: WeakRef<Part> }
>();

/** The sections from one to another; in steps, where they are long. */
export function* partSteps(
  document: ParsedDocument,
  first: number,
  last: number,
): Generator<undefined, Part> {
  const { sections, starts, queriesBefore } = document;
  const items: (Parameter | Query)[] = [];
  const tokens: IToken[] = [];
  const comments: Comment[] = [];
  for (let index = first; index <= last; index++) {
    const section = sections[index];
    const start = starts[index] ?? 0;
    if (section === undefined) break;
    for (const item of section.itemsAt(start, queriesBefore[index] ?? 0)) items.push(item);
    for (const comment of shifted(section.reading.comments, start)) comments.push(comment);
    const lexed = yield* tokeniseSteps(section.text);
    for (const token of lexed.tokens) {
      token.startOffset += start;
      tokens.push(token);
    }
  }
  return { start: starts[first] ?? 0, end: starts[last + 1] ?? document.end, items, tokens, comments };
}
