/**
 * What every part of the grammar needs: places, nodes of single words, and recovery. Chevrotain's own recovery is
 * off: the specification says exactly what is skipped after a syntax error (see `fail`), so that is written here.
 */
import {
  EmbeddedActionsParser,
  type IOrAlt,
  type IToken,
  isRecognitionException,
  type TokenType,
  tokenMatcher,
} from 'chevrotain';
import { parseDuration, unquote } from './literals.ts';
import { type Expected, type SyntaxFailure, wanted } from './syntax.ts';
import * as t from './tokens.ts';
import { endOf } from './tokens.ts';
import type * as tree from './tree.ts';

const k = t.keywords;

const SYNC = new Set<TokenType>([t.Semicolon, k.PARAM, k.QUERY, ...t.CLAUSE_WORDS.map((word) => k[word])]);
/** Clause words after which a string can stand. */
const BEFORE_STRINGS = new Set<TokenType>([k.USING, k.WHERE, k.SINCE, k.NOTIFY]);
/** A comma-separated list being read: where an error in one of its elements lets the next one begin. */
export interface ListContext {
  readonly close: TokenType | null;
  /** Reserved words are names in it. */
  readonly names: boolean;
  /** Its elements are conditions. */
  readonly conditions?: boolean;
}

/** Chevrotain's parser with the recovery of the specification; the grammar is in its subclasses. */
export abstract class RecoveringParser extends EmbeddedActionsParser {
  failures: SyntaxFailure[] = [];
  /** Tokens passed over after errors. */
  skipped: IToken[] = [];
  /** Starts of operands that stand alone only because an error cut short what follows them. */
  unfinished: number[] = [];
  /** Fields written alone just before a syntax error: likely misspelt keywords, not to be reported again. */
  suspects: number[] = [];

  protected textLength = 0;
  /** The first of the tokens that are not to be read: they are only looked at. */
  private border: IToken | undefined;
  protected panic = false;
  protected depth = 0;
  /** Parentheses of this query that an error left open: what closes them later is no new error. */
  protected unclosed = 0;
  protected lists: ListContext[] = [];

  /** `isValidated` looks for mistakes in the grammar itself, which takes as long as the rest of building the parser. */
  constructor(isValidated: boolean) {
    super(t.vocabulary, {
      skipValidations: !isValidated,
      recoveryEnabled: false,
      maxLookahead: 1,
      errorMessageProvider: {
        // `fail` words every error from what was expected at its place.
        buildMismatchTokenMessage: () => '',
        buildNotAllInputParsedMessage: () => '',
        buildNoViableAltMessage: () => '',
        buildEarlyExitMessage: () => '',
      },
    });
  }

  /** Takes new tokens and forgets everything of the last ones. */
  protected begin(tokens: IToken[], textLength: number, border: IToken | undefined): void {
    this.input = tokens;
    this.border = border;
    this.failures = [];
    this.skipped = [];
    this.unfinished = [];
    this.suspects = [];
    this.textLength = textLength;
    this.panic = false;
    this.depth = 0;
    this.unclosed = 0;
    this.lists = [];
  }

  // ---- places -----------------------------------------------------------------------------------------------

  protected get position(): number {
    const next = this.LA(1);
    return this.atEnd ? this.textLength : next.startOffset;
  }

  protected get atEnd(): boolean {
    return this.LA(1).startOffset < 0;
  }

  protected get atBorder(): boolean {
    return this.border !== undefined && this.LA(1) === this.border;
  }

  protected get last(): number {
    const previous = this.LA(0);
    return previous.startOffset < 0 ? 0 : endOf(previous);
  }

  protected from(start: number): tree.Span {
    return { start, end: this.endFrom(start) };
  }

  /** The end of what began at `start` and has been read. */
  protected endFrom(start: number): number {
    return Math.max(start, this.last);
  }

  protected missing(): tree.Missing {
    const at = this.last;
    return { kind: 'missing', start: at, end: at };
  }

