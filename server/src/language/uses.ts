/** Types of parameters from what they are used as. */
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import { operandOf } from './resolve.ts';
import type { FieldReference, Operand, Predicate, Query } from './tree.ts';
import type { ParameterType } from './types.ts';
import { visitQuery } from './walk.ts';

/** What parameters are used as in queries, the first use that tells. */
export function typesByUse(queries: readonly Query[]): ReadonlyMap<string, ParameterType> {
  const types = new Map<string, ParameterType>();
  const use = (operand: Operand | null, type: ParameterType | undefined) => {
    if (operand === null || type === undefined) return;
    if (operand.kind === 'parameterReference' && !types.has(operand.name)) types.set(operand.name, type);
    if (operand.kind === 'sum') use(operand.base, type);
  };
  const beside = (a: Operand, b: Operand) => {
    use(a, typeOfOperand(b));
    use(b, typeOfOperand(a));
  };
  const onPredicate = (predicate: Predicate) => {
    switch (predicate.kind) {
      case 'comparison':
        return beside(predicate.left, predicate.right);
      case 'between':
        beside(predicate.operand, predicate.low);
        return beside(predicate.operand, predicate.high);
      case 'in':
        if (predicate.set.kind === 'list')
          for (const item of predicate.set.items) beside(predicate.operand, item);
        if (predicate.set.kind === 'parameterReference') use(predicate.set, 'LIST');
        return;
      case 'like':
      case 'matches':
        return use(predicate.pattern, 'STRING');
      case 'test':
        return use(predicate.operand, 'BOOLEAN');
      default:
        return;
    }
  };
  const onOperand = (operand: Operand) => {
    if (operand.kind === 'sum') for (const term of operand.terms) use(term.amount, 'DURATION');
    if (operand.kind === 'call' && functionNamed(operand.name.text)?.takes === 'duration') {
      use(operandOf(operand.args[0]) ?? null, 'DURATION');
    }
  };
  for (const query of queries) {
    for (const clause of query.clauses) {
      if (clause.kind === 'since') {
        use(clause.since, 'TIMESTAMP');
        use(clause.until, 'TIMESTAMP');
      }
      if (clause.kind === 'last') use(clause.amount, 'DURATION');
      if (
        (clause.kind === 'limit' || clause.kind === 'offset') &&
        clause.count?.kind === 'parameterReference'
      ) {
        use(clause.count, 'NUMBER');
      }
      if (clause.kind === 'with') {
        for (const option of clause.options) use(option.value, optionNamed(option.name.text)?.type);
      }
      if (clause.kind === 'expect') {
        for (const { metric, value } of clause.expectations) {
          use(value, metricNamed(metric.name.text)?.ofField === true ? 'DURATION' : 'NUMBER');
        }
      }
      if (clause.kind === 'analyze') {
        for (const analysis of clause.analyses) {
          for (const part of analysis.parts) if (part.kind === 'over') use(part.amount, 'DURATION');
        }
      }
    }
    // The arguments of ago() would look like conditions standing alone; operands are seen first.
    visitQuery(query, () => {}, onOperand);
    visitQuery(query, onPredicate, () => {});
  }
  return types;
}

function typeOfOperand(operand: Operand): ParameterType | undefined {
  switch (operand.kind) {
    case 'field':
      return typeOfField(operand);
    case 'call': {
      const result = functionNamed(operand.name.text)?.result;
      return result === 'ANY' ? undefined : result;
    }
    case 'sum':
      return typeOfOperand(operand.base);
    case 'number':
      return 'NUMBER';
    case 'duration':
      return 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
      return 'STRING';
    default:
      return undefined;
  }
}

function typeOfField(field: FieldReference): ParameterType | undefined {
  const type = fieldNamed(field.name.text)?.type;
  return type === 'ANY' ? undefined : type;
}
