/** What an item is printed from: its tokens, and the comments before each of them. */
import type { IToken } from 'chevrotain';
import { endOf } from '../tokens.ts';
import type { Comment, Span } from '../tree.ts';

/** The grammar's white space: other blanks are characters that start no token. */
const BLANK = /^[ \t\r\n\f\v\uFEFF]*$/;
const BREAK = /\r\n|\n|\r/;
const TRAILING = /[ \t\f\v\uFEFF]+$/;

/** Comments of one line, with what separates them from what stands before and after. */
export interface Run extends Span {
  readonly texts: readonly (Span & { readonly text: string })[];
  /** It begins its line. */
  readonly first: boolean;
  /** It ends its line. */
  readonly last: boolean;
  /** There is a blank line before it. */
  readonly blank: boolean;
  /** One of its comments has more than one line. */
  readonly tall: boolean;
}

/** A token as it is to be written. */
export interface Piece extends Span {
  readonly token: IToken;
  text: string;
  /** No blank before it. */
  tight: boolean;
  readonly runs: readonly Run[];
}

export function isBlank(text: string): boolean {
  return BLANK.test(text);
}

export function hasBreak(text: string): boolean {
  return BREAK.test(text);
}

/** A blank line in what stands between two words; a semicolon begins anew. */
export function hasBlankLine(between: string): boolean {
  return between.split(';').some((stretch) => stretch.split(BREAK).length > 2);
}

/**
 * The comments of a stretch, line by line. `from` and `to` are where what stands before and after ends and begins;
 * at the start and the end of the text (`open`) a line begins or ends as well.
 */
export function runsOf(
  text: string,
  comments: readonly Comment[],
  { start: from, end: to }: Span,
  open: { readonly start?: boolean; readonly end?: boolean } = {},
): Run[] {
  const runs: Run[] = [];
  let at = 0;
  let previous = from;
  while (at < comments.length) {
    const line: Comment[] = [];
    for (let comment = comments[at]; comment !== undefined; comment = comments[at]) {
      const before = line.at(-1);
      if (before !== undefined && hasBreak(text.slice(before.end, comment.start))) break;
      line.push(comment);
      at++;
    }
    const start = line[0]?.start ?? previous;
    const end = line.at(-1)?.end ?? start;
    const between = text.slice(previous, start);
    const next = comments[at];
    const texts = line.map((comment) => {
      const written = text.slice(comment.start, comment.end);
      // The blanks at its end are no part of what a line comment says.
      const isBlock = written.startsWith('/*');
      return {
        start: comment.start,
        end: comment.end,
        text: isBlock ? written : written.replace(TRAILING, ''),
      };
    });
    runs.push({
      start,
      end,
      texts,
      first: hasBreak(between) || (open.start === true && runs.length === 0),
      last: next !== undefined || hasBreak(text.slice(end, to)) || open.end === true,
      blank: hasBlankLine(between),
      tall: texts.some((one) => hasBreak(one.text)),
    });
    previous = end;
  }
  return runs;
}

/** The tokens of an item, each with the comments before it, as they are written. */
export function piecesOf(text: string, tokens: readonly IToken[], comments: readonly Comment[]): Piece[] {
  const pieces: Piece[] = [];
  let next = 0;
  let previous = tokens[0]?.startOffset ?? 0;
  for (const token of tokens) {
    const start = token.startOffset;
    const end = endOf(token);
    const first = next;
    while ((comments[next]?.start ?? start) < start) next++;
    const runs =
      next === first ? [] : runsOf(text, comments.slice(first, next), { start: previous, end: start });
    pieces.push({ token, start, end, text: token.image, tight: false, runs });
    previous = end;
  }
  return pieces;
}

/** The first piece at or after an offset. */
export function pieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.start ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
