/** JSON as bytes: the characters that matter, and a check of the grammar that holds nothing. */
import { notJson, ScanError } from './scan-error.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const ARRAY = 0x5b;
export const ARRAY_END = 0x5d;
export const OBJECT = 0x7b;
export const OBJECT_END = 0x7d;
export const NEWLINE = 0x0a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function isExponent(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}

/** Digits, signs, points and exponents: what a number is made of. */
export function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || byte === MINUS || byte === PLUS || byte === POINT || isExponent(byte);
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** So many levels are followed; what nests deeper is meant to harm. */
const MAX_LEVELS = 2 ** 22;

/** What comes next. */
const VALUE = 0;
const ITEM_OR_END = 1;
const NAME_OR_END = 2;
const NAME = 3;
const NAME_SEPARATOR = 4;
const AFTER_VALUE = 5;
const STRING = 6;
const ESCAPE = 7;
const HEX = 8;
const LITERAL = 9;
const NUMBER_SIGN = 10;
const NUMBER_ZERO = 11;
const NUMBER_WHOLE = 12;
const NUMBER_POINT = 13;
const NUMBER_FRACTION = 14;
const NUMBER_EXPONENT = 15;
const NUMBER_EXPONENT_SIGN = 16;
const NUMBER_POWER = 17;
/** Instead of what comes next: the value ended before this byte, or the byte has no place here. */
const ENDED = 18;
const WRONG = 19;

const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

const LITERALS: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);
const NOTHING: Uint8Array = new Uint8Array(0);

/** Checks one JSON value that comes in pieces, as JSON.parse would, whatever its size, and holds none of it. */
export class JsonValidator {
  #state = VALUE;
  /** One for each container that is open: 1 is an object. */
  #levels: Uint8Array = new Uint8Array(64);
  #depth = 0;
  #isName = false;
  #literal = NOTHING;
  /** Digits of an escape, or letters of a word, that are still to come. */
  #left = 0;

  /** Another value begins. */
  begin(): void {
    this.#state = VALUE;
    this.#depth = 0;
  }

  /**
   * Goes on at an index of some bytes, the first of which is at an offset of the document. Gives the index behind the
   * value, -1 where it goes on in the next bytes (so does a number of its own). Throws ScanError.
   */
  push(bytes: Uint8Array, from: number, offset: number): number {
    const end = bytes.length;
    for (let at = from; at < end; at += 1) {
      if (this.#state === STRING) {
        at = this.#skipText(bytes, at);
        if (at === end) return -1;
      }
      const byte = bytes[at] ?? 0;
      if (this.#state > AFTER_VALUE) {
        const next = this.#inside(byte);
        if (next === WRONG) throw notJson(offset + at);
        this.#state = next === ENDED ? AFTER_VALUE : next;
        const isWhole = this.#depth === 0 && this.#state === AFTER_VALUE;
        if (isWhole) return next === ENDED ? at : at + 1;
        if (next !== ENDED) continue;
      }
      if (isSpace(byte)) continue;
      if (!this.#between(byte, offset + at)) throw notJson(offset + at);
      if (this.#state === AFTER_VALUE && this.#depth === 0) return at + 1;
    }
    return -1;
  }

  /** Where in a string something other than plain text comes; the end where nothing does. */
  #skipText(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
    }
    return at;
  }

