/**
 * The typed tree of a CXQ document. Every node is an immutable plain object with a `kind` and the half-open range
 * `[start, end)` of its text in UTF-16 offsets. A tree exists for every text, however broken: what is missing is
 * `null`, or a `missing` node where an operand or predicate had to stand. A query without syntax errors
 * (`broken === false`) has neither.
 */
import type { Micros } from '../protocol/instant.ts';

/** A half-open range of UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A name as it is meant: without its backticks. `quoted` tells whether it had them. */
export interface Name extends Span {
  readonly kind: 'name';
  readonly text: string;
  readonly quoted: boolean;
}

// ---- scalars ------------------------------------------------------------------------------------------------

/** `value` has its doubled quotes undone. A timestamp is a string until the field beside it says otherwise. */
export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
  readonly quote: "'" | '"';
  /** False where the closing quote is missing (CXQ1002). */
  readonly closed: boolean;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
}

export interface DurationLiteral extends Span {
  readonly kind: 'duration';
  readonly text: string;
  /** null where a unit is unknown or out of order (CXQ1005). */
  readonly micros: Micros | null;
}

export interface BooleanLiteral extends Span {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface NullLiteral extends Span {
  readonly kind: 'null';
}

/** `$name`; the range includes the dollar sign. */
export interface ParameterReference extends Span {
  readonly kind: 'parameterReference';
  readonly name: string;
}

export type Literal = StringLiteral | NumberLiteral | DurationLiteral | BooleanLiteral | NullLiteral;
export type Scalar = Literal | ParameterReference;

export interface ListLiteral extends Span {
  readonly kind: 'list';
  readonly items: readonly Scalar[];
}

// ---- operands -----------------------------------------------------------------------------------------------

/** One step into a variable: `.name` or `['any text']`. The range is that of the name or the string. */
export interface PathPart extends Span {
  readonly kind: 'part';
  readonly text: string;
}

/** `dwell`, `before.order.id`, `after['customer tier']`. Field names compare in any case, parts exactly. */
export interface FieldReference extends Span {
  readonly kind: 'field';
  readonly name: Name;
  readonly path: readonly PathPart[];
}

/**
 * A function or quantifier. Every argument is a predicate; an argument that is only an operand is a `test` of it
 * (`ago(2h)` has one `test` of a duration). The argument of `changed`, `added` and `removed` is a `test` of a
 * `field` whose `name` and `path` are the variable's (or of a string).
 */
export interface Call extends Span {
  readonly kind: 'call';
  readonly name: Name;
  readonly args: readonly Predicate[];
}

export interface SumTerm extends Span {
  readonly kind: 'term';
  readonly sign: 1 | -1;
  readonly amount: DurationLiteral | ParameterReference | Missing;
}

/** An operand with durations added or taken away: `now() - $lookback + 5m`. */
export interface Sum extends Span {
  readonly kind: 'sum';
  readonly base: Scalar | Call | FieldReference | Missing;
  readonly terms: readonly SumTerm[];
}

/** Something had to stand here and does not; an error was reported. */
export interface Missing extends Span {
  readonly kind: 'missing';
}

export type Operand = Scalar | Call | FieldReference | Sum | Missing;

// ---- predicates ---------------------------------------------------------------------------------------------

export interface Or extends Span {
  readonly kind: 'or';
  /** Two or more. */
  readonly operands: readonly Predicate[];
}

export interface And extends Span {
  readonly kind: 'and';
  /** Two or more. */
  readonly operands: readonly Predicate[];
}

export interface Not extends Span {
  readonly kind: 'not';
  readonly operand: Predicate;
}

/** Parentheses as written; they mean what they hold. */
export interface Group extends Span {
  readonly kind: 'group';
  readonly inner: Predicate;
}

/** `<>` is read as `!=`; `operatorSpan` shows what was written. */
export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Comparison extends Span {
  readonly kind: 'comparison';
  readonly left: Operand;
  readonly operator: CompareOperator;
  readonly operatorSpan: Span;
  readonly right: Operand;
}

/** `set` is a list, a list parameter, or the name of another query: its interaction ids. */
export interface InCondition extends Span {
  readonly kind: 'in';
  readonly operand: Operand;
  readonly negated: boolean;
  /** `IN` or `NOT IN`. */
  readonly operatorSpan: Span;
  readonly set: ListLiteral | ParameterReference | Name | Missing;
}

export interface BetweenCondition extends Span {
  readonly kind: 'between';
  readonly operand: Operand;
  readonly negated: boolean;
  readonly operatorSpan: Span;
  readonly low: Operand;
  readonly high: Operand;
}

/** `LIKE` (`%`, `_`, `\` escapes) or `MATCHES` (unanchored RE2). */
export interface PatternCondition extends Span {
  readonly kind: 'like' | 'matches';
  readonly operand: Operand;
  readonly negated: boolean;
  readonly operatorSpan: Span;
  readonly pattern: StringLiteral | ParameterReference | Missing;
}

export interface NullCondition extends Span {
  readonly kind: 'isNull';
  readonly operand: Operand;
  /** `IS NOT NULL`. */
  readonly negated: boolean;
  readonly operatorSpan: Span;
}

/** An operand alone: a boolean field, function or quantifier (in a call's arguments: any operand). */
export interface Test extends Span {
  readonly kind: 'test';
  readonly operand: Operand;
}

export type Condition = Comparison | InCondition | BetweenCondition | PatternCondition | NullCondition | Test;
export type Predicate = Or | And | Not | Group | Condition | Missing;

// ---- clauses ------------------------------------------------------------------------------------------------

interface ClauseBase extends Span {
  /** The clause word (both words of `ORDER BY`, `COMPARE TO`, `EXPORT TO`). */
  readonly keyword: Span;
}

export interface UsingClause extends ClauseBase {
  readonly kind: 'using';
  readonly profile: Name | StringLiteral | null;
}

/** A leading predicate is a `where` clause whose `keyword` is empty (start = end). */
export interface WhereClause extends ClauseBase {
  readonly kind: 'where';
  readonly predicate: Predicate;
}

export interface LastClause extends ClauseBase {
  readonly kind: 'last';
  readonly amount: DurationLiteral | ParameterReference | null;
}

export interface SinceClause extends ClauseBase {
  readonly kind: 'since';
  readonly since: Operand;
  readonly until: Operand | null;
}

export interface OrderClause extends ClauseBase {
  readonly kind: 'order';
  readonly field: Name | null;
  readonly direction: 'ASC' | 'DESC' | null;
}

/** `ALL` as the value of LIMIT. */
export interface AllLiteral extends Span {
  readonly kind: 'all';
}

export interface LimitClause extends ClauseBase {
  readonly kind: 'limit';
  readonly count: NumberLiteral | ParameterReference | AllLiteral | null;
}

export interface OffsetClause extends ClauseBase {
  readonly kind: 'offset';
  readonly count: NumberLiteral | ParameterReference | null;
}

export interface WithOption extends Span {
  readonly kind: 'option';
  readonly name: Name;
  readonly value: Scalar | null;
}

export interface WithClause extends ClauseBase {
  readonly kind: 'with';
  readonly options: readonly WithOption[];
}

/** A pattern of names: `card*`, `*Id`, `limit`, `'customer *'`. */
export interface Pattern extends Span {
  readonly kind: 'pattern';
  readonly text: string;
}

export interface MaskClause extends ClauseBase {
  readonly kind: 'mask';
  readonly patterns: readonly Pattern[];
}

/** A dotted name or a string inside `ON (…)`: a node type or a variable. */
export interface AnalysisItem extends Span {
  readonly kind: 'item';
  readonly path: readonly string[];
}

interface PartBase extends Span {
  /** `OVER`, `ON`, `TOP`, `BY`, or the opening parenthesis. */
  readonly keyword: Span;
}
export type AnalysisPart =
  | (PartBase & { readonly kind: 'over'; readonly amount: DurationLiteral | ParameterReference | null })
  | (PartBase & { readonly kind: 'on'; readonly items: readonly AnalysisItem[] })
  | (PartBase & { readonly kind: 'top'; readonly count: NumberLiteral | null })
  | (PartBase & { readonly kind: 'by'; readonly name: Name | null })
  | (PartBase & { readonly kind: 'patterns'; readonly patterns: readonly Pattern[] });

export interface Analysis extends Span {
  readonly kind: 'analysis';
  readonly name: Name;
  readonly parts: readonly AnalysisPart[];
}

export interface AnalyzeClause extends ClauseBase {
  readonly kind: 'analyze';
  readonly analyses: readonly Analysis[];
}

export interface CompareClause extends ClauseBase {
  readonly kind: 'compare';
  readonly target: Name | null;
}

export interface Metric extends Span {
  readonly kind: 'metric';
  readonly name: Name;
  readonly argument: Name | null;
}

export interface Expectation extends Span {
  readonly kind: 'expectation';
  readonly metric: Metric;
  readonly operator: CompareOperator | null;
  readonly value: Scalar | null;
}

export interface ExpectClause extends ClauseBase {
  readonly kind: 'expect';
  readonly expectations: readonly Expectation[];
}

export interface ExportClause extends ClauseBase {
  readonly kind: 'export';
  readonly path: StringLiteral | null;
  readonly format: Name | null;
}

export interface NotifyClause extends ClauseBase {
  readonly kind: 'notify';
  readonly url: StringLiteral | null;
}

export type Clause =
  | UsingClause
  | WhereClause
  | LastClause
  | SinceClause
  | OrderClause
  | LimitClause
  | OffsetClause
  | WithClause
  | MaskClause
  | AnalyzeClause
  | CompareClause
  | ExpectClause
  | ExportClause
  | NotifyClause;
export type ClauseKind = Clause['kind'];

// ---- document -----------------------------------------------------------------------------------------------

export interface Parameter extends Span {
  readonly kind: 'parameter';
  readonly keyword: Span;
  readonly name: Name | null;
  readonly type: Name | null;
  readonly value: Scalar | ListLiteral | null;
  /** It holds a syntax error. */
  readonly broken: boolean;
}

export interface Query extends Span {
  readonly kind: 'query';
  /** Position among the queries of the document, 0-based. */
  readonly index: number;
  /** The word QUERY, or null for a query without a header. */
  readonly keyword: Span | null;
  readonly name: Name | null;
  readonly title: StringLiteral | null;
  /** In the order written; a leading predicate comes first, as `where`. */
  readonly clauses: readonly Clause[];
  /** It holds an error of the 1xxx codes: no whole-query diagnostics, and it does not run. */
  readonly broken: boolean;
}

/** A comment as written. An unclosed block comment runs to the end of the text. */
export interface Comment extends Span {
  readonly kind: 'comment';
  readonly closed: boolean;
}

export interface CxqDocument extends Span {
  readonly kind: 'document';
  readonly text: string;
  readonly items: readonly (Parameter | Query)[];
  readonly parameters: readonly Parameter[];
  readonly queries: readonly Query[];
  readonly comments: readonly Comment[];
}

/** The first clause of a kind in a query. */
export function clauseOf<K extends ClauseKind>(
  query: Query,
  kind: K,
): Extract<Clause, { kind: K }> | undefined {
  return query.clauses.find((clause): clause is Extract<Clause, { kind: K }> => clause.kind === kind);
}

/** A predicate without the parentheses around it. */
export function ungroup(predicate: Predicate): Exclude<Predicate, Group> {
  let inner = predicate;
  while (inner.kind === 'group') inner = inner.inner;
  return inner;
}

/** The variable that an argument of `changed`, `added` or `removed` names, as a path; undefined for anything else. */
export function variableOf(argument: Predicate): readonly string[] | undefined {
  if (argument.kind !== 'test') return undefined;
  const { operand } = argument;
  if (operand.kind === 'string') return [operand.value];
  if (operand.kind !== 'field') return undefined;
  return [operand.name.text, ...operand.path.map((part) => part.text)];
}
