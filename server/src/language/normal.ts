/**
 * What a predicate says about the fields that the tenant filters by, in the tenant's normal form: one condition a
 * field, all of them together. NOT goes inward by De Morgan; under OR only what every alternative says is left, which
 * is what the clauses of a conjunctive normal form would say of one field, without making them. So the size stays that
 * of the predicate, whatever its shape.
 */
import type { ProfileFacts } from './context.ts';
import { type Environment, literalOf } from './resolve.ts';
import type { Comparison, InCondition, Operand, Predicate } from './tree.ts';
import { type Bound, boundsOfCondition, boundsOfNegation, isField, normalised } from './window.ts';

/** Interaction ids of queries by name. */
export type QuerySets = ReadonlyMap<string, readonly string[]>;

/** What reading a predicate depends on. */
export interface NormalContext {
  readonly profile: ProfileFacts;
  readonly environment: Environment;
  readonly sets: QuerySets;
}

/** One of these ids, or of those that the named queries will give. */
export interface IdTerm {
  readonly ids: ReadonlySet<string>;
  readonly names: readonly string[];
}

export interface Edge extends Bound {
  readonly micros: number;
}

/** Whether a bound has a value. */
export function isEdge(bound: Bound): bound is Edge {
  return bound.micros !== undefined;
}

/** Conditions that hold of every step which satisfies a predicate. */
export interface Normal {
  /** Each of them holds; none where nothing is said of ids. At most one has no names. */
  readonly ids: readonly IdTerm[];
  readonly lower: Edge | undefined;
  readonly upper: Edge | undefined;
  readonly errorState: boolean | undefined;
  /** No step satisfies the predicate. */
  readonly empty: boolean;
  /** The conditions say all that the predicate says. */
  readonly exact: boolean;
}

const SAFE = /^[A-Za-z0-9_.:@/-]+$/;

/** Whether a string may stand in the tenant's filter. */
export function isSendable(value: string, profile: ProfileFacts): boolean {
  return SAFE.test(value) || (profile.stringEscape !== 'reject' && !/[\r\n]/.test(value));
}

/** Nothing is said. */
const UNSAID: Normal = {
  ids: [],
  lower: undefined,
  upper: undefined,
  errorState: undefined,
  empty: false,
  exact: false,
};
/** True of every step. */
export const EVERYTHING: Normal = { ...UNSAID, exact: true };
const NOTHING: Normal = { ...UNSAID, empty: true, exact: true };

/** What holds of the steps of which a predicate is true, or of which it is false. Unknown is neither. */
export function normalForm(predicate: Predicate, truth: boolean, context: NormalContext): Normal {
  switch (predicate.kind) {
    case 'group':
      return normalForm(predicate.inner, truth, context);
    case 'not':
      return normalForm(predicate.operand, !truth, context);
    case 'and':
    case 'or': {
      const parts = predicate.operands.map((operand) => normalForm(operand, truth, context));
      return (predicate.kind === 'and') === truth ? meet(parts) : join(parts, predicate);
    }
    case 'comparison':
    case 'between':
    case 'in':
    case 'test':
      return conditionForm(predicate, truth, context);
    default:
      return UNSAID;
  }
}

function conditionForm(condition: Predicate, truth: boolean, context: NormalContext): Normal {
  const constant = constantTruth(condition, context.environment);
  if (constant !== undefined) return constant === truth ? EVERYTHING : NOTHING;
  const field = context.profile.filterFields.find((name) => asks(condition, name));
  switch (field) {
    case 'errorState': {
      const state = errorStateOf(condition, context.environment);
      return state === undefined ? UNSAID : { ...EVERYTHING, errorState: state === truth };
    }
    case 'interactionId': {
      const ids = idsOf(condition, truth, context);
      return ids === undefined ? UNSAID : { ...EVERYTHING, ids: [ids] };
    }
    case 'nodeTimestamp':
      return timeForm(condition, truth, context.environment);
    case undefined:
      return UNSAID;
  }
}

/** Whether a condition is about a field; of two fields nothing can be sent. */
function asks(condition: Predicate, name: string): boolean {
  switch (condition.kind) {
    case 'comparison':
      return isField(condition.left, name) || isField(condition.right, name);
    case 'between':
    case 'in':
    case 'test':
      return isField(condition.operand, name);
    default:
      return false;
  }
}

