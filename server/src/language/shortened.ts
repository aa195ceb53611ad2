/**
 * The tokens before a cursor without what the grammar does not need to say what can follow the last one: the clause
 * that goes on, what opens the lists and groups around the cursor, and the element that it is in. The grammar is asked
 * many times, so this keeps the answer quick in a long query; and what is left out may hold errors, which then say
 * nothing about the cursor.
 */
import { createTokenInstance, type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { functionNamed } from './functions.ts';
import * as t from './tokens.ts';
import { endOf } from './tokens.ts';

const k = t.keywords;
const CLAUSES: ReadonlySet<TokenType> = new Set(t.CLAUSE_WORDS.map((word) => k[word]));
const ITEMS: ReadonlySet<TokenType> = new Set([k.QUERY, k.PARAM, t.Semicolon]);
const CLOSED_BY = new Map<TokenType, TokenType>([
  [t.LeftParenthesis, t.RightParenthesis],
  [t.LeftBracket, t.RightBracket],
]);
const CLOSERS: ReadonlySet<TokenType> = new Set(CLOSED_BY.values());
const SIGNS: ReadonlySet<TokenType> = new Set([t.Plus, t.Minus]);
const AMOUNTS: ReadonlySet<TokenType | undefined> = new Set([t.DurationToken, t.ParameterToken]);
/** Of a path, which nobody writes longer, so many tokens are kept. */
const LONGEST_PATH = 32;
/** What an operand does not begin with, brackets that are its own apart. */
const NEVER_FIRST: ReadonlySet<TokenType> = new Set([...CLOSED_BY.keys(), ...SIGNS, t.Dot]);
/** Of one element, which nobody writes longer, the last ones are enough. */
const LONGEST_ELEMENT = 64;
/** Of what was opened and closed before the cursor, more says nothing. */
const LONGEST_CLOSED = 12;
/** Deeper than the grammar reads. */
const DEEPEST = 160;

/** The tokens of the item that goes on after the last one, with the `;` before it. */
export function ownTokens(tokens: readonly IToken[], end: number): readonly IToken[] {
  for (let index = end - 1; index >= 0; index--) {
    const token = tokens[index];
    if (token !== undefined && ITEMS.has(token.tokenType) && !isPlainlyName(tokens, index, end)) {
      return tokens.slice(index, end);
    }
  }
  return tokens.slice(0, end);
}

/** `before.query`, `MASK (query, param)`: reserved words that are names there. */
function isPlainlyName(tokens: readonly IToken[], index: number, end: number): boolean {
  if (tokens[index]?.tokenType === t.Semicolon) return false;
  const before = tokens[index - 1]?.tokenType;
  if (before === t.Dot) return true;
  if (before !== t.Comma && before !== t.LeftParenthesis) return false;
  const after = index + 1 < end ? tokens[index + 1]?.tokenType : undefined;
  return after === t.Comma || after === t.RightParenthesis || after === t.Dot;
}

interface Frame {
  /** What opens it; the clause word, or the item's first token, of the outermost. */
  head: IToken[];
  element: IToken[];
  /** The next AND is that of BETWEEN. */
  between: boolean;
  /** Reserved words are names in it. */
  readonly names: boolean;
}

function frame(head: IToken[], names = false): Frame {
  return { head, element: [], between: false, names };
}

/** Shortens the tokens of one item. */
export function shortened(tokens: readonly IToken[]): readonly IToken[] {
  let outermost = frame([]);
  let frames: Frame[] = [outermost];
  let clause: TokenType | undefined;
  for (const [index, token] of tokens.entries()) {
    const type = token.tokenType;
    const previous = tokens[index - 1];
    const top = frames.at(-1) ?? outermost;
    if (tokenMatcher(token, t.Word) && isName(previous, top)) {
      top.element.push(token);
    } else if (CLAUSES.has(type) || ITEMS.has(type)) {
      outermost = frame([token]);
      frames = [outermost];
      clause = type;
    } else if (CLOSED_BY.has(type)) {
      if (frames.length < DEEPEST) frames.push(frame([token], opensNames(previous, clause)));
    } else if (CLOSERS.has(type)) {
      if (frames.length > 1) close(frames, token);
    } else if (type === t.Comma) {
      top.element = [];
      top.between = false;
    } else if (((type === k.AND && !top.between) || type === k.OR) && isForConditions(frames, clause, top)) {
      top.element = [];
      top.between = false;
      // A predicate without WHERE: from here on it has one, so that it is not taken for the beginning of an item.
      if (top === outermost && (clause === undefined || ITEMS.has(clause))) top.head = [where(token)];
    } else {
      if (type === k.AND) top.between = false;
      if (type === k.BETWEEN) top.between = true;
      forget(top.element, type);
      top.element.push(token);
    }
  }
  return frames.flatMap(({ head, element }) => [...head, ...ending(element)]);
}

/** Before another term of a sum or part of a path comes, leaves out of those before it what nobody asks for. */
function forget(element: IToken[], type: TokenType): void {
  if (SIGNS.has(type)) {
    const [sign, amount] = element.slice(-2);
    if (sign !== undefined && SIGNS.has(sign.tokenType) && AMOUNTS.has(amount?.tokenType))
      element.length -= 2;
  }
  if (type !== t.Dot) return;
  let at = element.length;
  while (element[at - 2]?.tokenType === t.Dot) at -= 2;
  if (element.length - at > LONGEST_PATH) element.splice(at, 2);
}

/** The end of a long element, from where an operand begins: brackets that close in it open in it. */
function ending(element: readonly IToken[]): readonly IToken[] {
  let open = 0;
  for (let at = element.length - 1; at >= 0; at--) {
    const type = element[at]?.tokenType;
    if (type === undefined) continue;
    if (CLOSERS.has(type)) open++;
    else if (CLOSED_BY.has(type)) open--;
    const begins = open === 0 && !NEVER_FIRST.has(type);
    if (begins && element.length - at >= LONGEST_ELEMENT) return element.slice(at);
  }
  return element;
}

/**
 * Whether AND and OR join conditions here; after `LAST 1h` and in `MASK (a AND` they are errors, which stay to be seen,
 * and `changed(a AND` is no list of names any more.
 */
function isForConditions(frames: readonly Frame[], clause: TokenType | undefined, top: Frame): boolean {
  if (top.names) return false;
  return frames.length > 1 || clause === undefined || clause === k.WHERE || ITEMS.has(clause);
}

function isName(previous: IToken | undefined, { names, element }: Frame): boolean {
  return previous?.tokenType === t.Dot || (names && element.length === 0);
}

/** Whether a parenthesis opens a list of names: MASK, ON, VARIABLES, changed(…). */
function opensNames(previous: IToken | undefined, clause: TokenType | undefined): boolean {
  if (previous === undefined) return false;
  if (clause === k.MASK || clause === k.ANALYZE) return true;
  return tokenMatcher(previous, t.Identifier) && functionNamed(previous.image)?.takes === 'variable';
}

/** What was opened becomes a part of the element around it, with its last element alone. */
function close(frames: Frame[], token: IToken): void {
  const closed = frames.pop();
  const around = frames.at(-1);
  const [opener] = closed?.head ?? [];
  if (closed === undefined || around === undefined || opener === undefined) return;
  const fitting = CLOSED_BY.get(opener.tokenType) ?? token.tokenType;
  const image = fitting === t.RightBracket ? ']' : ')';
  const closer = token.tokenType === fitting ? token : at(fitting, image, token.startOffset);
  const [first] = closed.element;
  const isLong = closed.element.length > LONGEST_CLOSED && first !== undefined;
  // A text can stand wherever something is opened.
  const inner = isLong ? [at(t.ClosedString, "''", first.startOffset)] : closed.element;
  around.element.push(opener, ...inner, closer);
}

function where(joint: IToken): IToken {
  return at(k.WHERE, joint.image, joint.startOffset);
}

/** A token of a type where another one stands. */
function at(type: TokenType, image: string, start: number): IToken {
  return createTokenInstance(type, image, start, start + image.length - 1, -1, -1, -1, -1);
}

/** The index of the first token that begins at or after an offset. */
export function firstFrom(tokens: readonly { readonly startOffset: number }[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.startOffset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The token that covers the character before an offset. */
export function tokenBefore(tokens: readonly IToken[], offset: number): IToken | undefined {
  const token = tokens[firstFrom(tokens, offset) - 1];
  return token !== undefined && offset <= endOf(token) ? token : undefined;
}
