/** What stands at an offset of a tree: the role that a name, value or sign plays there. */
import { functionNamed } from './functions.ts';
import type { Analysis, Clause, Metric, Operand, Parameter, Predicate, Query } from './tree.ts';
import { partsOf } from './walk.ts';

export type Place =
  /** The beginning of a condition. */
  | { readonly kind: 'condition' }
  /** A value beside an operand: compared with it, a bound of BETWEEN, or an element of a list. */
  | {
      readonly kind: 'value';
      readonly role: 'compared' | 'bound' | 'element';
      readonly beside: Operand;
      /** The lower bound, of the upper one. */
      readonly from?: Operand;
    }
  /** What LIKE or MATCHES takes. */
  | { readonly kind: 'pattern'; readonly operator: 'like' | 'matches'; readonly operand: Operand }
  /** A value of a clause, or of a function's argument. */
  | {
      readonly kind: 'amount';
      readonly role: 'since' | 'until' | 'last' | 'over' | 'limit' | 'offset' | 'top' | 'term' | 'argument';
      /** The beginning of the window, of its end. */
      readonly from?: Operand;
    }
  | { readonly kind: 'optionValue'; readonly option: string }
  | { readonly kind: 'metricValue'; readonly metric: Metric }
  | { readonly kind: 'default'; readonly parameter: Parameter }
  /** What IN takes. */
  | { readonly kind: 'set'; readonly operand: Operand }
  /** A comparison, or the NOT before one, after an operand. */
  | { readonly kind: 'operator'; readonly operand: Operand }
  /** A sign with which an operand goes on as a sum; `beside` is what the operand is compared with. */
  | { readonly kind: 'sign'; readonly operand: Operand; readonly beside: Operand | undefined }
  | { readonly kind: 'metricOperator'; readonly metric: Metric }
  | { readonly kind: 'option' }
  | { readonly kind: 'by' | 'item'; readonly analysis: string }
  /** A part of an analysis. */
  | { readonly kind: 'part'; readonly analysis: string; readonly taken: readonly string[] }
  /** `side` is `before` or `after` where one stands there; `path` what the variable begins with. */
  | { readonly kind: 'variable'; readonly path: readonly string[] }
  | { readonly kind: 'format'; readonly path: string | null }
  | {
      readonly kind:
        | 'orderField'
        | 'analysis'
        | 'metric'
        | 'metricField'
        | 'compareTarget'
        | 'profile'
        | 'type'
        | 'declaration'
        | 'path'
        | 'address'
        | 'title'
        | 'nothing';
    };

interface Placed {
  readonly start: number;
  readonly end: number;
}

