/** Functions and quantifiers. */
import type { ValueType } from './types.ts';

export interface FunctionSpec {
  readonly name: string;
  readonly takes: 'nothing' | 'duration' | 'variable' | 'predicate' | 'predicates';
  readonly result: ValueType;
  /** Asked of all steps of the interaction, not of one step. */
  readonly quantifier: boolean;
  readonly signature: string;
  /** One sentence. */
  readonly text: string;
  /** A condition with it. */
  readonly example: string;
}

function value(
  name: string,
  takes: FunctionSpec['takes'],
  result: ValueType,
  signature: string,
  text: string,
  example: string,
): FunctionSpec {
  return { name, takes, result, quantifier: false, signature, text, example };
}

export const FUNCTIONS: readonly FunctionSpec[] = [
  value(
    'now',
    'nothing',
    'TIMESTAMP',
    'now()',
    'The instant at which the run began.',
    'nodeTimestamp >= now() - 2h',
  ),
  value(
    'today',
    'nothing',
    'TIMESTAMP',
    'today()',
    '00:00 today in the profile’s time zone.',
    'nodeTimestamp >= today()',
  ),
  value(
    'ago',
    'duration',
    'TIMESTAMP',
    'ago(duration)',
    'The start of the run less a duration.',
    'nodeTimestamp >= ago(30m)',
  ),
  value(
    'changed',
    'variable',
    'BOOLEAN',
    'changed(NAME)',
    'The step changed the variable.',
    'changed(priority)',
  ),
  value(
    'added',
    'variable',
    'BOOLEAN',
    'added(NAME)',
    'The step set a variable that was not there.',
    'added(callbackNumber)',
  ),
  value(
    'removed',
    'variable',
    'BOOLEAN',
    'removed(NAME)',
    'The step removed the variable.',
    'removed(queue)',
  ),
  {
    ...value(
      'ANY',
      'predicate',
      'BOOLEAN',
      'ANY(predicate)',
      'At least one step satisfies the predicate.',
      "ANY(nodeId = 'menu' AND errorState)",
    ),
    quantifier: true,
  },
  {
    ...value(
      'NONE',
      'predicate',
      'BOOLEAN',
      'NONE(predicate)',
      'No step satisfies the predicate.',
      "NONE(nodeType = 'AGENT')",
    ),
    quantifier: true,
  },
  {
    ...value(
      'EVERY',
      'predicate',
      'BOOLEAN',
      'EVERY(predicate)',
      'All steps satisfy the predicate.',
      'EVERY(dwell < 5s)',
    ),
    quantifier: true,
  },
  {
    ...value(
      'COUNT',
      'predicate',
      'NUMBER',
      'COUNT(predicate)',
      'How many steps satisfy the predicate.',
      "COUNT(nodeId = 'transfer') >= 3",
    ),
    quantifier: true,
  },
  {
    ...value(
      'SEQUENCE',
      'predicates',
      'BOOLEAN',
      'SEQUENCE(predicate, predicate, …)',
      'Steps satisfy the predicates one after another, not necessarily at once.',
      "SEQUENCE(nodeId = 'auth' AND errorState, nodeId = 'auth' AND NOT errorState)",
    ),
    quantifier: true,
  },
];

const byName = new Map(FUNCTIONS.map((known) => [known.name.toLowerCase(), known]));
// Nearly every name is written as here: then no other spelling of it has to be made.
const bySpelling = new Map(FUNCTIONS.map((known) => [known.name, known]));

/** A function by its name in any case. */
export function functionNamed(name: string): FunctionSpec | undefined {
  return bySpelling.get(name) ?? byName.get(name.toLowerCase());
}
