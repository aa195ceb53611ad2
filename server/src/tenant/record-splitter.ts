/**
 * Finds the records in JSON that comes in pieces, without reading what stands around them: the elements of an array,
 * those of a list inside an object (`{"data": […]}`), or objects one after another (NDJSON).
 */
import type { JsonObject } from '../protocol/history.ts';
import { isObject, parseJson } from './json.ts';

/** A record that is larger is passed over: reading it would take longer than a keystroke may. */
const LARGEST_RECORD = 512 * 1024;
/** So many containers deep no list of records lies, and none has a longer name. */
const DEEPEST_LIST = 8;
const LONGEST_NAME = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
/** Blanks, and the bytes of a byte order mark. */
const BEFORE: ReadonlySet<number> = new Set([0x20, 0x09, NEWLINE, 0x0d, 0xef, 0xbb, 0xbf]);

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A container around the list that is looked for. */
interface Level {
  readonly isArray: boolean;
  /** Under which name the next value stands, in an object. */
  name: string;
}

/** An object that may be a record. */
interface Candidate {
  /** How many containers it lies in. */
  readonly depth: number;
  pieces: Uint8Array[];
  length: number;
}

export class RecordSplitter {
  readonly #lists: ReadonlySet<string>;
  #depth = 0;
  /** The outermost containers, at most DEEPEST_LIST, as long as no list was found in them. */
  readonly #levels: Level[] = [];
  /** How many containers the elements of the list lie in. */
  #list: number | undefined;
  #candidate: Candidate | undefined;
  #inString = false;
  #escaped = false;
  #expectsName = false;
  /** The bytes of a member's name, while they are read. */
  #name: number[] | undefined;
  /** Whether each line is a value of its own: known once the first has ended, or goes on in the next line. */
  #linewise: boolean | undefined;
  #isJson: boolean | undefined;

  /** Takes the dotted paths at which an object may hold the list of records. */
  constructor(lists: readonly string[]) {
    this.#lists = new Set(lists);
  }

  /** False once it is clear that no records come. */
  get goesOn(): boolean {
    return this.#isJson !== false;
  }

  /** Takes the next bytes; gives the objects that ended in them. The bytes must stay as they are. */
  take(bytes: Uint8Array): JsonObject[] {
    const found: JsonObject[] = [];
    let at = this.#begin(bytes);
    // Where in these bytes the candidate goes on.
    let start = at;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === NEWLINE) this.#newline();
      if (this.#inString) {
        this.#string(byte);
      } else if (byte === QUOTE) {
        this.#inString = true;
        if (this.#expectsName) this.#name = [];
      } else if (byte === OBJECT || byte === ARRAY) {
        if (this.#opens(byte === ARRAY)) start = at;
      } else if (byte === OBJECT_END || byte === ARRAY_END) {
        const ended = this.#closes();
        if (ended === undefined) continue;
        keep(ended, bytes.subarray(start, at + 1));
        const value = read(ended);
        if (value !== undefined) found.push(value);
      } else if (byte === COMMA) {
        this.#expectsName = this.#level()?.isArray === false;
      } else if (byte === COLON) {
        this.#expectsName = false;
      }
    }
    if (this.#candidate !== undefined) keep(this.#candidate, bytes.subarray(start));
    return found;
  }

  /** Where JSON begins in these bytes; their end where it does not. */
  #begin(bytes: Uint8Array): number {
    if (this.#isJson !== undefined) return this.#isJson ? 0 : bytes.length;
    const at = bytes.findIndex((byte) => !BEFORE.has(byte));
    if (at < 0) return bytes.length;
    this.#isJson = bytes[at] === OBJECT || bytes[at] === ARRAY;
    return this.#isJson ? at : bytes.length;
  }

  /** The innermost container, where it is one of those that may hold the list. */
  #level(): Level | undefined {
    return this.#levels.length === this.#depth ? this.#levels.at(-1) : undefined;
  }

  #newline(): void {
    // A line never ends inside a string: what began before it is broken, and the next line may be none of it.
    if (this.#inString) this.#linewise = true;
    else if (this.#depth > 0) this.#linewise ??= false;
    if (this.#linewise !== true) return;
    this.#depth = 0;
    this.#levels.length = 0;
    this.#list = undefined;
    this.#candidate = undefined;
    this.#inString = false;
    this.#escaped = false;
    this.#expectsName = false;
    this.#name = undefined;
  }

  #string(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      const level = this.#level();
      if (this.#name !== undefined && level !== undefined) {
        level.name = new TextDecoder().decode(Uint8Array.from(this.#name));
      }
      this.#name = undefined;
      return;
    }
    if (this.#name !== undefined && this.#name.length < LONGEST_NAME) this.#name.push(byte);
  }

  /** A container begins: true where it may be a record. */
  #opens(isArray: boolean): boolean {
    const outside = this.#depth;
    const level = this.#level();
    this.#depth += 1;
    this.#expectsName = false;
    if (this.#list !== undefined) {
      if (isArray || outside !== this.#list) return false;
      this.#candidate = { depth: outside, pieces: [], length: 0 };
      return true;
    }
    const isList = isArray && (outside === 0 || (level !== undefined && this.#lists.has(this.#path())));
    if (isList) {
      this.#list = this.#depth;
      this.#candidate = undefined;
      this.#levels.length = 0;
      return false;
    }
    if (outside > 0 && (level === undefined || outside >= DEEPEST_LIST)) return false;
    this.#levels.push({ isArray, name: '' });
    this.#expectsName = !isArray;
    if (outside > 0) return false;
    this.#candidate = { depth: 0, pieces: [], length: 0 };
    return true;
  }

  /** The path of the next value; an array has no part in one. */
  #path(): string {
    return this.#levels.map(({ isArray, name }) => (isArray ? '[]' : name)).join('.');
  }

  /** A container ends: the candidate, where it was that. */
  #closes(): Candidate | undefined {
    this.#depth = Math.max(0, this.#depth - 1);
    this.#levels.length = Math.min(this.#levels.length, this.#depth);
    this.#expectsName = false;
    if (this.#list !== undefined && this.#depth < this.#list) this.#list = undefined;
    if (this.#depth === 0) this.#linewise ??= true;
    const candidate = this.#candidate;
    if (candidate === undefined || candidate.depth !== this.#depth) return undefined;
    this.#candidate = undefined;
    return candidate;
  }
}

function keep(candidate: Candidate, piece: Uint8Array): void {
  candidate.length += piece.length;
  if (candidate.length <= LARGEST_RECORD) candidate.pieces.push(piece);
  else candidate.pieces = [];
}

/** The object that the bytes are, where they are one. */
function read({ pieces }: Candidate): JsonObject | undefined {
  try {
    const value = parseJson(strict.decode(Buffer.concat(pieces)));
    return isObject(value) ? value : undefined;
  } catch {
    // Broken, too large, or no UTF-8: the others are read all the same.
    return undefined;
  }
}
