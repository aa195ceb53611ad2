/** The time window of a query: its bounds, and the tightest of them. */
import type { Micros } from '../protocol/instant.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import type { DateEdge } from './literals.ts';
import { durationOf, type Environment, instantOf, isRelative } from './resolve.ts';
import {
  type CompareOperator,
  type Comparison,
  clauseOf,
  type Operand,
  type Predicate,
  type Query,
  type Span,
} from './tree.ts';
import { conjuncts } from './walk.ts';

export interface Bound {
  readonly side: 'lower' | 'upper';
  /** undefined where a parameter without a value, or a malformed timestamp, stands in it. */
  readonly micros: Micros | undefined;
  /** `<` or `>`. */
  readonly strict: boolean;
  /** `alternatives`: what all operands of an OR have in common; no bound of the window, but of what is sent. */
  readonly origin: 'last' | 'since' | 'until' | 'condition' | 'alternatives';
  /** Where its value is written. */
  readonly span: Span;
  /** It moves with the clock. */
  readonly relative: boolean;
  /** The condition that it comes from, or one that says the same as its clause. */
  readonly condition: Predicate;
}

export interface QueryWindow {
  readonly bounds: readonly Bound[];
  /** The tightest; undefined where there is none, or where not all of that side are known. */
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
  /** Every bound has a value. */
  readonly known: boolean;
}

export const FLIPPED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Whether an operand is the same for every step. */
export function isConstant(operand: Operand): boolean {
  switch (operand.kind) {
    case 'field':
    case 'missing':
      return false;
    case 'call': {
      const spec = functionNamed(operand.name.text);
      return spec?.takes === 'nothing' || spec?.takes === 'duration';
    }
    case 'sum':
      return isConstant(operand.base);
    default:
      return true;
  }
}

/** Whether an operand is the field of that name. */
export function isField(operand: Operand, name: string): boolean {
  return (
    operand.kind === 'field' && operand.path.length === 0 && fieldNamed(operand.name.text)?.name === name
  );
}

/** A comparison with its constant on the right; undefined where neither or both sides are constant. */
export function normalised(
  comparison: Comparison,
): { readonly subject: Operand; readonly operator: CompareOperator; readonly value: Operand } | undefined {
  const { left, right, operator } = comparison;
  if (isConstant(right) && !isConstant(left)) return { subject: left, operator, value: right };
  if (isConstant(left) && !isConstant(right))
    return { subject: right, operator: FLIPPED[operator], value: left };
  return undefined;
}

/** The bounds that a condition on `nodeTimestamp` sets; none for any other condition. */
export function boundsOfCondition(predicate: Predicate, environment: Environment): Bound[] {
  const bound = (side: Bound['side'], value: Operand, strict: boolean, edge: DateEdge): Bound => ({
    side,
    micros: instantOf(value, environment, edge),
    strict,
    origin: 'condition',
    span: { start: value.start, end: value.end },
    relative: isRelative(value),
    condition: predicate,
  });
  if (predicate.kind === 'between') {
    const { operand, low, high, negated } = predicate;
    if (negated || !isField(operand, 'nodeTimestamp') || !isConstant(low) || !isConstant(high)) return [];
    return [bound('lower', low, false, 'start'), bound('upper', high, false, 'end')];
  }
  if (predicate.kind !== 'comparison') return [];
  const sides = normalised(predicate);
  if (sides === undefined || !isField(sides.subject, 'nodeTimestamp')) return [];
  const { operator, value } = sides;
  switch (operator) {
    case '>':
    case '>=':
      return [bound('lower', value, operator === '>', 'start')];
    case '<':
    case '<=':
      return [bound('upper', value, operator === '<', 'end')];
    case '=':
      return [bound('lower', value, false, 'start'), bound('upper', value, false, 'start')];
    case '!=':
      return [];
  }
}

