/** A temporary file of records that nobody else can open: without a name while it is in use. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { TenantError } from './errors.ts';
import type { ScannedRecord } from './scanned-record.ts';
import { parseFound, ValueEnd } from './value-scanner.ts';

/** The temporary file cannot be written or read; `error` says so to a person. */
export class SpoolError extends Error {
  readonly error: TenantError;
  constructor(error: TenantError) {
    super(error.message);
    this.name = 'SpoolError';
    this.error = error;
  }
}

/** Before each record: what it is, and how many bytes follow. */
const HEADER = 5;
const READABLE = 1;
const SET_ASIDE = 0;

const setAsideSchema = z.object({ reason: z.string(), head: z.string(), bytes: z.number() });

/** Bytes that are gathered before they are written. */
const BLOCK_BYTES = 2 ** 20;

interface Block {
  readonly position: number;
  readonly length: number;
}

export class Spool {
  readonly #folder: string;
  #file: FileHandle | undefined;
  /** The file's path, where it could not be taken away at once. */
  #path: string | undefined;
  #pieces: Buffer[] = [];
  #waiting = 0;
  #written = 0;
  readonly #blocks: Block[] = [];

  constructor(folder = tmpdir()) {
    this.#folder = folder;
  }

  /** Adds a record, which is copied. Rejects with SpoolError. */
  async add(record: ScannedRecord): Promise<void> {
    const payload = payloadOf(record);
    const header = Buffer.alloc(HEADER);
    header.writeUInt8(record.ok ? READABLE : SET_ASIDE);
    header.writeUInt32LE(payload.length, 1);
    this.#pieces.push(header, payload);
    this.#waiting += HEADER + payload.length;
    if (this.#waiting >= BLOCK_BYTES) await this.flush();
  }

  /** Writes what was added. Rejects with SpoolError. */
  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const block = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#waiting = 0;
    await this.#guarded(async () => {
      this.#file ??= await this.#create();
      for (let at = 0; at < block.length; ) {
        const { bytesWritten } = await this.#file.write(block, at, block.length - at, this.#written + at);
        at += bytesWritten;
      }
    });
    this.#blocks.push({ position: this.#written, length: block.length });
    this.#written += block.length;
  }

  /** The records in order, as often as wanted. Throws SpoolError. */
  async *blocks(): AsyncGenerator<readonly ScannedRecord[], void, undefined> {
    for (const block of this.#blocks) yield recordsIn(await this.#read(block));
  }

  async #read({ position, length }: Block): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    await this.#guarded(async () => {
      for (let at = 0; at < length; ) {
        const read = await this.#file?.read(bytes, at, length - at, position + at);
        if (read === undefined || read.bytesRead === 0)
          throw new Error('it is shorter than what was written');
        at += read.bytesRead;
      }
    });
    return bytes;
  }

  /** Closes the file, which then is gone; may be called again. */
  async close(): Promise<void> {
    const file = this.#file;
    const path = this.#path;
    this.#file = undefined;
    this.#path = undefined;
    this.#pieces = [];
    this.#blocks.length = 0;
    try {
      await file?.close();
      if (path !== undefined) await unlink(path);
    } catch {
      // It holds nothing that anyone still wants, and nobody else may read it.
    }
  }

  async #create(): Promise<FileHandle> {
    const path = join(this.#folder, `cxq-page-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    try {
      // Without a name it goes with the process, however that ends.
      await unlink(path);
    } catch {
      this.#path = path;
    }
    return file;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new SpoolError(describe(error, this.#folder));
    }
  }
}

/** A page's own words for a record: its text, or why there is none. */
function payloadOf(record: ScannedRecord): Buffer {
  if (!record.ok)
    return Buffer.from(JSON.stringify({ reason: record.reason, head: record.head, bytes: record.bytes }));
  const { raw, value } = record;
  return raw === undefined ? Buffer.from(JSON.stringify(value)) : Buffer.from(raw);
}

function recordsIn(block: Buffer): readonly ScannedRecord[] {
  const records: ScannedRecord[] = [];
  const end = new ValueEnd();
  for (let at = 0; at < block.length; ) {
    const kind = block.readUInt8(at);
    const length = block.readUInt32LE(at + 1);
    const raw = block.subarray(at + HEADER, at + HEADER + length);
    at += HEADER + length;
    if (kind === SET_ASIDE) {
      records.push({ ok: false, ...setAsideSchema.parse(JSON.parse(raw.toString())) });
      continue;
    }
    end.begin();
    end.push(raw, 0);
    records.push({ ok: true, value: parseFound({ raw, long: end.long }), bytes: length, raw });
  }
  return records;
}

function describe(error: unknown, folder: string): TenantError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'there is no room left on the disk. Free some space'
      : `${error instanceof Error ? error.message : 'the disk does not answer'}. Check that folder`;
  return {
    code: 'file',
    message: `A large page of history could not be kept in ${folder} while it was read: ${why}, and run the query again.`,
    retriable: false,
  };
}
