/** The list of records in a document: a bare array, or an object that holds it at a dotted path. */
import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import {
  ARRAY,
  ARRAY_END,
  COLON,
  COMMA,
  isSpace,
  JsonValidator,
  OBJECT,
  OBJECT_END,
  QUOTE,
} from './json-bytes.ts';
import { notJson, ScanError, truncated } from './scan-error.ts';
import type { Envelope, ScannedRecord } from './scanned-record.ts';
import {
  type FoundValue,
  headOf,
  NOT_TEXT,
  type ValueLimits,
  ValueScanner,
  valueAt,
} from './value-scanner.ts';

export interface EnvelopeOptions {
  readonly response: Profile['response'];
  readonly limits: ValueLimits;
  /**
   * As in a file: an object with an id is a record, not an envelope, and a record that is not UTF-8 is set aside. In a
   * page, what is not UTF-8 is replaced.
   */
  readonly isFile: boolean;
  /** Offset of the first byte in the document. */
  readonly offset: number;
}

/** What an envelope says at one place. */
interface Slot {
  value: JsonValue | undefined;
}

/** A member that leads to something, or is it. */
interface Place {
  readonly members: Map<string, Place>;
  readonly slots: Slot[];
  isList: boolean;
  isId: boolean;
}

/** What a dotted path names: a member whose name has the dots in it, or else one member inside another. */
interface Named {
  readonly literal: Slot;
  readonly walk: Slot;
}

function newPlace(): Place {
  return { members: new Map(), slots: [], isList: false, isId: false };
}

/** The place at the end of some names. */
function placeAt(root: Place, names: readonly string[]): Place {
  let place = root;
  for (const name of names) {
    const next = place.members.get(name) ?? newPlace();
    place.members.set(name, next);
    place = next;
  }
  return place;
}

/** The places that a dotted path may mean, the literal one first. */
function placesOf(root: Place, path: string): [literal: Place, walk: Place] {
  return [placeAt(root, [path]), placeAt(root, path.split('.'))];
}

function slotsAt(root: Place, path: string): Named {
  const [literal, walk] = placesOf(root, path);
  const named: Named = { literal: { value: undefined }, walk: { value: undefined } };
  literal.slots.push(named.literal);
  walk.slots.push(named.walk);
  return named;
}

function said({ literal, walk }: Named): JsonValue | undefined {
  return literal.value === undefined ? walk.value : literal.value;
}

/** Forgets what was said at a place and beneath; gives whether another place is among them. */
function forget(place: Place, wanted: Place | undefined): boolean {
  for (const slot of place.slots) slot.value = undefined;
  let isThere = place === wanted;
  for (const member of place.members.values()) isThere = forget(member, wanted) || isThere;
  return isThere;
}

const START = 0;
const NAME_OR_END = 1;
const NAME = 2;
const NAME_SEPARATOR = 3;
const VALUE = 4;
const AFTER_MEMBER = 5;
const ITEM_OR_END = 6;
const ITEM = 7;
const AFTER_ITEM = 8;
const DONE = 9;
const READING_NAME = 10;
const READING_ITEM = 11;
const READING_VALUE = 12;
const READING_ROOT = 13;
const SKIPPING = 14;

export class EnvelopeScanner {
  readonly #options: EnvelopeOptions;
  readonly #value: ValueScanner;
  readonly #validator = new JsonValidator();
  readonly #root = newPlace();
  readonly #total: Named;
  readonly #token: Named;
  /** The envelope, and the objects in it that are open. */
  readonly #inside: Place[] = [];
  #state = START;
  /** The member that is read, where it leads to something. */
  #member: Place | undefined;
  #offset: number;
  /** Where the list is: the place whose name has the dots in it goes before the walk. */
  #list: Place | undefined;
  readonly #literalList: Place;
  #isArray = false;
  /** Nothing but blanks, or null. */
  #isNothing = true;
  #hasId = false;
  #damaged = false;

