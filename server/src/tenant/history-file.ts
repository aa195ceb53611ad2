/** History from disk: a JSON array, `{"data": […]}`, NDJSON, or gzip of any of these. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Interaction, JsonValue, RejectedRecord } from '../protocol/history.ts';
import { type Profile, profileSchema } from '../protocol/profile.ts';
import { excerpt } from './errors.ts';
import { getter, isObject, parseJson, textOfJson } from './json.ts';
import { createReader } from './reader.ts';

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
  /** Ceiling of what is unpacked, in bytes. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 4 * 1024 ** 3 - 1;
const FORMS = 'a JSON array, {"data": […]}, one JSON record a line, or gzip of one of these';

/** Reads a history file; `-` is standard input. */
export async function readHistoryFile(path: string, options: HistoryOptions = {}): Promise<HistoryResult> {
  const name = path === '-' ? 'Standard input' : path;
  let bytes: Uint8Array;
  try {
    bytes = path === '-' ? await buffer(options.stdin ?? process.stdin) : await readFile(path);
  } catch (error) {
    return fail(...unreadable(name, error));
  }
  const result = parseHistory(bytes, options);
  if (result.ok) return result;
  return fail(result.error.code, `${name} ${result.error.message}`);
}

function unreadable(name: string, error: unknown): [HistoryError['code'], string] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return ['missing', `There is no file ${name}. Check the path.`];
  if (code === 'EISDIR') return ['unreadable', `${name} is a folder; name a history file in it.`];
  if (code === 'EACCES' || code === 'EPERM')
    return ['unreadable', `${name} may not be read by this user; check its permissions.`];
  if (code === 'ERR_FS_FILE_TOO_LARGE') return ['too-large', `${name} is larger than 2 GiB; split it.`];
  return [
    'unreadable',
    `${name} cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}.`,
  ];
}

function fail(code: HistoryError['code'], message: string): HistoryResult {
  return { ok: false, error: { code, message } };
}

/** Reads history from bytes or text. A message of an error begins with a verb: the caller knows the name. */
export function parseHistory(input: Uint8Array | string, options: HistoryOptions = {}): HistoryResult {
  const given = typeof input === 'string' ? Buffer.from(input) : input;
  let bytes = given;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: options.maxBytes ?? MAX_BYTES });
    } catch (error) {
      const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      return large
        ? fail('too-large', 'unpacks to more than can be read at once; split it.')
        : fail('unreadable', 'is a damaged or incomplete gzip file; fetch or pack it again.');
    }
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
  const start = bytes.findIndex((byte) => !isSpace(byte));
  if (start < 0) return fail('empty', `is empty; expected ${FORMS}.`);
  const first = bytes[start];
  if (first !== 0x5b && first !== 0x7b) {
    const head = bytes.subarray(start, start + 200);
    return head.includes(0)
      ? fail('not-history', `is a binary file; expected ${FORMS}.`)
      : fail(
          'not-history',
          `is not history: it begins with “${excerpt(new TextDecoder().decode(head), 40)}”; expected ${FORMS}.`,
        );
  }
  const collector = createCollector(options.response ?? profileSchema.parse({}).response, given.byteLength);
  return first === 0x5b ? whole(bytes, collector) : objects(bytes, collector);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

interface Collector {
  record(value: JsonValue, where: string): void;
  reject(reason: string, raw: JsonValue): void;
  /** The records of an envelope, undefined where the value is none. */
  envelope(value: JsonValue): readonly JsonValue[] | undefined;
  accepted(): number;
  finish(): HistoryResult;
}

function createCollector(response: Profile['response'], bytes: number): Collector {
  const reader = createReader(response);
  const records = getter(response.interactions);
  const ids = getter(response.map['interactionId'] ?? 'interactionId');
  const interactions: Interaction[] = [];
  const rejected: RejectedRecord[] = [];
  let index = 0;
  const reject = (reason: string, raw: JsonValue): void => {
    rejected.push({ index, reason, raw });
    index += 1;
  };
  return {
    record(value, where) {
      const result = reader.read(value);
      if (typeof result === 'string') {
        reject(`${where}${result}`, textOfJson(value) === undefined ? null : value);
      } else {
        interactions.push(result);
        index += 1;
      }
    },
    reject,
    envelope(value) {
      if (!isObject(value) || ids(value) !== undefined) return undefined;
      const list = records(value);
      return Array.isArray(list) ? list : undefined;
    },
    accepted: () => interactions.length,
    finish: () => ({ ok: true, history: { interactions, rejected, notes: reader.notes(), bytes } }),
  };
}

/** One JSON document: an array, or an envelope, or a single record. */
function whole(bytes: Uint8Array, collector: Collector): HistoryResult {
  let value: JsonValue;
  try {
    value = parseJson(decode(bytes));
  } catch (error) {
    return fail('not-history', `is not complete JSON: ${visibleMessage(error)}.`);
  }
  const records = Array.isArray(value) ? value : (collector.envelope(value) ?? [value]);
  for (const record of records) collector.record(record, '');
  return collector.finish();
}

function visibleMessage(error: unknown): string {
  return excerpt(error instanceof Error ? error.message : 'it cannot be parsed', 200);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return strict.decode(bytes);
}

/** NDJSON, unless the text is one object over several lines. */
function objects(bytes: Uint8Array, collector: Collector): HistoryResult {
  const firstLine = lines(bytes).next();
  if (firstLine.done !== true && !parses(firstLine.value.bytes) && parses(bytes))
    return whole(bytes, collector);
  let broken = '';
  for (const line of lines(bytes)) {
    let value: JsonValue;
    try {
      value = parseJson(decode(line.bytes));
    } catch (error) {
      const reason =
        error instanceof SyntaxError ? `not JSON: ${visibleMessage(error)}` : 'not valid UTF-8 or too long';
      if (broken === '') broken = `line ${line.number} is ${reason}`;
      collector.reject(
        `line ${line.number}: ${reason}`,
        new TextDecoder().decode(line.bytes.subarray(0, 800)).slice(0, 200),
      );
      continue;
    }
    const records = collector.envelope(value);
    if (records === undefined) collector.record(value, `line ${line.number}: `);
    else for (const record of records) collector.record(record, `line ${line.number}: `);
  }
  // One line alone that is not JSON is no history file with a bad line: it is no history file.
  if (collector.accepted() === 0 && broken !== '')
    return fail('not-history', `is not history: ${broken}; expected ${FORMS}.`);
  return collector.finish();
}

function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(decode(bytes));
    return true;
  } catch {
    return false;
  }
}

interface Line {
  readonly number: number;
  readonly bytes: Uint8Array;
}

function* lines(bytes: Uint8Array): Generator<Line, undefined> {
  let from = 0;
  let number = 0;
  while (from < bytes.length) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 ? bytes.length : newline;
    number += 1;
    const line = bytes.subarray(from, to);
    if (line.some((byte) => !isSpace(byte))) yield { number, bytes: line };
    from = to + 1;
  }
  return undefined;
}