/** The value of a condition that asks nothing of a step; null where it is unknown. */
function constantTruth(condition: Predicate, environment: Environment): boolean | null | undefined {
  if (condition.kind === 'test') {
    const literal = literalOf(condition.operand, environment);
    return literal?.kind === 'boolean' ? literal.value : literal?.kind === 'null' ? null : undefined;
  }
  if (condition.kind !== 'comparison') return undefined;
  const left = literalOf(condition.left, environment);
  const right = literalOf(condition.right, environment);
  if (left === undefined && right === undefined) return undefined;
  // Compared with null, everything is unknown.
  if (left?.kind === 'null' || right?.kind === 'null') return null;
  const a = scalarOf(left);
  const b = scalarOf(right);
  if (a === undefined || b === undefined) return undefined;
  const { operator } = condition;
  if (typeof a !== typeof b) return false;
  if (operator === '=') return a === b;
  if (operator === '!=') return a !== b;
  // The order of text is that of code points, which is not this one.
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function scalarOf(literal: ReturnType<typeof literalOf>): number | string | boolean | undefined {
  switch (literal?.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return literal.value;
    case 'duration':
      return literal.micros ?? undefined;
    default:
      return undefined;
  }
}

/** The value of `errorState` that makes a condition true, the other one making it false; undefined for any other. */
function errorStateOf(condition: Predicate, environment: Environment): boolean | undefined {
  if (condition.kind === 'test') return isField(condition.operand, 'errorState') ? true : undefined;
  if (condition.kind !== 'comparison') return undefined;
  const sides = normalised(condition);
  if (sides === undefined || !isField(sides.subject, 'errorState')) return undefined;
  const literal = literalOf(sides.value, environment);
  if (literal?.kind !== 'boolean') return undefined;
  if (sides.operator === '=') return literal.value;
  return sides.operator === '!=' ? !literal.value : undefined;
}

/** The ids that a condition asks for; undefined for any other condition, and for one that cannot be sent. */
function idsOf(condition: Predicate, truth: boolean, context: NormalContext): IdTerm | undefined {
  const values = askedIds(condition, truth, context);
  if (values === undefined || !Array.isArray(values)) return values;
  const ids = new Set<string>();
  for (const value of values) {
    const literal = literalOf(value, context.environment);
    if (literal?.kind !== 'string' || !isSendable(literal.value, context.profile)) return undefined;
    ids.add(literal.value);
  }
  return { ids, names: [] };
}

function askedIds(
  condition: Predicate,
  truth: boolean,
  context: NormalContext,
): IdTerm | Operand[] | undefined {
  if (condition.kind === 'comparison') return equalTo(condition, truth, 'interactionId');
  if (condition.kind !== 'in' || condition.negated === truth) return undefined;
  if (!isField(condition.operand, 'interactionId')) return undefined;
  const { set } = condition;
  if (set.kind !== 'name') return membersOf(set, context.environment);
  const known = context.sets.get(set.text);
  if (known === undefined) return { ids: new Set(), names: [set.text] };
  return known.every((id) => isSendable(id, context.profile))
    ? { ids: new Set(known), names: [] }
    : undefined;
}

function equalTo(condition: Comparison, truth: boolean, field: string): Operand[] | undefined {
  const sides = normalised(condition);
  if (sides?.operator !== (truth ? '=' : '!=') || !isField(sides.subject, field)) return undefined;
  return [sides.value];
}

/** The values of a list, or of a parameter that is one. */
export function membersOf(set: InCondition['set'], environment: Environment): Operand[] | undefined {
  if (set.kind === 'missing' || set.kind === 'name') return undefined;
  const list = set.kind === 'list' ? set : environment.parameter(set.name);
  return list?.kind === 'list' ? [...list.items] : undefined;
}

function timeForm(condition: Predicate, truth: boolean, environment: Environment): Normal {
  if (condition.kind === 'in') {
    if (condition.negated === truth || !isField(condition.operand, 'nodeTimestamp')) return UNSAID;
    const members = membersOf(condition.set, environment);
    if (members === undefined || members.length === 0) return UNSAID;
    const { start, end } = condition;
    const operatorSpan = condition.operatorSpan;
    const equals = members.map((right) => {
      const one = { kind: 'comparison', start, end, operatorSpan, operator: '=' } as const;
      return timeForm({ ...one, left: condition.operand, right }, true, environment);
    });
    return join(equals, condition);
  }
  const bounds = truth ? boundsOfCondition(condition, environment) : boundsOfNegation(condition, environment);
  let form = bounds.length === 0 ? UNSAID : EVERYTHING;
  for (const bound of bounds) {
    if (!isEdge(bound)) return UNSAID;
    form = meet([form, bound.side === 'lower' ? { ...form, lower: bound } : { ...form, upper: bound }]);
  }
  return form;
}

/** Whether a normal form leaves no step. */
export function isNothing(form: Normal): boolean {
  return form.empty || form.ids.some(({ ids, names }) => ids.size === 0 && names.length === 0);
}

/** What holds where all of several hold. */
export function meet(forms: readonly Normal[]): Normal {
  let known: IdTerm | undefined;
  const pending: IdTerm[] = [];
  let lower: Edge | undefined;
  let upper: Edge | undefined;
  let errorState: boolean | undefined;
  let empty = false;
  let exact = true;
  for (const form of forms) {
    for (const term of form.ids) {
      if (term.names.length > 0) pending.push(term);
      else if (known === undefined) known = term;
      else known = { ids: intersection(known.ids, term.ids), names: [] };
    }
    lower = tighter(lower, form.lower);
    upper = tighter(upper, form.upper);
    if (form.empty || (errorState !== undefined && form.errorState === !errorState)) empty = true;
    errorState ??= form.errorState;
    exact &&= form.exact;
  }
  if (lower !== undefined && upper !== undefined) {
    const strict = lower.strict || upper.strict;
    if (lower.micros > upper.micros || (lower.micros === upper.micros && strict)) empty = true;
  }
  const ids = known === undefined ? pending : [known, ...pending];
  const form = { ids, lower, upper, errorState, empty, exact };
  return isNothing(form) ? { ...form, exact: true } : form;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  const both = new Set<string>();
  for (const id of a) if (b.has(id)) both.add(id);
  return both;
}

function isTighter(edge: Edge, than: Edge): boolean {
  if (edge.micros === than.micros) return edge.strict && !than.strict;
  return edge.side === 'lower' ? edge.micros > than.micros : edge.micros < than.micros;
}

function tighter(a: Edge | undefined, b: Edge | undefined): Edge | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isTighter(b, a) ? b : a;
}

