/** Conditions: operators and values that fit their fields, ids, lists, patterns, instants. */
import { diagnostic, type QuickFix, replace, sure } from '../diagnostics.ts';
import { quote } from '../literals.ts';
import { nearest } from '../nearest.ts';
import { nameText, operandText } from '../print.ts';
import { literalOf } from '../resolve.ts';
import type {
  BetweenCondition,
  Comparison,
  InCondition,
  ListLiteral,
  Operand,
  PatternCondition,
  Predicate,
  StringLiteral,
} from '../tree.ts';
import { EQUALITY, type Inferred, operatorsOf } from '../types.ts';
import { FLIPPED, isConstant, isField } from '../window.ts';
import { checkRepeats, withComma } from './lists.ts';
import {
  aOrAn,
  checkInstant,
  checkRetention,
  conversion,
  fits,
  isCutOff,
  typeOf,
  type Wanted,
} from './operands.ts';
import { type QueryScope, textOf } from './scope.ts';

/** Checks a predicate; `topBounds` are conditions whose instants the window's check looks at. */
export function checkPredicate(
  predicate: Predicate,
  scope: QueryScope,
  topBounds: ReadonlySet<Predicate> = NONE,
): void {
  const inside = (inner: Predicate) => checkPredicate(inner, scope, topBounds);
  switch (predicate.kind) {
    case 'or':
    case 'and':
      predicate.operands.forEach(inside);
      return;
    case 'not':
      inside(predicate.operand);
      return;
    case 'group':
      inside(predicate.inner);
      return;
    case 'comparison':
      checkComparison(predicate, scope, topBounds);
      return;
    case 'in':
      checkIn(predicate, scope);
      return;
    case 'between':
      checkBetween(predicate, scope, topBounds);
      return;
    case 'like':
    case 'matches':
      checkPattern(predicate, scope);
      return;
    case 'isNull':
      typeOf(predicate.operand, scope, checkPredicate);
      return;
    case 'test':
      checkAlone(predicate.operand, scope);
      return;
    case 'missing':
      return;
  }
}

const NONE: ReadonlySet<Predicate> = new Set();

function orders(type: Inferred): boolean {
  return (
    type === 'NUMBER' || type === 'DURATION' || type === 'TIMESTAMP' || type === 'ANY' || type === 'UNKNOWN'
  );
}

/** The type that decides on the operator: that of the side which is no constant. */
function subjectType(operand: Operand, type: Inferred, other: Inferred): Wanted {
  if (type === 'TEXT') return other === 'TIMESTAMP' ? 'TIMESTAMP' : 'STRING';
  if (type !== 'NULL' && !(isConstant(operand) && type === 'UNKNOWN')) return type;
  return other === 'TEXT' ? 'STRING' : other;
}

function checkComparison(condition: Comparison, scope: QueryScope, topBounds: ReadonlySet<Predicate>): void {
  const { left, right, operator, operatorSpan } = condition;
  // What stands beside an unknown word tells what it was meant to be; the left side is nearly always the field.
  const leftType = typeOf(left, scope, checkPredicate);
  const rightType = typeOf(right, scope, checkPredicate, leftType);
  const flipped = isConstant(left) && !isConstant(right);
  const [subject, value, valueType] = flipped ? [right, left, leftType] : [left, right, rightType];
  const type = subjectType(subject, flipped ? rightType : leftType, valueType);
  if (leftType === 'NULL' || rightType === 'NULL') {
    const [tested, nothing] = rightType === 'NULL' ? [left, right] : [right, left];
    const fixes: QuickFix[] = [];
    if (operator === '=' || operator === '!=') {
      const test = operator === '=' ? 'IS NULL' : 'IS NOT NULL';
      fixes.push(sure(`Change to ${test}`, condition, `${textOf(scope, tested)} ${test}`));
    }
    const remedy = fixes.length > 0 ? ' IS NULL and IS NOT NULL ask for it.' : '';
    scope.report(diagnostic('CXQ2003', nothing, `A comparison with null is never true.${remedy}`, { fixes }));
    return;
  }
  if (!orders(type) && operator !== '=' && operator !== '!=') {
    // Nothing is equal to a list either.
    const fitting = type === 'LIST' ? [] : EQUALITY;
    const fixes = fitting.map((one, index) => replace(`Change to ${one}`, operatorSpan, one, index === 0));
    scope.report(diagnostic('CXQ2002', operatorSpan, misfit(operator, type), { fixes }));
    return;
  }
  if (!fits(type, valueType)) {
    wrongType(subject, type, value, valueType, scope);
    return;
  }
  if (type === 'TIMESTAMP' || valueType === 'TIMESTAMP') {
    const direction = flipped ? FLIPPED[operator] : operator;
    const edge = direction === '<' || direction === '<=' ? 'end' : 'start';
    checkInstant(value, edge, scope);
    checkInstant(subject, 'start', scope);
    const bounds = isField(subject, 'nodeTimestamp') && operator !== '!=';
    if (bounds && !topBounds.has(condition)) checkRetention(value, edge, scope);
  }
  if (isField(subject, 'interactionId')) checkId(value, scope);
}

