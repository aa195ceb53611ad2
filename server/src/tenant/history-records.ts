/**
 * Records of a history file one after another, for who wants to know what is in it without holding it: a file of any
 * size costs what is asked of it.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { JsonObject } from '../protocol/history.ts';
import { profileSchema } from '../protocol/profile.ts';
import { formatOf, type HistoryFormat } from './history-formats.ts';
import type { HistoryParser, RecordsStretch } from './history-parser.ts';
import { RecordSplitter } from './record-splitter.ts';

interface HistoryRecordsOptions {
  /** Dotted paths at which an object may hold the list of records: the profile's `response.interactions`. */
  readonly lists: readonly string[];
  /** How much is looked at, in bytes after unpacking. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What one stretch of a file gave. */
interface HistoryStretch {
  /** Objects that may be records; whether they are, a reader says. */
  readonly records: readonly JsonObject[];
  /** Bytes looked at until here, after unpacking. */
  readonly bytes: number;
}

/** Small enough that what is in one is read between two keystrokes. */
const STRETCH_BYTES = 64 * 1024;

/**
 * Reads a history file of any format from its beginning. Of JSON a text that is none gives no records, one that breaks
 * off those before. Records of the other formats are those of the default profile. Rejects where there is no file, or
 * one that may not be read, or a log of another tool that is none, or that goes on beyond what is looked at.
 */
export async function* historyRecords(
  path: string,
  { lists, maxBytes, signal }: HistoryRecordsOptions,
): AsyncGenerator<HistoryStretch, void, undefined> {
  const splitter = new RecordSplitter(lists);
  const options = { response: profileSchema.parse({}).response };
  let format: HistoryFormat | 'more' | 'none' = 'more';
  let head: Buffer = Buffer.alloc(0);
  let parser: HistoryParser | undefined;
  let bytes = 0;
  for await (const chunk of unpacked(path)) {
    if (signal.aborted || !(chunk instanceof Uint8Array)) return;
    const wanted = Buffer.from(chunk.subarray(0, maxBytes - bytes));
    bytes += wanted.length;
    head = format === 'more' ? Buffer.concat([head, wanted]) : wanted;
    if (format === 'more') {
      format = formatOf(head, false, options);
      if (format === 'more') continue;
      if (typeof format !== 'string' && format.name !== 'JSON') parser = (await format.load())(options);
    }
    const records = parser === undefined ? splitter.take(head) : rawOf(parser.push(head));
    // A table has its records at its end: that none came until then says nothing.
    if (parser === undefined || records.length > 0) yield { records, bytes };
    if (bytes >= maxBytes || (parser === undefined && !splitter.goesOn)) break;
  }
  if (parser === undefined) return;
  for await (const stretch of parser.end()) yield { records: rawOf(stretch), bytes };
}

function rawOf({ interactions }: RecordsStretch): JsonObject[] {
  return interactions.map(({ raw }) => raw);
}

/** The bytes of a file, unpacked where they are packed; whoever stops listening closes it. */
async function* unpacked(path: string): AsyncGenerator<unknown, void, undefined> {
  const packed = await beginsPacked(path);
  const file = createReadStream(path, { highWaterMark: STRETCH_BYTES });
  if (!packed) {
    yield* file;
    return;
  }
  const gunzip = createGunzip({ chunkSize: STRETCH_BYTES });
  // Without it nobody would hear that the disk failed.
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip);
  } finally {
    file.destroy();
  }
}

async function beginsPacked(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
