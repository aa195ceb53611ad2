/**
 * OCEL 2.0 in JSON: an event a step, related to the interaction and the node that it belongs to. Values of attributes
 * are texts, as the schema has them. Events come first, for they are many: of what the file has to say behind them
 * only ids and names are held meanwhile.
 */
import type { JsonObject, Step } from '../../protocol/history.ts';
import { formatInstant, type Micros } from '../../protocol/instant.ts';
import { OCEL_ATTRIBUTES, OCEL_MARK, OCEL_OBJECTS, OCEL_WORKFLOW, ocelId } from '../../protocol/ocel.ts';
import type { ExportInteraction, ExportStep } from './item.ts';

/** Known from the beginning on: what an attribute of an object that never changes has as its time. */
const ALWAYS = formatInstant(0);

interface HeldInteraction {
  readonly objectId: string;
  readonly workflowId: string | null;
  readonly workflowName: string | null;
}

interface HeldNode {
  readonly name: string | null;
  readonly type: string | null;
}

export class OcelWriter {
  readonly head = `{\n"${OCEL_MARK}": "1",\n"events": [`;
  readonly #interactions: HeldInteraction[] = [];
  readonly #counts = new Map<string, number>();
  readonly #nodes = new Map<string, HeldNode>();
  readonly #workflows = new Map<string, string | null>();
  #events = 0;

  /** The events of an interaction. */
  item({ interaction, steps }: ExportInteraction): string {
    const { interactionId, workflowId, workflowName } = interaction;
    const count = (this.#counts.get(interactionId) ?? 0) + 1;
    this.#counts.set(interactionId, count);
    const objectId = ocelId(OCEL_OBJECTS.interaction, interactionId, count);
    this.#interactions.push({ objectId, workflowId, workflowName });
    if (workflowId !== null) {
      this.#workflows.set(workflowId, this.#workflows.get(workflowId) ?? workflowName);
    }
    let text = '';
    let last: Micros = 0;
    for (const exported of steps) {
      const { step } = exported;
      // Every event has a time. Which of them the tenant gave, the attributes say.
      last = step.startTime ?? step.endTime ?? last;
      text += `${this.#events === 0 ? '' : ','}\n${JSON.stringify(eventOf(objectId, exported, last))}`;
      this.#events += 1;
      const known = this.#nodes.get(step.nodeId);
      if (known === undefined || known.name === null || known.type === null) {
        this.#nodes.set(step.nodeId, {
          name: known?.name ?? step.nodeName,
          type: known?.type ?? step.nodeType,
        });
      }
    }
    return text;
  }

  /** What stands behind the events: the objects, and the types of both. */
  *tail(): Generator<string, void, undefined> {
    yield '\n],\n"objects": [';
    let isFirst = true;
    for (const object of this.#objects()) {
      yield `${isFirst ? '' : ','}\n${JSON.stringify(object)}`;
      isFirst = false;
    }
    const text = (name: string): JsonObject => ({ name, type: 'string' });
    const types = [
      { name: OCEL_OBJECTS.interaction, attributes: Object.values(OCEL_WORKFLOW).map(text) },
      { name: OCEL_OBJECTS.node, attributes: ['name', 'type'].map(text) },
      { name: OCEL_OBJECTS.workflow, attributes: [text('name')] },
    ];
    yield `\n],\n"objectTypes": ${JSON.stringify(types)},\n"eventTypes": [`;
    isFirst = true;
    const attributes = Object.values(OCEL_ATTRIBUTES).map(text);
    for (const name of this.#nodes.keys()) {
      yield `${isFirst ? '' : ','}\n${JSON.stringify({ name, attributes })}`;
      isFirst = false;
    }
    yield '\n]\n}\n';
  }

  *#objects(): Generator<JsonObject, void, undefined> {
    for (const { objectId, workflowId, workflowName } of this.#interactions) {
      yield {
        id: objectId,
        type: OCEL_OBJECTS.interaction,
        attributes: always([
          [OCEL_WORKFLOW.id, workflowId],
          [OCEL_WORKFLOW.name, workflowName],
        ]),
        relationships: workflowId === null ? [] : [related(OCEL_OBJECTS.workflow, workflowId)],
      };
    }
    for (const [nodeId, { name, type }] of this.#nodes) {
      const attributes = always([
        ['name', name],
        ['type', type],
      ]);
      yield { id: ocelId(OCEL_OBJECTS.node, nodeId), type: OCEL_OBJECTS.node, attributes };
    }
    for (const [workflowId, name] of this.#workflows) {
      const id = ocelId(OCEL_OBJECTS.workflow, workflowId);
      yield { id, type: OCEL_OBJECTS.workflow, attributes: always([['name', name]]) };
    }
  }
}

function eventOf(objectId: string, { step, sequence }: ExportStep, time: Micros): JsonObject {
  return {
    id: `${objectId}/${sequence}`,
    type: step.nodeId,
    time: formatInstant(time),
    attributes: attributesOf(step, sequence),
    relationships: [
      { objectId, qualifier: OCEL_OBJECTS.interaction },
      related(OCEL_OBJECTS.node, step.nodeId),
    ],
  };
}

function attributesOf(step: Step, sequence: number): JsonObject[] {
  const instant = (value: Micros | null): string | null => (value === null ? null : formatInstant(value));
  const json = (values: JsonObject | null): string | null =>
    values === null ? null : JSON.stringify(values);
  const names = OCEL_ATTRIBUTES;
  const values: readonly (readonly [string, string | null])[] = [
    [names.sequence, String(sequence)],
    [names.startTime, instant(step.startTime)],
    [names.endTime, instant(step.endTime)],
    [names.nodeName, step.nodeName],
    [names.nodeType, step.nodeType],
    [names.outcome, step.outcome],
    [names.errorState, step.errorState === null ? null : String(step.errorState)],
    [names.variablesBefore, json(step.variablesBefore)],
    [names.variablesAfter, json(step.variablesAfter)],
  ];
  return values.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function related(type: string, id: string): JsonObject {
  return { objectId: ocelId(type, id), qualifier: type };
}

function always(values: readonly (readonly [string, string | null])[]): JsonObject[] {
  return values.flatMap(([name, value]) => (value === null ? [] : [{ name, value, time: ALWAYS }]));
}
