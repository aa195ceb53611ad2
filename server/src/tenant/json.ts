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

/** Deeper than this, a record is not read: whatever walks it later does so by recursion. */
export const MAX_DEPTH = 200;

const tooDeep = new WeakSet<object>();

/**
 * Parses JSON. An integer beyond 2^53 becomes its exact text: rounding would give two ids the same name.
 * Throws SyntaxError. Texts without such a number take the native parser's fast way.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = LONG_DIGITS.test(text) ? parseExactly(text) : JSON.parse(text);
  if (nestsDeeper(text, MAX_DEPTH)) markDeep(value);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether valid JSON nests more than `limit` levels: counted in its text, for looking at every value costs more. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

/** Where the quotation mark is that ends a string. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = at;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes -= 1;
    if ((at - escapes) % 2 === 0) return at;
  }
  return text.length;
}

function parseExactly(text: string): JsonValue {
  try {
    return JSON.parse(text, exact);
  } catch (error) {
    // A reviver recurses, the parser does not: what is nested too deeply for it is set aside further on.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** Whether a value that `parseJson` gave holds something nested more than MAX_DEPTH levels deep. */
export function isTooDeep(value: object): boolean {
  return tooDeep.has(value);
}

function markDeep(root: JsonValue): void {
  const path: { readonly value: object; readonly rest: JsonValue[] }[] = [];
  const enter = (value: JsonValue): void => {
    if (typeof value !== 'object' || value === null) return;
    path.push({ value, rest: Array.isArray(value) ? [...value] : Object.values(value) });
    if (path.length <= MAX_DEPTH) return;
    // What stands above one that is marked is marked already.
    for (let level = path.length - 1; level >= 0; level -= 1) {
      const ancestor = path[level];
      if (ancestor === undefined || tooDeep.has(ancestor.value)) break;
      tooDeep.add(ancestor.value);
    }
    path.pop();
  };
  enter(root);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) path.pop();
    else enter(next);
  }
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

/** The value as JSON; undefined where it is nested too deeply to be written. */
export function textOfJson(value: JsonValue): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
