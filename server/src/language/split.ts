/** What of a predicate the tenant can answer, and what has to run here. */
import { MICROS_PER_MILLI } from '../protocol/instant.ts';
import type { ProfileFacts } from './context.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { wireInstant } from './literals.ts';
import {
  EVERYTHING,
  type IdTerm,
  isEdge,
  meet,
  type Normal,
  type NormalContext,
  normalForm,
  type QuerySets,
} from './normal.ts';
import type { Environment } from './resolve.ts';
import { clauseOf, type Not, type Operand, type Predicate, type Query, ungroup } from './tree.ts';
import { conjuncts, eachChild, partsOf } from './walk.ts';
import { type Bound, type QueryWindow, windowOf } from './window.ts';

export interface Split {
  /** What the clauses and the top-level conditions say of time. */
  readonly window: QueryWindow;
  /** The tightest bounds that are sent: those of the window, and what alternatives have in common. */
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
  /** Something bounds the time that is asked for. */
  readonly bounded: boolean;
  /** Ids to ask for, each once; null where no condition on ids is sent. */
  readonly ids: readonly string[] | null;
  /** Conditions on ids of queries that are not known yet; beside those, other ids may be asked for. */
  readonly pending: readonly IdTerm[];
  readonly errorState: boolean | null;
  /** What the tenant would be asked excludes itself: it need not be asked. */
  readonly excluded: boolean;
  /** Top-level conditions that run here, bounds of clauses that need it included. */
  readonly local: readonly Predicate[];
  /** The whole predicate, bounds of clauses included; null where the query has none. */
  readonly whole: () => Predicate | null;
  /** Some local condition looks at one step, so that the whole predicate has to be asked again. */
  readonly looksAtSteps: () => boolean;
  /** The tenant filters by time. */
  readonly sendsTime: boolean;
}

/** A part of a top-level condition with what the tenant can be asked of it. */
interface Piece {
  readonly condition: Predicate;
  readonly form: Normal;
}

/** Splits the predicate of a query. */
export function split(
  query: Query,
  profile: ProfileFacts,
  environment: Environment,
  sets: QuerySets = NO_SETS,
  window: QueryWindow = windowOf(query, environment),
): Split {
  const predicate = clauseOf(query, 'where')?.predicate;
  const conditions = predicate === undefined || predicate.kind === 'missing' ? [] : conjuncts(predicate);
  const sendsTime = profile.filterFields.includes('nodeTimestamp');
  const context = { profile, environment, sets };
  const pieces: Piece[] = [];
  for (const condition of conditions) {
    if (sendsTime && window.bounds.some((bound) => isOf(bound, condition))) {
      pieces.push({ condition, form: directForm(condition, window, context) });
    } else for (const piece of piecesOf(condition, context)) pieces.push(piece);
  }
  const clauses = window.bounds.filter((bound) => bound.origin !== 'condition');
  const sent = meet([
    ...pieces.map((piece) => piece.form),
    ...clauses.map((bound) => formOf(bound, sendsTime)),
  ]);
  const recheck = (bound: Bound | undefined) => needsRecheck(bound, sent);
  const local: Predicate[] = [];
  for (const bound of clauses) if (!sendsTime || recheck(bound)) local.push(bound.condition);
  for (const { condition, form } of pieces) {
    if (!form.exact || recheck(form.lower) || recheck(form.upper)) local.push(condition);
  }
  const known = sent.ids.find((term) => term.names.length === 0);
  const pending = sent.ids.filter((term) => term.names.length > 0);
  return {
    window,
    lower: sent.lower ?? window.lower,
    upper: sent.upper ?? window.upper,
    bounded: window.bounds.length > 0 || sent.lower !== undefined || sent.upper !== undefined,
    ids: known === undefined ? null : [...known.ids],
    pending,
    errorState: sent.errorState ?? null,
    excluded: sent.empty,
    local,
    whole: () => conjunction([...conditions, ...clauses.map((bound) => bound.condition)]),
    looksAtSteps: () => local.some(looksAtSteps),
    sendsTime,
  };
}

const NO_SETS: QuerySets = new Map();

/** Whether a bound is set by a condition of the predicate. */
function isOf(bound: Bound, condition: Predicate): boolean {
  return bound.origin === 'condition' && bound.condition === condition;
}

/**
 * A bound among the top-level conditions. One without a value yet is left to the tenant all the same; where it is
 * null, nothing satisfies it.
 */
function directForm(condition: Predicate, window: QueryWindow, context: NormalContext): Normal {
  const form = normalForm(condition, true, context);
  const open = window.bounds.some((bound) => isOf(bound, condition) && bound.micros === undefined);
  return open && !form.empty ? { ...form, exact: true } : form;
}

