/** Constants worked out: instants, durations, numbers and strings that stand in a query for certain. */
import type { Micros } from '../protocol/instant.ts';
import { functionNamed } from './functions.ts';
import { type DateEdge, readInstant, startOfToday } from './literals.ts';
import type { ListLiteral, Literal, Operand, Predicate } from './tree.ts';

/** What constants depend on. */
export interface Environment {
  readonly now: Micros;
  readonly timeZone: string;
  /** The value of a parameter; undefined where it has none (yet). */
  readonly parameter: (name: string) => Literal | ListLiteral | undefined;
}

/** The farthest instants that a date can bear. */
const LAST_INSTANT = 8.64e18;

/** The literal that an operand is, or stands for. */
export function literalOf(operand: Operand, environment: Environment): Literal | ListLiteral | undefined {
  switch (operand.kind) {
    case 'parameterReference':
      return environment.parameter(operand.name);
    case 'string':
    case 'number':
    case 'duration':
    case 'boolean':
    case 'null':
      return operand;
    default:
      return undefined;
  }
}

/** The only operand of an argument. */
export function operandOf(argument: Predicate | undefined): Operand | undefined {
  return argument?.kind === 'test' ? argument.operand : undefined;
}

/** Microseconds of a constant duration. */
export function durationOf(operand: Operand, environment: Environment): Micros | undefined {
  if (operand.kind === 'sum') {
    const base = durationOf(operand.base, environment);
    return base === undefined ? undefined : withTerms(base, operand, environment);
  }
  const literal = literalOf(operand, environment);
  return literal?.kind === 'duration' ? (literal.micros ?? undefined) : undefined;
}

/** The instant that a constant operand means; undefined for anything else, malformed timestamps included. */
export function instantOf(operand: Operand, environment: Environment, edge: DateEdge): Micros | undefined {
  if (operand.kind === 'sum') {
    // With something added it is no date alone: counted from the start of its day.
    const base = instantOf(operand.base, environment, 'start');
    return base === undefined ? undefined : withTerms(base, operand, environment);
  }
  if (operand.kind === 'call') {
    const { now, timeZone } = environment;
    switch (functionNamed(operand.name.text)?.name) {
      case 'now':
        return now;
      case 'today':
        return startOfToday(now, timeZone);
      case 'ago': {
        const argument = operandOf(operand.args[0]);
        const duration = argument === undefined ? undefined : durationOf(argument, environment);
        return duration === undefined ? undefined : bounded(now - duration);
      }
      default:
        return undefined;
    }
  }
  const literal = literalOf(operand, environment);
  if (literal?.kind !== 'string') return undefined;
  const read = readInstant(literal.value, environment.timeZone, edge);
  return read.ok ? read.micros : undefined;
}

function withTerms(
  base: Micros,
  sum: Extract<Operand, { kind: 'sum' }>,
  environment: Environment,
): Micros | undefined {
  let total = base;
  for (const term of sum.terms) {
    const amount = durationOf(term.amount, environment);
    if (amount === undefined) return undefined;
    total += term.sign * amount;
  }
  return bounded(total);
}

function bounded(micros: Micros): Micros {
  return Math.min(Math.max(micros, -LAST_INSTANT), LAST_INSTANT);
}

/** Whether an instant moves with the clock (`now()`, `ago(2h)`), so that a bound made of it never grows old. */
export function isRelative(operand: Operand): boolean {
  if (operand.kind === 'sum') return isRelative(operand.base);
  return operand.kind === 'call';
}
