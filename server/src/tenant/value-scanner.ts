/** One JSON value after another, cut out of bytes that come in pieces; what is too large or too deep is not held. */
import type { JsonValue } from '../protocol/history.ts';
import { withExactIntegers } from './exact-integers.ts';
import { ARRAY, ARRAY_END, BACKSLASH, JsonValidator, OBJECT, OBJECT_END, QUOTE } from './json-bytes.ts';
import { notJson } from './scan-error.ts';

export interface ValueLimits {
  /** A value with more bytes is passed over. */
  readonly recordBytes: number;
  /** A value that nests more levels is passed over. */
  readonly depth: number;
}

/** A value as it was found. Its grammar is not checked yet, save where it was passed over. */
export type FoundValue =
  | {
      readonly ok: true;
      /** Its text: a view of the bytes that were pushed last, or a copy. */
      readonly raw: Buffer;
      /** Places behind the 16th digit in a row of a number, which a double may not hold. */
      readonly long: readonly number[];
    }
  | { readonly ok: false; readonly reason: string; readonly head: string; readonly bytes: number };

export const NOT_TEXT = 'not valid UTF-8';

const HEAD_CHARACTERS = 200;
const HEAD_BYTES = 4 * HEAD_CHARACTERS;
/** A double holds every integer with fewer digits. */
const LONG_DIGITS = 16;
const FIRST_CAPACITY = 16 * 1024;
/** What was needed once for a value of this size is given back. */
const MOST_CAPACITY = 1024 * 1024;

/** The first characters of a text. */
export function headOf(raw: Buffer): string {
  return raw.toString('utf8', 0, HEAD_BYTES).slice(0, HEAD_CHARACTERS);
}

