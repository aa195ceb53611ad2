/** Predicates that decide nothing: 2014, 2015, and negations that mean less than they seem to (2019). */
import { diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import { operandText, predicateText } from '../print.ts';
import { durationOf, instantOf, literalOf } from '../resolve.ts';
import { looksAtSteps } from '../split.ts';
import {
  type CompareOperator,
  type Comparison,
  clauseOf,
  type Operand,
  type Predicate,
  ungroup,
} from '../tree.ts';
import type { ValueType } from '../types.ts';
import { conjuncts } from '../walk.ts';
import { isConstant, isField, normalised } from '../window.ts';
import { firstToken, type QueryScope, textOf } from './scope.ts';

export function checkLogic(scope: QueryScope): void {
  const where = clauseOf(scope.query, 'where');
  if (where === undefined || scope.hasErrorIn(where)) return;
  checkNegations(where.predicate, scope);
  if (scope.query.broken) return;
  if (isNever(where.predicate, scope, true)) {
    const leading = where.keyword.start === where.keyword.end;
    const message = 'No step can satisfy this: the query keeps nothing.';
    scope.report(diagnostic('CXQ2014', leading ? firstToken(scope) : where.keyword, message));
    return;
  }
  reportAlways(where.predicate, scope, removal(where, scope));
}

function removal(
  clause: { readonly start: number; readonly end: number },
  scope: QueryScope,
): QuickFix | undefined {
  const lone = scope.query.clauses.length === 1 && scope.query.keyword === null;
  if (lone) return undefined;
  const start = scope.document.text.slice(0, clause.start).trimEnd().length;
  return replace('Remove it', { start, end: clause.end }, '', true);
}

/** 2015 for the outermost predicates that are always true. */
function reportAlways(predicate: Predicate, scope: QueryScope, remove: QuickFix | undefined): void {
  if (isAlways(predicate, scope)) {
    const fixes = remove === undefined ? [] : [remove];
    scope.report(
      diagnostic('CXQ2015', predicate, 'This is true of every step.', { fixes, unnecessary: true }),
    );
    return;
  }
  const inner = ungroup(predicate);
  if (inner.kind === 'and') {
    for (const [index, operand] of inner.operands.entries()) {
      const before = inner.operands[index - 1];
      const after = inner.operands[index + 1];
      const span =
        before !== undefined
          ? { start: before.end, end: operand.end }
          : { start: operand.start, end: after?.start ?? operand.end };
      reportAlways(operand, scope, replace('Remove it', span, '', true));
    }
  } else if (inner.kind === 'or') {
    for (const operand of inner.operands) reportAlways(operand, scope, undefined);
  }
}

/**
 * A constant as something that can be compared: numbers, durations and instants as numbers. Text is an instant only
 * beside a timestamp.
 */
function constantOf(
  operand: Operand,
  scope: QueryScope,
  upper: boolean,
  subject?: Operand,
): number | string | boolean | undefined {
  if (!isConstant(operand)) return undefined;
  const { environment } = scope;
  const literal = literalOf(operand, environment);
  if (literal?.kind === 'number' || literal?.kind === 'boolean') return literal.value;
  const text = literal?.kind === 'string' ? literal.value : undefined;
  if (text !== undefined && !isTimestamp(subject)) return text;
  return durationOf(operand, environment) ?? instantOf(operand, environment, upper ? 'end' : 'start') ?? text;
}

function typeOfSubject(subject: Operand | undefined): ValueType | undefined {
  if (subject?.kind === 'field') return fieldNamed(subject.name.text)?.type;
  if (subject?.kind === 'call') return functionNamed(subject.name.text)?.result;
  return subject?.kind === 'sum' ? typeOfSubject(subject.base) : undefined;
}

function isTimestamp(subject: Operand | undefined): boolean {
  return typeOfSubject(subject) === 'TIMESTAMP';
}

function compare(
  a: number | string | boolean,
  operator: CompareOperator,
  b: number | string | boolean,
): boolean | undefined {
  if (operator === '=') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** The value of a condition in which only constants stand. */
function constantTruth(predicate: Predicate, scope: QueryScope): boolean | undefined {
  if (predicate.kind === 'test') {
    const literal = predicate.operand.kind === 'boolean' ? predicate.operand : undefined;
    return literal?.value;
  }
  if (predicate.kind !== 'comparison') return undefined;
  // Parameters and the clock change from run to run.
  const fixed = (operand: Operand) =>
    operand.kind === 'number' ||
    operand.kind === 'string' ||
    operand.kind === 'boolean' ||
    operand.kind === 'duration';
  if (!fixed(predicate.left) || !fixed(predicate.right) || predicate.left.kind !== predicate.right.kind)
    return undefined;
  const left = constantOf(predicate.left, scope, false);
  const right = constantOf(predicate.right, scope, false);
  return left === undefined || right === undefined ? undefined : compare(left, predicate.operator, right);
}

/** Fields and functions that are never below 0. */
function neverNegative(operand: Operand): boolean {
  if (operand.kind === 'call') return functionNamed(operand.name.text)?.result === 'NUMBER';
  if (operand.kind !== 'field') return false;
  const type = fieldNamed(operand.name.text)?.type;
  return type === 'NUMBER' || type === 'DURATION';
}

function canBeNull(operand: Operand): boolean {
  return operand.kind === 'field' && fieldNamed(operand.name.text)?.nullable !== false;
}

function isAlways(predicate: Predicate, scope: QueryScope): boolean {
  switch (predicate.kind) {
    case 'group':
      return isAlways(predicate.inner, scope);
    case 'or':
      return predicate.operands.some((operand) => isAlways(operand, scope));
    case 'and':
      return predicate.operands.every((operand) => isAlways(operand, scope));
    case 'not':
      return constantTruth(ungroup(predicate.operand), scope) === false;
    case 'isNull':
      return predicate.negated && predicate.operand.kind === 'field' && !canBeNull(predicate.operand);
    case 'comparison': {
      const truth = constantTruth(predicate, scope);
      if (truth !== undefined) return truth;
      const sides = normalised(predicate);
      if (sides === undefined || !neverNegative(sides.subject) || canBeNull(sides.subject)) return false;
      const value = constantOf(sides.value, scope, false);
      if (typeof value !== 'number') return false;
      return (sides.operator === '>=' && value <= 0) || (sides.operator === '>' && value < 0);
    }
    case 'test':
      return constantTruth(predicate, scope) === true;
    default:
      return false;
  }
}

function isNever(predicate: Predicate, scope: QueryScope, top: boolean): boolean {
  switch (predicate.kind) {
    case 'or':
      return predicate.operands.every((operand) => isNever(operand, scope, false));
    case 'group':
      return isNever(predicate.inner, scope, top);
    case 'not':
      return isAlways(predicate.operand, scope);
    default: {
      const conditions = conjuncts(predicate);
      const deeper = conditions.filter((one) => one.kind === 'or' || one.kind === 'not');
      if (deeper.some((one) => isNever(one, scope, false))) return true;
      if (conditions.some((one) => constantTruth(one, scope) === false)) return true;
      return contradict(conditions, scope, top);
    }
  }
}

/** What a comparison becomes under NOT: null stays unknown. */
const OPPOSITE: Readonly<Record<CompareOperator, CompareOperator>> = {
  '=': '!=',
  '!=': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

/** What conditions leave of one operand. */
interface Range {
  low: number;
  high: number;
  lowStrict: boolean;
  highStrict: boolean;
  /** Values still possible; undefined for any. */
  allowed: Set<string> | undefined;
  excluded: Set<string>;
  isNull: boolean;
  notNull: boolean;
  time: boolean;
}

/** Whether no value can satisfy all the conditions. */
function contradict(conditions: readonly Predicate[], scope: QueryScope, top: boolean): boolean {
  const ranges = new Map<string, Range>();
  const rangeOf = (operand: Operand): Range => {
    const key = operandText(operand);
    const known = ranges.get(key);
    if (known !== undefined) return known;
    const made: Range = {
      low: neverNegative(operand) ? 0 : Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      lowStrict: false,
      highStrict: false,
      allowed: undefined,
      excluded: new Set(),
      isNull: false,
      notNull: operand.kind === 'field' && !canBeNull(operand),
      time: isField(operand, 'nodeTimestamp'),
    };
    ranges.set(key, made);
    return made;
  };
  for (const condition of conditions) narrow(condition, scope, rangeOf);
  for (const range of ranges.values()) {
    if (range.isNull && range.notNull) return true;
    if (range.allowed !== undefined && [...range.allowed].every((value) => range.excluded.has(value)))
      return true;
    const strict = range.lowStrict || range.highStrict;
    const inverted = range.low > range.high;
    // Inverted bounds of the window have their own message (3004).
    if (inverted && !(top && range.time)) return true;
    if (range.low === range.high && strict) return true;
  }
  return false;
}

function keyOf(value: number | string | boolean): string {
  return `${typeof value}:${String(value)}`;
}

function allow(range: Range, values: readonly string[]): void {
  const { allowed } = range;
  range.allowed = new Set(allowed === undefined ? values : values.filter((value) => allowed.has(value)));
}

function narrow(condition: Predicate, scope: QueryScope, rangeOf: (operand: Operand) => Range): void {
  const inner = ungroup(condition);
  if (inner.kind === 'test' && inner.operand.kind === 'field') {
    const range = rangeOf(inner.operand);
    range.notNull = true;
    allow(range, [keyOf(true)]);
  } else if (inner.kind === 'not') {
    const negated = ungroup(inner.operand);
    if (negated.kind === 'test' && negated.operand.kind === 'field') {
      const range = rangeOf(negated.operand);
      range.notNull = true;
      allow(range, [keyOf(false)]);
    } else if (negated.kind === 'comparison' && isComparable(negated)) {
      narrow({ ...negated, operator: OPPOSITE[negated.operator] }, scope, rangeOf);
    } else if (negated.kind === 'in') {
      narrow({ ...negated, negated: !negated.negated }, scope, rangeOf);
    }
  } else if (inner.kind === 'isNull') {
    const range = rangeOf(inner.operand);
    if (inner.negated) range.notNull = true;
    else range.isNull = true;
  } else if (inner.kind === 'in' && inner.set.kind === 'list' && !isConstant(inner.operand)) {
    const values = inner.set.items.map((item) => constantOf(item, scope, false, inner.operand));
    const range = rangeOf(inner.operand);
    range.notNull = true;
    const known = values.filter((value) => value !== undefined);
    if (inner.negated) for (const value of known) range.excluded.add(keyOf(value));
    else if (known.length === values.length) allow(range, known.map(keyOf));
  } else if (inner.kind === 'between' && !inner.negated && !isConstant(inner.operand)) {
    const range = rangeOf(inner.operand);
    range.notNull = true;
    limit(range, '>=', constantOf(inner.low, scope, false, inner.operand));
    limit(range, '<=', constantOf(inner.high, scope, true, inner.operand));
  } else if (inner.kind === 'comparison') {
    const sides = normalised(inner);
    if (sides === undefined) return;
    const { operator, subject } = sides;
    const value = constantOf(sides.value, scope, operator === '<' || operator === '<=', subject);
    const range = rangeOf(subject);
    range.notNull = true;
    if (value === undefined) return;
    if (operator === '!=') range.excluded.add(keyOf(value));
    else if (operator !== '=') limit(range, operator, value);
    else {
      allow(range, [keyOf(value)]);
      limit(range, '>=', value);
      limit(range, '<=', value);
    }
  }
}

/** A variable may be of another type, with which every comparison is false, and its negation true. */
function isComparable(comparison: Comparison): boolean {
  if (comparison.operator === '=') return true;
  const sides = normalised(comparison);
  return sides !== undefined && typeOfSubject(sides.subject) !== 'ANY';
}

function limit(range: Range, operator: CompareOperator, value: number | string | boolean | undefined): void {
  if (typeof value !== 'number') return;
  const strict = operator === '<' || operator === '>';
  if (operator === '>' || operator === '>=') {
    if (value > range.low || (value === range.low && strict)) {
      range.low = value;
      range.lowStrict = strict;
    }
  } else if (value < range.high || (value === range.high && strict)) {
    range.high = value;
    range.highStrict = strict;
  }
}

/** 2019: outside quantifiers a negation is asked of one step, and another step can satisfy it. */
function checkNegations(predicate: Predicate, scope: QueryScope): void {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      for (const operand of predicate.operands) checkNegations(operand, scope);
      return;
    case 'group':
      checkNegations(predicate.inner, scope);
      return;
    case 'not':
      // Twice negated it says what it seems to say.
      if (looksAtSteps(predicate.operand) && !isNegation(ungroup(predicate.operand))) {
        const word = { start: predicate.start, end: predicate.start + 'NOT'.length };
        hint(word, predicate, textOf(scope, ungroup(predicate.operand)), scope);
      }
      return;
    case 'comparison':
      if (predicate.operator === '!=' && looksAtSteps(predicate)) {
        const positive = predicateText({ ...predicate, operator: '=' });
        hint(predicate.operatorSpan, predicate, positive, scope);
      }
      return;
    case 'in':
    case 'between':
    case 'like':
    case 'matches':
      if (predicate.negated && looksAtSteps(predicate)) {
        const { start } = predicate.operatorSpan;
        const word = { start, end: start + 'NOT'.length };
        hint(word, predicate, predicateText({ ...predicate, negated: false }), scope);
      }
      return;
    default:
      return;
  }
}

function isNegation(predicate: Predicate): boolean {
  if (predicate.kind === 'not') return true;
  if (predicate.kind === 'comparison') return predicate.operator === '!=';
  return 'negated' in predicate && predicate.negated && predicate.kind !== 'isNull';
}

function hint(
  place: { start: number; end: number },
  whole: Predicate,
  positive: string,
  scope: QueryScope,
): void {
  const message = `This keeps every interaction that has another such step. NONE(${positive}) keeps those with no such step at all.`;
  const fixes = [replace(`Change to NONE(${positive})`, whole, `NONE(${positive})`)];
  scope.report(diagnostic('CXQ2019', place, message, { fixes }));
}
