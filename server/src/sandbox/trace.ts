/** One interaction as it unfolds: a clock, the workflow's variables, and the steps so far. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import type { NodeModel } from './model.ts';
import type { Random } from './random.ts';

/** A step in the tenant's format. `endTime` and `outcome` are missing while the step still runs. */
export type GeneratedStep = {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly nodeType: string;
  readonly startTime: string;
  readonly endTime?: string;
  readonly variablesBefore: JsonObject;
  readonly variablesAfter: JsonObject;
  readonly errorState: boolean;
  readonly outcome?: string;
};

/** A record in the tenant's format. */
export type GeneratedInteraction = {
  readonly interactionId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly channel: string;
  readonly steps: readonly GeneratedStep[];
};

interface Visit {
  readonly node: NodeModel;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly error: boolean;
  readonly outcome: string;
}

export interface VisitOptions {
  readonly outcome: string;
  readonly error?: boolean;
  readonly set?: JsonObject;
  /** Milliseconds by which the step begins before the one before it ended: two systems at work at once. */
  readonly overlap?: number;
  /** The step never ends (as far as is known now). */
  readonly stuck?: boolean;
}

export interface Trace {
  readonly random: Random;
  readonly channel: string;
  /** Milliseconds since the epoch: the end of what happened so far. */
  readonly clock: number;
  readonly variables: JsonObject;
  text(name: string): string;
  number(name: string): number;
  /** A step of `seconds` at a node. */
  visit(node: NodeModel, seconds: number, options: VisitOptions): void;
  /** Time in which nothing is recorded. */
  pause(seconds: number): void;
  /** A change of variables that no step accounts for: a supervisor's hand, a script nobody sees. */
  drift(set: JsonObject): void;
  /** The steps as they stand at `now` (milliseconds): later ones do not exist yet, the running one is open. */
  stepsAt(now: number): GeneratedStep[];
  /** The same steps' starts (milliseconds) and errors, without the rest. */
  outlineAt(now: number): StepOutline[];
  /** Whether all of it happened before `now`: it will look the same ever after. */
  finishedBy(now: number): boolean;
}

export interface StepOutline {
  readonly start: number;
  readonly error: boolean;
}

const STUCK = Number.POSITIVE_INFINITY;

let minute = Number.NaN;
let minuteText = '';

/** The instant as text. Steps come close together, so the text up to the minute is kept for the next one. */
function iso(millis: number): string {
  const current = Math.floor(millis / 60_000);
  if (current !== minute) {
    minute = current;
    minuteText = new Date(millis).toISOString().slice(0, 17);
  }
  const rest = millis - current * 60_000;
  const seconds = Math.floor(rest / 1000);
  const fraction = rest - seconds * 1000;
  const padding = fraction < 10 ? '00' : fraction < 100 ? '0' : '';
  return `${minuteText}${seconds < 10 ? '0' : ''}${seconds}.${padding}${fraction}Z`;
}

export function createTrace(random: Random, channel: string, start: number, initial: JsonObject): Trace {
  let clock = start;
  let variables = initial;
  const visits: Visit[] = [];

  const read = (name: string): JsonValue | undefined => variables[name];

  return {
    random,
    channel,
    get clock() {
      return clock;
    },
    get variables() {
      return variables;
    },
    text: (name) => {
      const value = read(name);
      return typeof value === 'string' ? value : '';
    },
    number: (name) => {
      const value = read(name);
      return typeof value === 'number' ? value : 0;
    },
    visit: (node, seconds, options) => {
      if (clock === STUCK) return;
      const handover = visits.length === 0 ? 0 : random.integer(20, 380);
      const earliest = (visits.at(-1)?.start ?? start - 1) + 1;
      const begin = Math.max(earliest, clock + handover - (options.overlap ?? 0));
      const end = options.stuck === true ? STUCK : begin + Math.max(1, Math.round(seconds * 1000));
      const before = variables;
      variables = options.set === undefined ? before : { ...before, ...options.set };
      const { outcome, error = false } = options;
      visits.push({ node, start: begin, end, before, after: variables, error, outcome });
      clock = Math.max(clock, end);
    },
    pause: (seconds) => {
      clock += Math.round(seconds * 1000);
    },
    drift: (set) => {
      variables = { ...variables, ...set };
    },
    stepsAt: (now) => {
      const steps: GeneratedStep[] = [];
      for (const visit of visits) {
        if (visit.start >= now) break;
        const { node, before } = visit;
        const common = {
          nodeId: node.id,
          nodeName: node.name,
          nodeType: node.type,
          startTime: iso(visit.start),
        };
        if (visit.end > now) {
          steps.push({ ...common, variablesBefore: before, variablesAfter: before, errorState: false });
          break;
        }
        steps.push({
          ...common,
          endTime: iso(visit.end),
          variablesBefore: before,
          variablesAfter: visit.after,
          errorState: visit.error,
          outcome: visit.outcome,
        });
      }
      return steps;
    },
    outlineAt: (now) => {
      const outline: StepOutline[] = [];
      for (const { start: begin, end, error } of visits) {
        if (begin >= now) break;
        outline.push({ start: begin, error: error && end <= now });
        if (end > now) break;
      }
      return outline;
    },
    finishedBy: (now) => visits.every(({ end }) => end <= now || end === STUCK),
  };
}
