/** The events and objects of an OCEL log, compact, and which type of its objects is best read as interactions. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../protocol/history.ts';
import type { Micros } from '../protocol/instant.ts';
import { OCEL_OBJECTS } from '../protocol/ocel.ts';
import { logTime } from './log-times.ts';
import { readInstant } from './times.ts';

/** The value of an attribute from a time on; null where it says none. */
interface OcelValue {
  readonly name: string;
  readonly value: JsonValue;
  readonly time: Micros | null;
}

export interface OcelEvent {
  readonly type: string;
  /** As it stands there. */
  readonly time: string;
  readonly attributes: readonly OcelValue[];
  readonly objects: readonly string[];
}

interface OcelObject {
  readonly type: string;
  readonly attributes: readonly OcelValue[];
}

/** What a declared type makes of texts. */
type Declared = ReadonlyMap<string, string>;

export class OcelLog {
  readonly events: OcelEvent[] = [];
  readonly objects = new Map<string, OcelObject>();
  readonly #eventTypes = new Map<string, Declared>();
  readonly #objectTypes = new Map<string, Declared>();
  readonly #shared = new Shared();

  /** Takes an item of `events` or `objects`, or the reason why it is none. */
  addEvent(item: JsonValue): string | undefined {
    if (!isJsonObject(item)) return 'is not an object';
    const type = textOf(item['type']);
    if (type === undefined || type === '') return 'has no type';
    const objects = new Set(
      members(item['relationships']).map((one) => this.#shared.text(textOf(one['objectId']) ?? '')),
    );
    this.events.push({
      type: this.#shared.text(type),
      time: textOf(item['time']) ?? '',
      attributes: valuesOf(item['attributes']).map((one) => this.#shared.value(one)),
      objects: [...objects],
    });
    return undefined;
  }

  addObject(item: JsonValue): string | undefined {
    if (!isJsonObject(item)) return 'is not an object';
    const id = textOf(item['id']);
    const type = textOf(item['type']);
    if (id === undefined || id === '') return 'has no id';
    if (type === undefined) return 'has no type';
    this.objects.set(id, { type, attributes: valuesOf(item['attributes']) });
    return undefined;
  }

  declare(kind: 'event' | 'object', item: JsonValue): void {
    const name = isJsonObject(item) ? textOf(item['name']) : undefined;
    if (!isJsonObject(item) || name === undefined) return;
    const types = members(item['attributes']).map((one): [string, string] => [
      textOf(one['name']) ?? '',
      textOf(one['type'])?.toLowerCase() ?? '',
    ]);
    (kind === 'event' ? this.#eventTypes : this.#objectTypes).set(name, new Map(types));
  }

  /** A value as the declaration of its type says that it is meant. */
  typed(kind: 'event' | 'object', type: string, { name, value }: OcelValue): JsonValue {
    const declared = (kind === 'event' ? this.#eventTypes : this.#objectTypes).get(type)?.get(name);
    if (typeof value !== 'string' || declared === undefined) return value;
    if (
      /^(?:integer|int|float|double)$/.test(declared) &&
      /^\s*[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i.test(value)
    ) {
      const number = Number(value);
      return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
    }
    if (declared === 'boolean' && /^\s*(?:true|false)\s*$/i.test(value)) return /true/i.test(value);
    return value;
  }

  /** Objects of a type, in their order, with the places of their events. */
  eventsOf(type: string): Map<string, number[]> {
    const found = new Map<string, number[]>();
    for (const [id, object] of this.objects) if (object.type === type) found.set(id, []);
    for (const [at, { objects }] of this.events.entries()) for (const id of objects) found.get(id)?.push(at);
    return found;
  }

  /**
   * `interaction` where there is such a type; else the one whose objects have the most steps from one activity to
   * another, events that belong to several objects of the type not counted. undefined where no type has any.
   */
  caseType(): string | undefined {
    const types = new Set([...this.objects.values()].map(({ type }) => type));
    if (types.has(OCEL_OBJECTS.interaction)) return OCEL_OBJECTS.interaction;
    const scores = new Map<string, number>();
    const activities = new Map<string, Set<string>>();
    for (const { type: activity, objects } of this.events) {
      const ofType = new Map<string, string[]>();
      for (const id of objects) {
        const type = this.objects.get(id)?.type ?? '';
        ofType.set(type, [...(ofType.get(type) ?? []), id]);
      }
      for (const [type, ids] of ofType) {
        const [id] = ids;
        if (type === '' || ids.length > 1 || id === undefined) continue;
        const seen = activities.get(id);
        if (seen === undefined) activities.set(id, new Set([activity]));
        else if (!seen.has(activity)) {
          seen.add(activity);
          scores.set(type, (scores.get(type) ?? 0) + 1);
        }
      }
    }
    const best = [...scores].sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || (a < b ? -1 : 1))[0]?.[0];
    return best ?? [...types].sort()[0];
  }

  types(): string[] {
    return [...new Set([...this.objects.values()].map(({ type }) => type))].sort();
  }
}

/** So many different texts, or values, are kept to be found again; those that come often come early. */
const SHARED = 100_000;
/** A longer text is seldom the same as another. */
const SHARED_LENGTH = 200;

/** Equal texts and values, once in memory: an event has few that are its own. */
class Shared {
  readonly #texts = new Map<string, string>();
  readonly #values = new Map<string, Map<string, OcelValue>>();

  text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined && this.#texts.size < SHARED) this.#texts.set(text, text);
    return known ?? text;
  }

  value(given: OcelValue): OcelValue {
    const { value, time } = given;
    const name = this.text(given.name);
    if (typeof value !== 'string' || time !== null || value.length > SHARED_LENGTH) return { ...given, name };
    let values = this.#values.get(name);
    if (values === undefined) {
      values = new Map();
      if (this.#values.size < SHARED / 100) this.#values.set(name, values);
    }
    const known = values.get(value);
    if (known !== undefined) return known;
    const made = { name, value, time };
    if (values.size < SHARED / 100) values.set(value, made);
    return made;
  }
}

export function microsOf(time: string): Micros | null {
  const known = logTime(time);
  return known === undefined ? null : (readInstant(known)?.micros ?? null);
}

function members(value: JsonValue | undefined): JsonObject[] {
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}

/** Attributes as a list, or as the members of an object, as some tools write them. */
function valuesOf(value: JsonValue | undefined): OcelValue[] {
  if (isJsonObject(value))
    return Object.entries(value).map(([name, one]) => ({ name, value: one, time: null }));
  return members(value).flatMap((one) => {
    const name = textOf(one['name']);
    const time = textOf(one['time']);
    return name === undefined
      ? []
      : [{ name, value: one['value'] ?? null, time: time === undefined ? null : microsOf(time) }];
  });
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}