/** The first characters of what comes in pieces, and its length. */
export class Passed {
  #begin = Buffer.alloc(0);
  #bytes = 0;

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    const room = HEAD_BYTES - this.#begin.length;
    if (room > 0) this.#begin = Buffer.concat([this.#begin, piece.subarray(0, room)]);
  }

  /** Gives what was added, and begins anew. */
  take(): { readonly head: string; readonly bytes: number } {
    const taken = { head: headOf(this.#begin), bytes: this.#bytes };
    this.#begin = Buffer.alloc(0);
    this.#bytes = 0;
    return taken;
  }
}

/** Bytes that were copied out of the pieces they came in. */
export class Held {
  #buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(bytes: Buffer): void {
    const size = this.#size + bytes.length;
    if (size > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.max(FIRST_CAPACITY, size, Math.min(2 * this.#buffer.length, size + 2 ** 22)),
      );
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  /** What is held, as it is until the next call of `add`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
    if (this.#buffer.length > MOST_CAPACITY) this.#buffer = Buffer.alloc(0);
  }
}

/** Follows containers and strings to their end: brackets are counted, and what kind they are is left to the parser. */
export class ValueEnd {
  #depth = 0;
  #deepest = 0;
  #long: number[] = [];
  #digits = 0;
  /** Bytes of the value in the pieces before. */
  #before = 0;
  #inString = false;
  #escaped = false;

  begin(): void {
    this.#depth = 0;
    this.#deepest = 0;
    if (this.#long.length > 0) this.#long = [];
    this.#digits = 0;
    this.#before = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /** Levels that were open at once. */
  get deepest(): number {
    return this.#deepest;
  }

  /** Places in the value behind the 16th digit in a row of a number. */
  get long(): readonly number[] {
    return this.#long;
  }

  /** Goes on at an index of some bytes; gives the index behind the value, -1 where it goes on in the next bytes. */
  push(bytes: Uint8Array, from: number): number {
    const end = bytes.length;
    let at = from;
    let depth = this.#depth;
    let deepest = this.#deepest;
    let digits = this.#digits;
    const start = from - this.#before;
    this.#before += end - from;
    if (this.#inString) {
      at = this.#restOfString(bytes, at);
      if (at < 0) return -1;
      if (depth === 0) return at;
    }
    while (at < end) {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (byte === QUOTE) {
        digits = 0;
        let inString = true;
        while (at < end) {
          const inner = bytes[at] ?? 0;
          at += 1;
          if (inner === QUOTE) {
            inString = false;
            break;
          }
          if (inner === BACKSLASH) at += 1;
        }
        if (inString) {
          this.#inString = true;
          this.#escaped = at > end;
          break;
        }
        if (depth === 0) return at;
      } else if (byte === OBJECT || byte === ARRAY) {
        digits = 0;
        depth += 1;
        if (depth > deepest) deepest = depth;
      } else if (byte === OBJECT_END || byte === ARRAY_END) {
        digits = 0;
        depth -= 1;
        if (depth === 0) {
          this.#deepest = deepest;
          return at;
        }
      } else if (byte <= 0x39 && byte >= 0x30) {
        digits += 1;
        if (digits === LONG_DIGITS) this.#long.push(at - start);
      } else {
        digits = 0;
      }
    }
    this.#depth = depth;
    this.#deepest = deepest;
    this.#digits = digits;
    return -1;
  }

  #restOfString(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#escaped && at < bytes.length) {
      this.#escaped = false;
      at += 1;
    }
    while (at < bytes.length) {
      const byte = bytes[at];
      at += 1;
      if (byte === QUOTE) {
        this.#inString = false;
        return at;
      }
      if (byte === BACKSLASH) at += 1;
    }
    this.#escaped = this.#escaped || at > bytes.length;
    return -1;
  }
}

const CONTAINER = 0;
const SCALAR = 1;
const PASSED_OVER = 2;

/** Letters, digits, signs and points: what numbers and words are made of. */
const SCALAR_BYTES = new Uint8Array(256);
for (const byte of Buffer.from('+-.0123456789')) SCALAR_BYTES[byte] = 1;
for (let byte = 0x61; byte <= 0x7a; byte += 1) {
  SCALAR_BYTES[byte] = 1;
  SCALAR_BYTES[byte - 0x20] = 1;
}

/** Cuts values out. `begin` at the first byte of each, then `push` until it has ended, then `take`. */
export class ValueScanner {
  readonly #limits: ValueLimits;
  readonly #end = new ValueEnd();
  readonly #held = new Held();
  readonly #validator = new JsonValidator();
  #mode = CONTAINER;
  readonly #passed = new Passed();
  /** Offset of its first byte in the document. */
  #start = 0;
  #found: FoundValue | undefined;

  constructor(limits: ValueLimits) {
    this.#limits = limits;
  }

  /** A value begins with a byte at an offset of the document; false where no value begins so. */
  begin(byte: number, offset: number): boolean {
    const isContainer = byte === OBJECT || byte === ARRAY || byte === QUOTE;
    this.#mode = isContainer ? CONTAINER : SCALAR;
    this.#start = offset;
    this.#held.clear();
    this.#end.begin();
    return isContainer || (SCALAR_BYTES[byte] === 1 && byte !== 0x2b && byte !== 0x2e);
  }

  get start(): number {
    return this.#start;
  }

  /**
   * Goes on at an index of some bytes, the first of which is at an offset of the document. Gives the index behind the
   * value, -1 where it goes on in the next bytes. Throws ScanError where a value that is passed over is not JSON.
   */
  push(bytes: Buffer, from: number, offset: number): number {
    if (this.#mode === PASSED_OVER) return this.#passOver(bytes, from, offset);
    const end = this.#mode === SCALAR ? endOfScalar(bytes, from) : this.#end.push(bytes, from);
    const size = this.#held.size + (end < 0 ? bytes.length : end) - from;
    if (this.#end.deepest > this.#limits.depth || size > this.#limits.recordBytes) {
      return this.#giveUp(bytes, from, offset);
    }
    if (end < 0) {
      this.#held.add(bytes.subarray(from));
      return -1;
    }
    let raw = bytes.subarray(from, end);
    if (this.#held.size > 0) {
      this.#held.add(raw);
      raw = Buffer.from(this.#held.view());
    }
    this.#found = {
      ok: true,
      raw,
      long: this.#mode === SCALAR ? longScalar(raw) : this.#end.long,
    };
    return end;
  }

  /** The value that has ended; without one, the number or word that nothing stands behind. */
  take(): FoundValue {
    const raw = this.#held.view();
    const found = this.#found ?? { ok: true, raw, long: longScalar(raw) };
    this.#found = undefined;
    return found;
  }

  #giveUp(bytes: Buffer, from: number, offset: number): number {
    const before = this.#held.view();
    this.#passed.add(before);
    this.#mode = PASSED_OVER;
    this.#validator.begin();
    // What is held has not ended: else it would not be held.
    this.#validator.push(before, 0, this.#start);
    this.#held.clear();
    return this.#passOver(bytes, from, offset);
  }

  #passOver(bytes: Buffer, from: number, offset: number): number {
    const end = this.#validator.push(bytes, from, offset);
    this.#passed.add(bytes.subarray(from, end < 0 ? bytes.length : end));
    if (end < 0) return -1;
    const passed = this.#passed.take();
    const isLarge = passed.bytes > this.#limits.recordBytes;
    this.#found = { ok: false, reason: isLarge ? tooLarge(this.#limits) : tooDeep(this.#limits), ...passed };
    return end;
  }
}

/** A number by itself is looked at from its end. */
function longScalar(raw: Buffer): readonly number[] {
  return raw.length < LONG_DIGITS ? [] : [raw.length];
}

function endOfScalar(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) if (SCALAR_BYTES[bytes[at] ?? 0] !== 1) return at;
  return -1;
}

export function tooDeep({ depth }: ValueLimits): string {
  return `is nested more than ${depth} levels deep`;
}

export function tooLarge({ recordBytes: bytes }: ValueLimits): string {
  return `is larger than ${bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${bytes} bytes`}`;
}

type FoundText = Pick<Extract<FoundValue, { ok: true }>, 'raw' | 'long'>;

/** The value of a text; an integer that a double cannot hold comes as its text. Throws SyntaxError. */
export function parseFound({ raw, long }: FoundText): JsonValue {
  return JSON.parse(long.length > 0 ? withExactIntegers(raw, long) : raw.toString('utf8'));
}

/** The value of a text that stands at an offset of the document. Throws ScanError, which knows the byte. */
export function valueAt(found: FoundText, offset: number): JsonValue {
  try {
    return parseFound(found);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const end = new JsonValidator().push(found.raw, 0, offset);
    throw notJson(offset + (end < 0 ? found.raw.length : end));
  }
}