  protected next(type: TokenType): boolean {
    return tokenMatcher(this.LA(1), type);
  }

  protected nextIsOneOf(types: readonly TokenType[]): boolean {
    const token = this.LA(1);
    for (const type of types) if (tokenMatcher(token, type)) return true;
    return false;
  }

  protected atSync(): boolean {
    if (this.atEnd || this.atBorder) return true;
    if (!SYNC.has(this.LA(1).tokenType)) return false;
    const list = this.lists.at(-1);
    // `MASK (a b, limit)`: where reserved words are names, one that a list goes on after is no clause.
    return !(list?.names === true && [t.Comma, t.RightParenthesis].includes(this.LA(2).tokenType));
  }

  // ---- recovery ---------------------------------------------------------------------------------------------

  /**
   * Records that something else was expected and skips to where reading can go on: inside a list the next comma or
   * its end, else the next clause word, `;`, PARAM or QUERY. Until then nothing more is reported.
   */
  protected fail(expected: Expected): void {
    const offending = this.atEnd ? undefined : this.LA(1);
    const previous = this.LA(0).startOffset < 0 ? undefined : this.LA(0);
    const following = this.LA(2).startOffset < 0 ? undefined : this.LA(2);
    const before = this.skipped.length;
    this.panic = true;
    this.skip();
    const last = this.skipped.length > before ? this.skipped.at(-1) : undefined;
    const end = last === undefined ? undefined : endOf(last);
    this.failures.push({ expected, offending, previous, following, end, reserved: false });
  }

  protected skip(): void {
    const list = this.lists.at(-1);
    let open = 0;
    while (!this.atSync()) {
      if (list !== undefined && open === 0) {
        if (this.next(t.Comma) || (list.close !== null && this.next(list.close))) return;
      }
      if (this.next(t.LeftParenthesis) || this.next(t.LeftBracket)) open++;
      else if (open > 0 && (this.next(t.RightParenthesis) || this.next(t.RightBracket))) open--;
      this.skipped.push(this.LA(1));
      this.SKIP_TOKEN();
    }
  }

