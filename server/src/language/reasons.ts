/** Why a condition runs here and not at the tenant, in words. */
import { FILTER_FIELDS } from '../protocol/profile.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { quote } from './literals.ts';
import { isSendable, membersOf, type NormalContext, normalForm } from './normal.ts';
import { literalOf } from './resolve.ts';
import { type Operand, type Predicate, ungroup } from './tree.ts';
import { eachChild, partsOf, visit } from './walk.ts';
import { isField, normalised } from './window.ts';

/** So many names stand in a sentence. */
const NAMED = 3;

/** Names in a sentence: `a`, `a and b`, `a, b and 3 more`. */
function listed(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  const shown = names.slice(0, NAMED);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

interface Asked {
  /** Of all steps: quantifiers. */
  readonly quantifiers: readonly string[];
  readonly variables: boolean;
  /** Fields that no tenant filters by. */
  readonly others: readonly string[];
  /** Fields that tenants filter by, and this one does not. */
  readonly unserved: readonly string[];
}

function askedOf(predicate: Predicate, context: NormalContext): Asked {
  const quantifiers: string[] = [];
  const others: string[] = [];
  const unserved: string[] = [];
  const add = (names: string[], name: string) => {
    if (!names.includes(name)) names.push(name);
  };
  let variables = false;
  const lookAt = (operand: Operand) => {
    if (operand.kind === 'call') {
      const spec = functionNamed(operand.name.text);
      if (spec?.quantifier === true) add(quantifiers, spec.name);
      // What stands in changed() is a variable's name, whatever field bears it too.
      if (spec?.takes === 'variable') variables = true;
    }
    for (const part of partsOf(operand)) lookAt(part);
    const field = operand.kind === 'field' ? fieldNamed(operand.name.text) : undefined;
    if (field === undefined) return;
    const known = FILTER_FIELDS.find((name) => name === field.name);
    if (field.variables) variables = true;
    else if (known === undefined) add(others, field.name);
    else if (!context.profile.filterFields.includes(known)) add(unserved, known);
  };
  const look = (one: Predicate) => {
    eachChild(one, look, lookAt);
  };
  look(predicate);
  return { quantifiers, variables, others, unserved };
}

/** Why a condition runs here: a clause that goes on after "because", without a full stop. */
export function whyLocal(condition: Predicate, context: NormalContext): string {
  const { quantifiers, variables, others, unserved } = askedOf(condition, context);
  if (quantifiers.length > 0) return `${listed(quantifiers)} asks all steps of an interaction`;
  if (others.length > 0) return `the tenant cannot filter by ${listed(others)}`;
  if (variables) return 'the tenant cannot filter by workflow variables';
  if (unserved.length > 0) return `this connection cannot filter by ${listed(unserved)}`;
  if (normalForm(condition, true, context).exact) {
    return 'the tenant compares whole milliseconds, and its bounds are inclusive';
  }
  const inner = ungroup(condition);
  if (inner.kind === 'and' || inner.kind === 'or' || inner.kind === 'not') {
    return unsafeId(condition, context) ?? 'the tenant’s filter has no OR between different conditions';
  }
  return unsafeId(inner, context) ?? whyOperator(inner);
}

function whyOperator(condition: Predicate): string {
  const subject =
    'operand' in condition ? condition.operand : 'left' in condition ? condition.left : undefined;
  const name = subject?.kind === 'field' ? fieldNamed(subject.name.text)?.name : undefined;
  switch (name) {
    case 'interactionId':
      return 'the tenant filters interactionId by = and IN alone';
    case 'nodeTimestamp':
      return 'the tenant filters nodeTimestamp by bounds alone';
    case 'errorState':
      return 'the tenant filters errorState by true and false alone';
    default:
      return 'the tenant’s filter has no such condition';
  }
}

/** Names an id that cannot stand in the tenant's filter. */
function unsafeId(predicate: Predicate, context: NormalContext): string | undefined {
  let found: string | undefined;
  const look = (operand: Operand) => {
    const literal = literalOf(operand, context.environment);
    if (literal?.kind === 'string' && !isSendable(literal.value, context.profile)) found ??= literal.value;
  };
  visit(predicate, (inner) => {
    if (inner.kind === 'in' && isField(inner.operand, 'interactionId')) {
      if (inner.set.kind === 'name') {
        found ??= context.sets.get(inner.set.text)?.find((id) => !isSendable(id, context.profile));
      } else for (const item of membersOf(inner.set, context.environment) ?? []) look(item);
    }
    if (inner.kind !== 'comparison') return;
    const sides = normalised(inner);
    if (sides !== undefined && isField(sides.subject, 'interactionId')) look(sides.value);
  });
  if (found === undefined) return undefined;
  return `the id ${quote(found.length > 40 ? `${found.slice(0, 39)}…` : found)} cannot stand in the tenant’s filter`;
}
