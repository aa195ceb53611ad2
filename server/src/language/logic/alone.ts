/**
 * Conditions that stand alone: each can be true and can be false, and nothing else in the predicate says anything of
 * what it asks. Whether something can hold, or always holds, never depends on them, so nothing has to be worked out.
 */
import { type Field, fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import { operandText } from '../print.ts';
import type { BetweenCondition, CompareOperator, Condition, Operand, Predicate } from '../tree.ts';
import type { ValueType } from '../types.ts';
import { isConstant } from '../window.ts';
import { relatives } from './cases.ts';
import { keyOfField, leastOf } from './operands.ts';

export interface Alone {
  readonly conditions: ReadonlySet<Predicate>;
  /** There are no others. */
  readonly isAll: boolean;
}

export function aloneIn(predicate: Predicate): Alone {
  const survey = new Survey();
  survey.lookAt(predicate);
  const conditions = new Set<Predicate>();
  // What a quantifier asks was seen before it.
  for (const one of survey.conditions) if (survey.isAlone(one, conditions)) conditions.add(one);
  return { conditions, isAll: conditions.size === survey.conditions.length };
}

/** What a condition asks of: a type of values, and the least of them. */
interface Subject {
  readonly type: ValueType;
  readonly least: number;
  readonly nullable: boolean;
}

class Survey {
  /** Each after those inside it. */
  readonly conditions: Condition[] = [];
  /** How often something is asked of each operand. */
  readonly #asked = new Map<string, number>();

  lookAt(predicate: Predicate): void {
    switch (predicate.kind) {
      case 'or':
      case 'and':
        for (const operand of predicate.operands) this.lookAt(operand);
        return;
      case 'not':
        this.lookAt(predicate.operand);
        return;
      case 'group':
        this.lookAt(predicate.inner);
        return;
      case 'missing':
        return;
      case 'comparison':
        this.#ask(predicate.left);
        this.#ask(predicate.right);
        break;
      case 'between':
        this.#ask(predicate.operand);
        this.#ask(predicate.low);
        this.#ask(predicate.high);
        break;
      default:
        this.#ask(predicate.operand);
    }
    this.conditions.push(predicate);
  }

  #ask(operand: Operand): void {
    switch (operand.kind) {
      case 'field': {
        const field = fieldNamed(operand.name.text);
        if (field !== undefined) this.#count(keyOfField(operand, field));
        return;
      }
      case 'sum':
        this.#ask(operand.base);
        return;
      case 'call': {
        const spec = functionNamed(operand.name.text);
        if (spec?.takes === 'variable') this.#count(operandText(operand));
        if (spec?.quantifier !== true) return;
        if (spec.name === 'SEQUENCE') this.#count('stepCount');
        for (const argument of operand.args) this.lookAt(argument);
        return;
      }
      default:
        return;
    }
  }

  #count(key: string): void {
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
  }

  #isOnly(key: string): boolean {
    return this.#asked.get(key) === 1 && !relatives(key).some((other) => this.#asked.has(other));
  }

  /** `inner` are those that stand alone inside it. */
  isAlone(condition: Condition, inner: ReadonlySet<Predicate>): boolean {
    switch (condition.kind) {
      case 'comparison': {
        const { left, right, operator } = condition;
        const [a, b] = [this.#subject(left, inner), this.#subject(right, inner)];
        if (a !== undefined && b !== undefined) return true;
        if (a !== undefined) return decides(a, operator, right);
        return b !== undefined && decides(b, operator, left);
      }
      case 'between': {
        const subject = this.#subject(condition.operand, inner);
        return subject !== undefined && isInterval(condition, subject);
      }
      case 'in': {
        const { set } = condition;
        const subject = this.#subject(condition.operand, inner);
        if (subject === undefined || set.kind === 'missing') return false;
        if (set.kind !== 'list') return true;
        const isText = subject.type === 'STRING' || subject.type === 'ANY';
        return isText && set.items.length > 0 && set.items.every((item) => item.kind === 'string');
      }
      case 'like':
      case 'matches': {
        const { pattern } = condition;
        const subject = this.#subject(condition.operand, inner);
        if (subject?.type !== 'STRING' && subject?.type !== 'ANY') return false;
        if (pattern.kind !== 'string') return pattern.kind === 'parameterReference';
        // `%` alone lets every text pass.
        return condition.kind === 'matches' || pattern.value === '' || /[^%]/.test(pattern.value);
      }
      case 'isNull':
        return this.#subject(condition.operand, inner)?.nullable === true;
      case 'test': {
        const { operand } = condition;
        const type = this.#subject(operand, inner)?.type;
        return type === 'BOOLEAN' || type === 'ANY';
      }
    }
  }

  /** What varies in an operand, where nothing else says anything of it. */
  #subject(operand: Operand, inner: ReadonlySet<Predicate>): Subject | undefined {
    if (operand.kind === 'field') {
      const field = fieldNamed(operand.name.text);
      if (field === undefined || !this.#isOnly(keyOfField(operand, field))) return undefined;
      return subjectOf(field);
    }
    if (operand.kind !== 'call') return undefined;
    const spec = functionNamed(operand.name.text);
    if (spec?.takes === 'variable') return this.#isOnly(operandText(operand)) ? CHANGE : undefined;
    if (spec?.quantifier !== true || operand.args.length === 0) return undefined;
    if (spec.name === 'SEQUENCE' && !this.#isOnly('stepCount')) return undefined;
    if (!operand.args.every((argument) => areAll(argument, inner))) return undefined;
    return spec.result === 'NUMBER' ? COUNT : QUANTIFIER;
  }
}

const CHANGE: Subject = { type: 'BOOLEAN', least: 0, nullable: true };
const COUNT: Subject = { type: 'NUMBER', least: 0, nullable: false };
const QUANTIFIER: Subject = { type: 'BOOLEAN', least: 0, nullable: false };
const subjects = new Map<Field, Subject>();

function subjectOf(field: Field): Subject {
  let subject = subjects.get(field);
  if (subject === undefined) {
    subject = { type: field.type, least: leastOf(field), nullable: field.nullable };
    subjects.set(field, subject);
  }
  return subject;
}

/** Whether all conditions of a predicate are among those. */
function areAll(predicate: Predicate, conditions: ReadonlySet<Predicate>): boolean {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      return predicate.operands.every((operand) => areAll(operand, conditions));
    case 'not':
      return areAll(predicate.operand, conditions);
    case 'group':
      return areAll(predicate.inner, conditions);
    default:
      return conditions.has(predicate);
  }
}

