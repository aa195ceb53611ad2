/** What an event of XES says. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { CXQ_KEYS, XES_KEYS } from '../protocol/xes.ts';
import type { LifecycleEvent } from './lifecycle.ts';
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
export interface ReadEvent extends LifecycleEvent {
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