  /** The state after a byte of a string, a word or a number. */
  #inside(byte: number): number {
    switch (this.#state) {
      case STRING:
        if (byte === QUOTE) return this.#isName ? NAME_SEPARATOR : AFTER_VALUE;
        return byte === BACKSLASH ? ESCAPE : WRONG;
      case ESCAPE:
        this.#left = 4;
        if (byte === 0x75) return HEX;
        return ESCAPES.has(byte) ? STRING : WRONG;
      case HEX:
        this.#left -= 1;
        if (!isHex(byte)) return WRONG;
        return this.#left === 0 ? STRING : HEX;
      case LITERAL:
        if (byte !== this.#literal[this.#literal.length - this.#left]) return WRONG;
        this.#left -= 1;
        return this.#left === 0 ? AFTER_VALUE : LITERAL;
      default:
        return numberStep(this.#state, byte);
    }
  }

  /** A byte between values; false where it has no place there. */
  #between(byte: number, at: number): boolean {
    switch (this.#state) {
      case ITEM_OR_END:
        return byte === ARRAY_END ? this.#close() : this.#value(byte, at);
      case VALUE:
        return this.#value(byte, at);
      case NAME_OR_END:
        return byte === OBJECT_END ? this.#close() : this.#name(byte);
      case NAME:
        return this.#name(byte);
      case NAME_SEPARATOR:
        this.#state = VALUE;
        return byte === COLON;
      default:
        return this.#afterValue(byte);
    }
  }

  #name(byte: number): boolean {
    this.#state = STRING;
    this.#isName = true;
    return byte === QUOTE;
  }

  #afterValue(byte: number): boolean {
    const isObject = this.#levels[this.#depth - 1];
    if (byte === COMMA) {
      this.#state = isObject === 1 ? NAME : VALUE;
      return true;
    }
    return byte === (isObject === 1 ? OBJECT_END : ARRAY_END) && this.#close();
  }

  #close(): true {
    this.#depth -= 1;
    this.#state = AFTER_VALUE;
    return true;
  }

  #value(byte: number, at: number): boolean {
    if (byte === QUOTE) {
      this.#state = STRING;
      this.#isName = false;
      return true;
    }
    if (byte === OBJECT || byte === ARRAY) {
      this.#open(byte === OBJECT ? 1 : 0, at);
      return true;
    }
    if (byte === MINUS || isDigit(byte)) {
      this.#state = byte === MINUS ? NUMBER_SIGN : byte === ZERO ? NUMBER_ZERO : NUMBER_WHOLE;
      return true;
    }
    const literal = LITERALS.get(byte);
    if (literal === undefined) return false;
    this.#state = LITERAL;
    this.#literal = literal;
    this.#left = literal.length - 1;
    return true;
  }

  #open(isObject: 0 | 1, at: number): void {
    if (this.#depth === this.#levels.length) {
      if (this.#depth >= MAX_LEVELS) {
        throw new ScanError('too-large', `it is nested more than ${MAX_LEVELS} levels deep`, at);
      }
      const levels = new Uint8Array(this.#depth * 2);
      levels.set(this.#levels);
      this.#levels = levels;
    }
    this.#levels[this.#depth] = isObject;
    this.#depth += 1;
    this.#state = isObject === 1 ? NAME_OR_END : ITEM_OR_END;
  }
}

/** The state after a byte of a number. */
function numberStep(state: number, byte: number): number {
  switch (state) {
    case NUMBER_SIGN:
      if (byte === ZERO) return NUMBER_ZERO;
      return isDigit(byte) ? NUMBER_WHOLE : WRONG;
    case NUMBER_ZERO:
      return afterWhole(byte);
    case NUMBER_WHOLE:
      return isDigit(byte) ? NUMBER_WHOLE : afterWhole(byte);
    case NUMBER_POINT:
      return isDigit(byte) ? NUMBER_FRACTION : WRONG;
    case NUMBER_FRACTION:
      if (isDigit(byte)) return NUMBER_FRACTION;
      return isExponent(byte) ? NUMBER_EXPONENT : ENDED;
    case NUMBER_EXPONENT:
      if (byte === PLUS || byte === MINUS) return NUMBER_EXPONENT_SIGN;
      return isDigit(byte) ? NUMBER_POWER : WRONG;
    case NUMBER_EXPONENT_SIGN:
      return isDigit(byte) ? NUMBER_POWER : WRONG;
    default:
      return isDigit(byte) ? NUMBER_POWER : ENDED;
  }
}

function afterWhole(byte: number): number {
  if (byte === POINT) return NUMBER_POINT;
  return isExponent(byte) ? NUMBER_EXPONENT : ENDED;
}
