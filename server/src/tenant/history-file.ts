/** History from disk: a JSON array, `{"data": […]}`, NDJSON, or gzip of any of these. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import { type Profile, profileSchema } from '../protocol/profile.ts';
import { excerpt } from './errors.ts';
import { textOfJson } from './json.ts';
import { isSpace } from './json-bytes.ts';
import { createReader } from './reader.ts';
import { createRecordScanner, ScanError, type ScannedRecord } from './records.ts';

export interface History {
  readonly interactions: readonly Interaction[];
  /** What could not be read, with its line or place. */
  readonly rejected: readonly RejectedRecord[];
  /** Sentences on what a person should know. */
  readonly notes: readonly string[];
  /** Bytes as given, before unpacking. */
  readonly bytes: number;
}

export interface HistoryError {
  readonly code: 'missing' | 'unreadable' | 'empty' | 'not-history' | 'too-large';
  /** What happened, why, and what to do. */
  readonly message: string;
}

export type HistoryResult =
  | { readonly ok: true; readonly history: History }
  | { readonly ok: false; readonly error: HistoryError };

export interface HistoryOptions {
  /** Where a record has its fields; the default profile's without it. */
  readonly response?: Profile['response'];
  /** Where `-` reads from; default: standard input. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Ceiling of what is read, unpacked, in bytes. */
  readonly maxBytes?: number;
}

/** What one stretch of a file gave, or how it ended. */
export type HistoryStretch =
  | {
      readonly kind: 'records';
      readonly interactions: readonly Interaction[];
      readonly rejected: readonly RejectedRecord[];
    }
  /** The last one: what came before is all there is, and nothing is missing. */
  | { readonly kind: 'end'; readonly notes: readonly string[]; readonly bytes: number }
  /** The last one: what came before is not the whole file. */
  | { readonly kind: 'error'; readonly error: HistoryError };

/** What is kept in memory: more of it would not fit. */
const MAX_BYTES = 4 * 1024 ** 3 - 1;
const FORMS = 'a JSON array, {"data": […]}, one JSON record a line, or gzip of one of these';
const DAMAGED = 'is a damaged or incomplete gzip file; fetch or pack it again.';
const CHUNK_BYTES = 256 * 1024;
/** So much of a text is looked at to say what it is. */
const HEAD_BYTES = 200;

