/** JSON as the tenant sends it: exact integers, dotted paths, nothing inherited from a prototype. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Any run of 16 digits may be an integer that a double cannot hold; a date never has one.
const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && INTEGER.test(source) ? source : value;
}

/**
 * Parses JSON. An integer beyond 2^53 becomes its exact text: rounding would give two ids the same name.
 * Throws SyntaxError. Texts without such a number take the native parser's fast way.
 */
export function parseJson(text: string): JsonValue {
  return LONG_DIGITS.test(text) ? JSON.parse(text, exact) : JSON.parse(text);
}

/** Reads one place of a record; undefined where it is not there. */
export type Getter = (record: JsonObject) => JsonValue | undefined;

/** A getter for a dotted path. A key that itself holds the dots wins over the walk. */
export function getter(path: string): Getter {
  const keys = path.split('.');
  if (keys.length === 1 && !(path in Object.prototype)) return (record) => record[path];
  return (record) => {
    if (Object.hasOwn(record, path)) return record[path];
    let value: JsonValue | undefined = record;
    for (const key of keys) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
      value = value[key];
    }
    return value;
  };
}

/** Equality of JSON values, whatever the order of keys. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
