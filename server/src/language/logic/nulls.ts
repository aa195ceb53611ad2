/** What a predicate is of a step of which nothing is known: where everything is null that can be. */
import { fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import type { Operand, Predicate } from '../tree.ts';

/**
 * Whether a predicate is surely not `truth` of a step with all nulls: a condition that asks of a null is neither true
 * nor false. What is not true there is not always true, and nothing more has to be worked out.
 */
export function isNotOfNulls(predicate: Predicate, truth: boolean): boolean {
  switch (predicate.kind) {
    case 'group':
      return isNotOfNulls(predicate.inner, truth);
    case 'not':
      return isNotOfNulls(predicate.operand, !truth);
    case 'and':
    case 'or':
      return (predicate.kind === 'and') === truth
        ? predicate.operands.some((operand) => isNotOfNulls(operand, truth))
        : predicate.operands.every((operand) => isNotOfNulls(operand, truth));
    case 'comparison':
      return canBeNull(predicate.left) || canBeNull(predicate.right);
    case 'in':
      return predicate.set.kind !== 'name' && canBeNull(predicate.operand);
    case 'between':
    case 'like':
    case 'matches':
    case 'test':
      return canBeNull(predicate.operand);
    case 'isNull':
    case 'missing':
      return false;
  }
}

function canBeNull(operand: Operand): boolean {
  switch (operand.kind) {
    case 'field':
      return fieldNamed(operand.name.text)?.nullable === true;
    case 'call':
      return functionNamed(operand.name.text)?.takes === 'variable';
    case 'sum':
      return canBeNull(operand.base);
    default:
      return false;
  }
}
