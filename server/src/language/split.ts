/** What of a predicate the tenant can answer, and what has to run here. */
import { MICROS_PER_MILLI } from '../protocol/instant.ts';
import type { ProfileFacts } from './context.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { wireInstant } from './literals.ts';
import { type Environment, literalOf } from './resolve.ts';
import { clauseOf, type Operand, type Predicate, type Query, ungroup } from './tree.ts';
import { childrenOf, conjuncts, partsOf } from './walk.ts';
import { type Bound, boundsOfCondition, isField, normalised, type QueryWindow, windowOf } from './window.ts';

/** Interaction ids of queries by name. */
export type QuerySets = ReadonlyMap<string, readonly string[]>;

export interface Split {
  readonly window: QueryWindow;
  /** Ids to ask for, each once; null where no condition on ids is sent. */
  readonly ids: readonly string[] | null;
  /** Queries whose ids are sent and not known yet. */
  readonly pendingSets: readonly string[];
  readonly errorState: boolean | null;
  /** Top-level conditions that run here, bounds of clauses that need it included. */
  readonly local: readonly Predicate[];
  /** The whole predicate, bounds of clauses included; null where the query has none. */
  readonly whole: Predicate | null;
  /** Some local condition looks at one step, so that the whole predicate has to be asked again. */
  readonly looksAtSteps: boolean;
  /** The tenant filters by time. */
  readonly sendsTime: boolean;
}

const SAFE = /^[A-Za-z0-9_.:@/-]+$/;

/** Whether a string may stand in the tenant's filter. */
export function isSendable(value: string, profile: ProfileFacts): boolean {
  return SAFE.test(value) || (profile.stringEscape !== 'reject' && !/[\r\n]/.test(value));
}

/** Splits the predicate of a query. */
export function split(
  query: Query,
  profile: ProfileFacts,
  environment: Environment,
  sets: QuerySets = new Map(),
): Split {
  const window = windowOf(query, environment);
  const predicate = clauseOf(query, 'where')?.predicate;
  const conditions = predicate === undefined || predicate.kind === 'missing' ? [] : conjuncts(predicate);
  const sendsTime = profile.filterFields.includes('nodeTimestamp');
  const local: Predicate[] = [];
  const clauseConditions: Predicate[] = [];
  for (const bound of window.bounds) {
    if (bound.origin === 'condition') continue;
    clauseConditions.push(bound.condition);
    if (!sendsTime || (bound.micros !== undefined && needsRecheck(bound, window)))
      local.push(bound.condition);
  }
  let ids: readonly string[] | null = null;
  let errorState: boolean | null = null;
  const pendingSets: string[] = [];
  for (const condition of conditions) {
    const bounds = boundsOfCondition(condition, environment);
    if (bounds.length > 0 && sendsTime) {
      if (bounds.some((bound) => bound.micros !== undefined && needsRecheck(bound, window)))
        local.push(condition);
      continue;
    }
    const asked = profile.filterFields.includes('interactionId')
      ? idsOf(condition, profile, environment, sets)
      : undefined;
    if (asked !== undefined) {
      if (asked.pending !== undefined) pendingSets.push(asked.pending);
      else if (ids === null) ids = [...new Set(asked.ids)];
      else {
        const wanted: ReadonlySet<string> = new Set(asked.ids);
        ids = ids.filter((id) => wanted.has(id));
      }
      continue;
    }
    const state = profile.filterFields.includes('errorState')
      ? errorStateOf(condition, environment)
      : undefined;
    if (state !== undefined && (errorState === null || errorState === state)) {
      errorState = state;
      continue;
    }
    local.push(condition);
  }
  return {
    window,
    ids,
    pendingSets,
    errorState,
    local,
    whole: conjunction([...conditions, ...clauseConditions]),
    looksAtSteps: local.some(looksAtSteps),
    sendsTime,
  };
}

/** Conditions as one predicate; null for none. */
export function conjunction(conditions: readonly Predicate[]): Predicate | null {
  const [first] = conditions;
  if (first === undefined) return null;
  if (conditions.length === 1) return first;
  const start = Math.min(...conditions.map((condition) => condition.start));
  const end = Math.max(...conditions.map((condition) => condition.end));
  return { kind: 'and', start, end, operands: conditions };
}

