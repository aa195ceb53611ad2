/** Steps and interactions as the panel shows them. */
import type { DerivedInteraction, DerivedStep } from '../analysis/index.ts';
import type { Interaction } from '../protocol/history.ts';
import { formatInstant, type Micros, toSeconds } from '../protocol/instant.ts';
import type { PanelRequest, TableRow } from '../protocol/panel.ts';

/** A step with what the panel says of it. */
export interface ShownStep {
  readonly derived: DerivedStep;
  readonly bottleneck: boolean;
  readonly matching: boolean;
}

/** An interaction with its steps in time order. */
export interface ShownInteraction {
  /** Its id; of several records with one id each has its own: `a1`, `a1 (2)`. */
  readonly id: string;
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
  readonly steps: readonly ShownStep[];
  readonly bottlenecks: number;
}

export const instantOf = (micros: Micros | null): string | null =>
  micros === null ? null : formatInstant(micros);
export const secondsOf = (micros: Micros | null): number | null =>
  micros === null ? null : toSeconds(micros);

/** Which rows a view asks for. */
export type Only = Extract<PanelRequest, { kind: 'timeline' }>['only'];

/** Whether a step is among those that a filter leaves. */
export function isShown(step: ShownStep, only: Only): boolean {
  if (only === 'all') return true;
  if (only === 'bottlenecks') return step.bottleneck;
  return only === 'errors' ? step.derived.step.errorState === true : step.matching;
}

/** What the views tell apart by colour and shape. */
export function flagsOf({
  derived,
  bottleneck,
  matching,
}: ShownStep): Pick<TableRow, 'bottleneck' | 'error' | 'matching' | 'open'> {
  return { bottleneck, error: derived.step.errorState === true, matching, open: derived.open };
}

/** One row of the table. */
export function tableRow(owner: ShownInteraction, step: ShownStep): TableRow {
  const { derived } = step;
  return {
    interactionId: owner.id,
    sequence: derived.sequence,
    nodeId: derived.step.nodeId,
    nodeName: derived.step.nodeName,
    nodeType: derived.step.nodeType,
    startTime: instantOf(derived.start),
    endTime: instantOf(derived.end),
    dwell: secondsOf(derived.dwell),
    wait: secondsOf(derived.wait),
    outcome: derived.step.outcome,
    ...flagsOf(step),
  };
}

/** The page that holds a row (its offset a multiple of the count), or the one asked for where the row is not there. */
export function pageOf(index: number, request: { readonly offset: number; readonly count: number }): number {
  return index < 0 ? request.offset : Math.floor(index / request.count) * request.count;
}
