/**
 * The words of CXQ as a Chevrotain lexer. White space is skipped; comments and characters that start no token go
 * are kept apart, so that the grammar sees neither and nothing of the text is lost.
 */
import { createToken, type ILexerErrorMessageProvider, type IToken, Lexer, type TokenType } from 'chevrotain';
import type { Span } from './tree.ts';

/** Any word where reserved words are names too: after `.` and `$`, in MASK, ON, VARIABLES, changed(…). */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA });
export const Identifier = createToken({
  name: 'Identifier',
  pattern: /[A-Za-z_]\w*/,
  categories: Word,
});
export const QuotedName = createToken({
  name: 'QuotedName',
  pattern: /`[^`\r\n]+`/,
  categories: Identifier,
  line_breaks: false,
});
/** Strings: closed or not, the grammar takes both. */
export const StringToken = createToken({ name: 'StringToken', pattern: Lexer.NA });

/** Reserved words, as the specification lists them. */
export const RESERVED = [
  'QUERY',
  'PARAM',
  'USING',
  'WHERE',
  'LAST',
  'SINCE',
  'UNTIL',
  'ORDER',
  'SORT',
  'BY',
  'ASC',
  'DESC',
  'LIMIT',
  'OFFSET',
  'WITH',
  'MASK',
  'ANALYZE',
  'COMPARE',
  'TO',
  'EXPECT',
  'EXPORT',
  'AS',
  'NOTIFY',
  'AND',
  'OR',
  'NOT',
  'IN',
  'BETWEEN',
  'LIKE',
  'MATCHES',
  'IS',
  'NULL',
  'TRUE',
  'FALSE',
  'ALL',
] as const;
export type Reserved = (typeof RESERVED)[number];

/** Words that begin a clause; a query is read again from the next one after a syntax error. */
export const CLAUSE_WORDS = [
  'USING',
  'WHERE',
  'LAST',
  'SINCE',
  'ORDER',
  'SORT',
  'LIMIT',
  'OFFSET',
  'WITH',
  'MASK',
  'ANALYZE',
  'COMPARE',
  'EXPECT',
  'EXPORT',
  'NOTIFY',
] as const satisfies readonly Reserved[];

function wordToken(text: string, categories: TokenType[]): TokenType {
  return createToken({
    name: text,
    pattern: new RegExp(text, 'i'),
    longer_alt: [Identifier],
    categories,
    start_chars_hint: [text.charAt(0), text.charAt(0).toLowerCase()],
    line_breaks: false,
  });
}

function keyword(text: Reserved): TokenType {
  return wordToken(text, [Word]);
}

export const keywords: Readonly<Record<Reserved, TokenType>> = {
  QUERY: keyword('QUERY'),
  PARAM: keyword('PARAM'),
  USING: keyword('USING'),
  WHERE: keyword('WHERE'),
  LAST: keyword('LAST'),
  SINCE: keyword('SINCE'),
  UNTIL: keyword('UNTIL'),
  ORDER: keyword('ORDER'),
  SORT: keyword('SORT'),
  BY: keyword('BY'),
  ASC: keyword('ASC'),
  DESC: keyword('DESC'),
  LIMIT: keyword('LIMIT'),
  OFFSET: keyword('OFFSET'),
  WITH: keyword('WITH'),
  MASK: keyword('MASK'),
  ANALYZE: keyword('ANALYZE'),
  COMPARE: keyword('COMPARE'),
  TO: keyword('TO'),
  EXPECT: keyword('EXPECT'),
  EXPORT: keyword('EXPORT'),
  AS: keyword('AS'),
  NOTIFY: keyword('NOTIFY'),
  AND: keyword('AND'),
  OR: keyword('OR'),
  NOT: keyword('NOT'),
  IN: keyword('IN'),
  BETWEEN: keyword('BETWEEN'),
  LIKE: keyword('LIKE'),
  MATCHES: keyword('MATCHES'),
  IS: keyword('IS'),
  NULL: keyword('NULL'),
  TRUE: keyword('TRUE'),
  FALSE: keyword('FALSE'),
  ALL: keyword('ALL'),
};

/** Names with a meaning after an analysis; anywhere else they are ordinary names. */
export const Over = wordToken('OVER', [Identifier]);
export const On = wordToken('ON', [Identifier]);
export const Top = wordToken('TOP', [Identifier]);

export const PatternToken = createToken({
  name: 'PatternToken',
  pattern: /(?:[A-Za-z_]\w*)?\*[\w*]*/,
  line_breaks: false,
});
export const ParameterToken = createToken({
  name: 'ParameterToken',
  pattern: /\$(?:[A-Za-z_]\w*|`[^`\r\n]+`)/,
  line_breaks: false,
});
/** Digits with letters after them, wrong units included: the checker gives those their own message. */
export const DurationToken = createToken({ name: 'DurationToken', pattern: /\d+(?:\.\d+)?[A-Za-z_]\w*/ });
export const NumberToken = createToken({
  name: 'NumberToken',
  pattern: /-\d+(?:\.\d+)?(?!\w|\.\d)|\d+(?:\.\d+)?/,
});
export const ClosedString = createToken({
  name: 'ClosedString',
  pattern: /'(?:''|[^'\r\n])*'(?!')|"(?:""|[^"\r\n])*"(?!")/,
  categories: StringToken,
  line_breaks: false,
});
export const UnclosedString = createToken({
  name: 'UnclosedString',
  pattern: /'(?:''|[^'\r\n])*|"(?:""|[^"\r\n])*/,
  categories: StringToken,
  line_breaks: false,
});