/** What holds where at least one of several holds, `whole` being the predicate that says so. */
function join(all: readonly Normal[], whole: Predicate): Normal {
  const forms = all.filter((form) => !isNothing(form));
  const [first] = forms;
  if (first === undefined) return NOTHING;
  if (forms.length === 1) return first;
  const ids = unionOf(forms);
  const lower = loosest(forms, 'lower', whole);
  const upper = loosest(forms, 'upper', whole);
  const errorState = forms.every((form) => form.errorState === first.errorState)
    ? first.errorState
    : undefined;
  const hull: Normal = { ids, lower, upper, errorState, empty: false, exact: false };
  return { ...hull, exact: isExact(forms, hull) };
}

/** The ids of all alternatives; nothing where one of them asks for none. Of several terms any one may stand for all. */
function unionOf(forms: readonly Normal[]): readonly IdTerm[] {
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const form of forms) {
    const [term] = form.ids;
    if (term === undefined) return [];
    for (const id of term.ids) ids.add(id);
    for (const name of term.names) names.add(name);
  }
  return [{ ids, names: [...names] }];
}

function loosest(forms: readonly Normal[], side: Bound['side'], whole: Predicate): Edge | undefined {
  let found: Edge | undefined;
  for (const form of forms) {
    const edge = form[side];
    if (edge === undefined) return undefined;
    if (found === undefined || isTighter(found, edge)) found = edge;
  }
  return found === undefined ? undefined : { ...found, origin: 'alternatives', condition: whole };
}

/** Whether the hull of alternatives says all that they say: one says it alone, or they differ in one field. */
function isExact(forms: readonly Normal[], hull: Normal): boolean {
  if (forms.some((form) => form.exact && says(form, hull))) return true;
  const [first] = forms;
  if (first === undefined || !forms.every((form) => form.exact && form.ids.length <= 1)) return false;
  if (!forms.every((form) => form.errorState === first.errorState)) return false;
  const sameTime = forms.every(
    (form) => sameEdge(form.lower, first.lower) && sameEdge(form.upper, first.upper),
  );
  if (sameTime) return hull.ids.length === 1;
  return (
    forms.every((form) => sameIds(form.ids, first.ids)) &&
    // Without a bound left, steps without a time would come as well.
    (hull.lower !== undefined || hull.upper !== undefined) &&
    leaveNoGap(forms)
  );
}

/** Whether a form says no more than the hull. */
function says(form: Normal, hull: Normal): boolean {
  return (
    form.errorState === hull.errorState &&
    sameEdge(form.lower, hull.lower) &&
    sameEdge(form.upper, hull.upper) &&
    sameIds(form.ids, hull.ids)
  );
}

function sameEdge(a: Edge | undefined, b: Edge | undefined): boolean {
  return a?.micros === b?.micros && a?.strict === b?.strict;
}

function sameIds(a: readonly IdTerm[], b: readonly IdTerm[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((term, index) => {
    const other = b[index];
    return (
      term === other ||
      (term.ids.size === other?.ids.size &&
        term.names.length === other.names.length &&
        term.names.every((name) => other.names.includes(name)) &&
        [...term.ids].every((id) => other.ids.has(id)))
    );
  });
}

/** Whether intervals, all of exact forms, make one. */
function leaveNoGap(forms: readonly Normal[]): boolean {
  const ordered = [...forms].sort((a, b) => {
    const [left, right] = [a.lower, b.lower];
    if (left === undefined || right === undefined)
      return Number(left !== undefined) - Number(right !== undefined);
    return left.micros - right.micros || Number(left.strict) - Number(right.strict);
  });
  let reached: Edge | undefined;
  for (const [index, { lower, upper }] of ordered.entries()) {
    if (index > 0 && reached !== undefined && lower !== undefined) {
      if (lower.micros > reached.micros) return false;
      if (lower.micros === reached.micros && lower.strict && reached.strict) return false;
    }
    if (upper === undefined) return true;
    if (reached === undefined || isTighter(reached, upper)) reached = upper;
  }
  return true;
}
