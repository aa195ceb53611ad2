/** What an event of XES says, and which events are the start and the end of one step. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { CXQ_KEYS, XES_KEYS } from '../protocol/xes.ts';
import { foreignValues, ownObject, textOf, type XesAttribute } from './xes-attributes.ts';

export interface XesEvent {
  readonly attributes: XesAttribute[];
}

export interface XesTrace {
  readonly line: number;
  readonly attributes: XesAttribute[];
  readonly events: XesEvent[];
}

/** What the log says of all its events. */
export interface XesLog {
  /** It has our extension: its values were written by this product, whatever touched it later. */
  isOurs: boolean;
  /** Keys of the first classifier of events: what names an event that has no `concept:name`. */
  classifier: readonly string[];
}

/** An event with its standard attributes told apart from the others. */
export interface ReadEvent {
  /** '' where it has none. */
  readonly name: string;
  readonly instance: string | null;
  /** In lower case. */
  readonly transition: string | null;
  /** As it stands there. */
  readonly time: string | null;
  /** As it stands there, in an attribute that some tools add to the completion. */
  readonly start: string | null;
  /** Fields of a step that only our logs have. */
  readonly fields: JsonObject;
  readonly others: readonly XesAttribute[];
}

const START = 'start_timestamp';
const FIELDS = ['nodeName', 'nodeType', 'outcome'] as const;
const STANDARD: ReadonlySet<string> = new Set(Object.values(XES_KEYS));
const OURS: ReadonlySet<string> = new Set(Object.values(CXQ_KEYS));

export function readEvent({ attributes }: XesEvent, { isOurs, classifier }: XesLog): ReadEvent {
  const find = (key: string): XesAttribute | undefined => attributes.find((one) => one.key === key);
  const text = (key: string): string | null => {
    const found = find(key);
    return found === undefined || found.value === null ? null : textOf(found, isOurs);
  };
  const fields: Record<string, JsonValue> = {};
  if (isOurs) {
    for (const field of FIELDS) {
      const value = text(CXQ_KEYS[field]);
      if (value !== null) fields[field] = value;
    }
    const error = text(CXQ_KEYS.errorState);
    if (error !== null) fields['errorState'] = error;
  }
  const classified = (): string =>
    classifier.map(text).every((part) => part !== null) ? classifier.map(text).join('+') : '';
  return {
    name: text(XES_KEYS.name) ?? classified(),
    instance: text(XES_KEYS.instance),
    transition: text(XES_KEYS.transition)?.trim().toLowerCase() ?? null,
    time: text(XES_KEYS.time),
    start: isOurs ? null : text(START),
    fields,
    // A variable of ours may have the name that other tools give to the start.
    others: attributes.filter(({ key }) => !STANDARD.has(key) && !(isOurs ? OURS.has(key) : key === START)),
  };
}

/** The variables of an event of ours that are its own; null where none were given. */
export function ownVariables({ attributes }: XesEvent, { others }: ReadEvent): JsonObject | null {
  if (others.length > 0) return ownObject(others);
  return attributes.some(({ key }) => key === CXQ_KEYS.none) ? {} : null;
}

/** Those of the other side of a step that has one event. */
export function otherVariables({ attributes }: XesEvent, key: string): JsonObject | null {
  const list = attributes.find((one) => one.key === key && one.type === 'list');
  return list === undefined ? null : ownObject(list.values ?? []);
}

/** What an event of any log tells of the workflow's variables. */
export function toldBy(attributes: readonly XesAttribute[]): [string, JsonValue][] {
  return attributes.flatMap((attribute) =>
    [...foreignValues(attribute)].map(([key, value]) => [key, value] as [string, JsonValue]),
  );
}

/** Ends of an activity that is not completed: they end what has started, and are nothing by themselves. */
const ABORTS: ReadonlySet<string> = new Set([
  'abort',
  'ate_abort',
  'pi_abort',
  'abort_activity',
  'abort_case',
  'withdraw',
  'autoskip',
  'manualskip',
]);

export interface Paired {
  /** Positions among the events. `start` is null where only the end is there, `end` where only the start is. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface Pairing {
  /** In the order of their first events. */
  readonly steps: readonly Paired[];
  /** Some event is the start of a step: then one that has no start took no time. */
  readonly hasStarts: boolean;
  /** Events that are neither start nor end of anything. */
  readonly ignored: number;
  /** No event is a start or a completion: each was taken for a step. */
  readonly isOtherLifecycle: boolean;
}

/**
 * Events that are one step: a start and the next end of the same activity, of the same `concept:instance` where both
 * sides have it, in their order where they do not. An instance that both a start and an end have is never given to
 * another one.
 */
export function pairEvents(events: readonly ReadEvent[]): Pairing {
  const kinds = events.map(({ transition }) => kindOf(transition));
  const isOtherLifecycle = events.length > 0 && kinds.every((kind) => kind === 'other' || kind === 'abort');
  if (isOtherLifecycle) {
    const steps = events.map((_, end): Paired => ({ start: null, end }));
    return { steps, hasStarts: false, ignored: 0, isOtherLifecycle };
  }
  const ends = new Map<number, number>();
  const starts = new Map<number, number>();
  const pair = (keyOf: (event: ReadEvent) => string | undefined): void => {
    const open = new Map<string, number[]>();
    for (const [at, event] of events.entries()) {
      const key = keyOf(event);
      const kind = kinds[at];
      if (key === undefined || kind === 'other' || starts.has(at) || ends.has(at)) continue;
      const waiting = open.get(key);
      if (kind === 'start') {
        if (waiting === undefined) open.set(key, [at]);
        else waiting.push(at);
        continue;
      }
      const start = waiting?.shift();
      if (start === undefined) continue;
      ends.set(start, at);
      starts.set(at, start);
    }
  };
  pair(({ name, instance }) => (instance === null ? undefined : JSON.stringify([name, instance])));
  pair(({ name }) => name);
  const steps: Paired[] = [];
  let ignored = 0;
  for (const [at, kind] of kinds.entries()) {
    if (kind === 'start') steps.push({ start: at, end: ends.get(at) ?? null });
    else if (kind === 'complete' && !starts.has(at)) steps.push({ start: null, end: at });
    else if (kind === 'other' || (kind === 'abort' && !starts.has(at))) ignored += 1;
  }
  return { steps, hasStarts: kinds.includes('start'), ignored, isOtherLifecycle };
}

function kindOf(transition: string | null): 'start' | 'complete' | 'abort' | 'other' {
  if (transition === null || transition === '' || transition === 'complete') return 'complete';
  if (transition === 'start') return 'start';
  return ABORTS.has(transition) ? 'abort' : 'other';
}
