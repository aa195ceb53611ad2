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
  if (operand.kind !== 'field' || operand.path.length > 0) return false;
  const { text } = operand.name;
  return text === name || fieldNamed(text)?.name === name;
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

const NO_BOUNDS: readonly Bound[] = [];

/** The bounds that a condition on `nodeTimestamp` sets; none for any other condition. */
export function boundsOfCondition(predicate: Predicate, environment: Environment): readonly Bound[] {
  if (!asksTime(predicate)) return NO_BOUNDS;
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
    if (negated || !isField(operand, 'nodeTimestamp') || !isConstant(low) || !isConstant(high))
      return NO_BOUNDS;
    return [bound('lower', low, false, 'start'), bound('upper', high, false, 'end')];
  }
  if (predicate.kind !== 'comparison') return NO_BOUNDS;
  const sides = normalised(predicate);
  if (sides === undefined || !isField(sides.subject, 'nodeTimestamp')) return NO_BOUNDS;
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
      return NO_BOUNDS;
  }
}

/** Whether a condition is about the start of steps at all: few are. */
function asksTime(predicate: Predicate): boolean {
  if (predicate.kind === 'between') return isField(predicate.operand, 'nodeTimestamp');
  if (predicate.kind !== 'comparison') return false;
  return isField(predicate.left, 'nodeTimestamp') || isField(predicate.right, 'nodeTimestamp');
}

/** The bounds that a condition on `nodeTimestamp` sets where it is false, as under NOT. */
export function boundsOfNegation(predicate: Predicate, environment: Environment): readonly Bound[] {
  if (predicate.kind === 'between') {
    if (!predicate.negated) return NO_BOUNDS;
    const bounds = boundsOfCondition({ ...predicate, negated: false }, environment);
    return bounds.map((bound) => ({ ...bound, condition: predicate }));
  }
  if (predicate.kind !== 'comparison' || predicate.operator === '=') return NO_BOUNDS;
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

/** A bound of a clause; the condition that says the same is made when it is asked for. */
class ClauseBound implements Bound {
  readonly strict = false;
  readonly side: Bound['side'];
  readonly micros: Micros | undefined;
  readonly origin: 'last' | 'since' | 'until';
  readonly relative: boolean;
  readonly #operand: Operand;
  #condition: Predicate | undefined;

  constructor(origin: 'last' | 'since' | 'until', operand: Operand, micros: Micros | undefined) {
    this.side = origin === 'until' ? 'upper' : 'lower';
    this.micros = micros;
    this.origin = origin;
    this.relative = origin === 'last' || isRelative(operand);
    this.#operand = operand;
  }

  get span(): Span {
    const { start, end } = this.#operand;
    return { start, end };
  }

  get condition(): Predicate {
    this.#condition ??= clauseCondition(this.side === 'lower' ? '>=' : '<=', this.#value());
    return this.#condition;
  }

  #value(): Operand {
    const operand = this.#operand;
    const isAmount = operand.kind === 'duration' || operand.kind === 'parameterReference';
    return this.origin === 'last' && isAmount ? before(operand) : operand;
  }
}

/** The bounds of LAST, SINCE and UNTIL. */
function boundsOfClauses(query: Query, environment: Environment): Bound[] {
  const bounds: Bound[] = [];
  const amount = clauseOf(query, 'last')?.amount ?? null;
  if (amount !== null) {
    const duration = durationOf(amount, environment);
    const micros = duration === undefined ? undefined : environment.now - duration;
    bounds.push(new ClauseBound('last', amount, micros));
  }
  const clause = clauseOf(query, 'since');
  if (clause === undefined) return bounds;
  const { since, until } = clause;
  if (since.kind !== 'missing')
    bounds.push(new ClauseBound('since', since, instantOf(since, environment, 'start')));
  if (until !== null && until.kind !== 'missing')
    bounds.push(new ClauseBound('until', until, instantOf(until, environment, 'end')));
  return bounds;
}

/** The window of a query, from its clauses and the top-level conditions of its predicate. */
export function windowOf(query: Query, environment: Environment): QueryWindow {
  const bounds = boundsOfClauses(query, environment);
  const predicate = clauseOf(query, 'where')?.predicate;
  for (const condition of predicate === undefined ? [] : conjuncts(predicate)) {
    for (const bound of boundsOfCondition(condition, environment)) bounds.push(bound);
  }
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
