/** The part of a document about an offset: what a request at one place has to look at. */
import type { ParsedDocument } from './parse.ts';

/** Items, tokens and comments of a stretch of whole items, with the offsets that they have in the document. */
export type Part = Pick<ParsedDocument, 'start' | 'end' | 'items' | 'tokens' | 'comments'>;

/** The part about an offset: at least the item that the offset is in or just after, and everything inside it. */
export function partAt(document: ParsedDocument, _offset: number): Part {
  return document;
}
