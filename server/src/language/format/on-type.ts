/** What a semicolon or a new line puts in order: what it finishes, and the indentation of what goes on. */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import type { TextChange } from '../diagnostics.ts';
import type { ParsedDocument } from '../parse.ts';
import { type Part, partAt } from '../part.ts';
import { QUOTES } from '../reading.ts';
import * as t from '../tokens.ts';
import type { Parameter, Query, Span } from '../tree.ts';
import { Edits } from './edits.ts';
import { laidOut, printItem } from './item.ts';
import { INDENT } from './layout.ts';
import { hasBreak, isBlank, pieceAt, piecesOf } from './pieces.ts';
import { endOfLineBefore, lineEnd, lineStart, partsOf, within } from './range.ts';

const k = t.keywords;
const OPENERS = new Set<TokenType>([t.LeftParenthesis, t.LeftBracket]);
const CLOSERS = new Set<TokenType>([t.RightParenthesis, t.RightBracket]);
/** Nothing before them is of the same query. */
const BARRIERS = new Set<TokenType>([t.Semicolon, k.QUERY, k.PARAM]);
const STARTERS = new Set<TokenType>([k.QUERY, k.PARAM, ...t.CLAUSE_WORDS.map((word) => k[word])]);
/** Keywords with which a clause can end. */
const ENDINGS = new Set<TokenType>([k.ASC, k.DESC, k.ALL, k.TRUE, k.FALSE, k.NULL]);
/** Signs that end a clause. */
const COMPLETE = new Set<TokenType>([
  t.RightParenthesis,
  t.RightBracket,
  t.Semicolon,
  t.NumberToken,
  t.DurationToken,
  t.ParameterToken,
  t.PatternToken,
]);

/** Changes once a character is typed that ends at `offset`; any character but `;` and a line break changes nothing. */
export function onType(document: ParsedDocument, offset: number, character: string): readonly TextChange[] {
  const { text } = document;
  if (character === ';') return afterSemicolon(text, partAt(document, offset), offset);
  if (!hasBreak(character)) return [];
  const end = offset + (/^[ \t]*/.exec(text.slice(offset, lineEnd(text, offset)))?.[0].length ?? 0);
  return afterLine(text, partAt(document, end), { start: offset, end });
}

/** Without syntax errors, and with none on its line that could reach into it. */
function isReadable(text: string, item: Parameter | Query): boolean {
  return !item.broken && !QUOTES.test(text.slice(lineStart(text, item.start), item.start));
}

/** Puts the query in order that a semicolon ends. */
function afterSemicolon(text: string, part: Part, offset: number): readonly TextChange[] {
  const token = part.tokens.findLast(({ startOffset }) => startOffset < offset);
  if (token?.tokenType !== t.Semicolon || token.startOffset !== offset - 1) return [];
  const item = part.items.findLast(({ start }) => start < offset);
  if (item === undefined || item.end >= offset || !isReadable(text, item)) return [];
  const edits = printed(text, part, item);
  if (isBlank(text.slice(item.end, offset - 1))) {
    edits.gap(';');
    edits.upTo(offset);
  }
  return within(edits.changes, { start: lineStart(text, item.start), end: offset });
}

/** Puts the clause in order that a new line ends, and indents what goes on; `blanks` stand at the cursor. */
function afterLine(text: string, part: Part, blanks: Span): readonly TextChange[] {
  const { start: offset, end } = blanks;
  if (part.comments.some((comment) => comment.start < offset && offset < comment.end)) return [];
  const line = lineStart(text, offset);
  if (line === 0 || !isBlank(text.slice(line, offset))) return [];
  const item = part.items.findLast(({ start }) => start < line);
  const finished = item === undefined || !isReadable(text, item) ? [] : finishedBy(text, part, item, line);
  const indent = indentation(text, part, item, line);
  if (indent === undefined) return finished;
  const newText = ' '.repeat(indent);
  return text.slice(line, end) === newText ? finished : [...finished, { start: line, end, newText }];
}

/** Changes within the lines of the clause that ends just before a line. */
function finishedBy(text: string, part: Part, item: Parameter | Query, line: number): readonly TextChange[] {
  const clauses = item.kind === 'query' ? partsOf(item) : [item];
  const last = clauses.findLast(({ start }) => start < line);
  const before = lineStart(text, endOfLineBefore(text, line));
  if (last === undefined || last.end > line || lineStart(text, last.end) !== before) return [];
  const span = { start: lineStart(text, last.start), end: lineEnd(text, last.end) };
  return within(printed(text, part, item).changes, span);
}

/** Columns of a line that goes on with what stands before it; undefined where that may be over. */
function indentation(
  text: string,
  part: Part,
  item: Parameter | Query | undefined,
  line: number,
): number | undefined {
  const index = part.tokens.findLastIndex(({ startOffset }) => startOffset < line);
  const last = part.tokens[index];
  if (last === undefined || t.endOf(last) > line) return undefined;
  const following = part.tokens[index + 1];
  const next =
    following !== undefined && following.startOffset <= lineEnd(text, line) ? following : undefined;
  if (next !== undefined && item !== undefined && !item.broken && next.startOffset < item.end) {
    return indentOf(text, part, item, next);
  }
  const open = openBefore(part.tokens, index);
  if (open !== undefined) {
    const start = lineStart(text, open.startOffset);
    const base = /^[ \t]*/.exec(text.slice(start, open.startOffset))?.[0].length ?? 0;
    return next !== undefined && CLOSERS.has(next.tokenType) ? base : base + INDENT;
  }
  if (next !== undefined && STARTERS.has(next.tokenType)) return 0;
  return isComplete(last) ? undefined : INDENT;
}

/** Where the layout has a token of a query without errors that begins a line. */
function indentOf(text: string, part: Part, item: Parameter | Query, token: IToken): number {
  const pieces = piecesIn(text, part, item);
  const at = pieceAt(pieces, token.startOffset);
  const breaks = laidOut(item, pieces);
  const base = breaks.slice(0, at).findLast((indent) => indent !== undefined) ?? 0;
  return breaks[at] ?? base + INDENT;
}

/** The innermost bracket that is open after a token. */
function openBefore(tokens: readonly IToken[], index: number): IToken | undefined {
  let closed = 0;
  for (let at = index; at >= 0; at--) {
    const token = tokens[at];
    if (token === undefined || BARRIERS.has(token.tokenType)) return undefined;
    if (CLOSERS.has(token.tokenType)) closed++;
    else if (OPENERS.has(token.tokenType) && closed-- === 0) return token;
  }
  return undefined;
}

/** Whether a clause may be over after a token. */
function isComplete(token: IToken): boolean {
  const { tokenType } = token;
  if (COMPLETE.has(tokenType) || ENDINGS.has(tokenType)) return true;
  return tokenMatcher(token, t.StringToken) || tokenMatcher(token, t.Identifier);
}

function piecesIn(text: string, part: Part, item: Span) {
  const inside = (start: number): boolean => start >= item.start && start < item.end;
  return piecesOf(
    text,
    part.tokens.filter(({ startOffset }) => inside(startOffset)),
    part.comments.filter(({ start }) => inside(start)),
  );
}

/** An item alone in its layout, from the beginning of its line. */
function printed(text: string, part: Part, item: Parameter | Query): Edits {
  const start = lineStart(text, item.start);
  const isFirst = isBlank(text.slice(start, item.start));
  const edits = new Edits(text, text.includes('\r\n') ? '\r\n' : '\n', isFirst ? start : item.start);
  printItem(edits, item, piecesIn(text, part, item));
  return edits;
}
