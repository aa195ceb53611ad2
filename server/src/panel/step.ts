/** One step in full: its row, its variables, and its text in the record. */
import { deriveSteps, diffVariables } from '../analysis/index.ts';
import {
  type Interaction,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../protocol/history.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { Left } from './left.ts';
import { stepAt, tableRowOf } from './steps.ts';

type StepAnswer = Extract<PanelResponse, { kind: 'step' }>;

/** A record as it is kept, which the store does not hold. */
export interface KeptRecord {
  readonly record: JsonObject;
  /** What was read from it. */
  readonly interaction: Interaction;
  /** Dotted path to its steps. */
  readonly stepsPath: string;
}

/** undefined where the run has no such step, or its record has it no longer. */
export function stepOf(
  left: Left,
  request: RequestOf<'step'>,
  { record, interaction, stepsPath }: KeptRecord,
): StepAnswer | undefined {
  const s = stepAt(left, request);
  const { steps } = deriveSteps(interaction);
  const read = steps[request.sequence]?.step;
  if (s === undefined || read === undefined) return undefined;
  const { variablesBefore, variablesAfter } = read;
  // Where the tenant gave one side alone, that side is shown, and nothing as changed.
  const before = variablesBefore ?? variablesAfter ?? {};
  const after = variablesAfter ?? variablesBefore ?? {};
  const previous = steps[request.sequence - 1]?.step;
  const all = valueAt(record, stepsPath);
  const given = isJsonArray(all) ? all[interaction.steps.indexOf(read)] : undefined;
  return {
    kind: 'step',
    interactionId: request.interactionId,
    steps: steps.length,
    step: tableRowOf(left, s),
    variables: diffVariables(before, after, { same: true }),
    outside:
      previous?.variablesAfter == null || variablesBefore === null
        ? []
        : diffVariables(previous.variablesAfter, variablesBefore),
    raw: JSON.stringify(given ?? read, null, 2),
  };
}

/** The value at a dotted path; a key that itself holds the dots wins over the walk. */
function valueAt(record: JsonObject, path: string): JsonValue | undefined {
  if (Object.hasOwn(record, path)) return record[path];
  let value: JsonValue | undefined = record;
  for (const key of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