function formOf(bound: Bound, sendsTime: boolean): Normal {
  if (!isEdge(bound) || !sendsTime) return EVERYTHING;
  return bound.side === 'lower' ? { ...EVERYTHING, lower: bound } : { ...EVERYTHING, upper: bound };
}

/**
 * A condition in the parts that all have to hold, De Morgan's included, where that lets a part of it be sent for
 * good; else as it is written.
 */
function piecesOf(condition: Predicate, context: NormalContext): Piece[] {
  const whole = { condition, form: normalForm(condition, true, context) };
  if (whole.form.exact || condition.kind !== 'not') return [whole];
  const parts = partsOfNegation(condition).map((part) => ({
    condition: part,
    form: normalForm(part, true, context),
  }));
  return parts.some((part) => part.form.exact) ? parts : [whole];
}

/** `NOT (a OR NOT b)` as `NOT a`, `b`. */
function partsOfNegation(condition: Not): Predicate[] {
  const inner = ungroup(condition.operand);
  if (inner.kind === 'not') {
    return conjuncts(inner.operand).flatMap((part) => (part.kind === 'not' ? partsOfNegation(part) : [part]));
  }
  if (inner.kind !== 'or') return [condition];
  return inner.operands.flatMap((operand) => {
    const { start, end } = operand;
    return partsOfNegation({ kind: 'not', start, end, operand });
  });
}

/** Conditions as one predicate; null for none. */
export function conjunction(conditions: readonly Predicate[]): Predicate | null {
  const [first] = conditions;
  if (first === undefined) return null;
  if (conditions.length === 1) return first;
  // Clauses may stand before the predicate.
  let { start, end } = first;
  for (const condition of conditions) {
    start = Math.min(start, condition.start);
    end = Math.max(end, condition.end);
  }
  return { kind: 'and', start, end, operands: conditions };
}

/** The tenant sees whole milliseconds and no strict bounds; a looser bound than the tightest is implied by it. */
function needsRecheck(bound: Bound | undefined, sent: Normal): boolean {
  if (bound?.micros === undefined) return false;
  const tightest = sent[bound.side];
  if (bound.micros !== tightest?.micros || bound.strict !== tightest.strict) return false;
  return bound.strict || bound.micros % MICROS_PER_MILLI !== 0;
}

/** Whether a predicate depends on which step is asked: quantifiers and fields of the interaction do not. */
export function looksAtSteps(predicate: Predicate): boolean {
  let found = false;
  eachChild(
    predicate,
    (inner) => {
      found ||= looksAtSteps(inner);
    },
    (operand) => {
      found ||= operandLooksAtSteps(operand);
    },
  );
  return found;
}

function operandLooksAtSteps(operand: Operand): boolean {
  if (operand.kind === 'field') return fieldNamed(operand.name.text)?.of !== 'interaction';
  if (operand.kind === 'call') return functionNamed(operand.name.text)?.takes === 'variable';
  return partsOf(operand).some(operandLooksAtSteps);
}

export interface FilterParts {
  /** One batch of ids. */
  readonly ids: readonly string[] | null;
  readonly pending: readonly IdTerm[];
  readonly from: number | null;
  readonly to: number | null;
  readonly errorState: boolean | null;
}

/** The tenant's own dialect, in its exact order and spelling. */
export function filterText(parts: FilterParts, profile: ProfileFacts): string {
  const conditions: string[] = [];
  for (const term of parts.pending) conditions.push(pendingText(term, profile));
  if (parts.ids !== null) {
    conditions.push(idsText(parts.ids, profile));
  }
  if (parts.from !== null) conditions.push(`nodeTimestamp >= '${wireInstant(parts.from, 'down')}'`);
  if (parts.to !== null) conditions.push(`nodeTimestamp <= '${wireInstant(parts.to, 'up')}'`);
  if (parts.errorState !== null) {
    const value = String(parts.errorState);
    const spelt = profile.booleans === 'title' ? value.charAt(0).toUpperCase() + value.slice(1) : value;
    conditions.push(`errorState = ${spelt}`);
  }
  return conditions.join(' AND ');
}

function idsText(ids: Iterable<string>, profile: ProfileFacts): string {
  return `interactionId IN [${[...ids].map((id) => wireString(id, profile)).join(', ')}]`;
}

/** For showing only: it is never sent. */
function pendingText({ ids, names }: IdTerm, profile: ProfileFacts): string {
  const parts = names.map((name) => `interactionId IN ${name}`);
  if (ids.size > 0) parts.push(idsText(ids, profile));
  return parts.length === 1 ? parts.join('') : `(${parts.join(' OR ')})`;
}

function wireString(value: string, profile: ProfileFacts): string {
  if (profile.stringEscape === 'backslash') {
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  }
  return `'${value.replaceAll("'", "''")}'`;
}
