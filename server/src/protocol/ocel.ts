/** Names that this product puts into OCEL 2.0 logs. */

/** Member of the log that says that its events are steps as this product writes them. */
export const OCEL_MARK = 'cxq:version';

/** Types of objects, and the qualifiers of the relationships to them. */
export const OCEL_OBJECTS = { interaction: 'interaction', node: 'node', workflow: 'workflow' } as const;

/** Attributes of an event, each of them text; one that is missing says that the tenant gave nothing. */
export const OCEL_ATTRIBUTES = {
  /** Place among the steps of the interaction, from 0. */
  sequence: 'sequence',
  startTime: 'startTime',
  endTime: 'endTime',
  nodeName: 'nodeName',
  nodeType: 'nodeType',
  outcome: 'outcome',
  /** `true` or `false`. */
  errorState: 'error',
  /** JSON. */
  variablesBefore: 'variablesBefore',
  variablesAfter: 'variablesAfter',
} as const;

/** Attributes of the object of an interaction. */
export const OCEL_WORKFLOW = { id: 'workflowId', name: 'workflowName' } as const;

/** The id of an object, one for all types: `interaction:a1`, and `interaction 2:a1` where that is taken. */
export function ocelId(type: string, id: string, count = 1): string {
  return `${type}${count === 1 ? '' : ` ${count}`}:${id}`;
}

/** The id within its type. */
export function idOfOcel(type: string, objectId: string): string {
  const rest = objectId.startsWith(type) ? /^(?: \d+)?:(.*)$/s.exec(objectId.slice(type.length)) : null;
  return rest?.[1] ?? objectId;
}
