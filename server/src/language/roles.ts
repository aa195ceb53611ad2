/**
 * What each word of an item means where it stands: the one walk that hovers and semantic tokens share. Later roles are
 * narrower than those before them that hold them.
 */
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import type { DateEdge } from './literals.ts';
import type {
  Analysis,
  BetweenCondition,
  Call,
  Clause,
  Condition,
  DurationLiteral,
  Expectation,
  ExportClause,
  FieldReference,
  Name,
  Operand,
  Parameter,
  ParameterReference,
  Pattern,
  Predicate,
  Query,
  Scalar,
  Span,
  StringLiteral,
  WithOption,
} from './tree.ts';
import { FLIPPED, isConstant } from './window.ts';

/** What an instant is there for: the edge that a date alone means, and the side of the window that it bounds. */
export interface InstantUse {
  readonly edge: DateEdge;
  readonly side: 'lower' | 'upper' | undefined;
}

export type Role =
  | { readonly kind: 'header'; readonly query: Query }
  | { readonly kind: 'queryName'; readonly query: Query; readonly name: Name }
  | { readonly kind: 'title'; readonly query: Query }
  | { readonly kind: 'parameterWord'; readonly parameter: Parameter }
  | { readonly kind: 'parameterName'; readonly parameter: Parameter }
  | { readonly kind: 'type'; readonly name: Name }
  | { readonly kind: 'reference'; readonly reference: ParameterReference }
  | { readonly kind: 'clause'; readonly clause: Clause; readonly query: Query }
  | { readonly kind: 'queryReference' | 'previous'; readonly name: Name; readonly query: Query }
  | { readonly kind: 'profile'; readonly id: string }
  | { readonly kind: 'field'; readonly field: FieldReference }
  | { readonly kind: 'fieldName'; readonly name: Name; readonly place: 'order' | 'metric' | 'by' }
  | { readonly kind: 'variable'; readonly path: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'function'; readonly call: Call }
  | { readonly kind: 'operator'; readonly condition: Condition }
  | { readonly kind: 'betweenAnd'; readonly condition: BetweenCondition }
  | { readonly kind: 'like' | 'regexp'; readonly text: StringLiteral }
  | { readonly kind: 'instant'; readonly operand: Operand; readonly use: InstantUse }
  | { readonly kind: 'duration'; readonly literal: DurationLiteral }
  | { readonly kind: 'lastAmount'; readonly operand: DurationLiteral | ParameterReference }
  | { readonly kind: 'option'; readonly option: WithOption }
  | { readonly kind: 'optionValue'; readonly option: WithOption }
  | { readonly kind: 'analysis' | 'part' | 'bucket' | 'nodeType'; readonly analysis: Analysis }
  | { readonly kind: 'metric'; readonly expectation: Expectation }
  | { readonly kind: 'format'; readonly name: Name }
  | { readonly kind: 'path'; readonly clause: ExportClause }
  | { readonly kind: 'address'; readonly url: StringLiteral };

export type OnRole = (span: Span, role: Role) => void;

const NO_USE: InstantUse = { edge: 'start', side: undefined };

/** Calls back for every word of an item that means something, and for the constants that are instants. */
export function rolesOf(item: Parameter | Query, add: OnRole): void {
  if (item.kind === 'parameter') {
    add(item.keyword, { kind: 'parameterWord', parameter: item });
    if (item.name !== null) add(item.name, { kind: 'parameterName', parameter: item });
    if (item.type !== null) add(item.type, { kind: 'type', name: item.type });
    parameterValue(item, add);
    return;
  }
  if (item.keyword !== null) add(item.keyword, { kind: 'header', query: item });
  if (item.name !== null) add(item.name, { kind: 'queryName', query: item, name: item.name });
  if (item.title !== null) add(item.title, { kind: 'title', query: item });
  for (const clause of item.clauses) {
    if (clause.keyword.end > clause.keyword.start)
      add(clause.keyword, { kind: 'clause', clause, query: item });
    clauseRoles(clause, item, add);
  }
}

function parameterValue(parameter: Parameter, add: OnRole): void {
  const { value } = parameter;
  if (value === null) return;
  if (value.kind === 'list') for (const element of value.items) scalarRole(element, add);
  else if (value.kind === 'string' && parameter.type?.text.toUpperCase() === 'TIMESTAMP')
    add(value, { kind: 'instant', operand: value, use: NO_USE });
  else scalarRole(value, add);
}

