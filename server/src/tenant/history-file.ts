/** History from disk, in any of the formats that are read, or gzip of one. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import { profileSchema } from '../protocol/profile.ts';
import { excerpt } from './errors.ts';
import { beginningOf, formatOf } from './history-formats.ts';
import {
  FORMS,
  type HistoryError,
  HistoryFailure,
  type HistoryOptions,
  type HistoryParser,
  type HistoryStretch,
  type ParserOptions,
} from './history-parser.ts';

export interface History {
  readonly interactions: readonly Interaction[];
  /** What could not be read, with its line or place. */
  readonly rejected: readonly RejectedRecord[];
  /** Sentences on what a person should know. */
  readonly notes: readonly string[];
  /** Bytes as given, before unpacking. */
  readonly bytes: number;
}

export type HistoryResult =
  | { readonly ok: true; readonly history: History }
  | { readonly ok: false; readonly error: HistoryError };

/** What is kept in memory: more of it would not fit. */
const MAX_BYTES = 4 * 1024 ** 3 - 1;
const DAMAGED = 'is a damaged or incomplete gzip file; fetch or pack it again.';
const CHUNK_BYTES = 256 * 1024;
const SHOWN_BYTES = 200;

/** Reads a history file into memory; `-` is standard input. */
export function readHistoryFile(path: string, options: HistoryOptions = {}): Promise<HistoryResult> {
  return collected(streamHistory(path, { ...options, maxBytes: options.maxBytes ?? MAX_BYTES }));
}

/** Reads history from bytes or text. A message of an error begins with a verb: the caller knows the name. */
export function parseHistory(
  input: Uint8Array | string,
  options: HistoryOptions = {},
): Promise<HistoryResult> {
  return collected(
    streamBytes(typeof input === 'string' ? Buffer.from(input) : input, {
      ...options,
      maxBytes: options.maxBytes ?? MAX_BYTES,
    }),
  );
}

/** Reads bytes as `streamHistory` reads a file. A message of an error begins with a verb. */
export function streamBytes(
  input: Uint8Array,
  options: HistoryOptions = {},
): AsyncGenerator<HistoryStretch, void, undefined> {
  const bytes = viewOf(input);
  const pieces = function* (): Generator<Buffer, void, undefined> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  };
  return stretches('', Readable.from(pieces()), options);
}

async function collected(given: AsyncIterable<HistoryStretch>): Promise<HistoryResult> {
  const interactions: Interaction[] = [];
  const rejected: RejectedRecord[] = [];
  let ended: Extract<HistoryStretch, { kind: 'end' }> = { kind: 'end', notes: [], bytes: 0 };
  for await (const stretch of given) {
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
 * Reads a history file of any size, `-` for standard input. Of JSON and XES it holds no more than a record; the rows
 * of an interaction in a CSV file and the events of an OCEL file may stand anywhere in it, so these are held until its
 * end. Gives its records in order as they come, then an `end` or an `error`; whoever stops listening closes the file.
 * Never throws.
 */
export async function* streamHistory(
  path: string,
  options: HistoryOptions = {},
): AsyncGenerator<HistoryStretch, void, undefined> {
  const name = path === '-' ? 'Standard input' : path;
  const file = (): Readable => createReadStream(path, { highWaterMark: CHUNK_BYTES });
  yield* stretches(name, path === '-' ? (options.stdin ?? process.stdin) : file(), options);
}

async function* stretches(
  name: string,
  input: NodeJS.ReadableStream,
  options: HistoryOptions,
): AsyncGenerator<HistoryStretch, void, undefined> {
  const counter = { bytes: 0 };
  try {
    const bytes = limited(unpacked(counted(input, counter)), options.maxBytes ?? Number.POSITIVE_INFINITY);
    const { response = profileSchema.parse({}).response } = options;
    const { parser, head } = await begun(bytes, { ...options, response });
    yield parser.push(head);
    for await (const chunk of bytes) yield parser.push(chunk);
    yield* parser.end();
    yield { kind: 'end', notes: parser.notes(), bytes: counter.bytes };
  } catch (error) {
    yield { kind: 'error', error: errorOf(name, error) };
  } finally {
    if (input instanceof Readable) input.destroy();
  }
}

/** The parser for what the bytes begin with, and those of them that were looked at. */
async function begun(
  bytes: AsyncGenerator<Buffer, void, undefined>,
  options: ParserOptions,
): Promise<{ readonly parser: HistoryParser; readonly head: Buffer }> {
  let head: Buffer = Buffer.alloc(0);
  for (let isEnd = false; ; ) {
    const format = formatOf(head, isEnd, options);
    // Of what is none a little is shown.
    if (format === 'none' && (isEnd || head.length >= SHOWN_BYTES)) throw notHistory(head);
    if (typeof format !== 'string') return { parser: (await format.load())(options), head };
    // Not `for await`, which would close what is still to be read.
    const { value, done } = await bytes.next();
    isEnd = done === true;
    if (value instanceof Buffer) head = Buffer.concat([head, value]);
  }
}

function errorOf(name: string, error: unknown): HistoryError {
  if (error instanceof HistoryFailure) {
    const { code, message, question } = error;
    const asks = question === undefined ? {} : { question };
    return { code, message: `${name} ${message}`.trimStart(), ...asks };
  }
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
    return { code: 'unreadable', message: `${name} ${DAMAGED}`.trimStart() };
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

/** The bytes, as far as they may come. */
async function* limited(
  given: AsyncGenerator<Buffer, void, undefined>,
  most: number,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of given) {
    bytes += chunk.length;
    if (bytes > most)
      throw new HistoryFailure('too-large', `cannot be read: it is larger than ${most} bytes; split it.`);
    yield chunk;
  }
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

function notHistory(head: Buffer): HistoryFailure {
  const text = beginningOf(head);
  if (text === '') return new HistoryFailure('empty', `is empty; expected ${FORMS}.`);
  return head.includes(0)
    ? new HistoryFailure('not-history', `is a binary file; expected ${FORMS}.`)
    : new HistoryFailure(
        'not-history',
        `is not history: it begins with “${excerpt(text, 40)}”; expected ${FORMS}.`,
      );
}
