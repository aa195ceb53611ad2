/** Workflow-execution history, as every room after the tenant sees it. */
import type { Micros } from './instant.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Fields of an interaction and of its steps, by the product's names; beside them are the variables. */
export const STRUCTURE_FIELDS = [
  'interactionId',
  'workflowId',
  'workflowName',
  'nodeId',
  'nodeName',
  'nodeType',
  'startTime',
  'endTime',
  'duration',
  'errorState',
  'outcome',
] as const;
/** Fields of a step that hold a workflow's variables. */
export const VARIABLE_FIELDS = ['variablesBefore', 'variablesAfter'] as const;

/** One visit of a workflow node, in the order of the source (analysis defines the time order). */
export interface Step {
  readonly nodeId: string;
  readonly nodeName: string | null;
  readonly nodeType: string | null;
  readonly startTime: Micros | null;
  readonly endTime: Micros | null;
  /** null where the tenant said nothing. */
  readonly errorState: boolean | null;
  readonly outcome: string | null;
  /** null where the tenant gave none: that is not the same as having no variables. */
  readonly variablesBefore: JsonObject | null;
  readonly variablesAfter: JsonObject | null;
}

/** One interaction with its steps in source order. */
export interface Interaction {
  readonly interactionId: string;
  readonly workflowId: string | null;
  readonly workflowName: string | null;
  readonly steps: readonly Step[];
  /** The record as it came (after masking), unknown fields kept: what the run store and JSON exports write. */
  readonly raw: JsonObject;
}

/** A record that could not be read: set aside with its reason, never dropped silently. */
export interface RejectedRecord {
  /** Position among the records of the source, 0-based. */
  readonly index: number;
  readonly reason: string;
  /** The record as it came (after masking), or the text that could not be parsed (first 200 characters). */
  readonly raw: JsonValue;
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
