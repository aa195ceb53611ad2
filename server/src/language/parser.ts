/** The grammar of documents, parameters and queries; builds the typed tree as it reads. */
import type { ISerializedGast, IToken } from 'chevrotain';
import { ClauseParser } from './clause-parser.ts';
import { AFTER_OPERAND, PREDICATE_START } from './predicate-parser.ts';
import { type Choice, spanOf } from './recovery.ts';
import { type SyntaxFailure, wanted } from './syntax.ts';
import * as t from './tokens.ts';
import { endOf } from './tokens.ts';
import type * as tree from './tree.ts';

const k = t.keywords;

/** An item with the end of the text that belongs to it, junk included. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

class CxqParser extends ClauseParser {
  extents: Extent[] = [];
  private queryIndex = 0;

  constructor(isValidated = false) {
    super(isValidated);
    this.performSelfAnalysis();
  }

  read(tokens: IToken[], textLength: number, border?: IToken): (tree.Parameter | tree.Query)[] {
    this.begin(tokens, textLength, border);
    this.extents = [];
    this.queryIndex = 0;
    // Every syntax error is thrown once inside the parser; where from is of no use, and costs most of the time.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return this.document();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  // ---- document ---------------------------------------------------------------------------------------------

  private document = this.RULE('document', () => {
    const items: (tree.Parameter | tree.Query)[] = [];
    this.ACTION(() => this.betweenItems());
    this.MANY({
      GATE: () => !this.atBorder,
      DEF: () => {
        this.OR([
          { ALT: () => this.CONSUME(t.Semicolon) },
          { ALT: () => items.push(this.SUBRULE(this.parameter)) },
          { ALT: () => items.push(this.SUBRULE(this.query)) },
        ]);
        this.ACTION(() => this.betweenItems());
      },
    });
    // What follows the border is another section's; left over, it would be an error of the parser's own.
    while (!this.RECORDING_PHASE && !this.atEnd) this.SKIP_TOKEN();
    return items;
  });

  private betweenItems(): void {
    this.panic = false;
    if (this.atEnd || this.nextIsOneOf(PREDICATE_START)) return;
    this.junk(() => wanted.item);
  }

  private parameter: () => tree.Parameter = this.RULE('parameter', (): tree.Parameter => {
    const start = this.position;
    this.unclosed = 0;
    const keyword = spanOf(this.CONSUME(k.PARAM));
    const name = this.attemptName(wanted.parameterName, () => this.SUBRULE(this.name), true);
    const type = this.OPTION(() => {
      this.CONSUME(t.Colon);
      return this.attempt(wanted.type, () => this.SUBRULE2(this.name));
    });
    const value = this.OPTION2(() => {
      this.CONSUME(t.Equal);
      return this.attempt(wanted.value, () =>
        this.OR<Choice<tree.Scalar | tree.ListLiteral>>([
          { ALT: () => this.SUBRULE(this.scalar) },
          { ALT: () => this.SUBRULE(this.list) },
        ]),
      );
    });
    this.ACTION(() => this.afterParameter(value !== undefined));
    const span = this.from(start);
    this.ACTION(() => this.extents.push({ start, end: this.position }));
    return {
      kind: 'parameter',
      ...span,
      keyword,
      name: name ?? null,
      type: type ?? null,
      value: value ?? null,
      broken: false,
    };
  });

  /** A literal after `PARAM x` wants its `=`, unless a headerless query begins with it (`'a' = nodeId`). */
  private afterParameter(hasValue: boolean): void {
    const literal = [t.StringToken, t.NumberToken, t.DurationToken, k.TRUE, k.FALSE, k.NULL];
    if (!this.panic && !hasValue && literal.some((type) => this.next(type))) {
      if (!AFTER_OPERAND.includes(this.LA(2).tokenType)) this.fail(wanted.equals);
    }
    this.panic = false;
    if (!this.nextIsOneOf(PREDICATE_START)) {
      this.junk(() => (hasValue ? wanted.item : wanted.equals));
    }
  }

  private query: () => tree.Query = this.RULE('query', (): tree.Query => {
    const start = this.position;
    this.unclosed = 0;
    let header: { keyword: tree.Span; name: tree.Name | null; title: tree.StringLiteral | null } | undefined;
    const clauses: tree.Clause[] = [];
    this.OR([
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(k.QUERY));
          const name = this.attemptName(wanted.queryName, () => this.SUBRULE(this.name), true) ?? null;
          const title =
            this.OPTION({ GATE: () => !this.isCompared(), DEF: () => this.SUBRULE(this.string) }) ?? null;
          header = { keyword, name, title };
          this.OPTION2(() => this.leading(() => this.SUBRULE(this.predicate), clauses));
          this.ACTION(() => this.junk(() => wanted.afterQuery(clauses.at(-1)?.kind)));
        },
      },
      {
        ALT: () => {
          this.leading(() => this.SUBRULE2(this.predicate), clauses);
          this.ACTION(() => this.junk(() => wanted.afterQuery('where')));
        },
      },
      { ALT: () => this.SUBRULE(this.clauseThenJunk, { ARGS: [clauses] }) },
    ]);
    this.MANY(() => this.SUBRULE2(this.clauseThenJunk, { ARGS: [clauses] }));
    const span = this.from(start);
    const index = this.queryIndex++;
    this.ACTION(() => this.extents.push({ start, end: this.position }));
    return {
      kind: 'query',
      ...span,
      index,
      keyword: header?.keyword ?? null,
      name: header?.name ?? null,
      title: header?.title ?? null,
      clauses,
      broken: false,
    };
  });

  /** Whether the string that comes next is the beginning of a predicate (`QUERY a 'x' = nodeId`), not a title. */
  private isCompared(): boolean {
    // Where nothing follows the sign, it is more likely a title: completion asks so, too.
    if (this.RECORDING_PHASE || this.LA(3).startOffset < 0) return false;
    const after = this.LA(2).tokenType;
    const sets = [k.IN, k.BETWEEN, k.LIKE, k.MATCHES];
    if (after === k.NOT) return sets.includes(this.LA(3).tokenType);
    return after !== t.LeftParenthesis && AFTER_OPERAND.includes(after);
  }

  private clauseThenJunk = this.RULE('clauseThenJunk', (clauses: tree.Clause[]) => {
    const clause = this.SUBRULE(this.clause);
    this.ACTION(() => {
      clauses.push(clause);
      this.junk(() => wanted.afterQuery(clause.kind));
    });
  });

  /**
   * A predicate without WHERE. One that is a bare word with something unreadable after it (`LIMT 5`) is a misspelt
   * keyword, not a condition.
   */
  private leading(read: () => tree.Predicate, clauses: tree.Clause[]): void {
    const start = this.position;
    const predicate = read();
    this.ACTION(() => {
      const bare = predicate.kind === 'test' && predicate.operand.kind === 'field';
      if (bare && !this.panic && !this.atSync()) return;
      const span = { start, end: predicate.end };
      clauses.push({ kind: 'where', ...span, keyword: { start, end: start }, predicate });
    });
  }
}