/** The tenant sees whole milliseconds and no strict bounds; a looser bound than the tightest is implied by it. */
function needsRecheck(bound: Bound, window: QueryWindow): boolean {
  const tightest = bound.side === 'lower' ? window.lower : window.upper;
  if (tightest?.micros === undefined || bound.micros === undefined) return false;
  if (bound.micros !== tightest.micros || bound.strict !== tightest.strict) return false;
  return bound.strict || bound.micros % MICROS_PER_MILLI !== 0;
}

/** The ids that a condition asks for; undefined for any other condition, and for one that cannot be sent. */
function idsOf(
  condition: Predicate,
  profile: ProfileFacts,
  environment: Environment,
  sets: QuerySets,
): { readonly ids: readonly string[]; readonly pending?: string } | undefined {
  const values: Operand[] = [];
  if (condition.kind === 'comparison') {
    const sides = normalised(condition);
    if (sides?.operator !== '=' || !isField(sides.subject, 'interactionId')) return undefined;
    values.push(sides.value);
  } else if (condition.kind === 'in' && !condition.negated && isField(condition.operand, 'interactionId')) {
    const { set } = condition;
    if (set.kind === 'name') {
      const known = sets.get(set.text);
      if (known === undefined) return { ids: [], pending: set.text };
      return known.every((id) => isSendable(id, profile)) ? { ids: known } : undefined;
    }
    if (set.kind === 'missing') return undefined;
    const list = set.kind === 'list' ? set : environment.parameter(set.name);
    if (list?.kind !== 'list') return undefined;
    values.push(...list.items);
  } else return undefined;
  const ids: string[] = [];
  for (const value of values) {
    const literal = literalOf(value, environment);
    if (literal?.kind !== 'string' || !isSendable(literal.value, profile)) return undefined;
    ids.push(literal.value);
  }
  return { ids };
}

/** What a condition demands of `errorState`, alone, negated or compared; undefined for any other condition. */
function errorStateOf(condition: Predicate, environment: Environment): boolean | undefined {
  const inner = ungroup(condition);
  if (inner.kind === 'not') {
    const state = errorStateOf(inner.operand, environment);
    return state === undefined ? undefined : !state;
  }
  if (inner.kind === 'test') return isField(inner.operand, 'errorState') ? true : undefined;
  if (inner.kind !== 'comparison') return undefined;
  const sides = normalised(inner);
  if (sides === undefined || !isField(sides.subject, 'errorState')) return undefined;
  const literal = literalOf(sides.value, environment);
  if (literal?.kind !== 'boolean') return undefined;
  if (sides.operator === '=') return literal.value;
  return sides.operator === '!=' ? !literal.value : undefined;
}

/** Whether a predicate depends on which step is asked: quantifiers and fields of the interaction do not. */
export function looksAtSteps(predicate: Predicate): boolean {
  const { predicates, operands } = childrenOf(predicate);
  return predicates.some(looksAtSteps) || operands.some(operandLooksAtSteps);
}

function operandLooksAtSteps(operand: Operand): boolean {
  if (operand.kind === 'field') return fieldNamed(operand.name.text)?.of !== 'interaction';
  if (operand.kind === 'call') return functionNamed(operand.name.text)?.takes === 'variable';
  return partsOf(operand).some(operandLooksAtSteps);
}

export interface FilterParts {
  /** One batch of ids, or the name of a query whose ids are not known yet. */
  readonly ids: readonly string[] | null;
  readonly pendingSets: readonly string[];
  readonly from: number | null;
  readonly to: number | null;
  readonly errorState: boolean | null;
}

/** The tenant's own dialect, in its exact order and spelling. */
export function filterText(parts: FilterParts, profile: ProfileFacts): string {
  const conditions: string[] = [];
  for (const name of parts.pendingSets) conditions.push(`interactionId IN ${name}`);
  if (parts.ids !== null) {
    conditions.push(`interactionId IN [${parts.ids.map((id) => wireString(id, profile)).join(', ')}]`);
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

function wireString(value: string, profile: ProfileFacts): string {
  if (profile.stringEscape === 'backslash') {
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  }
  return `'${value.replaceAll("'", "''")}'`;
}
