/**
 * The records that a run keeps, as they are known while it goes on: where each stands in the run's files, and what its
 * order depends on. The records themselves are read back where they are needed again.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as z from 'zod';
import type { JsonObject } from '../protocol/history.ts';
import { GROWING_FILES } from './files.ts';
import type { Place } from './lines.ts';
import type { Key } from './order.ts';

/** In a file of the run's folder, or here where it could not be written. */
export type RecordSource =
  | ({ readonly file: 'interactions' | 'replaced' } & Place)
  | { readonly raw: JsonObject };

/** A record that a run keeps. */
export interface KeptEntry {
  readonly id: string;
  /** Sequences of the steps that satisfy the query's predicate. */
  readonly matching: readonly number[];
  /** What it is sorted by; null without an order, and where that is not known. */
  readonly key: Key;
  source: RecordSource;
}

/** Some records in order: whole lines of NDJSON. */
export interface KeptBlock {
  readonly lines: Uint8Array;
  readonly entries: readonly KeptEntry[];
  /** Of each line, with what ends it. */
  readonly lengths: readonly number[];
}

/** What is read at once: in time and memory of no weight. */
const BLOCK_RECORDS = 500;
const BLOCK_BYTES = 1 << 20;

const recordSchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const replacedSchema = z.object({ kept: z.object({ raw: recordSchema }) });

function parsed(source: Exclude<RecordSource, { raw: JsonObject }>, line: Buffer): JsonObject {
  const value: unknown = JSON.parse(line.toString());
  return source.file === 'replaced' ? replacedSchema.parse(value).kept.raw : recordSchema.parse(value);
}

/** One record once more, at once; undefined where it is no longer there. */
export function recallRecord(folder: string, source: RecordSource): JsonObject | undefined {
  if ('raw' in source) return source.raw;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(folder, GROWING_FILES[source.file]), 'r');
    const bytes = Buffer.alloc(source.length);
    readSync(descriptor, bytes, 0, source.length, source.offset);
    return parsed(source, bytes);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The records of a block. */
export function* recordsIn({ lines, lengths }: KeptBlock): Generator<JsonObject, void> {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  let from = 0;
  for (const length of lengths) {
    yield recordSchema.parse(JSON.parse(bytes.toString('utf8', from, from + length)));
    from += length;
  }
}

/** Kept records in order. Iterating gives them as they are in the run's folder, and throws where one is gone. */
export class KeptRecords implements AsyncIterable<JsonObject> {
  readonly entries: readonly KeptEntry[];
  readonly #folder: string;

  /** The folder may be any where no record stands in one. */
  constructor(folder: string, entries: readonly KeptEntry[]) {
    this.#folder = folder;
    this.entries = entries;
  }

  get length(): number {
    return this.entries.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JsonObject, void> {
    for await (const block of this.blocks()) yield* recordsIn(block);
  }

  /** Some at a time; between two of them others have their turn. */
  async *blocks(): AsyncGenerator<KeptBlock, void> {
    const files = new Files(this.#folder);
    try {
      for (let from = 0; from < this.entries.length; ) {
        const entries: KeptEntry[] = [];
        let bytes = 0;
        while (entries.length < BLOCK_RECORDS && bytes < BLOCK_BYTES) {
          const entry = this.entries[from + entries.length];
          if (entry === undefined) break;
          entries.push(entry);
          bytes += 'raw' in entry.source ? 0 : entry.source.length;
        }
        const lines = await files.linesOf(entries);
        yield { lines: Buffer.concat(lines), entries, lengths: lines.map(({ length }) => length) };
        from += entries.length;
        await turn();
      }
    } finally {
      await files.close();
    }
  }

  /** The file of interactions has been written anew, in this order. */
  moved(lengths: readonly number[]): void {
    let offset = 0;
    for (const [index, entry] of this.entries.entries()) {
      const whole = lengths[index] ?? 0;
      entry.source = { file: 'interactions', offset, length: whole - 1 };
      offset += whole;
    }
  }
}

const LINE_FEED = Buffer.from('\n');

/** The files that records are read from, opened when the first one is. */
class Files {
  readonly #folder: string;
  readonly #open = new Map<string, FileHandle>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async linesOf(entries: readonly KeptEntry[]): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    for (let from = 0; from < entries.length; ) {
      const run = inOnePiece(entries, from);
      const first = entries[from]?.source;
      const last = entries[from + run - 1]?.source;
      if (first === undefined || last === undefined) break;
      if ('raw' in first || 'raw' in last) {
        if ('raw' in first) lines.push(lineOf(first.raw));
      } else {
        const piece = await this.#read(first.file, first.offset, last.offset + last.length - first.offset);
        for (let index = from; index < from + run; index += 1) {
          const source = entries[index]?.source;
          if (source === undefined || 'raw' in source) continue;
          const at = source.offset - first.offset;
          const line = piece.subarray(at, at + source.length);
          lines.push(
            source.file === 'replaced' ? lineOf(parsed(source, line)) : Buffer.concat([line, LINE_FEED]),
          );
        }
      }
      from += run;
    }
    return lines;
  }

  async #read(name: 'interactions' | 'replaced', offset: number, length: number): Promise<Buffer> {
    let file = this.#open.get(name);
    if (file === undefined) {
      file = await open(join(this.#folder, GROWING_FILES[name]), 'r');
      this.#open.set(name, file);
    }
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${GROWING_FILES[name]} is shorter than it was`);
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close().catch(() => undefined)));
  }
}

function lineOf(record: JsonObject): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** How many entries from one on stand one behind the other in one file; at least one. */
function inOnePiece(entries: readonly KeptEntry[], from: number): number {
  let count = 1;
  for (let before = entries[from]?.source; before !== undefined && !('raw' in before); ) {
    const next = entries[from + count]?.source;
    if (next === undefined || 'raw' in next) break;
    if (next.file !== before.file || next.offset !== before.offset + before.length + 1) break;
    count += 1;
    before = next;
  }
  return count;
}
