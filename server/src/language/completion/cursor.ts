/** Where the cursor is: what is replaced, what stands before and after it. */
import { type IToken, tokenMatcher } from 'chevrotain';
import type { ParsedDocument } from '../parse.ts';
import { type Part, partAt } from '../part.ts';
import { firstFrom, ownTokens, shortened, tokenBefore } from '../shortened.ts';
import * as t from '../tokens.ts';
import { endOf } from '../tokens.ts';
import type { Parameter, Query } from '../tree.ts';

export interface Cursor {
  readonly document: ParsedDocument;
  /** What an editor replaces; `insertEnd` is the cursor. */
  readonly start: number;
  readonly end: number;
  readonly insertEnd: number;
  /**
   * `word`: a name, keyword or nothing yet. `parameter`: after `$`. `ticked`: a name in backticks. `string`: text in
   * quotes.
   */
  readonly mode: 'word' | 'parameter' | 'ticked' | 'string';
  /** What was typed between `start` and the cursor. */
  readonly typed: string;
  /** How a string begins, and whether its closing quote is there and stays. */
  readonly quote: "'" | '"';
  readonly closed: boolean;
  /** The tokens of the item before `start`, shortened. */
  readonly before: readonly IToken[];
  /** The token that follows the range. */
  readonly next: IToken | undefined;
  /** The query that the cursor is in. */
  readonly query: Query | undefined;
}

/** Undefined where nothing is to be completed: in comments and numbers. */
export function cursorAt(document: ParsedDocument, offset: number): Cursor | undefined {
  const part = partAt(document, offset);
  const { tokens } = part;
  if (isInComment(part.comments, document.text, offset)) return undefined;
  const index = firstFrom(tokens, offset);
  const last = tokens[index - 1];
  const current = last !== undefined && offset <= endOf(last) ? last : undefined;
  if (current !== undefined && isNumber(current)) return undefined;
  return cursorOf(document, part, wordAt(document.text, tokens, index, offset, current), offset);
}

/**
 * The cursor at the end of something that is several words to the language and one to its author, such as an id that
 * was begun without its quote; undefined where nothing like that is.
 */
