/** The fields of interactions and steps. */
import type { ValueType } from './types.ts';

export interface Field {
  readonly name: string;
  readonly type: ValueType;
  readonly of: 'interaction' | 'step';
  /** It can be null, so that a comparison with it can be unknown. */
  readonly nullable: boolean;
  /** `before` and `after`: a variable's name follows. */
  readonly variables: boolean;
  /** One sentence. */
  readonly text: string;
}

function field(name: string, type: ValueType, of: Field['of'], nullable: boolean, text: string): Field {
  return { name, type, of, nullable, variables: false, text };
}

export const FIELDS: readonly Field[] = [
  field('interactionId', 'STRING', 'interaction', false, 'The interaction’s id.'),
  field('workflowId', 'STRING', 'interaction', true, 'Id of the workflow; null where the tenant gives none.'),
  field(
    'workflowName',
    'STRING',
    'interaction',
    true,
    'Name of the workflow; null where the tenant gives none.',
  ),
  field('interactionStart', 'TIMESTAMP', 'interaction', true, 'Start of the first step.'),
  field('interactionEnd', 'TIMESTAMP', 'interaction', true, 'End of the last step.'),
  field('duration', 'DURATION', 'interaction', true, 'End of the interaction less its start.'),
  field('stepCount', 'NUMBER', 'interaction', false, 'How many steps the interaction has.'),
  field('errorCount', 'NUMBER', 'interaction', false, 'How many of its steps are in error.'),
  field('nodeTimestamp', 'TIMESTAMP', 'step', true, 'The step’s start; the tenant filters by this name.'),
  field('startTime', 'TIMESTAMP', 'step', true, 'The step’s start.'),
  field('endTime', 'TIMESTAMP', 'step', true, 'The step’s end; null where the tenant gives none.'),
  field('open', 'BOOLEAN', 'step', false, 'The last step, without an end: it still runs.'),
  field('elapsed', 'DURATION', 'step', true, 'The dwell; for an open step, now less its start.'),
  field('isLast', 'BOOLEAN', 'step', false, 'The last step in time order.'),
  field('nodeId', 'STRING', 'step', false, 'Id of the workflow’s node.'),
  field('nodeName', 'STRING', 'step', true, 'Name of the workflow’s node.'),
  field('nodeType', 'STRING', 'step', true, 'Type of the node, such as DECISION or ROUTING.'),
  field('outcome', 'STRING', 'step', true, 'What the node decided.'),
  field('sequence', 'NUMBER', 'step', false, '0 for the first step in time order.'),
  field('dwell', 'DURATION', 'step', true, 'How long the step took.'),
  field('wait', 'DURATION', 'step', true, 'Time between the latest end before and this step’s start.'),
  field(
    'errorState',
    'BOOLEAN',
    'step',
    true,
    'Whether the step is in error; null where the tenant says nothing.',
  ),
  {
    ...field('before', 'ANY', 'step', true, 'A workflow variable before the step: before.NAME.'),
    variables: true,
  },
  {
    ...field('after', 'ANY', 'step', true, 'A workflow variable after the step: after.NAME.'),
    variables: true,
  },
];

const byName = new Map(FIELDS.map((known) => [known.name.toLowerCase(), known]));
// Nearly every name is written as here: then no other spelling of it has to be made.
const bySpelling = new Map(FIELDS.map((known) => [known.name, known]));

/** A field by its name in any case. */
export function fieldNamed(name: string): Field | undefined {
  return bySpelling.get(name) ?? byName.get(name.toLowerCase());
}

/** What ORDER BY takes: the tenant sorts by the first, the others are sorted here. */
export const ORDER_FIELDS: readonly string[] = [
  'nodeTimestamp',
  ...FIELDS.filter((known) => known.of === 'interaction').map((known) => known.name),
];
