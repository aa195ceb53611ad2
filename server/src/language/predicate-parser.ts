/** The grammar of predicates, operands and values. */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import {
  ARGUMENT_LIST,
  BRACKET_LIST,
  type Choice,
  constant,
  durationOf,
  type ListContext,
  NAME_LIST,
  nameOf,
  numberOf,
  PREDICATE_LIST,
  parameterOf,
  present,
  stringOf,
} from './recovery.ts';
import { wanted } from './syntax.ts';
import * as t from './tokens.ts';
import type * as tree from './tree.ts';
import { ValueParser } from './value-parser.ts';

/** Parentheses, NOTs and calls inside one another; deeper ones are an error, so that no text exhausts the stack. */
const MAX_DEPTH = 128;
const VARIABLE_FUNCTIONS = new Set(['changed', 'added', 'removed']);
const k = t.keywords;

/** Tokens with which a predicate can begin. */
export const PREDICATE_START: readonly TokenType[] = [
  t.Identifier,
  t.StringToken,
  t.NumberToken,
  t.DurationToken,
  t.ParameterToken,
  t.LeftParenthesis,
  k.NOT,
  k.TRUE,
  k.FALSE,
  k.NULL,
];

/** Tokens that are values, and those with which an operand can begin. */
export const VALUE_START: readonly TokenType[] = [
  t.StringToken,
  t.NumberToken,
  t.DurationToken,
  t.ParameterToken,
  k.TRUE,
  k.FALSE,
  k.NULL,
];
export const OPERAND_START: readonly TokenType[] = [t.Identifier, ...VALUE_START];
export const SIGNS: readonly TokenType[] = [
  t.Equal,
  t.NotEqual,
  t.NotEqualSql,
  t.Less,
  t.LessEqual,
  t.Greater,
  t.GreaterEqual,
];
const TEXT_START: readonly TokenType[] = [t.StringToken, t.ParameterToken];
export const AMOUNT_START: readonly TokenType[] = [t.DurationToken, t.ParameterToken];
const SET_START: readonly TokenType[] = [t.LeftBracket, t.LeftParenthesis, t.ParameterToken, t.Identifier];
const VARIABLE_START: readonly TokenType[] = [t.Word, t.StringToken];
const OTHER_CONDITIONS: readonly TokenType[] = [k.IN, k.NOT, k.BETWEEN, k.LIKE, k.MATCHES, k.IS];
/** Tokens with which a condition goes on after its first operand; NOT also begins one. */
export const AFTER_OPERAND: readonly TokenType[] = [
  ...SIGNS,
  t.Plus,
  t.Minus,
  t.LeftParenthesis,
  ...OTHER_CONDITIONS,
];

const NO_PATH: readonly tree.PathPart[] = [];
/** Values that are one token. */
const SINGLE: ReadonlyMap<TokenType, (token: IToken) => tree.Scalar> = new Map<
  TokenType,
  (token: IToken) => tree.Scalar
>([
  [t.ClosedString, stringOf],
  [t.UnclosedString, stringOf],
  [t.NumberToken, numberOf],
  [t.DurationToken, durationOf],
  [t.ParameterToken, parameterOf],
]);

/**
 * Predicates and everything below them. Alternatives that need nothing of their rule are made once: they are entered
 * for every value of a file. Clauses
 * come in the subclass.
 */
export abstract class PredicateParser extends ValueParser {
  // ---- predicates -------------------------------------------------------------------------------------------

  protected predicate: () => tree.Predicate = this.RULE('predicate', (): tree.Predicate => {
    const start = this.position;
    const first = this.SUBRULE(this.conjunction);
    if (!this.RECORDING_PHASE && !this.next(k.OR)) return first;
    const operands: tree.Predicate[] = [first];
    this.MANY(() => {
      this.CONSUME(k.OR);
      operands.push(
        this.attempt(wanted.condition, () => this.SUBRULE2(this.conjunction), PREDICATE_START) ??
          this.missing(),
      );
    });
    return operands.length === 1 ? first : { kind: 'or', start, end: this.endFrom(start), operands };
  });

