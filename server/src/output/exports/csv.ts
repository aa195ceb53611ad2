/** CSV after RFC 4180: one row a step, in time order. */
import { stringify } from 'csv-stringify/sync';
import { neutralise } from '../../protocol/formula.ts';
import type { JsonObject } from '../../protocol/history.ts';
import { formatInstant, type Micros, toSeconds } from '../../protocol/instant.ts';
import type { ExportInteraction } from './item.ts';

/** The columns, in order: first those that process-mining tools look for. */
export const CSV_COLUMNS = [
  'case_id',
  'activity',
  'start_timestamp',
  'timestamp',
  'node_name',
  'node_type',
  'outcome',
  'error',
  'dwell_s',
  'wait_s',
  'sequence',
  'workflow_id',
  'workflow_name',
  'variables_before',
  'variables_after',
] as const;

type Cell = string | number | null;

const OPTIONS = {
  record_delimiter: 'windows',
  quote_record_delimiter: true,
  // Empty text is written "", so that a reader can tell it from no value.
  quoted_match: /^$/,
} as const;

export function csvHeader(): string {
  return stringify([[...CSV_COLUMNS]], OPTIONS);
}

export function csvRows({ interaction, steps }: ExportInteraction): string {
  const rows = steps.map(({ step, sequence, dwell, wait }): Cell[] => [
    text(interaction.interactionId),
    text(step.nodeId),
    instant(step.startTime),
    instant(step.endTime),
    text(step.nodeName),
    text(step.nodeType),
    text(step.outcome),
    step.errorState === null ? null : String(step.errorState),
    seconds(dwell),
    seconds(wait),
    sequence,
    text(interaction.workflowId),
    text(interaction.workflowName),
    variables(step.variablesBefore),
    variables(step.variablesAfter),
  ]);
  return stringify(rows, OPTIONS);
}

function text(value: string | null): Cell {
  return value === null ? null : neutralise(value);
}

/** No cell where the tenant gave none: `{}` says that there were none. */
function variables(values: JsonObject | null): Cell {
  return values === null ? null : JSON.stringify(values);
}

function instant(value: Micros | null): Cell {
  return value === null ? null : formatInstant(value);
}

function seconds(value: Micros | null): Cell {
  return value === null ? null : toSeconds(value);
}
