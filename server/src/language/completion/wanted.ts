/** The type that a place wants, and what fits it. */

import { type ParameterFacts, parameterTypeNamed, typeOfParameter } from '../declared.ts';
import { fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import { readInstant } from '../literals.ts';
import { metricNamed } from '../metrics.ts';
import { optionNamed } from '../options.ts';
import type { Place } from '../place.ts';
import type { Operand } from '../tree.ts';
import type { ValueType } from '../types.ts';

/** `TEXT` is a string literal: a STRING or a TIMESTAMP by what stands beside it. */
export type Wanted = ValueType | 'TEXT' | 'LIST';

export type Parameters = ReadonlyMap<string, ParameterFacts>;

function isDate(text: string): boolean {
  return readInstant(text, 'UTC', 'start').ok;
}

/** The type of an operand; undefined where nothing tells. */
export function typeOf(operand: Operand, parameters: () => Parameters): Wanted | undefined {
  switch (operand.kind) {
    case 'field':
      return fieldNamed(operand.name.text)?.type;
    case 'call':
      return functionNamed(operand.name.text)?.result;
    case 'sum':
      return typeOf(operand.base, parameters);
    case 'string':
      // A text that is no date is nothing but a text.
      return isDate(operand.value) ? 'TEXT' : 'STRING';
    case 'number':
      return 'NUMBER';
    case 'duration':
      return 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'parameterReference':
      return typeOfParameter(parameters().get(operand.name));
    default:
      return undefined;
  }
}

/** The type of the values that a place takes; undefined where any fits, or none is known. */
export function wantedAt(place: Place, parameters: () => Parameters): Wanted | undefined {
  switch (place.kind) {
    case 'value': {
      const type = typeOf(place.beside, parameters);
      return type === 'TEXT' && place.role === 'bound' ? 'TIMESTAMP' : type;
    }
    case 'pattern':
      return 'STRING';
    case 'amount':
      return AMOUNTS[place.role];
    case 'optionValue':
      return optionNamed(place.option)?.type;
    case 'metricValue':
      return metricNamed(place.metric.name.text)?.ofField === true ? 'DURATION' : 'NUMBER';
    case 'default': {
      const { type, value } = place.parameter;
      if (value?.kind === 'list') return undefined;
      return type === null ? undefined : parameterTypeNamed(type.text);
    }
    case 'set':
      return 'LIST';
    default:
      return undefined;
  }
}

const AMOUNTS = {
  since: 'TIMESTAMP',
  until: 'TIMESTAMP',
  last: 'DURATION',
  over: 'DURATION',
  term: 'DURATION',
  argument: 'DURATION',
  limit: 'NUMBER',
  offset: 'NUMBER',
  top: 'NUMBER',
} as const;

/** Whether a value of a type can stand where another is wanted. */
export function fits(type: Wanted | undefined, wanted: Wanted | undefined): boolean {
  if (type === undefined || wanted === undefined || type === wanted) return true;
  if (type === 'LIST' || wanted === 'LIST') return false;
  if (type === 'ANY' || wanted === 'ANY') return true;
  const text = (one: Wanted) => one === 'STRING' || one === 'TIMESTAMP';
  return (type === 'TEXT' && text(wanted)) || (wanted === 'TEXT' && text(type));
}