/** Whether some of the subject's values satisfy a comparison, and others do not. */
function decides({ type, least }: Subject, operator: CompareOperator, value: Operand): boolean {
  const isAny = type === 'ANY';
  switch (value.kind) {
    case 'parameterReference':
      return true;
    case 'string':
      return isAny || type === 'STRING' || type === 'TIMESTAMP';
    case 'number':
      return isAny || (type === 'NUMBER' && Number.isInteger(value.value) && value.value > least);
    case 'duration':
      return value.micros !== null && (isAny || (type === 'DURATION' && value.micros > least));
    case 'boolean':
      return (isAny || type === 'BOOLEAN') && (operator === '=' || operator === '!=');
    case 'call':
    case 'sum':
      return type === 'TIMESTAMP' && isConstant(value);
    default:
      return false;
  }
}

/** Whether some of the subject's values lie between two others, and others do not. */
function isInterval({ low, high }: BetweenCondition, subject: Subject): boolean {
  if (subject.type === 'ANY' || !decides(subject, '>=', low) || !decides(subject, '<=', high)) return false;
  if (low.kind === 'parameterReference' || high.kind === 'parameterReference') return true;
  if (low.kind === 'number' && high.kind === 'number') return low.value <= high.value;
  if (low.kind !== 'duration' || high.kind !== 'duration') return false;
  return low.micros !== null && high.micros !== null && low.micros <= high.micros;
}
