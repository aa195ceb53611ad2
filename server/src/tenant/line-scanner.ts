/**
 * The records of a file that begins with an object: a record or an envelope a line, or one document over several
 * lines. A line that cannot be read is set aside. How the bytes are cut makes no difference to what is read.
 */
import { isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { EnvelopeScanner } from './envelope-scanner.ts';
import { excerpt } from './errors.ts';
import { getter, isObject } from './json.ts';
import { isSpace, NEWLINE } from './json-bytes.ts';
import { notJson, ScanError, truncated } from './scan-error.ts';
import type { ScannedRecord } from './scanned-record.ts';
import {
  Held,
  headOf,
  NOT_TEXT,
  Passed,
  parseFound,
  tooDeep,
  tooLarge,
  ValueEnd,
  type ValueLimits,
} from './value-scanner.ts';

/** So much is held before it is asked whether it is an envelope, whose records then come one by one. */
const FIRST_LOOK = 2 ** 20;

const FIRST_LINE = 0;
const LINES = 1;
/** The first line left a value open. */
const DOCUMENT = 2;
/** That value has ended, and is JSON; unless something else follows, it is the document. */
const BEHIND_DOCUMENT = 3;
const ENVELOPE = 4;
const BEHIND_ENVELOPE = 5;
/** In a line that is too large. */
const SKIPPING = 6;

const LINE_END = Buffer.from('\n');

export interface LineOptions {
  readonly response: Profile['response'];
  readonly limits: ValueLimits;
  /** Offset of the first byte in the file, and its line. */
  readonly offset: number;
  readonly line: number;
}

export class LineScanner {
  readonly #options: LineOptions;
  readonly #list: (value: JsonObject) => JsonValue | undefined;
  readonly #id: (value: JsonObject) => JsonValue | undefined;
  /** Sizes at which what is held is looked at. */
  readonly #looks: readonly number[];
  readonly #facts = new ValueEnd();
  readonly #document = new ValueEnd();
  /** The line, or the document. */
  readonly #held = new Held();
  #looked = 0;
  #mode = FIRST_LINE;
  #line: number;
  /** Offset in the file of the byte that is next. */
  #position: number;
  /** Offset of the line, or of the document. */
  #start: number;
  #envelope: EnvelopeScanner | undefined;
  /** Nothing may follow the envelope, since it is not on a line of its own. */
  #isWhole = false;
  /** Line ends in an envelope or behind a document. */
  #linesWithin = 0;
  readonly #skipped = new Passed();

  constructor(options: LineOptions) {
    const { response, limits, line, offset } = options;
    this.#options = options;
    this.#list = getter(response.interactions);
    this.#id = getter(response.map['interactionId'] ?? 'interactionId');
    this.#looks = [Math.min(FIRST_LOOK, limits.recordBytes), limits.recordBytes];
    this.#line = line;
    this.#position = offset;
    this.#start = offset;
  }

  /** Adds the records that the bytes complete. Throws ScanError. */
  push(bytes: Buffer, from: number, records: ScannedRecord[]): void {
    let at = from;
    while (at < bytes.length) {
      const next = this.#go(bytes, at, records);
      this.#position += next - at;
      at = next;
    }
  }

  /** Nothing more comes; adds the records that this completes. Throws ScanError. */
  end(records: ScannedRecord[]): void {
    if (this.#mode === DOCUMENT) this.#asLines(records);
    if (this.#mode === FIRST_LINE || this.#mode === LINES) this.#endLine(this.#takeHeld(), records, false);
    else if (this.#mode === SKIPPING) this.#endSkipped(records);
    else if (this.#mode === BEHIND_DOCUMENT) this.#read(this.#held.view(), undefined, records);
    else if (this.#mode === ENVELOPE) throw truncated(this.#position);
  }

  #go(bytes: Buffer, at: number, records: ScannedRecord[]): number {
    switch (this.#mode) {
      case ENVELOPE:
        return this.#inEnvelope(bytes, at, records);
      case BEHIND_ENVELOPE:
        return this.#behindEnvelope(bytes, at);
      case DOCUMENT:
        return this.#inDocument(bytes, at, records);
      case BEHIND_DOCUMENT:
        return this.#behindDocument(bytes, at, records);
      default:
        return this.#inLine(bytes, at, records);
    }
  }

  /** Reads bytes once more that were held. */
  #again(bytes: Buffer, offset: number, records: ScannedRecord[]): void {
    const position = this.#position;
    this.#position = offset;
    this.push(bytes, 0, records);
    this.#position = position;
  }

  #inLine(bytes: Buffer, at: number, records: ScannedRecord[]): number {
    const newline = bytes.indexOf(NEWLINE, at);
    const piece = bytes.subarray(at, newline < 0 ? bytes.length : newline);
    if (this.#mode === SKIPPING) {
      this.#skipped.add(piece);
      if (newline >= 0) this.#endSkipped(records);
      return newline < 0 ? bytes.length : newline + 1;
    }
    if (this.#held.size === 0) this.#start = this.#position;
    let line = piece;
    if (newline < 0 || this.#held.size > 0) {
      this.#held.add(piece);
      line = this.#held.view();
    }
    if (this.#look(line, records)) return newline < 0 ? bytes.length : newline;
    if (line.length > this.#options.limits.recordBytes) {
      this.#skip(line);
      if (newline >= 0) this.#endSkipped(records);
    } else if (newline >= 0) {
      this.#endLine(this.#held.size > 0 ? this.#takeHeld() : line, records, true);
    }
    return newline < 0 ? bytes.length : newline + 1;
  }

  #skip(line: Buffer): void {
    this.#skipped.add(line);
    this.#held.clear();
    this.#mode = SKIPPING;
  }

  #endSkipped(records: ScannedRecord[]): void {
    const reason = tooLarge(this.#options.limits);
    records.push({ ok: false, reason, ...this.#skipped.take(), line: this.#line });
    this.#nextLine();
  }

  #nextLine(): void {
    this.#mode = LINES;
    this.#line += 1;
    this.#looked = 0;
  }

  /** A copy of what is held, which then is held no more. */
  #takeHeld(): Buffer {
    const copy = Buffer.from(this.#held.view());
    this.#held.clear();
    return copy;
  }

  /** A line is whole. Nothing follows it in the file, where it has no end. */
  #endLine(line: Buffer, records: ScannedRecord[], hasEnd: boolean): void {
    const isFirst = this.#mode === FIRST_LINE;
    if (!line.every(isSpace)) {
      if (isFirst && hasEnd && !isJson(line) && this.#opens(line, records)) return;
      this.#read(line, this.#line, records);
    }
    this.#nextLine();
  }

  /** Whether the first line leaves a value open, which then may be a document of many lines. */
  #opens(line: Buffer, records: ScannedRecord[]): boolean {
    this.#document.begin();
    if (this.#document.push(line, 0) >= 0) return false;
    this.#held.add(line);
    this.#mode = DOCUMENT;
    this.#inDocument(LINE_END, 0, records);
    return true;
  }

  #inDocument(bytes: Buffer, at: number, records: ScannedRecord[]): number {
    const end = this.#document.push(bytes, at);
    const next = end < 0 ? bytes.length : end;
    this.#held.add(bytes.subarray(at, next));
    const document = this.#held.view();
    // Once it is read on as an envelope, nothing is left to do.
    if (this.#look(document, records)) return next;
    if (document.length > this.#options.limits.recordBytes) {
      this.#asLines(records);
    } else if (end >= 0) {
      if (isJson(document)) this.#mode = BEHIND_DOCUMENT;
      else this.#asLines(records);
    }
    return next;
  }

  #behindDocument(bytes: Buffer, from: number, records: ScannedRecord[]): number {
    let at = from;
    for (; at < bytes.length && isSpace(bytes[at]); at += 1)
      if (bytes[at] === NEWLINE) this.#linesWithin += 1;
    if (at === bytes.length) return at;
    this.#asLines(records);
    if (this.#linesWithin > 0) {
      this.#again(LINE_END, this.#position, records);
      this.#line += this.#linesWithin - 1;
      this.#linesWithin = 0;
    }
    return at;
  }

  /** It was no document: every line of it is read by itself. */
  #asLines(records: ScannedRecord[]): void {
    this.#mode = LINES;
    this.#looked = 0;
    this.#again(this.#takeHeld(), this.#start, records);
  }

  /** Looks at a text once it is large: whether it is an envelope. It then is read on as one. */
  #look(text: Buffer, records: ScannedRecord[]): boolean {
    for (
      let size = this.#looks[this.#looked];
      size !== undefined && text.length > size;
      size = this.#looks[this.#looked]
    ) {
      this.#looked += 1;
      // A copy of what is held, for it will be overwritten.
      const seen = this.#held.size > 0 ? Buffer.from(text) : text;
      const found: ScannedRecord[] = [];
      const envelope = this.#newEnvelope();
      if (!begins(envelope, seen.subarray(0, size), found)) continue;
      this.#isWhole = this.#mode === DOCUMENT;
      this.#mode = ENVELOPE;
      this.#envelope = envelope;
      this.#held.clear();
      this.#add(found, records);
      this.#again(seen.subarray(size), this.#start + size, records);
      return true;
    }
    return false;
  }

  #inEnvelope(bytes: Buffer, at: number, records: ScannedRecord[]): number {
    const found: ScannedRecord[] = [];
    const end = this.#envelope?.push(bytes, at, found) ?? at;
    this.#add(found, records);
    if (end >= 0) {
      this.#envelope?.end();
      this.#envelope = undefined;
      this.#mode = BEHIND_ENVELOPE;
    }
    const next = end < 0 ? bytes.length : end;
    for (
      let line = bytes.indexOf(NEWLINE, at);
      line >= 0 && line < next;
      line = bytes.indexOf(NEWLINE, line + 1)
    )
      this.#linesWithin += 1;
    return next;
  }

  #behindEnvelope(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      if (!isSpace(bytes[at])) throw notJson(this.#position + at - from);
      if (bytes[at] !== NEWLINE || this.#isWhole) continue;
      this.#line += this.#linesWithin;
      this.#linesWithin = 0;
      this.#nextLine();
      return at + 1;
    }
    return bytes.length;
  }

  /** Reads a line, or a document, that is whole. */
  #read(raw: Buffer, line: number | undefined, records: ScannedRecord[]): void {
    const add = (record: ScannedRecord): number =>
      records.push(line === undefined ? record : { ...record, line });
    const setAside = (reason: string): number =>
      add({ ok: false, reason, head: headOf(raw), bytes: raw.length });
    this.#facts.begin();
    this.#facts.push(raw, 0);
    let value: JsonValue;
    try {
      value = parseFound({ raw, long: this.#facts.long });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      setAside(isUtf8(raw) ? `not JSON: ${excerpt(error.message, 200)}` : NOT_TEXT);
      return;
    }
    const found = this.#isEnvelope(value) ? this.#recordsOf(raw) : undefined;
    if (typeof found === 'string') setAside(found);
    else if (found !== undefined) for (const record of found) add(record);
    else if (!isUtf8(raw)) setAside(NOT_TEXT);
    else if (this.#facts.deepest > this.#options.limits.depth) setAside(tooDeep(this.#options.limits));
    else add({ ok: true, value, bytes: raw.length, raw });
  }

  #isEnvelope(value: JsonValue): boolean {
    return isObject(value) && this.#id(value) === undefined && Array.isArray(this.#list(value));
  }

  /** The records of an envelope that is whole, or why they cannot be told. */
  #recordsOf(raw: Buffer): readonly ScannedRecord[] | string {
    const found: ScannedRecord[] = [];
    const envelope = this.#newEnvelope();
    try {
      envelope.push(raw, 0, found);
      envelope.end();
      return found;
    } catch (error) {
      if (error instanceof ScanError) return `cannot be read: ${error.message}`;
      throw error;
    }
  }

  #newEnvelope(): EnvelopeScanner {
    const { response, limits } = this.#options;
    return new EnvelopeScanner({ response, limits, isFile: true, offset: this.#start });
  }

  #add(found: readonly ScannedRecord[], records: ScannedRecord[]): void {
    for (const record of found) records.push(this.#isWhole ? record : { ...record, line: this.#line });
  }
}

/** Whether a text is the beginning of an envelope, with its list begun; adds the records in it. */
function begins(envelope: EnvelopeScanner, text: Buffer, records: ScannedRecord[]): boolean {
  try {
    return envelope.push(text, 0, records) < 0 && envelope.isEnvelope;
  } catch (error) {
    if (error instanceof ScanError) return false;
    throw error;
  }
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString());
    return true;
  } catch {
    return false;
  }
}