/** The role of what begins at an offset; undefined where nothing does. */
export function placeAt(items: readonly (Parameter | Query)[], offset: number): Place | undefined {
  for (const item of items) {
    const found = item.kind === 'parameter' ? inParameter(item, offset) : inQuery(item, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

function begins(node: Placed | null | undefined, offset: number): boolean {
  return node !== null && node !== undefined && node.start === offset && node.end > node.start;
}

function inParameter(parameter: Parameter, offset: number): Place | undefined {
  const { name, type, value } = parameter;
  if (begins(name, offset)) return { kind: 'declaration' };
  if (begins(type, offset)) return { kind: 'type' };
  if (value === null || offset < value.start || offset > value.end) return undefined;
  const inside = value.kind === 'list' && value.items.some((item) => begins(item, offset));
  return begins(value, offset) || inside ? { kind: 'default', parameter } : undefined;
}

function inQuery(query: Query, offset: number): Place | undefined {
  if (begins(query.name, offset)) return { kind: 'declaration' };
  if (begins(query.title, offset)) return { kind: 'title' };
  for (const clause of query.clauses) {
    const found = inClause(clause, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inClause(clause: Clause, offset: number): Place | undefined {
  switch (clause.kind) {
    case 'using':
      return begins(clause.profile, offset) ? { kind: 'profile' } : undefined;
    case 'where':
      return inPredicate(clause.predicate, offset);
    case 'last':
      return begins(clause.amount, offset) ? { kind: 'amount', role: 'last' } : undefined;
    case 'since':
      return (
        inOperand(clause.since, offset, { kind: 'amount', role: 'since' }) ??
        (clause.until === null
          ? undefined
          : inOperand(clause.until, offset, { kind: 'amount', role: 'until', from: clause.since }))
      );
    case 'order':
      return begins(clause.field, offset) ? { kind: 'orderField' } : undefined;
    case 'limit':
    case 'offset':
      return begins(clause.count, offset) ? { kind: 'amount', role: clause.kind } : undefined;
    case 'with':
      for (const option of clause.options) {
        if (begins(option.name, offset)) return { kind: 'option' };
        if (begins(option.value, offset)) return { kind: 'optionValue', option: option.name.text };
      }
      return undefined;
    case 'mask':
      return clause.patterns.some((pattern) => begins(pattern, offset))
        ? { kind: 'variable', path: [] }
        : undefined;
    case 'analyze':
      return first(clause.analyses, (analysis) => inAnalysis(analysis, offset));
    case 'compare':
      return begins(clause.target, offset) ? { kind: 'compareTarget' } : undefined;
    case 'expect':
      for (const expectation of clause.expectations) {
        const { metric, operator, value } = expectation;
        if (begins(metric.name, offset)) return { kind: 'metric' };
        if (begins(metric.argument, offset)) return { kind: 'metricField' };
        if (begins(value, offset)) return { kind: 'metricValue', metric };
        if (operator !== null && offset >= metric.end && offset < expectation.end) {
          return { kind: 'metricOperator', metric };
        }
      }
      return undefined;
    case 'export':
      if (begins(clause.path, offset)) return { kind: 'path' };
      return begins(clause.format, offset) ? { kind: 'format', path: clause.path?.value ?? null } : undefined;
    case 'notify':
      return begins(clause.url, offset) ? { kind: 'address' } : undefined;
  }
}

function first<T>(nodes: readonly T[], find: (node: T) => Place | undefined): Place | undefined {
  for (const node of nodes) {
    const found = find(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inAnalysis(analysis: Analysis, offset: number): Place | undefined {
  if (begins(analysis.name, offset)) return { kind: 'analysis' };
  const name = analysis.name.text.toUpperCase();
  return first(analysis.parts, (part): Place | undefined => {
    if (begins(part.keyword, offset)) {
      const taken = analysis.parts.filter((one) => one !== part).map((one) => one.kind);
      return { kind: 'part', analysis: name, taken };
    }
    switch (part.kind) {
      case 'by':
        return begins(part.name, offset) ? { kind: 'by', analysis: name } : undefined;
      case 'over':
        return begins(part.amount, offset) ? { kind: 'amount', role: 'over' } : undefined;
      case 'top':
        return begins(part.count, offset) ? { kind: 'amount', role: 'top' } : undefined;
      case 'on':
        for (const item of part.items) {
          if (begins(item, offset)) return { kind: 'item', analysis: name };
          // A dotted item has one range: what begins inside it goes on with its path.
          if (item.start < offset && offset < item.end)
            return { kind: 'variable', path: item.path.slice(0, -1) };
        }
        return undefined;
      case 'patterns':
        return part.patterns.some((one) => begins(one, offset)) ? { kind: 'variable', path: [] } : undefined;
    }
  });
}

const CONDITION: Place = { kind: 'condition' };

function inPredicate(predicate: Predicate, offset: number, alone: Place = CONDITION): Place | undefined {
  if (offset < predicate.start || offset > predicate.end) return undefined;
  switch (predicate.kind) {
    case 'or':
    case 'and':
      return first(predicate.operands, (one) => inPredicate(one, offset, alone));
    case 'not':
      return inPredicate(predicate.operand, offset, alone);
    case 'group':
      return inPredicate(predicate.inner, offset, alone);
    case 'comparison': {
      const { left, right, operatorSpan } = predicate;
      if (begins(operatorSpan, offset)) return { kind: 'operator', operand: left };
      return (
        inOperand(left, offset, alone) ??
        inOperand(right, offset, { kind: 'value', role: 'compared', beside: left })
      );
    }
    case 'in': {
      const { set, operand, operatorSpan } = predicate;
      if (isInside(operatorSpan, offset)) return { kind: 'operator', operand };
      if (begins(set, offset)) return { kind: 'set', operand };
      if (set.kind === 'list' && set.items.some((item) => begins(item, offset)))
        return { kind: 'value', role: 'element', beside: operand };
      return inOperand(operand, offset, alone);
    }
    case 'between': {
      const { operand, low, high, operatorSpan } = predicate;
      if (isInside(operatorSpan, offset)) return { kind: 'operator', operand };
      const bound = { kind: 'value', role: 'bound', beside: operand } as const;
      return (
        inOperand(operand, offset, alone) ??
        inOperand(low, offset, bound) ??
        inOperand(high, offset, { ...bound, from: low })
      );
    }
    case 'like':
    case 'matches': {
      const { operand, pattern, operatorSpan, kind } = predicate;
      if (isInside(operatorSpan, offset)) return { kind: 'operator', operand };
      if (begins(pattern, offset)) return { kind: 'pattern', operator: kind, operand };
      return inOperand(operand, offset, alone);
    }
    case 'isNull':
      if (begins(predicate.operatorSpan, offset)) return { kind: 'operator', operand: predicate.operand };
      return inOperand(predicate.operand, offset, alone);
    case 'test':
      return inOperand(predicate.operand, offset, alone);
    case 'missing':
      return undefined;
  }
}

function isInside(span: Placed, offset: number): boolean {
  return span.start <= offset && offset < span.end;
}

/** `place` is what the operand itself is there for. */
function inOperand(operand: Operand, offset: number, place: Place): Place | undefined {
  if (offset < operand.start || offset > operand.end) return undefined;
  switch (operand.kind) {
    case 'field': {
      const at = operand.path.findIndex((part) => begins(part, offset));
      if (at >= 0) return { kind: 'variable', path: operand.path.slice(0, at).map((part) => part.text) };
      break;
    }
    case 'call':
      if (operand.start !== offset)
        return first(operand.args, (argument) => inArgument(operand.name.text, argument, offset));
      break;
    case 'sum': {
      for (const term of operand.terms) {
        if (begins(term.amount, offset)) return { kind: 'amount', role: 'term' };
        if (begins(term, offset)) {
          const beside = place.kind === 'value' ? place.beside : undefined;
          return { kind: 'sign', operand: operand.base, beside };
        }
      }
      return first(partsOf(operand), (part) => inOperand(part, offset, place));
    }
    default:
      break;
  }
  return begins(operand, offset) ? place : undefined;
}

function inArgument(name: string, argument: Predicate, offset: number): Place | undefined {
  switch (functionNamed(name)?.takes) {
    case 'variable': {
      if (argument.kind !== 'test') return { kind: 'nothing' };
      const { operand } = argument;
      const found = inOperand(operand, offset, { kind: 'variable', path: [] });
      // The name of the variable is the first piece of its path here.
      return operand.kind === 'field' && found?.kind === 'variable' && operand.start !== offset
        ? { kind: 'variable', path: [operand.name.text, ...found.path] }
        : found;
    }
    case 'duration':
      return inPredicate(argument, offset, { kind: 'amount', role: 'argument' });
    case 'nothing':
      return inPredicate(argument, offset) === undefined ? undefined : { kind: 'nothing' };
    default:
      return inPredicate(argument, offset);
  }
}
