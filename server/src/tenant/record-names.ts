/** Records of another tool's log, under the names at which a connection's records have their fields. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { isObject } from './json.ts';

/**
 * Puts the fields of a record with the product's own names where `response` has them, so that it is read as every
 * record of the connection is, now and from the run's folder. A name with dots becomes one key.
 */
export function underNames({ map, steps }: Profile['response']): (record: JsonObject) => JsonObject {
  const names = new Map<string, string>(Object.entries(map));
  if (names.size === 0 && steps === 'steps') return (record) => record;
  const renamed = (one: JsonObject): [string, JsonValue][] =>
    Object.entries(one).map(([key, value]) => [names.get(key) ?? key, value]);
  return (record) => {
    const { steps: own = [], ...rest } = record;
    const all = Array.isArray(own) ? own : [];
    const named = all.map((step): JsonValue => (isObject(step) ? Object.fromEntries(renamed(step)) : step));
    return Object.fromEntries([...renamed(rest), [steps, named]]);
  };
}