function scalarRole(value: Scalar | null, add: OnRole): void {
  if (value?.kind === 'duration') add(value, { kind: 'duration', literal: value });
  if (value?.kind === 'parameterReference') add(value, { kind: 'reference', reference: value });
}

function clauseRoles(clause: Clause, query: Query, add: OnRole): void {
  switch (clause.kind) {
    case 'using':
      if (clause.profile !== null) {
        const id = clause.profile.kind === 'name' ? clause.profile.text : clause.profile.value;
        add(clause.profile, { kind: 'profile', id });
      }
      return;
    case 'where':
      predicateRoles(clause.predicate, query, add);
      return;
    case 'last':
      if (clause.amount !== null) {
        add(clause.amount, { kind: 'lastAmount', operand: clause.amount });
        scalarRole(clause.amount, add);
      }
      return;
    case 'since':
      instantRoles(clause.since, { edge: 'start', side: 'lower' }, query, add);
      if (clause.until !== null) instantRoles(clause.until, { edge: 'end', side: 'upper' }, query, add);
      return;
    case 'order':
      if (clause.field !== null) add(clause.field, { kind: 'fieldName', name: clause.field, place: 'order' });
      return;
    case 'limit':
    case 'offset':
      if (clause.count?.kind === 'parameterReference') scalarRole(clause.count, add);
      return;
    case 'with':
      for (const option of clause.options) {
        add(option.name, { kind: 'option', option });
        if (option.value !== null) add(option.value, { kind: 'optionValue', option });
        scalarRole(option.value, add);
      }
      return;
    case 'mask':
      for (const pattern of clause.patterns) add(pattern, { kind: 'pattern', pattern });
      return;
    case 'analyze':
      for (const analysis of clause.analyses) analysisRoles(analysis, add);
      return;
    case 'compare':
      if (clause.target !== null) {
        const previous = !clause.target.quoted && clause.target.text.toUpperCase() === 'PREVIOUS';
        add(clause.target, { kind: previous ? 'previous' : 'queryReference', name: clause.target, query });
      }
      return;
    case 'expect':
      for (const expectation of clause.expectations) {
        const { metric, value } = expectation;
        add(metric.name, { kind: 'metric', expectation });
        if (metric.argument !== null)
          add(metric.argument, { kind: 'fieldName', name: metric.argument, place: 'metric' });
        scalarRole(value, add);
      }
      return;
    case 'export':
      if (clause.path !== null) add(clause.path, { kind: 'path', clause });
      if (clause.format !== null) add(clause.format, { kind: 'format', name: clause.format });
      return;
    case 'notify':
      if (clause.url !== null) add(clause.url, { kind: 'address', url: clause.url });
      return;
  }
}

function analysisRoles(analysis: Analysis, add: OnRole): void {
  add(analysis.name, { kind: 'analysis', analysis });
  const variables = analysis.name.text.toUpperCase() === 'DECISIONS';
  for (const part of analysis.parts) {
    if (part.kind !== 'patterns') add(part.keyword, { kind: 'part', analysis });
    if (part.kind === 'over') scalarRole(part.amount, add);
    if (part.kind === 'patterns')
      for (const pattern of part.patterns) add(pattern, { kind: 'pattern', pattern });
    if (part.kind === 'on') {
      for (const item of part.items)
        add(item, variables ? { kind: 'variable', path: item.path } : { kind: 'nodeType', analysis });
    }
    if (part.kind === 'by' && part.name !== null) {
      const field = fieldNamed(part.name.text);
      add(
        part.name,
        field === undefined
          ? { kind: 'bucket', analysis }
          : { kind: 'fieldName', name: part.name, place: 'by' },
      );
    }
  }
}