  constructor(options: EnvelopeOptions) {
    const { response, isFile, limits, offset } = options;
    this.#options = options;
    this.#offset = offset;
    this.#value = new ValueScanner(limits);
    this.#total = slotsAt(this.#root, response.total);
    this.#token = slotsAt(this.#root, response.nextPageToken);
    const [literal, walk] = placesOf(this.#root, response.interactions);
    literal.isList = true;
    walk.isList = true;
    this.#literalList = literal;
    if (!isFile) return;
    for (const place of placesOf(this.#root, response.map['interactionId'] ?? 'interactionId'))
      place.isId = true;
  }

  /** Whether it is an envelope for sure: its list has begun, and no id stood before it. */
  get isEnvelope(): boolean {
    return this.#isArray && !this.#hasId;
  }

  /** Adds the records that the bytes complete; gives the index behind the document, -1 where it goes on. */
  push(bytes: Buffer, from: number, records: ScannedRecord[]): number {
    const offset = this.#offset - from;
    this.#offset = offset + bytes.length;
    let at = from;
    while (at < bytes.length) {
      if (this.#state === SKIPPING) {
        at = this.#validator.push(bytes, at, offset);
        if (at < 0) return -1;
        this.#state = AFTER_MEMBER;
      } else if (this.#state > DONE) {
        at = this.#value.push(bytes, at, offset);
        if (at < 0) return -1;
        this.#read(records);
      } else if (isSpace(bytes[at])) {
        at += 1;
      } else {
        at += this.#step(bytes[at] ?? 0, offset + at);
      }
      if (this.#state === DONE) return at;
    }
    return -1;
  }

  /** Nothing more comes. Throws ScanError where the document is not whole, or is something else. */
  end(): Pick<Envelope, 'total' | 'token' | 'damaged'> {
    if (this.#state === READING_ROOT) this.#read([]);
    if (this.#state !== DONE && this.#state !== START) throw truncated(this.#offset);
    const total = wholeNumber(said(this.#total));
    const token = said(this.#token);
    if (!this.#isNothing && this.#list === undefined && !this.#isArray && total !== 0)
      throw this.#noList(this.#offset);
    return {
      total,
      token:
        typeof token === 'string' && token !== '' ? token : typeof token === 'number' ? String(token) : null,
      damaged: this.#damaged,
    };
  }

  /** Takes one byte between values, or leaves it to what begins with it; gives how many it took. */
  #step(byte: number, at: number): 0 | 1 {
    switch (this.#state) {
      case START:
        if (byte === ARRAY) return this.#enterList();
        if (byte === OBJECT) return this.#enter(this.#root);
        this.#begin(READING_ROOT, byte, at);
        return 0;
      case NAME_OR_END:
      case NAME:
        if (byte === OBJECT_END && this.#state === NAME_OR_END) return this.#leave();
        if (byte !== QUOTE) throw notJson(at);
        this.#begin(READING_NAME, byte, at);
        return 0;
      case NAME_SEPARATOR:
        if (byte !== COLON) throw notJson(at);
        this.#state = VALUE;
        return 1;
      case VALUE:
        return this.#member === undefined ? this.#skip() : this.#said(this.#member, byte, at);
      case AFTER_MEMBER:
        if (byte === OBJECT_END) return this.#leave();
        if (byte !== COMMA) throw notJson(at);
        this.#state = NAME;
        return 1;
      case AFTER_ITEM:
        if (byte === ARRAY_END) return this.#leaveList();
        if (byte !== COMMA) throw notJson(at);
        this.#state = ITEM;
        return 1;
      default:
        if (byte === ARRAY_END && this.#state === ITEM_OR_END) return this.#leaveList();
        this.#begin(READING_ITEM, byte, at);
        return 0;
    }
  }

  #begin(state: number, byte: number, at: number): void {
    if (!this.#value.begin(byte, at)) throw notJson(at);
    this.#state = state;
  }

  #skip(): 0 {
    this.#validator.begin();
    this.#state = SKIPPING;
    return 0;
  }

  /** The value of a member that leads to something begins. */
  #said(member: Place, byte: number, at: number): 0 | 1 {
    if (member.isList) {
      if (this.#list !== undefined) return this.#otherList(at);
      this.#list = member;
      if (byte === ARRAY) return this.#enterList();
      if (byte !== 0x6e) throw this.#noList(at);
    }
    if (byte === OBJECT && member.members.size > 0) {
      for (const slot of member.slots) slot.value = null;
      return this.#enter(member);
    }
    if (member.slots.length === 0 && !member.isList) return this.#skip();
    this.#begin(READING_VALUE, byte, at);
    return 0;
  }

  /** A list at the other place that the path may mean. */
  #otherList(at: number): 0 {
    if (this.#list !== this.#literalList) throw this.#twice(at);
    return this.#skip();
  }

  #enter(object: Place): 1 {
    this.#isNothing = false;
    this.#inside.push(object);
    this.#state = NAME_OR_END;
    return 1;
  }

  #leave(): 1 {
    this.#inside.pop();
    this.#state = this.#inside.length === 0 ? DONE : AFTER_MEMBER;
    return 1;
  }

  #enterList(): 1 {
    this.#isNothing = false;
    this.#isArray = true;
    this.#state = ITEM_OR_END;
    return 1;
  }

  #leaveList(): 1 {
    this.#state = this.#inside.length === 0 ? DONE : AFTER_MEMBER;
    return 1;
  }

  /** A name, a record, or something that the envelope says was read. */
  #read(records: ScannedRecord[]): void {
    const at = this.#value.start;
    const found = this.#value.take();
    if (this.#state === READING_ITEM) {
      records.push(this.#record(found, at));
      this.#state = AFTER_ITEM;
      return;
    }
    const value = found.ok ? valueAt(found, at) : this.#passedOver(found, at);
    if (found.ok) this.#damaged ||= !isUtf8(found.raw);
    if (this.#state === READING_NAME) {
      this.#enterMember(String(value), at);
    } else if (this.#state === READING_ROOT) {
      this.#isNothing = value === null;
      this.#state = DONE;
    } else {
      for (const slot of this.#member?.slots ?? []) slot.value = value;
      this.#state = AFTER_MEMBER;
    }
  }

  /** What nests deeply is neither number nor text; what is too large might be a token, which must not be lost. */
  #passedOver({ reason, bytes }: Extract<FoundValue, { ok: false }>, at: number): null {
    if (bytes <= this.#options.limits.recordBytes) return null;
    throw new ScanError('too-large', `beside its records, it holds something that ${reason}`, at);
  }

  #record(found: FoundValue, at: number): ScannedRecord {
    if (!found.ok) return found;
    const { raw } = found;
    const value = valueAt(found, at);
    if (!isUtf8(raw)) {
      if (this.#options.isFile) return { ok: false, reason: NOT_TEXT, head: headOf(raw), bytes: raw.length };
      this.#damaged = true;
    }
    return { ok: true, value, bytes: raw.length, raw };
  }

  #enterMember(name: string, at: number): void {
    const member = this.#inside.at(-1)?.members.get(name);
    this.#member = member;
    this.#state = NAME_SEPARATOR;
    if (member === undefined) return;
    // As JSON.parse has it, the last member of a name counts; but records that were given cannot be taken back.
    if (forget(member, this.#list)) throw this.#twice(at);
    if (!member.isId) return;
    this.#hasId = true;
    if (this.#isArray) throw this.#unexpected(`has a list ${this.#listName} and an id of its own`, at);
  }

  get #listName(): string {
    return `“${this.#options.response.interactions}”`;
  }

  #twice(at: number): ScanError {
    return this.#unexpected(`has the list ${this.#listName} twice`, at);
  }

  #noList(at: number): ScanError {
    return this.#unexpected(`has no list ${this.#listName}`, at);
  }

  #unexpected(what: string, at: number): ScanError {
    return new ScanError('unexpected-answer', `it ${what}`, at);
  }
}

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
