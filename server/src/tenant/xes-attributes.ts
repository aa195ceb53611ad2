/** Attributes of XES as the values that they hold. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { CXQ_MARKS } from '../protocol/xes.ts';

/** An attribute as it stands in the file. */
export interface XesAttribute {
  /** `string`, `date`, `int`, `float`, `boolean`, `id`, `list` or `container`. */
  readonly type: string;
  readonly key: string;
  /** null where the file gives none, as lists do. */
  readonly value: string | null;
  readonly children: XesAttribute[];
  /** Of a list: what stands in its `values`. */
  values: XesAttribute[] | null;
}

const TYPES: ReadonlySet<string> = new Set([
  'string',
  'date',
  'int',
  'float',
  'boolean',
  'id',
  'list',
  'container',
]);

export function isAttributeType(tag: string): boolean {
  return TYPES.has(tag);
}

const ESCAPE = /\\(?:u([0-9a-f]{4})|(\\))/g;
const INTEGER = /^[+-]?\d+$/;

/** The text of an attribute, whatever its type; characters that were made visible come back in our own logs. */
export function textOf(attribute: XesAttribute, isOurs: boolean): string {
  const text = attribute.value ?? '';
  if (!isOurs || !has(attribute, CXQ_MARKS.escaped)) return text;
  return text.replace(ESCAPE, (_all, code: string | undefined) =>
    code === undefined ? '\\' : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function has({ children }: XesAttribute, key: string): boolean {
  return children.some((child) => child.key === key && child.type === 'boolean' && child.value === 'true');
}

/** What an attribute of our own logs was made of. */
export function ownValue(attribute: XesAttribute): JsonValue {
  if (attribute.type === 'list') {
    const values = attribute.values ?? [];
    return has(attribute, CXQ_MARKS.object) ? ownObject(values) : values.map(ownValue);
  }
  return has(attribute, CXQ_MARKS.null) ? null : scalar(attribute, true);
}

/** Members under the names that they had. */
export function ownObject(members: readonly XesAttribute[]): JsonObject {
  return Object.fromEntries(members.map((member) => [ownName(member), ownValue(member)]));
}

function ownName(attribute: XesAttribute): string {
  const mark = attribute.children.find(({ key }) => key === CXQ_MARKS.key);
  return mark === undefined ? attribute.key : textOf(mark, true);
}

/**
 * What an attribute of any log says, by name: itself, and what is nested in it under its name, a dot and theirs. A
 * list whose members have different keys is an object, one whose members have one key a list.
 */
export function* foreignValues(
  attribute: XesAttribute,
  prefix = '',
): Generator<readonly [string, JsonValue], void, undefined> {
  const name = `${prefix}${attribute.key}`;
  yield [name, foreignValue(attribute)];
  if (attribute.type === 'container') return;
  for (const child of attribute.children) {
    // A list may have its members without `values` around them, as older logs do.
    if (attribute.type === 'list' && attribute.values === null) continue;
    yield* foreignValues(child, `${name}.`);
  }
}

function foreignValue(attribute: XesAttribute): JsonValue {
  const { type, children, values } = attribute;
  if (type === 'list') return listed(values ?? children);
  if (type === 'container') return Object.fromEntries(children.flatMap((child) => [...foreignValues(child)]));
  return attribute.value === null ? null : scalar(attribute, false);
}

function listed(members: readonly XesAttribute[]): JsonValue {
  const keys = new Set(members.map(({ key }) => key));
  if (keys.size === 1 || members.length === 0) return members.map(foreignValue);
  const objects = members.map((member): JsonObject => Object.fromEntries(foreignValues(member)));
  return keys.size === members.length ? Object.fromEntries(objects.flatMap(Object.entries)) : objects;
}

function scalar(attribute: XesAttribute, isOurs: boolean): JsonValue {
  const text = textOf(attribute, isOurs);
  const word = text.trim();
  switch (attribute.type) {
    case 'int': {
      const number = Number(word);
      // An integer that a number cannot hold stays exact, as its text.
      return INTEGER.test(word) && Number.isSafeInteger(number) ? number : text;
    }
    case 'float':
      return floating(word) ?? text;
    case 'boolean':
      return boolean(word) ?? text;
    default:
      return text;
  }
}

function floating(word: string): number | undefined {
  if (/^[+-]?INF$/i.test(word))
    return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}

function boolean(word: string): boolean | undefined {
  if (/^(?:true|1)$/i.test(word)) return true;
  return /^(?:false|0)$/i.test(word) ? false : undefined;
}