/** The bounds that a condition on `nodeTimestamp` sets where it is false, as under NOT. */
export function boundsOfNegation(predicate: Predicate, environment: Environment): Bound[] {
  if (predicate.kind === 'between') {
    if (!predicate.negated) return [];
    const bounds = boundsOfCondition({ ...predicate, negated: false }, environment);
    return bounds.map((bound) => ({ ...bound, condition: predicate }));
  }
  if (predicate.kind !== 'comparison' || predicate.operator === '=') return [];
  if (predicate.operator === '!=') {
    const bounds = boundsOfCondition({ ...predicate, operator: '=' }, environment);
    return bounds.map((bound) => ({ ...bound, condition: predicate }));
  }
  // A date alone keeps the edge that it has in the condition as written.
  return boundsOfCondition(predicate, environment).map((bound) => ({
    ...bound,
    side: bound.side === 'lower' ? 'upper' : 'lower',
    strict: !bound.strict,
  }));
}

/** `nodeTimestamp >= value` (or `<=`), standing where the clause stands. */
function clauseCondition(operator: '>=' | '<=', value: Operand): Comparison {
  const span = { start: value.start, end: value.end };
  const name = { kind: 'name', ...span, text: 'nodeTimestamp', quoted: false } as const;
  return {
    kind: 'comparison',
    ...span,
    left: { kind: 'field', ...span, name, path: [] },
    operator,
    operatorSpan: span,
    right: value,
  };
}

/** `now() - amount`. */
function before(amount: Extract<Operand, { kind: 'duration' | 'parameterReference' }>): Operand {
  const span = { start: amount.start, end: amount.end };
  const name = { kind: 'name', ...span, text: 'now', quoted: false } as const;
  return {
    kind: 'sum',
    ...span,
    base: { kind: 'call', ...span, name, args: [] },
    terms: [{ kind: 'term', ...span, sign: -1, amount }],
  };
}

/** The bounds of LAST, SINCE and UNTIL. */
export function boundsOfClauses(query: Query, environment: Environment): Bound[] {
  const bounds: Bound[] = [];
  const last = clauseOf(query, 'last');
  if (last !== undefined && last.amount !== null) {
    const { amount } = last;
    const duration = durationOf(amount, environment);
    bounds.push({
      side: 'lower',
      micros: duration === undefined ? undefined : environment.now - duration,
      strict: false,
      origin: 'last',
      span: { start: amount.start, end: amount.end },
      relative: true,
      condition: clauseCondition('>=', before(amount)),
    });
  }
  const since = clauseOf(query, 'since');
  const add = (origin: 'since' | 'until', operand: Operand) =>
    bounds.push({
      side: origin === 'since' ? 'lower' : 'upper',
      micros: instantOf(operand, environment, origin === 'since' ? 'start' : 'end'),
      strict: false,
      origin,
      span: { start: operand.start, end: operand.end },
      relative: isRelative(operand),
      condition: clauseCondition(origin === 'since' ? '>=' : '<=', operand),
    });
  if (since !== undefined && since.since.kind !== 'missing') add('since', since.since);
  if (since?.until != null && since.until.kind !== 'missing') add('until', since.until);
  return bounds;
}

/** The window of a query, from its clauses and the top-level conditions of its predicate. */
export function windowOf(query: Query, environment: Environment): QueryWindow {
  const predicate = clauseOf(query, 'where')?.predicate;
  const conditions = predicate === undefined ? [] : conjuncts(predicate);
  const bounds = [
    ...boundsOfClauses(query, environment),
    ...conditions.flatMap((condition) => boundsOfCondition(condition, environment)),
  ];
  return {
    bounds,
    lower: tightest(bounds, 'lower'),
    upper: tightest(bounds, 'upper'),
    known: bounds.every((bound) => bound.micros !== undefined),
  };
}

function tightest(bounds: readonly Bound[], side: Bound['side']): Bound | undefined {
  let found: Bound | undefined;
  for (const bound of bounds) {
    if (bound.side !== side || bound.micros === undefined) continue;
    const difference = found?.micros === undefined ? 0 : bound.micros - found.micros;
    const tighter = side === 'lower' ? difference > 0 : difference < 0;
    if (found === undefined || tighter || (difference === 0 && bound.strict && !found.strict)) found = bound;
  }
  return found;
}
