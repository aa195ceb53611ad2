/** Tokens by offset, in a list ordered by place. */
import { type IToken, tokenMatcher } from 'chevrotain';
import { endOf, ParameterToken, Word } from './tokens.ts';
import type { Span } from './tree.ts';

/** Index of the last token that begins at or before an offset; -1 where none does. */
export function tokenIndex(tokens: readonly IToken[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle]?.startOffset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The token that an offset is in, or, at the end of a word, that word. */
export function tokenAt(tokens: readonly IToken[], offset: number): IToken | undefined {
  const index = tokenIndex(tokens, offset);
  const token = tokens[index];
  if (token === undefined) return undefined;
  if (offset < endOf(token)) {
    const before = tokens[index - 1];
    // `priority|)`: the word is meant, not the parenthesis.
    if (token.startOffset === offset && before !== undefined && endOf(before) === offset)
      return isWord(token) || !isWord(before) ? token : before;
    return token;
  }
  return offset === endOf(token) && isWord(token) ? token : undefined;
}

function isWord(token: IToken): boolean {
  return tokenMatcher(token, Word) || token.tokenType === ParameterToken || /^[\w'`"$]/.test(token.image);
}

/** Whether one span holds another. */
export function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
