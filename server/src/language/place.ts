/** What stands at an offset of a tree: the role that a name or string plays there. */
import type { Clause, Operand, Parameter, Predicate, Query } from './tree.ts';
import { childrenOf, partsOf } from './walk.ts';

export type Place =
  /** A field, function or value; `beside` is what it is compared with. */
  | { readonly kind: 'operand'; readonly beside: Operand | undefined }
  /** A comparison sign, after an operand. */
  | { readonly kind: 'operator'; readonly operand: Operand }
  | { readonly kind: 'option'; readonly taken: readonly string[] }
  | { readonly kind: 'optionValue'; readonly option: string }
  | { readonly kind: 'by' | 'item'; readonly analysis: string }
  /** A part of an analysis. */
  | { readonly kind: 'part'; readonly analysis: string; readonly taken: readonly string[] }
  | {
      readonly kind:
        | 'variable'
        | 'set'
        | 'orderField'
        | 'analysis'
        | 'metric'
        | 'metricField'
        | 'format'
        | 'compareTarget'
        | 'profile'
        | 'type'
        | 'declaration'
        | 'text';
    };

/** The role of what begins at an offset; undefined where nothing does. */
export function placeAt(items: readonly (Parameter | Query)[], offset: number): Place | undefined {
  for (const item of items) {
    const found = item.kind === 'parameter' ? inParameter(item, offset) : inQuery(item, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

function begins(node: { readonly start: number; readonly end: number } | null, offset: number): boolean {
  return node !== null && node.start === offset && node.end > node.start;
}

function inParameter(parameter: Parameter, offset: number): Place | undefined {
  if (begins(parameter.name, offset)) return { kind: 'declaration' };
  if (begins(parameter.type, offset)) return { kind: 'type' };
  return parameter.value !== null && begins(parameter.value, offset) ? { kind: 'text' } : undefined;
}

function inQuery(query: Query, offset: number): Place | undefined {
  if (begins(query.name, offset)) return { kind: 'declaration' };
  if (begins(query.title, offset)) return { kind: 'text' };
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
    case 'since':
      return (
        inOperand(clause.since, offset) ??
        (clause.until === null ? undefined : inOperand(clause.until, offset))
      );
    case 'order':
      return begins(clause.field, offset) ? { kind: 'orderField' } : undefined;
    case 'with': {
      const taken = clause.options.flatMap((option) => (begins(option, offset) ? [] : [option.name.text]));
      for (const option of clause.options) {
        if (begins(option.name, offset)) return { kind: 'option', taken };
        if (begins(option.value, offset)) return { kind: 'optionValue', option: option.name.text };
      }
      return undefined;
    }
    case 'mask':
      return clause.patterns.some((pattern) => begins(pattern, offset)) ? { kind: 'variable' } : undefined;
    case 'analyze':
      for (const analysis of clause.analyses) {
        if (begins(analysis.name, offset)) return { kind: 'analysis' };
        const name = analysis.name.text.toUpperCase();
        for (const part of analysis.parts) {
          if (begins(part.keyword, offset)) {
            const taken = analysis.parts.filter((one) => one !== part).map((one) => one.kind);
            return { kind: 'part', analysis: name, taken };
          }
          if (part.kind === 'by' && begins(part.name, offset)) return { kind: 'by', analysis: name };
          if (part.kind === 'on' && part.items.some((item) => begins(item, offset))) {
            return { kind: 'item', analysis: name };
          }
          if (part.kind === 'patterns' && part.patterns.some((one) => begins(one, offset)))
            return { kind: 'variable' };
        }
      }
      return undefined;
    case 'compare':
      return begins(clause.target, offset) ? { kind: 'compareTarget' } : undefined;
    case 'expect':
      for (const { metric } of clause.expectations) {
        if (begins(metric.name, offset)) return { kind: 'metric' };
        if (begins(metric.argument, offset)) return { kind: 'metricField' };
      }
      return undefined;
    case 'export':
      if (begins(clause.path, offset)) return { kind: 'text' };
      return begins(clause.format, offset) ? { kind: 'format' } : undefined;
    case 'notify':
      return begins(clause.url, offset) ? { kind: 'text' } : undefined;
    default:
      return undefined;
  }
}

function inPredicate(predicate: Predicate, offset: number): Place | undefined {
  if (offset < predicate.start || offset > predicate.end) return undefined;
  switch (predicate.kind) {
    case 'comparison':
      if (begins(predicate.operatorSpan, offset)) return { kind: 'operator', operand: predicate.left };
      return inOperand(predicate.left, offset) ?? inOperand(predicate.right, offset, predicate.left);
    case 'in': {
      const { set } = predicate;
      if (begins(set, offset) && set.kind === 'name') return { kind: 'set' };
      const items = set.kind === 'list' ? set.items : [];
      for (const item of items)
        if (begins(item, offset)) return { kind: 'operand', beside: predicate.operand };
      return inOperand(predicate.operand, offset);
    }
    case 'between':
      return (
        inOperand(predicate.operand, offset) ??
        inOperand(predicate.low, offset, predicate.operand) ??
        inOperand(predicate.high, offset, predicate.operand)
      );
    case 'like':
    case 'matches':
      return begins(predicate.pattern, offset) ? { kind: 'text' } : inOperand(predicate.operand, offset);
    default: {
      const { predicates, operands } = childrenOf(predicate);
      for (const inner of predicates) {
        const found = inPredicate(inner, offset);
        if (found !== undefined) return found;
      }
      for (const operand of operands) {
        const found = inOperand(operand, offset);
        if (found !== undefined) return found;
      }
      return undefined;
    }
  }
}

function inOperand(operand: Operand, offset: number, beside?: Operand): Place | undefined {
  if (offset < operand.start || offset > operand.end) return undefined;
  if (operand.kind === 'field' && operand.path.some((part) => begins(part, offset)))
    return { kind: 'variable' };
  if (operand.kind === 'call' && operand.start !== offset) {
    const variables = ['changed', 'added', 'removed'].includes(operand.name.text.toLowerCase());
    for (const argument of operand.args) {
      const found = inPredicate(argument, offset);
      if (found !== undefined) return variables ? { kind: 'variable' } : found;
    }
    return undefined;
  }
  for (const part of partsOf(operand)) {
    const found = inOperand(part, offset, beside);
    if (found !== undefined) return found;
  }
  return begins(operand, offset) ? { kind: 'operand', beside } : undefined;
}
