/** Steps and interactions as the panel shows them: what every row needs, without variables and records. */
import type { DerivedInteraction, ThresholdRule } from '../analysis/index.ts';
import { formatInstant, type Micros, toSeconds } from '../protocol/instant.ts';
import type { PanelRequest } from '../protocol/panel-requests.ts';
import type { TableRow, TimelineRow } from '../protocol/panel-views.ts';
import type { Place } from './lines.ts';

/** A step with what the panel says of it. */
export interface ShownStep {
  readonly sequence: number;
  readonly nodeId: string;
  readonly nodeName: string | null;
  readonly nodeType: string | null;
  readonly outcome: string | null;
  readonly start: Micros | null;
  readonly end: Micros | null;
  readonly dwell: Micros | null;
  readonly wait: Micros | null;
  readonly bottleneck: boolean;
  readonly error: boolean;
  readonly matching: boolean;
  readonly open: boolean;
}

/** An interaction with its steps in time order. */
export interface ShownInteraction {
  /** Its id; of several records with one id each has its own: `a1`, `a1 (2)`. */
  readonly id: string;
  readonly start: Micros | null;
  readonly duration: Micros | null;
  readonly errors: number;
  readonly bottlenecks: number;
  readonly steps: readonly ShownStep[];
  /** Where its record stands. */
  readonly place: Place;
}

/** One object for each distinct text: the same few names come in every record. */
export type Intern = (text: string) => string;

export function createIntern(): Intern {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined) return first;
    known.set(text, text);
    return text;
  };
}

export interface ShowContext {
  readonly rule: ThresholdRule;
  readonly intern: Intern;
}

export function show(
  id: string,
  derived: DerivedInteraction,
  matching: readonly number[],
  place: Place,
  { rule, intern }: ShowContext,
): ShownInteraction {
  const text = (value: string | null): string | null => (value === null ? null : intern(value));
  const steps = derived.steps.map(({ step, sequence, start, end, dwell, wait, open }): ShownStep => {
    const threshold = rule(step.nodeId, step.nodeType);
    return {
      sequence,
      nodeId: intern(step.nodeId),
      nodeName: text(step.nodeName),
      nodeType: text(step.nodeType),
      outcome: text(step.outcome),
      start,
      end,
      dwell,
      wait,
      bottleneck: threshold !== null && dwell !== null && dwell > threshold,
      error: step.errorState === true,
      matching: matching.includes(sequence),
      open,
    };
  });
  return {
    id,
    start: derived.start,
    duration: derived.duration,
    errors: derived.errorCount,
    bottlenecks: steps.filter((step) => step.bottleneck).length,
    steps,
    place,
  };
}

const instantOf = (micros: Micros | null): string | null => (micros === null ? null : formatInstant(micros));
const secondsOf = (micros: Micros | null): number | null => (micros === null ? null : toSeconds(micros));

/** Which rows a view asks for. */
export type Only = Extract<PanelRequest, { kind: 'timeline' }>['only'];

/** Whether a step is among those that a filter leaves. */
export function isShown(step: ShownStep, only: Only): boolean {
  if (only === 'all') return true;
  if (only === 'bottlenecks') return step.bottleneck;
  return only === 'errors' ? step.error : step.matching;
}

/** One row of the table. */
export function tableRow(owner: ShownInteraction, step: ShownStep): TableRow {
  const { start, end, dwell, wait, ...rest } = step;
  return {
    interactionId: owner.id,
    ...rest,
    startTime: instantOf(start),
    endTime: instantOf(end),
    dwell: secondsOf(dwell),
    wait: secondsOf(wait),
  };
}

/** One row of the timeline. */
export function timelineRow(shown: ShownInteraction): TimelineRow {
  const { id, start: from, duration, bottlenecks, errors } = shown;
  return {
    interactionId: id,
    startTime: instantOf(from),
    duration: secondsOf(duration),
    bottlenecks,
    errors,
    steps: shown.steps.map(({ start, end: _, wait: __, outcome: ___, dwell, ...step }) => ({
      ...step,
      start: start === null || from === null ? null : toSeconds(start - from),
      dwell: secondsOf(dwell),
    })),
  };
}

/** The page that holds a row (its offset a multiple of the count), or the one asked for where the row is not there. */
export function pageOf(index: number, request: { readonly offset: number; readonly count: number }): number {
  return index < 0 ? request.offset : Math.floor(index / request.count) * request.count;
}
