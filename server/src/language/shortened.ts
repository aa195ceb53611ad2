/** Long queries made short for completion. */
import type { IToken, TokenType } from 'chevrotain';
import * as t from './tokens.ts';

/** The grammar is asked many times: of a longer query only its last clause and the elements about the cursor count. */
const MANY_TOKENS = 400;
const OPENERS: ReadonlySet<TokenType> = new Set([t.LeftParenthesis, t.LeftBracket]);
const CLOSERS: ReadonlySet<TokenType> = new Set([t.RightParenthesis, t.RightBracket]);
const JOINTS: ReadonlySet<TokenType> = new Set([t.Comma, t.keywords.AND, t.keywords.OR, t.Plus, t.Minus]);
const CLAUSES: ReadonlySet<TokenType> = new Set(t.CLAUSE_WORDS.map((word) => t.keywords[word]));

/** The tokens of a query, without what the grammar does not need to say what can follow the last one. */
export function shortened(tokens: readonly IToken[]): readonly IToken[] {
  if (tokens.length <= MANY_TOKENS) return tokens;
  const kept: IToken[] = [];
  let depth = 0;
  let index = tokens.length - 1;
  let elements = 0;
  // Backwards: the last elements whole, then only what opens the lists and groups around them, up to the clause word.
  for (; index >= 0; index--) {
    const token = tokens[index];
    if (token === undefined) break;
    const type = token.tokenType;
    if (CLAUSES.has(type)) return [token, ...kept.reverse()];
    if (CLOSERS.has(type)) depth++;
    else if (OPENERS.has(type)) {
      if (depth === 0) elements = 0;
      else depth--;
    } else if (depth === 0 && JOINTS.has(type)) elements++;
    // The AND of BETWEEN is no joint, so that more than one is kept.
    const bracket = CLOSERS.has(type) || OPENERS.has(type);
    if (elements < 3 && (bracket || depth === 0 || kept.length < MANY_TOKENS)) kept.push(token);
  }
  return kept.reverse();
}
