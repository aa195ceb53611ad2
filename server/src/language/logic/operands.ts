/** Operands as the logic of a predicate sees them: what can vary, by which name, and what stands for certain. */
import type { Patterns } from '../context.ts';
import { type Field, fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import { type DateEdge, readInstant } from '../literals.ts';
import { operandText } from '../print.ts';
import { durationOf, instantOf, operandOf } from '../resolve.ts';
import type { FieldReference, Operand } from '../tree.ts';
import type { ValueType } from '../types.ts';
import { ANY_BOOLEAN, ANY_NUMBER, ANY_TEXT, ANYTHING, moved, numbers, type Values, whole } from './values.ts';

/** What the value of a text beside a timestamp depends on. */
export interface LogicContext {
  readonly timeZone: string;
  /** Without it a regular expression rules nothing out. */
  readonly patterns?: Patterns | undefined;
}

/** A parameter, or whatever else a run decides. */
export interface Opaque {
  readonly kind: 'opaque';
}

/** The same for every step and every run; `text` is an instant only beside a timestamp. */
export interface Fixed {
  readonly kind: 'fixed';
  readonly value: number | string | boolean | null;
}

/** It moves with the clock: comparable with its like alone. */
export interface Moving {
  readonly kind: 'moving';
  readonly base: 'now' | 'today';
  readonly offset: number;
}

/** A field, a variable, a function of one, a quantifier. */
export interface Varying {
  readonly kind: 'varying';
  /** Canonical text. */
  readonly key: string;
  readonly type: ValueType;
  /** Added to it before it is compared. */
  readonly offset: number;
  /** All that it can be. */
  readonly domain: Values;
}

export type Side = Opaque | Fixed | Moving | Varying;

const OPAQUE: Opaque = { kind: 'opaque' };
const FROM_ZERO = numbers({ low: 0, high: Infinity, lowOpen: false, highOpen: false });
const COUNTS: Readonly<Record<string, number>> = { stepCount: 1, errorCount: 0, sequence: 0 };

/** Numbers that are whole: nothing lies between one and the next. */
export function isWhole(side: Varying): boolean {
  return side.type === 'NUMBER';
}

/** An operand as a predicate's logic sees it; a constant text beside a timestamp is read as one. */
export function sideOf(operand: Operand, other: Operand, edge: DateEdge, context: LogicContext): Side {
  if (operand.kind === 'sum' && operand.base.kind === 'string') {
    const constants = { now: 0, timeZone: context.timeZone, parameter: () => undefined };
    const value = instantOf(operand, constants, edge);
    return value === undefined ? OPAQUE : { kind: 'fixed', value };
  }
  const side = plainSide(operand);
  if (side.kind !== 'fixed' || typeof side.value !== 'string' || !isTimestamp(other)) return side;
  const read = readInstant(side.value, context.timeZone, edge);
  return read.ok ? { kind: 'fixed', value: read.micros } : OPAQUE;
}

function isTimestamp(operand: Operand): boolean {
  if (operand.kind === 'sum') return isTimestamp(operand.base);
  if (operand.kind === 'field') return fieldNamed(operand.name.text)?.type === 'TIMESTAMP';
  return operand.kind === 'call' && functionNamed(operand.name.text)?.result === 'TIMESTAMP';
}

function plainSide(operand: Operand): Side {
  switch (operand.kind) {
    case 'string':
    case 'number':
    case 'boolean':
      return { kind: 'fixed', value: operand.value };
    case 'duration':
      return operand.micros === null ? OPAQUE : { kind: 'fixed', value: operand.micros };
    case 'null':
      return { kind: 'fixed', value: null };
    case 'field':
      return fieldSide(operand);
    case 'call':
      return callSide(operand);
    case 'sum':
      return sumSide(operand);
    default:
      return OPAQUE;
  }
}

/** The name of a field or variable: the same for two names of one thing. */
export function keyOfField(reference: FieldReference, field: Field): string {
  if (field.name === 'startTime') return 'nodeTimestamp';
  return reference.path.length === 0 ? field.name : operandText(reference);
}

/** The least that a number, or a duration, can be. */
export function leastOf(field: Field): number {
  return COUNTS[field.name] ?? 0;
}

function fieldSide(operand: FieldReference): Side {
  const field = fieldNamed(operand.name.text);
  if (field === undefined) return OPAQUE;
  const key = keyOfField(operand, field);
  const least = COUNTS[field.name];
  const some =
    least === undefined
      ? domainOf(field.type)
      : numbers({ low: least, high: Infinity, lowOpen: false, highOpen: false });
  const domain = field.nullable ? { ...some, nothing: true } : some;
  return { kind: 'varying', key, type: field.type, offset: 0, domain };
}

function domainOf(type: ValueType): Values {
  switch (type) {
    case 'STRING':
      return ANY_TEXT;
    case 'NUMBER':
    case 'DURATION':
      return FROM_ZERO;
    case 'TIMESTAMP':
      return ANY_NUMBER;
    case 'BOOLEAN':
      return ANY_BOOLEAN;
    case 'ANY':
      return ANYTHING;
  }
}

function callSide(operand: Extract<Operand, { kind: 'call' }>): Side {
  const spec = functionNamed(operand.name.text);
  if (spec === undefined) return OPAQUE;
  switch (spec.name) {
    case 'now':
      return { kind: 'moving', base: 'now', offset: 0 };
    case 'today':
      return { kind: 'moving', base: 'today', offset: 0 };
    case 'ago': {
      const amount = constantDuration(operandOf(operand.args[0]));
      return amount === undefined ? OPAQUE : { kind: 'moving', base: 'now', offset: -amount };
    }
    default: {
      const some = domainOf(spec.result);
      // What changed is unknown where the tenant gives no variables.
      const domain = spec.takes === 'variable' ? { ...some, nothing: true } : some;
      return { kind: 'varying', key: operandText(operand), type: spec.result, offset: 0, domain };
    }
  }
}

function sumSide(operand: Extract<Operand, { kind: 'sum' }>): Side {
  let offset = 0;
  for (const term of operand.terms) {
    const amount = constantDuration(term.amount);
    if (amount === undefined) return OPAQUE;
    offset += term.sign * amount;
  }
  const base = plainSide(operand.base);
  if (base.kind === 'moving') return { ...base, offset: base.offset + offset };
  if (base.kind === 'varying')
    return base.type === 'ANY' ? OPAQUE : { ...base, offset: base.offset + offset };
  if (base.kind === 'fixed' && typeof base.value === 'number') return { ...base, value: base.value + offset };
  return OPAQUE;
}

/** A duration that no parameter changes. */
function constantDuration(operand: Operand | undefined): number | undefined {
  if (operand === undefined) return undefined;
  return durationOf(operand, { now: 0, timeZone: 'UTC', parameter: () => undefined });
}

/** What a varying operand can be, of what it is compared with. */
export function domainLeft(side: Varying, values: Values): Values {
  const own = side.offset === 0 ? values : moved(values, -side.offset);
  return isWhole(side) ? whole(own) : own;
}
