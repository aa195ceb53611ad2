/** A trace of XES → a record as the tenant's history has it. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { CXQ_KEYS, XES_KEYS } from '../protocol/xes.ts';
import { excerpt } from './errors.ts';
import { type Paired, pairEvents } from './lifecycle.ts';
import { logTime } from './log-times.ts';
import { textOf, type XesAttribute } from './xes-attributes.ts';
import {
  otherVariables,
  ownVariables,
  type ReadEvent,
  readEvent,
  toldBy,
  type XesLog,
  type XesTrace,
} from './xes-events.ts';

/** Where a trace may have its name. */
const IDS = [XES_KEYS.name, 'identity:id', 'id', 'case_id', 'case:concept:name'];

export class TraceReader {
  readonly #log: XesLog;
  #traces = 0;
  readonly #counts = { unnamedTraces: 0, unnamedEvents: 0, ignored: 0, otherLifecycle: 0, times: 0 };
  #time = '';

  constructor(log: XesLog) {
    this.#log = log;
  }

  read(trace: XesTrace): JsonObject {
    this.#traces += 1;
    const events = trace.events.map((event) => readEvent(event, this.#log));
    const { isOurs } = this.#log;
    const steps = (isOurs ? this.#ownSteps(trace, events) : undefined) ?? this.#steps(trace, events);
    const text = (key: string): string | undefined => {
      const found = trace.attributes.find((one) => one.key === key);
      return found === undefined || found.value === null ? undefined : textOf(found, isOurs);
    };
    const workflowId = isOurs ? text(CXQ_KEYS.workflowId) : undefined;
    const workflowName = isOurs ? text(CXQ_KEYS.workflowName) : undefined;
    return {
      interactionId: this.#idOf(text),
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(workflowName === undefined ? {} : { workflowName }),
      steps,
    };
  }

  #idOf(text: (key: string) => string | undefined): string {
    for (const key of IDS) {
      const id = text(key);
      if (id !== undefined && id !== '') return id;
    }
    this.#counts.unnamedTraces += 1;
    return `trace ${this.#traces}`;
  }

  /** Steps exactly as they were written; undefined where another tool has changed what holds them together. */
  #ownSteps({ events: given }: XesTrace, events: readonly ReadEvent[]): JsonObject[] | undefined {
    const steps = new Map<number, Record<string, JsonValue>>();
    const sides = new Map<string, number>();
    for (const { instance, transition } of events) {
      const side = `${instance} ${transition}`;
      if (instance === null || !/^\d+ (?:start|complete)$/.test(side) || sides.has(side)) return undefined;
      sides.set(side, 0);
    }
    for (const [at, event] of events.entries()) {
      const source = given[at];
      const sequence = Number(event.instance);
      const isStart = event.transition === 'start';
      const isOnly = !sides.has(`${event.instance} ${isStart ? 'complete' : 'start'}`);
      if (source === undefined) continue;
      const own = ownVariables(source, event);
      const step: Record<string, JsonValue> = { ...steps.get(sequence), nodeId: event.name, ...event.fields };
      const time = this.#instant(event.time);
      if (time !== undefined) step[isStart ? 'startTime' : 'endTime'] = time;
      step[isStart ? 'variablesBefore' : 'variablesAfter'] = own;
      if (isOnly) {
        const key = isStart ? CXQ_KEYS.after : CXQ_KEYS.before;
        step[isStart ? 'variablesAfter' : 'variablesBefore'] = otherVariables(source, key);
      }
      steps.set(sequence, step);
    }
    return [...steps].sort(([a], [b]) => a - b).map(([, step]) => withoutNull(step));
  }

  #steps(trace: XesTrace, all: readonly ReadEvent[]): JsonObject[] {
    const events = all.filter(({ name }) => name !== '');
    this.#counts.unnamedEvents += all.length - events.length;
    const pairing = pairEvents(events);
    this.#counts.ignored += pairing.ignored;
    if (pairing.isOtherLifecycle) this.#counts.otherLifecycle += 1;
    const told = variablesOver(events, caseVariables(trace.attributes, this.#log), pairing.steps);
    return pairing.steps.map((pair, index): JsonObject => {
      const first = events[pair.start ?? pair.end ?? 0];
      const last = events[pair.end ?? pair.start ?? 0];
      return {
        nodeId: first?.name ?? '',
        ...first?.fields,
        ...last?.fields,
        ...this.#times(first, last, pair, pairing.hasStarts),
        ...told[index],
      };
    });
  }

  #times(
    first: ReadEvent | undefined,
    last: ReadEvent | undefined,
    { start, end }: Paired,
    hasStarts: boolean,
  ): JsonObject {
    const from = this.#instant(start === null ? (last?.start ?? null) : (first?.time ?? null));
    const to = end === null ? undefined : this.#instant(last?.time ?? null);
    if (start === null && from === undefined && to !== undefined) {
      // In a log with starts, what has none took no time; in one of completions a time is when it happened.
      return hasStarts ? { startTime: to, endTime: to } : { startTime: to };
    }
    return {
      ...(from === undefined ? {} : { startTime: from }),
      ...(to === undefined ? {} : { endTime: to }),
    };
  }

  #instant(text: string | null): string | undefined {
    if (text === null || text.trim() === '') return undefined;
    const time = logTime(text);
    if (time === undefined) {
      if (this.#counts.times === 0) this.#time = text;
      this.#counts.times += 1;
    }
    return time;
  }

  notes(): string[] {
    const { unnamedTraces, unnamedEvents, ignored, otherLifecycle, times } = this.#counts;
    const notes: string[] = [];
    if (unnamedTraces > 0)
      notes.push(
        `${several(unnamedTraces, 'trace has', 'traces have')} no concept:name and ${are(unnamedTraces)} named by the place in the file.`,
      );
    if (unnamedEvents > 0)
      notes.push(
        `${several(unnamedEvents, 'event has', 'events have')} no concept:name and ${are(unnamedEvents)} left out.`,
      );
    if (ignored > 0)
      notes.push(
        `${several(ignored, 'event is', 'events are')} neither the start nor the end of a step (scheduled, assigned, suspended …) and ${are(ignored)} left out.`,
      );
    if (otherLifecycle > 0)
      notes.push(
        `${several(otherLifecycle, 'trace has', 'traces have')} no event that starts or completes anything: each event was read as a step.`,
      );
    if (times > 0)
      notes.push(
        `${several(times, 'time', 'times')} could not be read, such as “${excerpt(this.#time, 40)}”, and ${are(times)} left out.`,
      );
    return notes;
  }
}

export function several(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

export function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function withoutNull(step: Readonly<Record<string, JsonValue>>): JsonObject {
  return Object.fromEntries(Object.entries(step).filter(([, value]) => value !== null));
}

/** What the trace says of its case, other than its name. */
function caseVariables(attributes: readonly XesAttribute[], { isOurs }: XesLog): JsonObject {
  const others = attributes.filter(({ key }) => key !== XES_KEYS.name && !(isOurs && key.startsWith('cxq:')));
  return Object.fromEntries(toldBy(others));
}

/**
 * The variables before and after each step: what the case says, and then what each event adds to it or changes, in the
 * order of the file. What the start of a step tells is known after it, for it tells of the step.
 */
function variablesOver(
  events: readonly ReadEvent[],
  ofCase: JsonObject,
  steps: readonly Paired[],
): JsonObject[] {
  const told: { variablesBefore: JsonObject; variablesAfter: JsonObject }[] = [];
  const begins = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const [index, { start, end }] of steps.entries()) {
    begins.set(start ?? end ?? 0, index);
    ends.set(end ?? start ?? 0, index);
    told.push({ variablesBefore: {}, variablesAfter: {} });
  }
  let state = ofCase;
  for (const [at, event] of events.entries()) {
    const begun = told[begins.get(at) ?? -1];
    const ended = told[ends.get(at) ?? -1];
    if (begun !== undefined) begun.variablesBefore = state;
    if (begun === undefined && ended === undefined) continue;
    const more = toldBy(event.others);
    if (more.length > 0) state = Object.fromEntries([...Object.entries(state), ...more]);
    if (ended !== undefined) ended.variablesAfter = state;
  }
  return told.map((one): JsonObject => ({ ...one }));
}