function misfit(operator: string, type: Wanted): string {
  const what = `\`${operator}\` does not fit ${aOrAn(type)}.`;
  if (type === 'LIST' || type === 'NULL' || type === 'UNKNOWN') return what;
  const fitting = operatorsOf(type).filter((one) => !one.startsWith('NOT '));
  return `${what} These do: ${fitting.join(', ')}.`;
}

/** How a value of the type looks. */
const EXAMPLES: Readonly<Partial<Record<Inferred, string>>> = {
  STRING: " such as 'a'",
  NUMBER: ' such as 5',
  DURATION: ' such as 10s',
  TIMESTAMP: " such as '2026-11-20'",
  BOOLEAN: ' (true or false)',
};

function wrongType(
  subject: Operand,
  type: Wanted,
  value: Operand | ListLiteral,
  valueType: Inferred,
  scope: QueryScope,
  convertible = true,
): void {
  if (isCutOff(value, scope)) return;
  const fixes = convertible ? conversion(value, type, scope) : [];
  // A value shows itself how one of its type looks.
  const example = isConstant(subject) ? '' : (EXAMPLES[type] ?? '');
  const message = `${operandText(subject)} is ${aOrAn(type)}${example}, and ${shown(value, scope)} is ${aOrAn(valueType)}.`;
  scope.report(diagnostic('CXQ2003', value, message, { fixes }));
}

