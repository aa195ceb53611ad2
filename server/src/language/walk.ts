/** Walks over trees. */
import type { Operand, ParameterReference, Predicate, Query } from './tree.ts';

/** Calls back for predicates directly inside another, or for the operands that it compares. */
export function eachChild(
  predicate: Predicate,
  onPredicate: (inner: Predicate) => void,
  onOperand: (operand: Operand) => void,
): void {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      for (const operand of predicate.operands) onPredicate(operand);
      return;
    case 'not':
      onPredicate(predicate.operand);
      return;
    case 'group':
      onPredicate(predicate.inner);
      return;
    case 'comparison':
      onOperand(predicate.left);
      onOperand(predicate.right);
      return;
    case 'in': {
      const { set } = predicate;
      onOperand(predicate.operand);
      if (set.kind === 'list') for (const item of set.items) onOperand(item);
      else if (set.kind !== 'name') onOperand(set);
      return;
    }
    case 'between':
      onOperand(predicate.operand);
      onOperand(predicate.low);
      onOperand(predicate.high);
      return;
    case 'like':
    case 'matches':
      onOperand(predicate.operand);
      onOperand(predicate.pattern);
      return;
    case 'isNull':
    case 'test':
      onOperand(predicate.operand);
      return;
    case 'missing':
      return;
  }
}

/** Predicates directly inside another, and the operands that it compares. */
export function childrenOf(predicate: Predicate): {
  readonly predicates: readonly Predicate[];
  readonly operands: readonly Operand[];
} {
  const predicates: Predicate[] = [];
  const operands: Operand[] = [];
  eachChild(
    predicate,
    (inner) => predicates.push(inner),
    (operand) => operands.push(operand),
  );
  return { predicates, operands };
}

const NO_PARTS: readonly Operand[] = [];

/** Operands directly inside another. */
export function partsOf(operand: Operand): readonly Operand[] {
  return operand.kind === 'sum' ? [operand.base, ...operand.terms.map((term) => term.amount)] : NO_PARTS;
}

/** Visits a predicate, everything inside it (arguments of calls too), outermost first. */
export function visit(
  predicate: Predicate,
  onPredicate: (predicate: Predicate) => void,
  onOperand: (operand: Operand) => void = () => {},
): void {
  const inside = (inner: Predicate): void => {
    onPredicate(inner);
    eachChild(inner, inside, within);
  };
  const within = (operand: Operand): void => {
    onOperand(operand);
    if (operand.kind === 'sum') {
      within(operand.base);
      for (const term of operand.terms) within(term.amount);
    } else if (operand.kind === 'call') for (const argument of operand.args) inside(argument);
  };
  inside(predicate);
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
  const all: Predicate[] = [];
  addConjuncts(predicate, all);
  return all;
}

function addConjuncts(predicate: Predicate, all: Predicate[]): void {
  let inner = predicate;
  while (inner.kind === 'group') inner = inner.inner;
  if (inner.kind === 'and') for (const operand of inner.operands) addConjuncts(operand, all);
  else all.push(inner);
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