/** Why a file gives no history. The message begins with a verb: the caller knows the name. */
class HistoryFailure extends Error {
  readonly code: HistoryError['code'];
  constructor(code: HistoryError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Reads a history file into memory; `-` is standard input. */
export async function readHistoryFile(path: string, options: HistoryOptions = {}): Promise<HistoryResult> {
  const interactions: Interaction[] = [];
  const rejected: RejectedRecord[] = [];
  let ended: Extract<HistoryStretch, { kind: 'end' }> = { kind: 'end', notes: [], bytes: 0 };
  for await (const stretch of streamHistory(path, { ...options, maxBytes: options.maxBytes ?? MAX_BYTES })) {
    if (stretch.kind === 'error') return { ok: false, error: stretch.error };
    if (stretch.kind === 'end') {
      ended = stretch;
      continue;
    }
    for (const interaction of stretch.interactions) interactions.push(interaction);
    for (const record of stretch.rejected) rejected.push(record);
  }
  return { ok: true, history: { interactions, rejected, notes: ended.notes, bytes: ended.bytes } };
}

/**
 * Reads a history file of any size, `-` for standard input, and holds no more of it than a record. Gives its records
 * in order as they come, then an `end` or an `error`; whoever stops listening closes the file. Never throws.
 */
export async function* streamHistory(
  path: string,
  options: HistoryOptions = {},
): AsyncGenerator<HistoryStretch, void, undefined> {
  const name = path === '-' ? 'Standard input' : path;
  const file = (): Readable => createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const input = path === '-' ? (options.stdin ?? process.stdin) : file();
  const counter = { bytes: 0 };
  const parser = createParser(options);
  try {
    for await (const chunk of unpacked(counted(input, counter))) yield parser.push(chunk);
    yield* parser.end(counter.bytes);
  } catch (error) {
    yield { kind: 'error', error: errorOf(name, error) };
  } finally {
    if (input instanceof Readable) input.destroy();
  }
}

function errorOf(name: string, error: unknown): HistoryError {
  if (error instanceof HistoryFailure) return { code: error.code, message: `${name} ${error.message}` };
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return { code: 'missing', message: `There is no file ${name}. Check the path.` };
  if (code === 'EISDIR')
    return { code: 'unreadable', message: `${name} is a folder; name a history file in it.` };
  if (code === 'EACCES' || code === 'EPERM')
    return {
      code: 'unreadable',
      message: `${name} may not be read by this user; check its permissions.`,
    };
  if (typeof code === 'string' && code.startsWith('Z_'))
    return { code: 'unreadable', message: `${name} ${DAMAGED}` };
  return {
    code: 'unreadable',
    message: `${name} cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}.`,
  };
}

async function* counted(
  input: AsyncIterable<unknown>,
  counter: { bytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of input) {
    const bytes = chunk instanceof Uint8Array ? viewOf(chunk) : Buffer.from(String(chunk));
    counter.bytes += bytes.length;
    yield bytes;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The bytes, unpacked where they are packed. */
async function* unpacked(
  given: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  let begin = Buffer.alloc(0);
  while (begin.length < 2) {
    const { value, done } = await given.next();
    if (done === true) break;
    begin = Buffer.concat([begin, value]);
  }
  const all = async function* (): AsyncGenerator<Buffer, void, undefined> {
    yield begin;
    yield* given;
  };
  if (!isPacked(begin)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Its end, good or bad, is that of what is read from it.
  pipeline(Readable.from(all()), gunzip, () => undefined);
  for await (const chunk of gunzip) if (Buffer.isBuffer(chunk)) yield chunk;
}

function isPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Reads history from bytes or text. A message of an error begins with a verb: the caller knows the name. */
export function parseHistory(input: Uint8Array | string, options: HistoryOptions = {}): HistoryResult {
  const given = typeof input === 'string' ? Buffer.from(input) : viewOf(input);
  const interactions: Interaction[] = [];
  const rejected: RejectedRecord[] = [];
  try {
    const bytes = isPacked(given) ? unpackedAtOnce(given, options.maxBytes ?? MAX_BYTES) : given;
    const parser = createParser(options);
    const add = (stretch: HistoryStretch): void => {
      if (stretch.kind !== 'records') return;
      for (const interaction of stretch.interactions) interactions.push(interaction);
      for (const record of stretch.rejected) rejected.push(record);
    };
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      add(parser.push(bytes.subarray(at, at + CHUNK_BYTES)));
    for (const stretch of parser.end(given.length)) add(stretch);
    return { ok: true, history: { interactions, rejected, notes: parser.notes(), bytes: given.length } };
  } catch (error) {
    if (error instanceof HistoryFailure)
      return { ok: false, error: { code: error.code, message: error.message } };
    throw error;
  }
}

function unpackedAtOnce(bytes: Buffer, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch (error) {
    const isLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isLarge
      ? new HistoryFailure('too-large', 'unpacks to more than can be read at once; split it.')
      : new HistoryFailure('unreadable', DAMAGED);
  }
}

interface Parser {
  push(chunk: Buffer): HistoryStretch;
  /** `bytes` as they were given, before unpacking. */
  end(bytes: number): Generator<HistoryStretch, void, undefined>;
  notes(): readonly string[];
}

/** Bytes to records, and records to interactions. It throws HistoryFailure. */
function createParser(options: HistoryOptions): Parser {
  const response = options.response ?? profileSchema.parse({}).response;
  const scanner = createRecordScanner({
    response,
    form: 'file',
    limits: options.maxBytes === undefined ? {} : { decodedBytes: options.maxBytes },
  });
  const reader = createReader(response);
  let head = Buffer.alloc(0);
  /** It is no JSON at all: only its first characters are still wanted. */
  let isRefused = false;
  let index = 0;
  let isAccepted = false;
  let broken = '';

  const records = (scanned: readonly ScannedRecord[]): HistoryStretch => {
    const interactions: Interaction[] = [];
    const rejected: RejectedRecord[] = [];
    for (const record of scanned) {
      const { line } = record;
      const where = line === undefined ? '' : `line ${line}: `;
      const read = record.ok ? reader.read(record.value) : record.reason;
      if (typeof read !== 'string') interactions.push(read);
      else {
        const raw = record.ok ? (textOfJson(record.value) === undefined ? null : record.value) : record.head;
        rejected.push({ index, reason: `${where}${read}`, raw });
        if (broken === '' && !record.ok && line !== undefined && read.startsWith('not '))
          broken = `line ${line} is ${read}`;
      }
      index += 1;
    }
    isAccepted ||= interactions.length > 0;
    return { kind: 'records', interactions, rejected };
  };

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof ScanError ? failureOf(error) : error;
    }
  };

  return {
    notes: () => reader.notes(),
    push(chunk) {
      if (head.length < HEAD_BYTES) {
        const start = head.length > 0 ? 0 : chunk.findIndex((byte) => !isBefore(byte));
        if (start >= 0) head = Buffer.concat([head, chunk.subarray(start, start + HEAD_BYTES - head.length)]);
        isRefused = head.length > 0 && head[0] !== 0x5b && head[0] !== 0x7b;
      }
      if (!isRefused) return guarded(() => records(scanner.push(chunk)));
      if (head.length >= HEAD_BYTES) throw notHistory(head);
      return records([]);
    },
    *end(bytes) {
      if (isRefused) throw notHistory(head);
      if (head.length === 0) throw new HistoryFailure('empty', `is empty; expected ${FORMS}.`);
      const last = guarded(() => scanner.end().last);
      yield records(last);
      // One line alone that is not JSON is no history file with a bad line: it is no history file.
      if (!isAccepted && broken !== '')
        throw new HistoryFailure('not-history', `is not history: ${broken}; expected ${FORMS}.`);
      yield { kind: 'end', notes: reader.notes(), bytes };
    },
  };
}

/** Blanks, and the bytes of a byte-order mark. */
function isBefore(byte: number): boolean {
  return isSpace(byte) || byte === 0xef || byte === 0xbb || byte === 0xbf;
}

function notHistory(head: Buffer): HistoryFailure {
  return head.includes(0)
    ? new HistoryFailure('not-history', `is a binary file; expected ${FORMS}.`)
    : new HistoryFailure(
        'not-history',
        `is not history: it begins with “${excerpt(head.toString(), 40)}”; expected ${FORMS}.`,
      );
}

function failureOf({ code, message }: ScanError): HistoryFailure {
  if (code === 'too-large') return new HistoryFailure('too-large', `cannot be read: ${message}; split it.`);
  return code === 'unexpected-answer'
    ? new HistoryFailure('not-history', `is not history: ${message}; expected ${FORMS}.`)
    : new HistoryFailure('not-history', `is not complete JSON: ${message}.`);
}