  /**
   * Reads a part that must be there; where it is not, reports it once and gives undefined. `starts` are the tokens that
   * it can begin with: to look is cheaper than to have the parser throw.
   */
  protected attempt<T>(expected: Expected, read: () => T, starts?: readonly TokenType[]): T | undefined {
    if (this.RECORDING_PHASE) return read();
    if (this.panic) return undefined;
    if (starts !== undefined && !this.nextIsOneOf(starts)) {
      this.fail(expected);
      return undefined;
    }
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Error && isRecognitionException(error))) throw error;
      this.fail(expected);
      return undefined;
    }
  }

  /**
   * As `attempt`, where a name must be there: a reserved word that is plainly meant as one is passed over, and is the
   * name where it `declares` one.
   */
  protected attemptName<T extends { readonly kind: string }>(
    expected: Expected,
    read: () => T,
    declares = false,
  ): T | tree.Name | undefined {
    if (this.RECORDING_PHASE || this.panic || !this.meantAsName(declares))
      return this.attempt(expected, read);
    const token = this.LA(1);
    const previous = this.LA(0).startOffset < 0 ? undefined : this.LA(0);
    const following = this.LA(2).startOffset < 0 ? undefined : this.LA(2);
    const end = endOf(token);
    this.failures.push({ expected, offending: token, previous, following, end, reserved: true });
    this.SKIP_TOKEN();
    return declares ? nameOf(token) : undefined;
  }

  /** A reserved word that begins nothing here: what follows it goes on after a name, not after the word. */
  private meantAsName(declares: boolean): boolean {
    const word = this.LA(1);
    if (!tokenMatcher(word, t.Word) || tokenMatcher(word, t.Identifier)) return false;
    const after = this.LA(2);
    // `ORDER BY UNTIL duration`: the name stands after it. After a name that is declared a predicate may begin.
    if (!declares && tokenMatcher(after, t.Identifier)) return false;
    if (!SYNC.has(word.tokenType)) return true;
    if (after.startOffset < 0 || SYNC.has(after.tokenType)) return true;
    if (after.tokenType === t.Equal || after.tokenType === t.Colon) return true;
    return tokenMatcher(after, t.StringToken) && !BEFORE_STRINGS.has(word.tokenType);
  }

  /** Reads what closes a parenthesis, bracket or list. */
  protected closing(expected: Expected, read: () => unknown): void {
    if (this.attempt(expected, read) === undefined && !this.RECORDING_PHASE) this.unclosed++;
  }

  /** Reads one element of a list. A broken one is left behind, and the list goes on. */
  protected element<T>(
    list: ListContext,
    expected: Expected,
    read: () => T,
    starts?: readonly TokenType[],
  ): T | undefined {
    if (this.RECORDING_PHASE) return read();
    if (this.panic) return undefined;
    this.lists.push(list);
    const result = this.attempt(expected, read, starts);
    const { close } = list;
    if (close !== null && !this.panic && !this.next(t.Comma) && !this.next(close) && !this.atSync()) {
      this.fail(
        list.conditions === true
          ? wanted.argumentsGoOn
          : wanted.listGoesOn(close === t.RightBracket ? ']' : ')'),
      );
    }
    if (this.panic && (this.next(t.Comma) || (close !== null && this.next(close)))) this.panic = false;
    this.lists.pop();
    return result;
  }

  /** One syntax error for everything up to where reading can go on, if there is anything. */
  protected junk(expected: () => Expected): void {
    if (this.RECORDING_PHASE) return;
    this.panic = false;
    while (this.unclosed > 0 && (this.next(t.RightParenthesis) || this.next(t.RightBracket))) {
      this.unclosed--;
      this.skipped.push(this.LA(1));
      this.SKIP_TOKEN();
    }
    if (this.atSync()) return;
    const previous = this.LA(0);
    if (tokenMatcher(previous, t.Identifier)) this.suspects.push(previous.startOffset);
    this.fail(expected());
    this.panic = false;
  }
}

/** Alternatives of one type, for `OR`. */
export type Choice<T> = IOrAlt<T>[];

export const OPEN_LIST: ListContext = { close: null, names: false };
export const NAME_LIST: ListContext = { close: t.RightParenthesis, names: true };
export const PREDICATE_LIST: ListContext = { close: t.RightParenthesis, names: false };
export const ARGUMENT_LIST: ListContext = { close: t.RightParenthesis, names: false, conditions: true };
export const BRACKET_LIST: ListContext = { close: t.RightBracket, names: false };

export function spanOf(token: IToken): tree.Span {
  return { start: token.startOffset, end: endOf(token) };
}

export function nameOf(token: IToken): tree.Name {
  const quoted = token.image.startsWith('`');
  return { kind: 'name', start: token.startOffset, end: endOf(token), text: unticked(token.image), quoted };
}

export function stringOf(token: IToken): tree.StringLiteral {
  const { value, quote, closed } = unquote(token.image);
  return { kind: 'string', start: token.startOffset, end: endOf(token), value, quote, closed };
}

export function numberOf(token: IToken): tree.NumberLiteral {
  return { kind: 'number', start: token.startOffset, end: endOf(token), value: Number(token.image) };
}

export function durationOf(token: IToken): tree.DurationLiteral {
  const { image } = token;
  const micros = parseDuration(image) ?? null;
  return { kind: 'duration', start: token.startOffset, end: endOf(token), text: image, micros };
}

export function parameterOf(token: IToken): tree.ParameterReference {
  const name = unticked(token.image.slice(1));
  return { kind: 'parameterReference', start: token.startOffset, end: endOf(token), name };
}

export function unticked(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : text;
}

/** The value that a token stands for. */
export function constant<const T>(value: T, _token: IToken): T {
  return value;
}

export function present<T>(items: readonly (T | undefined)[]): readonly T[] {
  return items.filter((item) => item !== undefined);
}