export interface Read {
  readonly items: readonly (tree.Parameter | tree.Query)[];
  readonly failures: readonly SyntaxFailure[];
  /** One for each item, in order. */
  readonly extents: readonly Extent[];
  /** Offsets of names that a syntax error follows and probably explains. */
  readonly suspects: readonly number[];
  /** Starts of operands that stand alone only because an error cut short what follows them. */
  readonly unfinished: readonly number[];
}

let parser: CxqParser | undefined;

/**
 * Whether the grammar takes a token after others, and what it then reads: completion asks the grammar itself what
 * can follow. `token` is put after `tokens`, which may hold errors.
 */
export function probe(
  tokens: readonly IToken[],
  token: IToken,
): { readonly accepted: boolean; readonly items: readonly (tree.Parameter | tree.Query)[] } {
  parser ??= new CxqParser();
  const items = parser.read([...tokens, token], endOf(token));
  const refused =
    parser.failures.some((failure) => failure.offending === token) || parser.skipped.includes(token);
  return { accepted: !refused, items };
}

/** The grammar itself, rule by rule: the reference's diagrams are drawn from it. Throws where it has mistakes. */
export function grammarRules(): readonly ISerializedGast[] {
  return new CxqParser(true).getSerializedGastProductions();
}

/** Builds the parser, which takes some milliseconds; false where it was there already. */
export function buildParser(): boolean {
  if (parser !== undefined) return false;
  parser = new CxqParser();
  return true;
}

/**
 * Reads tokens into items, up to `border` where one is given. Never throws; what could not be read is in `failures`.
 */
export function readTokens(tokens: IToken[], textLength: number, border?: IToken): Read {
  // Built once: the analysis of the grammar costs more than reading a long file.
  parser ??= new CxqParser();
  const items = parser.read(tokens, textLength, border);
  const { failures, extents, suspects, unfinished } = parser;
  return { items, failures, extents, suspects, unfinished };
}