function predicateRoles(predicate: Predicate, query: Query, add: OnRole): void {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      for (const inner of predicate.operands) predicateRoles(inner, query, add);
      return;
    case 'not':
      predicateRoles(predicate.operand, query, add);
      return;
    case 'group':
      predicateRoles(predicate.inner, query, add);
      return;
    case 'comparison': {
      const { left, right, operator } = predicate;
      add(predicate.operatorSpan, { kind: 'operator', condition: predicate });
      besideRoles(left, right, useOf(FLIPPED[operator]), query, add);
      besideRoles(right, left, useOf(operator), query, add);
      return;
    }
    case 'in': {
      const { set } = predicate;
      add(predicate.operatorSpan, { kind: 'operator', condition: predicate });
      operandRoles(predicate.operand, query, add);
      if (set.kind === 'name') add(set, { kind: 'queryReference', name: set, query });
      if (set.kind === 'parameterReference') scalarRole(set, add);
      if (set.kind === 'list')
        for (const item of set.items) besideRoles(item, predicate.operand, NO_USE, query, add);
      return;
    }
    case 'between':
      add(predicate.operatorSpan, { kind: 'operator', condition: predicate });
      add(
        { start: predicate.low.end, end: predicate.high.start },
        { kind: 'betweenAnd', condition: predicate },
      );
      operandRoles(predicate.operand, query, add);
      besideRoles(predicate.low, predicate.operand, { edge: 'start', side: 'lower' }, query, add);
      besideRoles(predicate.high, predicate.operand, { edge: 'end', side: 'upper' }, query, add);
      return;
    case 'like':
    case 'matches':
      add(predicate.operatorSpan, { kind: 'operator', condition: predicate });
      operandRoles(predicate.operand, query, add);
      if (predicate.pattern.kind === 'string')
        add(predicate.pattern, {
          kind: predicate.kind === 'like' ? 'like' : 'regexp',
          text: predicate.pattern,
        });
      if (predicate.pattern.kind === 'parameterReference') scalarRole(predicate.pattern, add);
      return;
    case 'isNull':
      add(predicate.operatorSpan, { kind: 'operator', condition: predicate });
      operandRoles(predicate.operand, query, add);
      return;
    case 'test':
      operandRoles(predicate.operand, query, add);
      return;
    case 'missing':
      return;
  }
}

/** A date alone on the upper side means its end, as where it is evaluated. */
function useOf(operator: string): InstantUse {
  if (operator.startsWith('<')) return { edge: 'end', side: 'upper' };
  return operator.startsWith('>') ? { edge: 'start', side: 'lower' } : NO_USE;
}

/** An operand whose text is an instant where the operand beside it is one. */
function besideRoles(operand: Operand, beside: Operand, use: InstantUse, query: Query, add: OnRole): void {
  if (isTimestamp(beside) && isConstant(operand)) instantRoles(operand, use, query, add);
  else operandRoles(operand, query, add);
}

function isTimestamp(operand: Operand): boolean {
  switch (operand.kind) {
    case 'field':
      return operand.path.length === 0 && fieldNamed(operand.name.text)?.type === 'TIMESTAMP';
    case 'call':
      return functionNamed(operand.name.text)?.result === 'TIMESTAMP';
    case 'sum':
      return isTimestamp(operand.base);
    default:
      return false;
  }
}

function instantRoles(operand: Operand, use: InstantUse, query: Query, add: OnRole): void {
  if (operand.kind === 'missing') return;
  add(operand, { kind: 'instant', operand, use });
  if (operand.kind === 'sum') {
    sumRoles(operand, query, add);
    if (operand.base.kind === 'string')
      add(operand.base, { kind: 'instant', operand: operand.base, use: NO_USE });
  } else operandRoles(operand, query, add, true);
}

function sumRoles(sum: Extract<Operand, { kind: 'sum' }>, query: Query, add: OnRole): void {
  operandRoles(sum.base, query, add);
  for (const { amount } of sum.terms) if (amount.kind !== 'missing') scalarRole(amount, add);
}

function operandRoles(operand: Operand, query: Query, add: OnRole, known = false): void {
  switch (operand.kind) {
    case 'duration':
    case 'parameterReference':
      scalarRole(operand, add);
      return;
    case 'field': {
      add(operand, { kind: 'field', field: operand });
      return;
    }
    case 'call': {
      const spec = functionNamed(operand.name.text);
      if (!known && spec?.result === 'TIMESTAMP') add(operand, { kind: 'instant', operand, use: NO_USE });
      add(operand.name, { kind: 'function', call: operand });
      for (const argument of operand.args) argumentRoles(argument, spec?.takes === 'variable', query, add);
      return;
    }
    case 'sum':
      if (!known && isTimestamp(operand)) add(operand, { kind: 'instant', operand, use: NO_USE });
      sumRoles(operand, query, add);
      return;
    default:
      return;
  }
}

function argumentRoles(argument: Predicate, variable: boolean, query: Query, add: OnRole): void {
  if (!variable || argument.kind !== 'test') {
    predicateRoles(argument, query, add);
    return;
  }
  const { operand } = argument;
  if (operand.kind === 'field') {
    const path = [operand.name.text, ...operand.path.map((part) => part.text)];
    add(operand, { kind: 'variable', path });
  } else if (operand.kind === 'string') add(operand, { kind: 'variable', path: [operand.value] });
  else operandRoles(operand, query, add);
}
