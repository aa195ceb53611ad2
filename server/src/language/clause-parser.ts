/** The grammar of clauses. */
import type { TokenType } from 'chevrotain';
import {
  AMOUNT_START,
  OPERAND_START,
  PREDICATE_START,
  PredicateParser,
  SIGNS,
  VALUE_START,
} from './predicate-parser.ts';
import { type Choice, constant, NAME_LIST, OPEN_LIST, present, spanOf } from './recovery.ts';
import { wanted } from './syntax.ts';
import * as t from './tokens.ts';
import type * as tree from './tree.ts';

const k = t.keywords;

const NAME: readonly TokenType[] = [t.Identifier];
const ITEM_START: readonly TokenType[] = [t.Word, t.StringToken];
const PATTERN_START: readonly TokenType[] = [t.PatternToken, ...ITEM_START];

/** Clauses; documents and queries come in the subclass. */
export abstract class ClauseParser extends PredicateParser {
  /** Made once: they need nothing of their rule. */
  private kinds: Choice<tree.Clause> = [
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
  ];
  protected clause: () => tree.Clause = this.RULE('clause', (): tree.Clause => {
    const start = this.position;
    const clause = this.OR(this.kinds);
    return { ...clause, start, end: this.endFrom(start) };
  });

  private using = this.RULE('using', (): tree.UsingClause => {
    const keyword = spanOf(this.CONSUME(k.USING));
    const profile = this.attemptName(wanted.profile, () =>
      this.OR<Choice<tree.Name | tree.StringLiteral>>([
        { ALT: () => this.SUBRULE(this.name) },
        { ALT: () => this.SUBRULE(this.string) },
      ]),
    );
    return { kind: 'using', ...keyword, keyword, profile: profile ?? null };
  });

  private where = this.RULE('where', (): tree.WhereClause => {
    const keyword = spanOf(this.CONSUME(k.WHERE));
    const predicate =
      this.attempt(wanted.condition, () => this.SUBRULE(this.predicate), PREDICATE_START) ?? this.missing();
    return { kind: 'where', ...keyword, keyword, predicate };
  });

  private lastClause = this.RULE('lastClause', (): tree.LastClause => {
    const keyword = spanOf(this.CONSUME(k.LAST));
    const amount = this.attempt(wanted.duration, () => this.SUBRULE(this.amount), AMOUNT_START);
    return { kind: 'last', ...keyword, keyword, amount: amount ?? null };
  });

  private since = this.RULE('since', (): tree.SinceClause => {
    const keyword = spanOf(this.CONSUME(k.SINCE));
    const since =
      this.attempt(wanted.instant, () => this.SUBRULE(this.operand), OPERAND_START) ?? this.missing();
    const until = this.OPTION(() => {
      this.CONSUME(k.UNTIL);
      return this.attempt(wanted.instant, () => this.SUBRULE2(this.operand), OPERAND_START) ?? this.missing();
    });
    return { kind: 'since', ...keyword, keyword, since, until: until ?? null };
  });

  private order = this.RULE('order', (): tree.OrderClause => {
    const start = this.position;
    this.OR([{ ALT: () => this.CONSUME(k.ORDER) }, { ALT: () => this.CONSUME(k.SORT) }]);
    this.attempt(wanted.by, () => this.CONSUME(k.BY));
    const keyword = this.from(start);
    const field = this.attemptName(wanted.orderField, () => this.SUBRULE(this.name));
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
    const read = (option: () => tree.WithOption) => this.element(OPEN_LIST, wanted.option, option, NAME);
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
    const value = this.attempt(wanted.value, () => this.SUBRULE(this.scalar), VALUE_START);
    return { kind: 'option', start, end: this.endFrom(start), name, value: value ?? null };
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
    const read = (pattern: () => tree.Pattern) =>
      this.element(NAME_LIST, wanted.pattern, pattern, PATTERN_START);
    patterns.push(read(() => this.SUBRULE(this.pattern)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      patterns.push(read(() => this.SUBRULE2(this.pattern)));
    });
    this.closing(wanted.listGoesOn(')'), () => this.CONSUME(t.RightParenthesis));
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
    const read = (analysis: () => tree.Analysis) => this.element(OPEN_LIST, wanted.analysis, analysis, NAME);
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
    return { kind: 'analysis', start, end: this.endFrom(start), name, parts };
  });

  private analysisPart = this.RULE('analysisPart', (): tree.AnalysisPart => {
    const start = this.position;
    return this.OR<Choice<tree.AnalysisPart>>([
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.Over));
          const amount = this.attempt(wanted.duration, () => this.SUBRULE(this.amount), AMOUNT_START) ?? null;
          return { kind: 'over', start, end: this.endFrom(start), keyword, amount };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.On));
          this.attempt(wanted.openParenthesis, () => this.CONSUME(t.LeftParenthesis));
          const items = this.SUBRULE(this.items);
          return { kind: 'on', start, end: this.endFrom(start), keyword, items };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(t.Top));
          const count = this.attempt(wanted.integer, () => this.SUBRULE(this.number)) ?? null;
          return { kind: 'top', start, end: this.endFrom(start), keyword, count };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME(k.BY));
          const name = this.attempt(wanted.grouping, () => this.SUBRULE(this.name)) ?? null;
          return { kind: 'by', start, end: this.endFrom(start), keyword, name };
        },
      },
      {
        ALT: () => {
          const keyword = spanOf(this.CONSUME2(t.LeftParenthesis));
          const patterns = this.SUBRULE(this.patterns);
          return { kind: 'patterns', start, end: this.endFrom(start), keyword, patterns };
        },
      },
    ]);
  });

  /** Items and their closing parenthesis. */
  private items = this.RULE('items', (): readonly tree.AnalysisItem[] => {
    const items: (tree.AnalysisItem | undefined)[] = [];
    const read = (item: () => tree.AnalysisItem) => this.element(NAME_LIST, wanted.item, item, ITEM_START);
    items.push(read(() => this.SUBRULE(this.item)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      items.push(read(() => this.SUBRULE2(this.item)));
    });
    this.closing(wanted.listGoesOn(')'), () => this.CONSUME(t.RightParenthesis));
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
    return { kind: 'item', start, end: this.endFrom(start), path };
  });

  private compare = this.RULE('compare', (): tree.CompareClause => {
    const start = this.position;
    this.CONSUME(k.COMPARE);
    this.attempt(wanted.to, () => this.CONSUME(k.TO));
    const keyword = this.from(start);
    const target = this.attemptName(wanted.compareTarget, () => this.SUBRULE(this.name));
    return { kind: 'compare', ...keyword, keyword, target: target ?? null };
  });

  private expect = this.RULE('expect', (): tree.ExpectClause => {
    const keyword = spanOf(this.CONSUME(k.EXPECT));
    const expectations: (tree.Expectation | undefined)[] = [];
    const read = (expectation: () => tree.Expectation) =>
      this.element(OPEN_LIST, wanted.metric, expectation, NAME);
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
      this.closing(wanted.closeParenthesis, () => this.CONSUME(t.RightParenthesis));
      return field;
    });
    const metric: tree.Metric = {
      kind: 'metric',
      start,
      end: this.endFrom(start),
      name,
      argument: argument ?? null,
    };
    const operator = this.attempt(wanted.comparison, () => this.SUBRULE(this.compareOperator), SIGNS);
    const value = this.attempt(wanted.value, () => this.SUBRULE(this.scalar), VALUE_START);
    return {
      kind: 'expectation',
      start,
      end: this.endFrom(start),
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