export const LessEqual = createToken({ name: 'LessEqual', pattern: '<=' });
export const NotEqualSql = createToken({ name: 'NotEqualSql', pattern: '<>' });
export const Less = createToken({ name: 'Less', pattern: '<' });
export const GreaterEqual = createToken({ name: 'GreaterEqual', pattern: '>=' });
export const Greater = createToken({ name: 'Greater', pattern: '>' });
export const NotEqual = createToken({ name: 'NotEqual', pattern: '!=' });
export const Equal = createToken({ name: 'Equal', pattern: '=' });
export const LeftParenthesis = createToken({ name: 'LeftParenthesis', pattern: '(' });
export const RightParenthesis = createToken({ name: 'RightParenthesis', pattern: ')' });
export const LeftBracket = createToken({ name: 'LeftBracket', pattern: '[' });
export const RightBracket = createToken({ name: 'RightBracket', pattern: ']' });
export const Comma = createToken({ name: 'Comma', pattern: ',' });
export const Semicolon = createToken({ name: 'Semicolon', pattern: ';' });
export const Dot = createToken({ name: 'Dot', pattern: '.' });
export const Colon = createToken({ name: 'Colon', pattern: ':' });
export const Plus = createToken({ name: 'Plus', pattern: '+' });
export const Minus = createToken({ name: 'Minus', pattern: '-' });

const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /[ \t\r\n\f\v\uFEFF]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
const Comment = createToken({
  name: 'Comment',
  pattern: /--[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//,
  group: 'comments',
  line_breaks: true,
});
export const UnclosedComment = createToken({
  name: 'UnclosedComment',
  pattern: /\/\*[\s\S]*/,
  group: 'comments',
  line_breaks: true,
});
/** In the order in which they are tried; categories last. */
export const vocabulary: TokenType[] = [
  WhiteSpace,
  Comment,
  UnclosedComment,
  PatternToken,
  Over,
  On,
  Top,
  // A word that begins another one comes after it (ORDER, OR): a match that reaches further is taken for a name.
  ...Object.values(keywords),
  Identifier,
  QuotedName,
  ParameterToken,
  ClosedString,
  UnclosedString,
  DurationToken,
  NumberToken,
  LessEqual,
  NotEqualSql,
  Less,
  GreaterEqual,
  Greater,
  NotEqual,
  Equal,
  LeftParenthesis,
  RightParenthesis,
  LeftBracket,
  RightBracket,
  Comma,
  Semicolon,
  Dot,
  Colon,
  Plus,
  Minus,
  Word,
  StringToken,
];

export interface Lexed {
  /** What the grammar reads. */
  readonly tokens: IToken[];
  readonly comments: readonly IToken[];
  /** Runs of characters that start no token. */
  readonly bad: readonly Span[];
}

let lexer: Lexer | undefined;
// Messages are written by those who report; the lexer's own would be thrown away.
const silent: ILexerErrorMessageProvider = {
  buildUnableToPopLexerModeMessage: () => '',
  buildUnexpectedCharactersMessage: () => '',
};

/** Cuts a text into tokens. Never fails: whatever starts no token is in `bad`. */
export function tokenise(text: string): Lexed {
  lexer ??= new Lexer(vocabulary, {
    positionTracking: 'onlyOffset',
    ensureOptimizations: true,
    errorMessageProvider: silent,
  });
  const { tokens, groups, errors } = lexer.tokenize(text);
  const bad = errors.map(({ offset, length }) => ({ start: offset, end: offset + length }));
  return { tokens, comments: groups['comments'] ?? [], bad };
}

/** Offset just after a token. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

/** Text is cut in pieces of about this length: a few milliseconds each. */
const PIECE = 48 * 1024;

/** As `tokenise`, piece by piece, so that a long text holds nobody up. `length` is that of a piece. */
export function* tokeniseSteps(text: string, length = PIECE): Generator<undefined, Lexed> {
  if (text.length <= length) return tokenise(text);
  const tokens: IToken[] = [];
  const comments: IToken[] = [];
  const bad: Span[] = [];
  let from = 0;
  for (let wanted = length; from < text.length; ) {
    const to = lineEnd(text, from + wanted);
    const piece = tokenise(text.slice(from, to));
    // Nothing goes over the end of a line but blanks and such a comment: its piece is made longer until it ends.
    if (to < text.length && piece.comments.at(-1)?.tokenType === UnclosedComment) {
      wanted *= 2;
      yield;
      continue;
    }
    for (const token of piece.tokens) tokens.push(placed(token, from));
    for (const comment of piece.comments) comments.push(placed(comment, from));
    for (const { start, end } of piece.bad) bad.push({ start: start + from, end: end + from });
    from = to;
    wanted = length;
    yield;
  }
  return { tokens, comments, bad };
}

function placed(token: IToken, by: number): IToken {
  token.startOffset += by;
  return token;
}

/** Just after the first line break from an offset on. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}