export function looseCursorAt(document: ParsedDocument, offset: number): Cursor | undefined {
  const { text } = document;
  const from = Math.max(0, offset - LONGEST_LOOSE);
  const typed = /(?:^|[\s([,=<>])([\w.:@/-]+)$/.exec(text.slice(from, offset))?.[1] ?? '';
  if (/^(?:[A-Za-z_]\w*)?$/.test(typed) || typed.length >= LONGEST_LOOSE) return undefined;
  const part = partAt(document, offset);
  const current = tokenBefore(part.tokens, offset);
  if (isInComment(part.comments, text, offset)) return undefined;
  if (current !== undefined && tokenMatcher(current, t.StringToken)) return undefined;
  const rest = /^[\w.:@/-]*/.exec(text.slice(offset, offset + LONGEST_LOOSE))?.[0] ?? '';
  // Two dashes or slashes begin a comment.
  if (/--|\/[/*]/.test(typed + rest)) return undefined;
  return cursorOf(
    document,
    part,
    { start: offset - typed.length, end: offset + rest.length, mode: 'word' },
    offset,
  );
}

const LONGEST_LOOSE = 120;

function cursorOf(document: ParsedDocument, part: Part, span: WordSpan, offset: number): Cursor {
  const { tokens, items } = part;
  const end = Math.max(span.end, offset);
  const from = firstFrom(tokens, span.start);
  // An open backtick or string may have swallowed what begins at or before the range.
  const swallowed = tokens[from - 1];
  const count = swallowed !== undefined && endOf(swallowed) > span.start ? from - 1 : from;
  const own = ownTokens(tokens, count);
  return {
    document,
    start: span.start,
    end,
    insertEnd: offset,
    mode: span.mode,
    typed: document.text.slice(span.start, offset),
    quote: span.quote ?? "'",
    closed: span.closed ?? false,
    before: shortened(own),
    next: tokens[firstFrom(tokens, end)],
    query: queryAt(items, own, span.start),
  };
}

interface WordSpan {
  readonly start: number;
  readonly end: number;
  readonly mode: Cursor['mode'];
  readonly quote?: "'" | '"';
  readonly closed?: boolean;
}

function wordAt(
  text: string,
  tokens: readonly IToken[],
  index: number,
  offset: number,
  current: IToken | undefined,
): WordSpan {
  if (current !== undefined && tokenMatcher(current, t.StringToken)) {
    const string = stringAt(text, tokens, index, offset, current);
    if (string !== undefined) return string;
  }
  const open = openTick(text, tokens, index, offset);
  if (open !== undefined) return open;
  if (current !== undefined) {
    const { startOffset: start } = current;
    const end = endOf(current);
    if (tokenMatcher(current, t.ParameterToken)) return { start, end, mode: 'parameter' };
    if (current.tokenType === t.QuotedName) return { start, end, mode: offset < end ? 'ticked' : 'word' };
    if (tokenMatcher(current, t.Word) || current.tokenType === t.PatternToken)
      return { start, end, mode: 'word' };
  }
  if (text.charAt(offset - 1) === '$' && (current === undefined || endOf(current) < offset)) {
    return { start: offset - 1, end: offset, mode: 'parameter' };
  }
  // In the middle of a sign of two characters it is the sign that is replaced.
  if (current !== undefined && offset < endOf(current))
    return { start: current.startOffset, end: endOf(current), mode: 'word' };
  return { start: offset, end: offset, mode: 'word' };
}

/** Text in quotes: its closing quote, where it has one, stays outside of what is replaced. */
function stringAt(
  text: string,
  tokens: readonly IToken[],
  index: number,
  offset: number,
  token: IToken,
): WordSpan | undefined {
  const { startOffset: start } = token;
  const end = endOf(token);
  const quote = token.image.startsWith('"') ? '"' : "'";
  if (token.tokenType !== t.UnclosedString) {
    if (offset >= end) return undefined;
    if (!isOddLine(text, tokens, index, end))
      return { start, end: end - 1, mode: 'string', quote, closed: true };
  }
  // Open to the end of its line: of what follows, only what may belong to the value is replaced.
  const rest = /^[\w.:@/-]*/.exec(text.slice(offset, end))?.[0] ?? '';
  return { start, end: offset + rest.length, mode: 'string', quote, closed: false };
}

/** A string that took the opening quote of the next one for its end leaves an open one on its line. */
function isOddLine(text: string, tokens: readonly IToken[], index: number, from: number): boolean {
  for (let at = index; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || /[\r\n]/.test(text.slice(from, token.startOffset))) return false;
    if (token.tokenType === t.UnclosedString) return true;
  }
  return false;
}

/** A backtick that is not closed before the cursor: `$` may stand before it. */
function openTick(
  text: string,
  tokens: readonly IToken[],
  index: number,
  offset: number,
): WordSpan | undefined {
  const line = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const tick = text.slice(line, offset).lastIndexOf('`') + line;
  if (tick < line) return undefined;
  for (let at = index - 1; at >= 0; at--) {
    const token = tokens[at];
    if (token === undefined || endOf(token) <= tick) break;
    if (token.startOffset <= tick) return undefined;
  }
  const start = text.charAt(tick - 1) === '$' ? tick - 1 : tick;
  const rest = /^\w*/.exec(text.slice(offset))?.[0] ?? '';
  return { start, end: offset + rest.length, mode: start < tick ? 'parameter' : 'ticked' };
}

function isNumber(token: IToken): boolean {
  return token.tokenType === t.NumberToken || token.tokenType === t.DurationToken;
}

/** Just after a closed block comment is outside; a line comment goes on to the end of its line. */
function isInComment(
  comments: readonly { readonly start: number; readonly end: number; readonly closed: boolean }[],
  text: string,
  offset: number,
): boolean {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  const comment = comments[low - 1];
  if (comment === undefined) return false;
  const block = comment.closed && text.startsWith('/*', comment.start);
  return block ? offset < comment.end : offset <= comment.end;
}

function queryAt(
  items: readonly (Parameter | Query)[],
  own: readonly IToken[],
  offset: number,
): Query | undefined {
  const first = own.find((token) => token.tokenType !== t.Semicolon)?.startOffset ?? offset;
  return items.findLast(
    (item): item is Query => item.kind === 'query' && item.start <= offset && item.end >= first,
  );
}
