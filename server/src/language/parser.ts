/** The grammar of documents, parameters, queries and clauses; builds the typed tree as it reads. */
import type { IToken } from 'chevrotain';
import { PREDICATE_START, PredicateParser } from './predicate-parser.ts';
import { type Choice, constant, NAME_LIST, OPEN_LIST, present, spanOf } from './recovery.ts';
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

class CxqParser extends PredicateParser {
  extents: Extent[] = [];
  private queryIndex = 0;

  constructor() {
    super();
    this.performSelfAnalysis();
  }

  read(tokens: IToken[], textLength: number): (tree.Parameter | tree.Query)[] {
    this.begin(tokens, textLength);
    this.extents = [];
    this.queryIndex = 0;
    return this.document();
  }

  // ---- document ---------------------------------------------------------------------------------------------

  private document = this.RULE('document', () => {
    const items: (tree.Parameter | tree.Query)[] = [];
    this.ACTION(() => this.betweenItems());
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Semicolon) },
        { ALT: () => items.push(this.SUBRULE(this.parameter)) },
        { ALT: () => items.push(this.SUBRULE(this.query)) },
      ]);
      this.ACTION(() => this.betweenItems());
    });
    return items;
  });

  private betweenItems(): void {
    this.panic = false;
    if (this.atEnd || PREDICATE_START.some((type) => this.next(type))) return;
    this.junk(() => wanted.item);
  }

  private parameter: () => tree.Parameter = this.RULE('parameter', (): tree.Parameter => {
    const start = this.position;
    const keyword = spanOf(this.CONSUME(k.PARAM));
    const name = this.attempt(wanted.parameterName, () => this.SUBRULE(this.name));
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
    const comparing = [t.Equal, t.NotEqual, t.NotEqualSql, t.Less, t.LessEqual, t.Greater, t.GreaterEqual];
    const goesOn = [...comparing, k.IN, k.NOT, k.BETWEEN, k.LIKE, k.MATCHES, k.IS, t.Plus, t.Minus];
    if (!this.panic && !hasValue && literal.some((type) => this.next(type))) {
      if (!goesOn.includes(this.LA(2).tokenType)) this.fail(wanted.equals);
    }
    this.panic = false;
    if (!PREDICATE_START.some((type) => this.next(type))) {
      this.junk(() => (hasValue ? wanted.item : wanted.equals));
    }
  }

  private query: () => tree.Query = this.RULE('query', (): tree.Query => {
    const start = this.position;
    let header: { keyword: tree.Span; name: tree.Name | null; title: tree.StringLiteral | null } | undefined;
    const clauses: tree.Clause[] = [];
    this.OR([
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(k.QUERY));
          const name = this.attempt(wanted.queryName, () => this.SUBRULE(this.name)) ?? null;
          const title = this.OPTION(() => this.SUBRULE(this.string)) ?? null;
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

  // ---- clauses ----------------------------------------------------------------------------------------------

  private clause: () => tree.Clause = this.RULE('clause', (): tree.Clause => {
    const start = this.position;
    const clause = this.OR<Choice<tree.Clause>>([
      { ALT: () => this.SUBRULE(this.using) },
      { ALT: () => this.SUBRULE(this.where) },
      { ALT: () => this.SUBRULE(this.lastClause) },
      { ALT: () => this.SUBRULE(this.since) },
      { ALT: () => this.SUBRULE(this.order) },
      { ALT: () => this.SUBRULE(this.limit) },
      { ALT: () => this.SUBRULE(this.offset) },
      { ALT: () => this.SUBRULE(this.withClause) },
      { ALT: () => this.SUBRULE(this.mask) },
      { ALT: () => this.SUBRULE(this.analyze) },
      { ALT: () => this.SUBRULE(this.compare) },
      { ALT: () => this.SUBRULE(this.expect) },
      { ALT: () => this.SUBRULE(this.exportClause) },
      { ALT: () => this.SUBRULE(this.notify) },
    ]);
    return { ...clause, ...this.from(start) };
  });

  private using = this.RULE('using', (): tree.UsingClause => {
    const keyword = spanOf(this.CONSUME(k.USING));
    const profile = this.attempt(wanted.profile, () =>
      this.OR<Choice<tree.Name | tree.StringLiteral>>([
        { ALT: () => this.SUBRULE(this.name) },
        { ALT: () => this.SUBRULE(this.string) },
      ]),
    );
    return { kind: 'using', ...keyword, keyword, profile: profile ?? null };
  });

  private where = this.RULE('where', (): tree.WhereClause => {
    const keyword = spanOf(this.CONSUME(k.WHERE));
    const predicate = this.attempt(wanted.condition, () => this.SUBRULE(this.predicate)) ?? this.missing();
    return { kind: 'where', ...keyword, keyword, predicate };
  });

  private lastClause = this.RULE('lastClause', (): tree.LastClause => {
    const keyword = spanOf(this.CONSUME(k.LAST));
    const amount = this.attempt(wanted.duration, () => this.SUBRULE(this.amount));
    return { kind: 'last', ...keyword, keyword, amount: amount ?? null };
  });

  private since = this.RULE('since', (): tree.SinceClause => {
    const keyword = spanOf(this.CONSUME(k.SINCE));
    const since = this.attempt(wanted.instant, () => this.SUBRULE(this.operand)) ?? this.missing();
    const until = this.OPTION(() => {
      this.CONSUME(k.UNTIL);
      return this.attempt(wanted.instant, () => this.SUBRULE2(this.operand)) ?? this.missing();
    });
    return { kind: 'since', ...keyword, keyword, since, until: until ?? null };
  });

  private order = this.RULE('order', (): tree.OrderClause => {
    const start = this.position;
    this.OR([{ ALT: () => this.CONSUME(k.ORDER) }, { ALT: () => this.CONSUME(k.SORT) }]);
    this.attempt(wanted.by, () => this.CONSUME(k.BY));
    const keyword = this.from(start);
    const field = this.attempt(wanted.orderField, () => this.SUBRULE(this.name));
    const direction = this.OPTION(() =>
      this.OR2<Choice<'ASC' | 'DESC'>>([
        { ALT: () => constant('ASC', this.CONSUME(k.ASC)) },
        { ALT: () => constant('DESC', this.CONSUME(k.DESC)) },
      ]),
    );
    return { kind: 'order', ...keyword, keyword, field: field ?? null, direction: direction ?? null };
  });

  private limit = this.RULE('limit', (): tree.LimitClause => {
    const keyword = spanOf(this.CONSUME(k.LIMIT));
    const count = this.attempt(wanted.limit, () =>
      this.OR<Choice<tree.NumberLiteral | tree.ParameterReference | tree.AllLiteral>>([
        { ALT: () => this.SUBRULE(this.number) },
        { ALT: () => this.SUBRULE(this.parameterReference) },
        { ALT: () => ({ kind: 'all', ...spanOf(this.CONSUME(k.ALL)) }) },
      ]),
    );
    return { kind: 'limit', ...keyword, keyword, count: count ?? null };
  });

  private offset = this.RULE('offset', (): tree.OffsetClause => {
    const keyword = spanOf(this.CONSUME(k.OFFSET));
    const count = this.attempt(wanted.integer, () =>
      this.OR<Choice<tree.NumberLiteral | tree.ParameterReference>>([
        { ALT: () => this.SUBRULE(this.number) },
        { ALT: () => this.SUBRULE(this.parameterReference) },
      ]),
    );
    return { kind: 'offset', ...keyword, keyword, count: count ?? null };
  });

  private withClause = this.RULE('withClause', (): tree.WithClause => {
    const keyword = spanOf(this.CONSUME(k.WITH));
    const options: (tree.WithOption | undefined)[] = [];
    const read = (option: () => tree.WithOption) => this.element(OPEN_LIST, wanted.option, option);
    options.push(read(() => this.SUBRULE(this.withOption)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      options.push(read(() => this.SUBRULE2(this.withOption)));
    });
    return { kind: 'with', ...keyword, keyword, options: present(options) };
  });

  private withOption = this.RULE('withOption', (): tree.WithOption => {
    const start = this.position;
    const name = this.SUBRULE(this.name);
    this.attempt(wanted.equals, () => this.CONSUME(t.Equal));
    const value = this.attempt(wanted.value, () => this.SUBRULE(this.scalar));
    return { kind: 'option', ...this.from(start), name, value: value ?? null };
  });

  private mask = this.RULE('mask', (): tree.MaskClause => {
    const keyword = spanOf(this.CONSUME(k.MASK));
    this.attempt(wanted.openParenthesis, () => this.CONSUME(t.LeftParenthesis));
    const patterns = this.SUBRULE(this.patterns);
    return { kind: 'mask', ...keyword, keyword, patterns };
  });

  /** Patterns and their closing parenthesis. */
  private patterns = this.RULE('patterns', (): readonly tree.Pattern[] => {
    const patterns: (tree.Pattern | undefined)[] = [];
    const read = (pattern: () => tree.Pattern) => this.element(NAME_LIST, wanted.pattern, pattern);
    patterns.push(read(() => this.SUBRULE(this.pattern)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      patterns.push(read(() => this.SUBRULE2(this.pattern)));
    });
    this.attempt(wanted.listGoesOn(')'), () => this.CONSUME(t.RightParenthesis));
    return present(patterns);
  });

  private pattern = this.RULE(
    'pattern',
    (): tree.Pattern =>
      this.OR<Choice<tree.Pattern>>([
        {
          ALT: () => {
            const token = this.CONSUME(t.PatternToken);
            return { kind: 'pattern', ...spanOf(token), text: token.image };
          },
        },
        {
          ALT: () => {
            const word = this.SUBRULE(this.word);
            return { kind: 'pattern', start: word.start, end: word.end, text: word.text };
          },
        },
        {
          ALT: () => {
            const text = this.SUBRULE(this.string);
            return { kind: 'pattern', start: text.start, end: text.end, text: text.value };
          },
        },
      ]),
  );

  private analyze = this.RULE('analyze', (): tree.AnalyzeClause => {
    const keyword = spanOf(this.CONSUME(k.ANALYZE));
    const analyses: (tree.Analysis | undefined)[] = [];
    const read = (analysis: () => tree.Analysis) => this.element(OPEN_LIST, wanted.analysis, analysis);
    analyses.push(read(() => this.SUBRULE(this.analysis)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      analyses.push(read(() => this.SUBRULE2(this.analysis)));
    });
    return { kind: 'analyze', ...keyword, keyword, analyses: present(analyses) };
  });

  private analysis = this.RULE('analysis', (): tree.Analysis => {
    const start = this.position;
    const name = this.SUBRULE(this.name);
    const parts: tree.AnalysisPart[] = [];
    this.MANY(() => parts.push(this.SUBRULE(this.analysisPart)));
    return { kind: 'analysis', ...this.from(start), name, parts };
  });

  private analysisPart = this.RULE('analysisPart', (): tree.AnalysisPart => {
    const start = this.position;
    return this.OR<Choice<tree.AnalysisPart>>([
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.Over));
          const amount = this.attempt(wanted.duration, () => this.SUBRULE(this.amount)) ?? null;
          return { kind: 'over', ...this.from(start), keyword, amount };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.On));
          this.attempt(wanted.openParenthesis, () => this.CONSUME(t.LeftParenthesis));
          const items = this.SUBRULE(this.items);
          return { kind: 'on', ...this.from(start), keyword, items };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.Top));
          const count = this.attempt(wanted.integer, () => this.SUBRULE(this.number)) ?? null;
          return { kind: 'top', ...this.from(start), keyword, count };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(k.BY));
          const name = this.attempt(wanted.grouping, () => this.SUBRULE(this.name)) ?? null;
          return { kind: 'by', ...this.from(start), keyword, name };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME2(t.LeftParenthesis));
          const patterns = this.SUBRULE(this.patterns);
          return { kind: 'patterns', ...this.from(start), keyword, patterns };
        },
      },
    ]);
  });

  /** Items and their closing parenthesis. */
  private items = this.RULE('items', (): readonly tree.AnalysisItem[] => {
    const items: (tree.AnalysisItem | undefined)[] = [];
    const read = (item: () => tree.AnalysisItem) => this.element(NAME_LIST, wanted.item, item);
    items.push(read(() => this.SUBRULE(this.item)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      items.push(read(() => this.SUBRULE2(this.item)));
    });
    this.attempt(wanted.listGoesOn(')'), () => this.CONSUME(t.RightParenthesis));
    return present(items);
  });

  private item = this.RULE('item', (): tree.AnalysisItem => {
    const start = this.position;
    const path: string[] = [];
    this.OR([
      {
        ALT: () => {
          path.push(this.SUBRULE(this.word).text);
          this.MANY(() => {
            this.CONSUME(t.Dot);
            const part = this.attempt(wanted.name, () => this.SUBRULE2(this.word));
            if (part !== undefined) path.push(part.text);
          });
        },
      },
      { ALT: () => path.push(this.SUBRULE(this.string).value) },
    ]);
    return { kind: 'item', ...this.from(start), path };
  });

  private compare = this.RULE('compare', (): tree.CompareClause => {
    const start = this.position;
    this.CONSUME(k.COMPARE);
    this.attempt(wanted.to, () => this.CONSUME(k.TO));
    const keyword = this.from(start);
    const target = this.attempt(wanted.compareTarget, () => this.SUBRULE(this.name));
    return { kind: 'compare', ...keyword, keyword, target: target ?? null };
  });

  private expect = this.RULE('expect', (): tree.ExpectClause => {
    const keyword = spanOf(this.CONSUME(k.EXPECT));
    const expectations: (tree.Expectation | undefined)[] = [];
    const read = (expectation: () => tree.Expectation) => this.element(OPEN_LIST, wanted.metric, expectation);
    expectations.push(read(() => this.SUBRULE(this.expectation)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      expectations.push(read(() => this.SUBRULE2(this.expectation)));
    });
    return { kind: 'expect', ...keyword, keyword, expectations: present(expectations) };
  });

  private expectation = this.RULE('expectation', (): tree.Expectation => {
    const start = this.position;
    const name = this.SUBRULE(this.name);
    const argument = this.OPTION(() => {
      this.CONSUME(t.LeftParenthesis);
      const field = this.attempt(wanted.metricField, () => this.SUBRULE2(this.name));
      this.attempt(wanted.closeParenthesis, () => this.CONSUME(t.RightParenthesis));
      return field;
    });
    const metric: tree.Metric = { kind: 'metric', ...this.from(start), name, argument: argument ?? null };
    const operator = this.attempt(wanted.comparison, () => this.SUBRULE(this.compareOperator));
    const value = this.attempt(wanted.value, () => this.SUBRULE(this.scalar));
    return {
      kind: 'expectation',
      ...this.from(start),
      metric,
      operator: operator?.operator ?? null,
      value: value ?? null,
    };
  });

  private exportClause = this.RULE('exportClause', (): tree.ExportClause => {
    const start = this.position;
    this.CONSUME(k.EXPORT);
    this.attempt(wanted.to, () => this.CONSUME(k.TO));
    const keyword = this.from(start);
    const path = this.attempt(wanted.path, () => this.SUBRULE(this.string));
    const format = this.OPTION(() => {
      this.CONSUME(k.AS);
      return this.attempt(wanted.format, () => this.SUBRULE(this.name));
    });
    return { kind: 'export', ...keyword, keyword, path: path ?? null, format: format ?? null };
  });

  private notify = this.RULE('notify', (): tree.NotifyClause => {
    const keyword = spanOf(this.CONSUME(k.NOTIFY));
    const url = this.attempt(wanted.address, () => this.SUBRULE(this.string));
    return { kind: 'notify', ...keyword, keyword, url: url ?? null };
  });
}

export interface Read {
  readonly items: readonly (tree.Parameter | tree.Query)[];
  readonly failures: readonly SyntaxFailure[];
  /** One for each item, in order. */
  readonly extents: readonly Extent[];
  /** Offsets of names that a syntax error follows and probably explains. */
  readonly suspects: readonly number[];
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

/** Reads tokens into items. Never throws; what could not be read is in `failures`. */
export function readTokens(tokens: IToken[], textLength: number): Read {
  // Built once: the analysis of the grammar costs more than reading a long file.
  parser ??= new CxqParser();
  const items = parser.read(tokens, textLength);
  return { items, failures: parser.failures, extents: parser.extents, suspects: parser.suspects };
}
