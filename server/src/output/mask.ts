/** Masking of workflow variables, before a record is stored, shown or sent. */
import { createHmac, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type JsonObject, type JsonValue, STRUCTURE_FIELDS, VARIABLE_FIELDS } from '../protocol/history.ts';

/** Starts every masked value. */
export const MASK_TEXT = '***';

/** Where the tenant puts things: the profile's `response.steps` and `response.map`. */
export interface RecordLayout {
  readonly steps?: string;
  /** Product field name to dotted path in the tenant's record or step. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface Mask {
  /** False where there is nothing to mask: records come back as they are. */
  readonly active: boolean;
  /** A record as the tenant sent it, with the values of the masked variables replaced. Keys are kept. */
  record(raw: JsonObject): JsonObject;
  /** One step's variables. */
  variables(values: JsonObject): JsonObject;
  /** A piece of a record that could not be parsed: it cannot be searched, so a mask that is active hides it all. */
  text(piece: string): string;
  /** Whether a variable of this dotted path is masked. */
  matches(path: string): boolean;
}

const CONTAINER_PREFIX = /^(?:variables)?(?:before|after)\./i;

/** Deeper values are masked whole, since they cannot be searched safely: a mask fails closed. */
const DEEPEST = 500;
const TAG = /^\*{3}[0-9a-f]{8}$/;
const CACHE_SIZE = 20_000;

/** `*` stands for any run of characters; linear in time for any pattern, unlike a regular expression. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

interface Place {
  /** Dotted path inside the variables, the step or the record; array positions are left out. */
  readonly path: string;
  readonly zone: 'record' | 'step' | 'variables';
  readonly depth: number;
}

/**
 * A mask for one run. A pattern is a variable's name, exact in case, with `*` for any characters; with a dot in it
 * also the dotted path of a nested variable (`order.card*`; `before.` or `after.` in front is understood). Names
 * are looked for at any depth of the variables, in JSON text inside them, and in fields of the record that the
 * product does not know.
 *
 * A masked value becomes `***` and a short tag. Fixed text alone would make every masked variable look unchanged,
 * and what changed at a step is what the product is for. The tag is an HMAC under a key that lives only in this object
 * and is never stored: equal values of one run have equal tags, and nobody, not even with a list of all possible
 * values, can compute which value it was. The key is random unless one is given: a run that may be taken up again
 * derives it from the tenant's secret, so that only who could read the values at the tenant can make it again.
 */
export function createMask(
  patterns: readonly string[],
  layout: RecordLayout = {},
  key: Uint8Array = randomBytes(32),
): Mask {
  const wanted = [...new Set(patterns.flatMap((text) => [text, text.replace(CONTAINER_PREFIX, '')]))].filter(
    (text) => text !== '',
  );
  const fields = layout.fields ?? {};
  const stepsPath = layout.steps ?? 'steps';
  const containers = new Set(VARIABLE_FIELDS.map((name) => fields[name] ?? name));
  // Their names never fall under a pattern outside the variables: `*Id` must not mask `interactionId`.
  const kept = new Set([
    ...STRUCTURE_FIELDS,
    ...STRUCTURE_FIELDS.map((name) => fields[name] ?? name),
    ...containers,
  ]);
  // On the way to a nested field nothing is masked whole.
  const ways = new Set([...kept, stepsPath].flatMap((path) => prefixes(path)));
  const tags = new Map<string, string>();

  const tag = (value: JsonValue): string => {
    // Masked before: a record read back from a run's store keeps its tags.
    if (typeof value === 'string' && TAG.test(value)) return value;
    const text = canonicalText(value);
    const known = tags.get(text);
    if (known !== undefined) return known;
    const made = `${MASK_TEXT}${createHmac('sha256', key).update(text).digest('hex').slice(0, 8)}`;
    if (tags.size >= CACHE_SIZE) tags.clear();
    tags.set(text, made);
    return made;
  };

  const hit = (name: string, path: string): boolean =>
    wanted.some(
      (pattern) => matchesPattern(pattern, name) || (pattern.includes('.') && matchesPattern(pattern, path)),
    );

  const member = (name: string, value: JsonValue, place: Place): JsonValue => {
    const path = place.path === '' ? name : `${place.path}.${name}`;
    const depth = place.depth + 1;
    if (place.zone === 'record' && path === stepsPath) return walk(value, { path: '', zone: 'step', depth });
    if (place.zone !== 'variables') {
      if (containers.has(path)) return container(value, { path: '', zone: 'variables', depth });
      if (kept.has(path) || ways.has(path)) return walk(value, { path, zone: place.zone, depth });
    }
    return hit(name, path) ? tag(value) : walk(value, { path, zone: place.zone, depth });
  };

  const walk = (value: JsonValue, place: Place): JsonValue => {
    if (typeof value === 'string') return embedded(value, place);
    if (value === null || typeof value !== 'object') return value;
    if (place.depth > DEEPEST) return tag(value);
    if (isList(value)) return value.map((item) => walk(item, { ...place, depth: place.depth + 1 }));
    // Defines own properties: a record may have a key `__proto__`.
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, member(name, item, place)]));
  };

  /** Variables that are no object have no names to search by: they are masked whole. */
  const container = (value: JsonValue, place: Place): JsonValue => {
    if (value === null || (typeof value === 'object' && !isList(value))) return walk(value, place);
    return tag(value);
  };

  /** Variables often carry a JSON document as text, with the same names in it. */
  const embedded = (text: string, place: Place): string => {
    if (!/^\s*[[{]/.test(text)) return text;
    let parsed: JsonValue;
    try {
      parsed = JSON.parse(text);
    } catch {
      return text;
    }
    const masked = walk(parsed, { ...place, depth: place.depth + 1 });
    return canonicalText(masked) === canonicalText(parsed) ? text : canonicalText(masked);
  };

  const object = (value: JsonObject, place: Place): JsonObject => {
    if (wanted.length === 0) return value;
    const masked = walk(value, place);
    return typeof masked === 'object' && masked !== null && !isList(masked) ? masked : {};
  };

  return {
    active: wanted.length > 0,
    record: (raw) => object(raw, { path: '', zone: 'record', depth: 0 }),
    variables: (values) => object(values, { path: '', zone: 'variables', depth: 0 }),
    text: (piece) =>
      wanted.length === 0 ? piece : `${MASK_TEXT} (${piece.length} characters hidden by the mask)`,
    matches: (path) => {
      const parts = path.split('.');
      return parts.some((name, index) => hit(name, parts.slice(0, index + 1).join('.')));
    },
  };
}

/** `a.b.c` → `a`, `a.b`. */
function prefixes(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** One text for equal values, whatever the order of their keys. */
function canonicalText(value: JsonValue): string {
  try {
    return canonicalize(value) ?? 'null';
  } catch {
    // Half of a surrogate pair has no canonical form.
    return JSON.stringify(value);
  }
}
