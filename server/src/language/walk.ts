/** Walks over trees. */
import type { Operand, ParameterReference, Predicate, Query } from './tree.ts';

/** Predicates directly inside another, and the operands that it compares. */
export function childrenOf(predicate: Predicate): {
  readonly predicates: readonly Predicate[];
  readonly operands: readonly Operand[];
} {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      return { predicates: predicate.operands, operands: [] };
    case 'not':
      return { predicates: [predicate.operand], operands: [] };
    case 'group':
      return { predicates: [predicate.inner], operands: [] };
    case 'comparison':
      return { predicates: [], operands: [predicate.left, predicate.right] };
    case 'in': {
      const { set } = predicate;
      if (set.kind === 'list') return { predicates: [], operands: [predicate.operand, ...set.items] };
      return {
        predicates: [],
        operands: set.kind === 'name' ? [predicate.operand] : [predicate.operand, set],
      };
    }
    case 'between':
      return { predicates: [], operands: [predicate.operand, predicate.low, predicate.high] };
    case 'like':
    case 'matches':
      return { predicates: [], operands: [predicate.operand, predicate.pattern] };
    case 'isNull':
    case 'test':
      return { predicates: [], operands: [predicate.operand] };
    case 'missing':
      return { predicates: [], operands: [] };
  }
}

/** Operands directly inside another. */
export function partsOf(operand: Operand): readonly Operand[] {
  return operand.kind === 'sum' ? [operand.base, ...operand.terms.map((term) => term.amount)] : [];
}

/** Visits a predicate, everything inside it (arguments of calls too), outermost first. */
export function visit(
  predicate: Predicate,
  onPredicate: (predicate: Predicate) => void,
  onOperand: (operand: Operand) => void = () => {},
): void {
  onPredicate(predicate);
  const { predicates, operands } = childrenOf(predicate);
  for (const inner of predicates) visit(inner, onPredicate, onOperand);
  for (const operand of operands) visitOperand(operand, onPredicate, onOperand);
}

/** Visits an operand and everything inside it. */
export function visitOperand(
  operand: Operand,
  onPredicate: (predicate: Predicate) => void,
  onOperand: (operand: Operand) => void,
): void {
  onOperand(operand);
  for (const part of partsOf(operand)) visitOperand(part, onPredicate, onOperand);
  if (operand.kind === 'call') for (const argument of operand.args) visit(argument, onPredicate, onOperand);
}

/** The conditions that all have to hold: the operands of a top-level AND, parentheses undone. */
export function conjuncts(predicate: Predicate): Predicate[] {
  let inner = predicate;
  while (inner.kind === 'group') inner = inner.inner;
  return inner.kind === 'and' ? inner.operands.flatMap(conjuncts) : [inner];
}

/** Every predicate of a query, with the operands of SINCE and UNTIL. */
export function visitQuery(
  query: Query,
  onPredicate: (predicate: Predicate) => void,
  onOperand: (operand: Operand) => void,
): void {
  for (const clause of query.clauses) {
    if (clause.kind === 'where') visit(clause.predicate, onPredicate, onOperand);
    if (clause.kind === 'since') {
      visitOperand(clause.since, onPredicate, onOperand);
      if (clause.until !== null) visitOperand(clause.until, onPredicate, onOperand);
    }
  }
}

/** Names of the queries whose ids a query needs before it can run. */
export function setReferences(
  query: Query,
): { readonly name: string; readonly start: number; readonly end: number }[] {
  const found: { name: string; start: number; end: number }[] = [];
  visitQuery(
    query,
    (predicate) => {
      if (predicate.kind === 'in' && predicate.set.kind === 'name') {
        found.push({ name: predicate.set.text, start: predicate.set.start, end: predicate.set.end });
      }
    },
    () => {},
  );
  return found;
}

/** Every `$name` of a query, in clauses too. */
export function parameterReferences(query: Query): ParameterReference[] {
  const found: ParameterReference[] = [];
  const take = (node: { readonly kind: string } | null) => {
    if (node !== null && isParameter(node)) found.push(node);
  };
  visitQuery(query, () => {}, take);
  for (const clause of query.clauses) {
    if (clause.kind === 'last') take(clause.amount);
    if (clause.kind === 'limit' || clause.kind === 'offset') take(clause.count);
    if (clause.kind === 'with') for (const option of clause.options) take(option.value);
    if (clause.kind === 'expect') for (const expectation of clause.expectations) take(expectation.value);
    if (clause.kind === 'analyze') {
      for (const analysis of clause.analyses) {
        for (const part of analysis.parts) if (part.kind === 'over') take(part.amount);
      }
    }
  }
  return found;
}

function isParameter(node: { readonly kind: string }): node is ParameterReference {
  return node.kind === 'parameterReference';
}