function shown(value: Operand | ListLiteral, scope: QueryScope): string {
  const text = textOf(scope, value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function checkIn(condition: InCondition, scope: QueryScope): void {
  const { operand, set, operatorSpan } = condition;
  const type = typeOf(operand, scope, checkPredicate);
  if (set.kind === 'name') {
    if (scope.document.suspects.has(set.start) || isCutOff(set, scope)) return;
    if (!scope.queryNames.has(set.text)) {
      scope.report(unknownQuery(set, [...scope.queryNames], scope, true));
    } else if (!isField(operand, 'interactionId') && type !== 'UNKNOWN') {
      const message = `The query ${set.text} gives interaction ids: only interactionId can be tested with it.`;
      scope.report(
        diagnostic('CXQ2018', operand, message, {
          fixes: [replace('Change to interactionId', operand, 'interactionId')],
        }),
      );
    }
    return;
  }
  if (set.kind === 'missing') return;
  const subject = subjectType(operand, type, 'UNKNOWN');
  if (subject === 'BOOLEAN') {
    scope.report(
      diagnostic('CXQ2002', operatorSpan, misfit('IN', subject), { fixes: asEquality(condition, scope) }),
    );
    return;
  }
  const setType = typeOf(set, scope, checkPredicate);
  if (set.kind === 'parameterReference' && setType !== 'LIST' && setType !== 'UNKNOWN') {
    const message = `IN needs a list, and ${operandText(set)} is ${aOrAn(setType)}.`;
    const fixes = [replace(`Change to [${textOf(scope, set)}]`, set, `[${textOf(scope, set)}]`, true)];
    scope.report(diagnostic('CXQ2003', set, message, { fixes }));
    return;
  }
  const list = set.kind === 'list' ? set : scope.parameters.get(set.name)?.value;
  if (list?.kind === 'list') checkList(list, condition, subject, scope);
}

/** `errorState IN [true]` as a comparison, a longer list as several. */
function asEquality(condition: InCondition, scope: QueryScope): QuickFix[] {
  const { operand, operatorSpan, set, negated } = condition;
  if (set.kind !== 'list' || isCutOff(condition, scope)) return [];
  const operator = negated ? '!=' : '=';
  const values = set.items.map((one) => textOf(scope, one));
  if (values.length === 1) {
    const span = { start: operatorSpan.start, end: set.end };
    return [sure(`Change to ${operator}`, span, `${operator} ${values.join()}`)];
  }
  const subject = textOf(scope, operand);
  const each = values.map((one) => `${subject} ${operator} ${one}`);
  const joined = `(${each.join(negated ? ' AND ' : ' OR ')})`;
  return [replace(`Change to comparisons with ${operator}`, condition, joined, true)];
}

/** Elements of a list that a field is tested with. */
function checkList(list: ListLiteral, condition: InCondition, type: Wanted, scope: QueryScope): void {
  const { operand } = condition;
  for (const [index, item] of list.items.entries()) {
    const itemType = typeOf(item, scope, checkPredicate);
    if (itemType === 'NULL') {
      const message = 'null is equal to nothing; use IS NULL beside the list.';
      const test = condition.negated ? 'IS NOT NULL' : 'IS NULL';
      const fix =
        list.items.length > 1
          ? replace('Remove it', withComma(list, item, index), '', true)
          : replace(`Change to ${test}`, condition, `${textOf(scope, operand)} ${test}`, true);
      const own = condition.set === list || list.items.length > 1;
      scope.report(diagnostic('CXQ2003', item, message, { fixes: own ? [fix] : [] }));
      continue;
    }
    if (!fits(type, itemType)) {
      // A list takes values only, nothing that is worked out.
      wrongType(operand, type, item, itemType, scope, type !== 'TIMESTAMP' || item.kind !== 'duration');
      continue;
    }
    if (type === 'TIMESTAMP') checkInstant(item, 'start', scope);
    if (isField(operand, 'nodeTimestamp') && !condition.negated) checkRetention(item, 'start', scope, true);
    if (isField(operand, 'interactionId')) checkId(item, scope);
  }
  checkRepeats(list, scope, type);
}

function checkBetween(
  condition: BetweenCondition,
  scope: QueryScope,
  topBounds: ReadonlySet<Predicate>,
): void {
  const { operand, low, high, operatorSpan } = condition;
  const operandType = typeOf(operand, scope, checkPredicate);
  const lowType = typeOf(low, scope, checkPredicate);
  const highType = typeOf(high, scope, checkPredicate);
  const type = subjectType(operand, operandType, lowType === 'TEXT' ? highType : lowType);
  if (!orders(type)) {
    const fixes =
      type === 'STRING' && isValue(low) && isValue(high)
        ? [
            replace(
              `Change to ${condition.negated ? 'NOT IN' : 'IN'}`,
              { start: operatorSpan.start, end: high.end },
              `${condition.negated ? 'NOT IN' : 'IN'} [${textOf(scope, low)}, ${textOf(scope, high)}]`,
            ),
          ]
        : [];
    scope.report(diagnostic('CXQ2002', operatorSpan, misfit('BETWEEN', type), { fixes }));
    return;
  }
  for (const [value, valueType] of [
    [low, lowType],
    [high, highType],
  ] as const) {
    if (valueType === 'NULL') {
      scope.report(diagnostic('CXQ2003', value, 'A comparison with null is never true.'));
    } else if (!fits(type, valueType)) wrongType(operand, type, value, valueType, scope);
  }
  if (type !== 'TIMESTAMP') return;
  checkInstant(operand, 'start', scope);
  checkInstant(low, 'start', scope);
  checkInstant(high, 'end', scope);
  if (isField(operand, 'nodeTimestamp') && !topBounds.has(condition)) {
    checkRetention(low, 'start', scope);
    checkRetention(high, 'end', scope);
  }
}

/** Whether an operand can stand in a list. */
function isValue(operand: Operand): boolean {
  return (
    operand.kind !== 'missing' && operand.kind !== 'sum' && isConstant(operand) && operand.kind !== 'call'
  );
}

function checkPattern(condition: PatternCondition, scope: QueryScope): void {
  const { operand, pattern, operatorSpan, kind } = condition;
  const type = subjectType(operand, typeOf(operand, scope, checkPredicate), 'UNKNOWN');
  if (type !== 'STRING' && type !== 'ANY' && type !== 'UNKNOWN') {
    const fixes =
      pattern.kind !== 'string' || type === 'LIST'
        ? []
        : condition.negated
          ? [replace('Change to !=', operatorSpan, '!=', true)]
          : [replace('Change to =', operatorSpan, '=', true), replace('Change to !=', operatorSpan, '!=')];
    scope.report(diagnostic('CXQ2002', operatorSpan, misfit(kind.toUpperCase(), type), { fixes }));
    return;
  }
  if (pattern.kind === 'missing') return;
  const patternType = typeOf(pattern, scope, checkPredicate);
  if (!fits('STRING', patternType)) {
    const message = `${kind.toUpperCase()} needs a string, and ${shown(pattern, scope)} is ${aOrAn(patternType)}.`;
    scope.report(diagnostic('CXQ2003', pattern, message));
    return;
  }
  const literal = pattern.kind === 'string' ? pattern : literalOf(pattern, scope.environment);
  if (kind !== 'matches' || literal?.kind !== 'string' || !literal.closed) return;
  // A default is wrong where it is written; a value given from outside, where it is used.
  const isDefault =
    pattern.kind === 'parameterReference' && scope.parameters.get(pattern.name)?.value === literal;
  checkExpression(literal, isDefault ? literal : pattern, scope);
}

/** RE2 only: no back references or look-around, and so no pattern that hangs. */
function checkExpression(literal: StringLiteral, place: Operand, scope: QueryScope): void {
  const problem = scope.context.patterns?.problem(literal.value);
  if (problem === undefined) return;
  // Look-around and numbered back references are what people know from elsewhere and miss here.
  const missed = /\(\?<?[=!]|\\[1-9]|\(\?>|[*+?}]\+/.test(literal.value);
  const hint = missed
    ? ' Look-ahead, look-behind, back references and possessive repetition are not available.'
    : '';
  const message = `This regular expression cannot be read (RE2 syntax): ${problem}.${hint}`;
  scope.report(diagnostic('CXQ2016', place, message));
}

function checkAlone(operand: Operand, scope: QueryScope): void {
  const type = typeOf(operand, scope, checkPredicate);
  if (scope.document.unfinished.has(operand.start)) return;
  if (isConstant(operand) && isCutOff(operand, scope)) return;
  if (type === 'BOOLEAN' || type === 'ANY' || type === 'UNKNOWN') return;
  const value = type === 'NULL' ? 'null is a value' : `${operandText(operand)} is ${aOrAn(type)}`;
  const what = `${value}, not a condition: compare it with something.`;
  const fixes = isConstant(operand)
    ? []
    : [replace('Add IS NOT NULL', { start: operand.end, end: operand.end }, ' IS NOT NULL')];
  scope.report(diagnostic('CXQ2002', operand, what, { fixes }));
}

/** 2012: ids that no interaction can have. */
function checkId(operand: Operand, scope: QueryScope): void {
  const value = operand.kind === 'parameterReference' ? scope.parameters.get(operand.name)?.value : operand;
  if (value?.kind !== 'string' || !value.closed) return;
  const id = value.value;
  if (id !== '' && !/[\s'"`]/.test(id)) return;
  const trimmed = id.replace(/^[\s'"`]+|[\s'"`]+$/g, '');
  const fixes =
    trimmed !== '' && trimmed !== id && !/[\s'"`]/.test(trimmed)
      ? [sure(`Change to ${quote(trimmed)}`, value, quote(trimmed))]
      : [];
  const why =
    id.trim() === '' ? 'it is empty' : /\s/.test(id) ? 'there are blanks in it' : 'there are quotes in it';
  scope.report(diagnostic('CXQ2012', value, `No interaction can have this id: ${why}.`, { fixes }));
}

/** 2017, with a parameter of that name or the nearest query as the remedy. */
export function unknownQuery(
  name: { readonly text: string; readonly start: number; readonly end: number },
  names: readonly string[],
  scope: QueryScope,
  takesParameters = false,
) {
  const near = nearest(name.text, names);
  const fixes: QuickFix[] = [];
  const parameter = operandText({ kind: 'parameterReference', start: 0, end: 0, name: name.text });
  if (takesParameters && scope.parameters.has(name.text))
    fixes.push(replace(`Change to ${parameter}`, name, parameter, true));
  else if (near !== undefined) fixes.push(replace(`Change to ${near}`, name, nameText({ text: near }), true));
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return diagnostic('CXQ2017', name, `There is no query \`${name.text}\` in this file.${hint}`, { fixes });
}