  protected conjunction = this.RULE('conjunction', (): tree.Predicate => {
    const start = this.position;
    const first = this.SUBRULE(this.negation);
    if (!this.RECORDING_PHASE && !this.next(k.AND)) return first;
    const operands: tree.Predicate[] = [first];
    this.MANY(() => {
      this.CONSUME(k.AND);
      operands.push(
        this.attempt(wanted.condition, () => this.SUBRULE2(this.negation), PREDICATE_START) ?? this.missing(),
      );
    });
    return operands.length === 1 ? first : { kind: 'and', start, end: this.endFrom(start), operands };
  });

  protected negation: () => tree.Predicate = this.RULE('negation', (): tree.Predicate => {
    if (!this.RECORDING_PHASE && this.depth >= MAX_DEPTH) {
      this.fail(wanted.lessDepth(MAX_DEPTH));
      return this.missing();
    }
    this.depth++;
    try {
      // Nearly every predicate is a plain condition: the alternatives are not needed to see that.
      if (!this.RECORDING_PHASE && !this.next(k.NOT) && !this.next(t.LeftParenthesis)) {
        return this.SUBRULE(this.condition);
      }
      const start = this.position;
      return this.OR<Choice<tree.Predicate>>([
        {
          ALT: () => {
            this.CONSUME(k.NOT);
            const operand =
              this.attempt(wanted.condition, () => this.SUBRULE(this.negation), PREDICATE_START) ??
              this.missing();
            return { kind: 'not', start, end: this.endFrom(start), operand };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LeftParenthesis);
            const inner =
              this.attempt(wanted.condition, () => this.SUBRULE(this.predicate), PREDICATE_START) ??
              this.missing();
            this.closing(wanted.groupGoesOn, () => this.CONSUME(t.RightParenthesis));
            return { kind: 'group', start, end: this.endFrom(start), inner };
          },
        },
        { ALT: () => this.SUBRULE(this.condition) },
      ]);
    } finally {
      this.depth--;
    }
  });

  protected condition = this.RULE('condition', (): tree.Condition => {
    const start = this.position;
    const operand = this.SUBRULE(this.operand);
    // Nearly every condition is a comparison, or ends here: the alternatives are not needed to see that.
    if (!this.RECORDING_PHASE) {
      if (this.nextIsOneOf(SIGNS)) return this.comparison(start, operand);
      if (!this.nextIsOneOf(OTHER_CONDITIONS)) {
        return { kind: 'test', start, end: this.endFrom(start), operand };
      }
    }
    const condition = this.OPTION(() =>
      this.OR<Choice<tree.Condition>>([
        { ALT: () => this.comparison(start, operand) },
        {
          ALT: () => {
            const at = this.position;
            this.CONSUME(k.IS);
            const not = this.OPTION2(() => this.CONSUME(k.NOT));
            this.attempt(wanted.nullWord, () => this.CONSUME(k.NULL));
            const operatorSpan = this.from(at);
            return {
              kind: 'isNull',
              start,
              end: this.endFrom(start),
              operand,
              negated: not !== undefined,
              operatorSpan,
            };
          },
        },
        { ALT: () => this.SUBRULE(this.setCondition, { ARGS: [start, operand] }) },
      ]),
    );
    return condition ?? { kind: 'test', start, end: this.endFrom(start), operand };
  });

  private comparison(start: number, left: tree.Operand): tree.Comparison {
    const { operator, span: operatorSpan } = this.SUBRULE(this.compareOperator);
    const right =
      this.attempt(wanted.value, () => this.SUBRULE2(this.operand), OPERAND_START) ?? this.missing();
    return { kind: 'comparison', start, end: this.endFrom(start), left, operator, operatorSpan, right };
  }

  /** `[NOT] IN`, `BETWEEN`, `LIKE`, `MATCHES` after their operand. */
  protected setCondition = this.RULE(
    'setCondition',
    (start: number, operand: tree.Operand): tree.Condition => {
      const at = this.position;
      const negated = this.OPTION(() => this.CONSUME(k.NOT)) !== undefined;
      const condition = this.attempt(wanted.afterNot, () =>
        this.OR<Choice<tree.Condition>>([
          {
            ALT: () => {
              this.CONSUME(k.IN);
              const operatorSpan = this.from(at);
              const set = this.attempt(wanted.set, () => this.SUBRULE(this.set), SET_START) ?? this.missing();
              return { kind: 'in', start, end: this.endFrom(start), operand, negated, operatorSpan, set };
            },
          },
          {
            ALT: () => {
              this.CONSUME(k.BETWEEN);
              const operatorSpan = this.from(at);
              const low =
                this.attempt(wanted.value, () => this.SUBRULE(this.operand), OPERAND_START) ?? this.missing();
              this.attempt(wanted.and, () => this.CONSUME(k.AND));
              const high =
                this.attempt(wanted.value, () => this.SUBRULE2(this.operand), OPERAND_START) ??
                this.missing();
              return {
                kind: 'between',
                start,
                end: this.endFrom(start),
                operand,
                negated,
                operatorSpan,
                low,
                high,
              };
            },
          },
          {
            ALT: () => {
              const kind = this.OR2<Choice<'like' | 'matches'>>([
                { ALT: () => constant('like', this.CONSUME(k.LIKE)) },
                { ALT: () => constant('matches', this.CONSUME(k.MATCHES)) },
              ]);
              const operatorSpan = this.from(at);
              const pattern =
                this.attempt(wanted.text, () => this.SUBRULE(this.text), TEXT_START) ?? this.missing();
              return { kind, start, end: this.endFrom(start), operand, negated, operatorSpan, pattern };
            },
          },
        ]),
      );
      if (condition !== undefined) return condition;
      const operatorSpan = { start: at, end: at + (negated ? 'NOT'.length : 0) };
      return {
        kind: 'in',
        start,
        end: this.endFrom(start),
        operand,
        negated,
        operatorSpan,
        set: this.missing(),
      };
    },
  );

  protected set = this.RULE('set', () =>
    this.OR<Choice<tree.ListLiteral | tree.ParameterReference | tree.Name>>([
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.parameterReference) },
      { ALT: () => this.SUBRULE(this.name) },
    ]),
  );

  protected text = this.RULE('text', () =>
    this.OR<Choice<tree.StringLiteral | tree.ParameterReference>>([
      { ALT: () => this.SUBRULE(this.string) },
      { ALT: () => this.SUBRULE(this.parameterReference) },
    ]),
  );

  protected amount = this.RULE('amount', () =>
    this.OR<Choice<tree.DurationLiteral | tree.ParameterReference>>([
      { ALT: () => this.SUBRULE(this.duration) },
      { ALT: () => this.SUBRULE(this.parameterReference) },
    ]),
  );

  private signs: Choice<tree.CompareOperator> = [
    { ALT: () => constant('=', this.CONSUME(t.Equal)) },
    { ALT: () => constant('!=', this.CONSUME(t.NotEqual)) },
    { ALT: () => constant('!=', this.CONSUME(t.NotEqualSql)) },
    { ALT: () => constant('<=', this.CONSUME(t.LessEqual)) },
    { ALT: () => constant('<', this.CONSUME(t.Less)) },
    { ALT: () => constant('>=', this.CONSUME(t.GreaterEqual)) },
    { ALT: () => constant('>', this.CONSUME(t.Greater)) },
  ];
  protected compareOperator = this.RULE('compareOperator', () => {
    const start = this.position;
    const operator = this.OR(this.signs);
    return { operator, span: { start, end: this.last } };
  });

  private bases: Choice<tree.Scalar | tree.Call | tree.FieldReference> = [
    { ALT: () => this.SUBRULE(this.scalar) },
    { ALT: () => this.SUBRULE(this.reference) },
  ];
  protected operand: () => tree.Operand = this.RULE('operand', (): tree.Operand => {
    const start = this.position;
    const base = this.singleToken() ?? this.OR(this.bases);
    if (!this.RECORDING_PHASE && !this.next(t.Plus) && !this.next(t.Minus)) {
      if (this.panic) this.unfinished.push(start);
      return base;
    }
    const terms: tree.SumTerm[] = [];
    this.MANY(() => {
      const at = this.position;
      const sign = this.OR2<Choice<1 | -1>>([
        { ALT: () => constant(1, this.CONSUME(t.Plus)) },
        { ALT: () => constant(-1, this.CONSUME(t.Minus)) },
      ]);
      const amount =
        this.attempt(wanted.duration, () => this.SUBRULE(this.amount), AMOUNT_START) ?? this.missing();
      terms.push({ kind: 'term', start: at, end: this.endFrom(at), sign, amount });
    });
    this.ACTION(() => {
      if (this.panic) this.unfinished.push(start);
    });
    return terms.length === 0 ? base : { kind: 'sum', start, end: this.endFrom(start), base, terms };
  });

  /** An operand that is one token, as most are, read at once; undefined for any other. */
  private singleToken(): tree.Scalar | tree.FieldReference | undefined {
    if (this.RECORDING_PHASE) return undefined;
    const token = this.LA(1);
    const read = SINGLE.get(token.tokenType);
    if (read !== undefined) {
      this.SKIP_TOKEN();
      return read(token);
    }
    if (!tokenMatcher(token, t.Identifier)) return undefined;
    const after = this.LA(2).tokenType;
    if (after === t.LeftParenthesis || after === t.Dot || after === t.LeftBracket) return undefined;
    this.SKIP_TOKEN();
    const name = nameOf(token);
    return { kind: 'field', start: name.start, end: name.end, name, path: NO_PATH };
  }

  protected reference = this.RULE('reference', (): tree.Call | tree.FieldReference => {
    const start = this.position;
    const name = this.SUBRULE(this.name);
    return this.OR<Choice<tree.Call | tree.FieldReference>>([
      {
        ALT: () => {
          const variables = !this.RECORDING_PHASE && VARIABLE_FUNCTIONS.has(name.text.toLowerCase());
          this.CONSUME(t.LeftParenthesis);
          const args = this.SUBRULE(this.callArguments, { ARGS: [variables] });
          return { kind: 'call', start, end: this.endFrom(start), name, args };
        },
      },
      {
        ALT: () => {
          const path = this.SUBRULE(this.path);
          return { kind: 'field', start, end: this.endFrom(start), name, path };
        },
      },
    ]);
  });

  /** Arguments and their closing parenthesis. */
  protected callArguments = this.RULE('callArguments', (variables: boolean): readonly tree.Predicate[] => {
    const args: (tree.Predicate | undefined)[] = [];
    let isName = variables;
    const read = (argument: () => tree.Predicate) => {
      isName = variables && this.isVariable();
      const list = isName ? NAME_LIST : ARGUMENT_LIST;
      return this.element(
        list,
        variables ? wanted.variable : wanted.argument,
        argument,
        isName ? VARIABLE_START : PREDICATE_START,
      );
    };
    this.OPTION(() => {
      args.push(
        read(() =>
          this.OR<Choice<tree.Predicate>>([
            { GATE: () => isName, ALT: () => this.SUBRULE(this.variable), IGNORE_AMBIGUITIES: true },
            { GATE: () => !isName, ALT: () => this.SUBRULE(this.predicate) },
          ]),
        ),
      );
      this.MANY(() => {
        this.CONSUME(t.Comma);
        args.push(
          read(() =>
            this.OR2<Choice<tree.Predicate>>([
              { GATE: () => isName, ALT: () => this.SUBRULE2(this.variable), IGNORE_AMBIGUITIES: true },
              { GATE: () => !isName, ALT: () => this.SUBRULE2(this.predicate) },
            ]),
          ),
        );
      });
    });
    this.closing(wanted.listGoesOn(')'), () => this.CONSUME(t.RightParenthesis));
    return present(args);
  });

  /**
   * Whether an argument of `changed()` is read as a name. What plainly is none is read as what it is, so that the checker
   * can say what the function takes; a word with nothing after it is a name, also to completion.
   */
  private isVariable(): boolean {
    if (this.RECORDING_PHASE || this.LA(2).startOffset < 0 || this.LA(3).startOffset < 0) return true;
    const begins = (token: IToken) => PREDICATE_START.some((type) => tokenMatcher(token, type));
    if (!this.next(t.Word) && !this.next(t.StringToken)) return !begins(this.LA(1));
    if (this.next(k.NOT) && begins(this.LA(2))) return false;
    let at = 2;
    while (this.LA(at).tokenType === t.Dot || this.LA(at).tokenType === t.LeftBracket) {
      at += this.LA(at).tokenType === t.Dot ? 2 : 3;
    }
    const goesOn = [...AFTER_OPERAND, k.AND, k.OR];
    return this.LA(at + 1).startOffset < 0 || !goesOn.includes(this.LA(at).tokenType);
  }

  /** A variable's name or path, reserved words included. */
  protected variable = this.RULE('variable', (): tree.Test => {
    const start = this.position;
    const operand = this.OR<Choice<tree.Operand>>([
      {
        ALT: () => {
          const name = this.SUBRULE(this.word);
          const path = this.SUBRULE(this.path);
          return { kind: 'field', start, end: this.endFrom(start), name, path };
        },
      },
      { ALT: () => this.SUBRULE(this.string) },
    ]);
    return { kind: 'test', start, end: this.endFrom(start), operand };
  });

  protected path = this.RULE('path', (): readonly tree.PathPart[] => {
    const path: tree.PathPart[] = [];
    this.MANY(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const part = this.attempt(wanted.name, () => this.SUBRULE(this.word));
            if (part !== undefined)
              path.push({ kind: 'part', start: part.start, end: part.end, text: part.text });
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LeftBracket);
            const text = this.attempt(wanted.text, () => this.SUBRULE(this.string));
            this.attempt(wanted.closeBracket, () => this.CONSUME(t.RightBracket));
            if (text !== undefined)
              path.push({ kind: 'part', start: text.start, end: text.end, text: text.value });
          },
        },
      ]),
    );
    return path;
  });

  // ---- words and values -------------------------------------------------------------------------------------

  protected list: () => tree.ListLiteral = this.RULE('list', (): tree.ListLiteral => {
    const start = this.position;
    const list = this.OR<Choice<ListContext>>([
      { ALT: () => constant(BRACKET_LIST, this.CONSUME(t.LeftBracket)) },
      { ALT: () => constant(PREDICATE_LIST, this.CONSUME(t.LeftParenthesis)) },
    ]);
    const items: (tree.Scalar | undefined)[] = [];
    items.push(this.element(list, wanted.value, () => this.SUBRULE(this.scalar), VALUE_START));
    for (const text of this.plainTexts()) items.push(text);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      items.push(this.element(list, wanted.value, () => this.SUBRULE2(this.scalar), VALUE_START));
    });
    this.closing(wanted.listGoesOn(this.RECORDING_PHASE || list.close === t.RightBracket ? ']' : ')'), () =>
      this.OR2([
        { GATE: () => list.close === t.RightBracket, ALT: () => this.CONSUME(t.RightBracket) },
        { GATE: () => list.close === t.RightParenthesis, ALT: () => this.CONSUME(t.RightParenthesis) },
      ]),
    );
    return { kind: 'list', start, end: this.endFrom(start), items: present(items) };
  });
}
