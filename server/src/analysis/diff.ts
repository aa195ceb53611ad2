/** Deep difference of workflow variables by JSON Pointer (RFC 6901). */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import type { VariableChange } from '../protocol/panel-views.ts';

export type ChangeKind = VariableChange['kind'];

/** What a walk reports. `undefined` where there is no value on that side. */
export type ChangeVisitor = (
  path: string,
  kind: ChangeKind,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
) => void;

/** Below so many levels a value is compared as a whole: hostile nesting must not exhaust the stack. */
const MAX_DEPTH = 200;

/**
 * What differs between the variables before and after, each at the shallowest path that says it: an object that is
 * new is one addition, not one for each of its members. Numbers by value, arrays by index. With `same`, what did
 * not change is listed too, again at the shallowest path.
 */
export function diffVariables(
  before: JsonObject,
  after: JsonObject,
  options: { readonly same?: boolean } = {},
): VariableChange[] {
  const changes: VariableChange[] = [];
  const text = (value: JsonValue | undefined): string | null =>
    value === undefined ? null : jsonText(value);
  const visit: ChangeVisitor = (path, kind, b, a) =>
    changes.push({ path, kind, before: text(b), after: text(a) });
  walkChanges(before, after, visit, options.same === true);
  return changes;
}

/** The same, handed on one by one. The variables themselves are the root and never reported as a whole. */
export function walkChanges(
  before: JsonObject,
  after: JsonObject,
  visit: ChangeVisitor,
  withSame = false,
): void {
  if (before === after && !withSame) return;
  walkMembers(before, after, '', 0, visit, withSame);
}

function walkMembers(
  before: JsonObject,
  after: JsonObject,
  path: string,
  depth: number,
  visit: ChangeVisitor,
  withSame: boolean,
): void {
  let shared = 0;
  for (const key of Object.keys(before)) {
    const b = before[key];
    if (b === undefined) continue;
    // What an object inherits is never equal to a JSON value, so equality is asked before ownership: the usual case.
    const a = after[key];
    if (a === b) {
      shared += 1;
      if (withSame) visit(pointer(path, key), 'same', b, a);
    } else if (Object.hasOwn(after, key)) {
      shared += 1;
      walkValue(b, a, pointer(path, key), depth, visit, withSame);
    } else {
      visit(pointer(path, key), 'removed', b, undefined);
    }
  }
  const keys = Object.keys(after);
  if (keys.length === shared) return;
  for (const key of keys) {
    if (!Object.hasOwn(before, key)) visit(pointer(path, key), 'added', undefined, after[key]);
  }
}

function walkValue(
  before: JsonValue,
  after: JsonValue | undefined,
  path: string,
  depth: number,
  visit: ChangeVisitor,
  withSame: boolean,
): void {
  if (after === undefined) {
    visit(path, 'removed', before, undefined);
    return;
  }
  const kind = kindOf(before);
  if (kind !== kindOf(after)) {
    visit(path, 'typeChanged', before, after);
  } else if (isScalar(before) || isScalar(after)) {
    if (before !== after) visit(path, 'changed', before, after);
    else if (withSame) visit(path, 'same', before, after);
  } else if (depth >= MAX_DEPTH || withSame) {
    if (sameValue(before, after)) {
      if (withSame) visit(path, 'same', before, after);
    } else if (depth >= MAX_DEPTH) {
      visit(path, 'changed', before, after);
    } else {
      walkContainer(before, after, path, depth, visit, withSame);
    }
  } else {
    walkContainer(before, after, path, depth, visit, withSame);
  }
}

function walkContainer(
  before: readonly JsonValue[] | JsonObject,
  after: readonly JsonValue[] | JsonObject,
  path: string,
  depth: number,
  visit: ChangeVisitor,
  withSame: boolean,
): void {
  if (isArray(before) && isArray(after)) {
    for (const [index, value] of before.entries()) {
      walkValue(value, after[index], `${path}/${index}`, depth + 1, visit, withSame);
    }
    for (let index = before.length; index < after.length; index += 1) {
      visit(`${path}/${index}`, 'added', undefined, after[index]);
    }
  } else if (!isArray(before) && !isArray(after)) {
    walkMembers(before, after, path, depth + 1, visit, withSame);
  }
}

/** Deep equality without recursion. */
function sameValue(a: JsonValue, b: JsonValue): boolean {
  const pending: [JsonValue, JsonValue][] = [[a, b]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (isScalar(left) || isScalar(right)) return false;
    if (isArray(left)) {
      if (!isArray(right) || left.length !== right.length) return false;
      for (const [index, value] of left.entries()) pending.push([value, right[index] ?? null]);
    } else {
      if (isArray(right)) return false;
      const keys = Object.keys(left);
      if (keys.length !== Object.keys(right).length) return false;
      for (const key of keys) {
        if (!Object.hasOwn(right, key)) return false;
        pending.push([left[key] ?? null, right[key] ?? null]);
      }
    }
  }
  return true;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isScalar(value: JsonValue): value is null | boolean | number | string {
  return value === null || typeof value !== 'object';
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  return isArray(value) ? 'array' : typeof value;
}

/** One level further down (RFC 6901). */
export function pointer(path: string, key: string): string {
  const escaped =
    key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
  return `${path}/${escaped}`;
}

/** JSON text of a value; nesting that the serialiser cannot follow is said so instead. */
export function jsonText(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '"(nested too deeply to show)"';
  }
}
