/** What the panel says of a step wherever it shows one. */
import { formatInstant, toSeconds } from '../protocol/instant.ts';
import type { TableRow } from '../protocol/panel-views.ts';
import type { Left } from './left.ts';

/** Of an instant of a column, NaN where it is not known. */
export function instantOf(micros: number | undefined): string | null {
  return micros === undefined || Number.isNaN(micros) ? null : formatInstant(micros);
}

export function secondsOf(micros: number | undefined): number | null {
  return micros === undefined || Number.isNaN(micros) ? null : toSeconds(micros);
}

/** Where steps are in time, µs. */
export class Times {
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #dwell: Float64Array;

  constructor({ frame }: Pick<Left, 'frame'>) {
    const { start, end, dwell } = frame.columns;
    this.#start = start.values;
    this.#end = end.values;
    this.#dwell = dwell.values;
  }

  /** The start of a step, or its end where it has no start; NaN where it has neither. */
  place(s: number): number {
    const start = this.#start[s] ?? Number.NaN;
    return Number.isNaN(start) ? (this.#end[s] ?? Number.NaN) : start;
  }

  /** Until when it is known to go on: its end, or as long as its dwell; NaN where it has no place in time. */
  until(s: number): number {
    const from = this.place(s);
    const end = this.#end[s] ?? Number.NaN;
    const until = Number.isNaN(end) ? from + (this.#dwell[s] ?? Number.NaN) : end;
    return Number.isNaN(until) ? from : Math.max(until, from);
  }
}

export interface Flags {
  readonly bottleneck: boolean;
  readonly error: boolean;
  readonly matching: boolean;
  readonly open: boolean;
  readonly found?: boolean;
}

export function flagsOf({ whole, frame, found }: Left, s: number): Flags {
  const { columns, stepInteraction } = frame;
  const i = stepInteraction[s] ?? 0;
  return {
    bottleneck: whole.isBottleneck[s] === 1,
    error: columns.error.values[s] === 1,
    matching: whole.data.matching[s] === 1,
    open: columns.open.values[i] === 1 && s + 1 === columns.firstStep.values[i + 1],
    ...(found === undefined ? {} : { found: found[s] === 1 }),
  };
}

/** Its place in its interaction, and where it was. */
export function nodeOf(
  { frame }: Pick<Left, 'frame'>,
  s: number,
): Pick<TableRow, 'sequence' | 'nodeId' | 'nodeName' | 'nodeType'> {
  const { columns, stepInteraction, nodeIds } = frame;
  const { texts } = columns.texts;
  return {
    sequence: s - (columns.firstStep.values[stepInteraction[s] ?? 0] ?? 0),
    nodeId: nodeIds[columns.node.values[s] ?? 0] ?? '',
    nodeName: texts[columns.name.values[s] ?? -1] ?? null,
    nodeType: texts[columns.type.values[s] ?? -1] ?? null,
  };
}

export function tableRowOf(left: Left, s: number): TableRow {
  const { columns, stepInteraction } = left.frame;
  const { texts } = columns.texts;
  const i = stepInteraction[s] ?? 0;
  return {
    interactionId: columns.ids[i] ?? '',
    ...nodeOf(left, s),
    startTime: instantOf(columns.start.values[s]),
    endTime: instantOf(columns.end.values[s]),
    dwell: secondsOf(columns.dwell.values[s]),
    wait: secondsOf(columns.wait.values[s]),
    outcome: texts[columns.outcome.values[s] ?? -1] ?? null,
    workflowName: texts[columns.workflowName.values[i] ?? -1] ?? null,
    ...flagsOf(left, s),
  };
}

/** The step of a name and a place in its interaction; undefined where there is none. */
export function stepAt(
  { whole }: Pick<Left, 'whole'>,
  { interactionId, sequence }: { readonly interactionId: string; readonly sequence: number },
): number | undefined {
  const i = whole.find(interactionId);
  if (i === undefined) return undefined;
  const { values } = whole.frame.columns.firstStep;
  const s = (values[i] ?? 0) + sequence;
  return s < (values[i + 1] ?? 0) ? s : undefined;
}
