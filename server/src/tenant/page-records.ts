/** The records of one page: held in memory while they are few, in a private temporary file beyond. */
import { hash } from 'node:crypto';
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { type Getter, getter, isObject, textOfJson } from './json.ts';
import type { ScannedRecord } from './scanned-record.ts';
import { Spool } from './spool.ts';

export { SpoolError } from './spool.ts';

/** The records of one page, complete and checked. */
export interface PageRecords {
  /** Records, those set aside included. */
  readonly count: number;
  /** Without those that the page gives twice, byte for byte. */
  readonly distinct: number;
  /** Of their text, in memory or in the file. */
  readonly bytes: number;
  /**
   * In order, in blocks of bounded size; may be read once, and frees what it held at its end. Throws SpoolError where
   * the temporary file cannot be read, and Error when it is read again, or after it was discarded.
   */
  blocks(): AsyncIterable<readonly ScannedRecord[]>;
  /** Frees what it holds (a temporary file), read or not; may be called again. */
  discard(): Promise<void>;
}

/** Takes the records of a page as they come. Its calls are made one after another. */
export interface PageSink {
  /** Takes records in order; has copied what it keeps of them when it resolves. Rejects with SpoolError. */
  add(records: readonly ScannedRecord[]): Promise<void>;
  /** No more come. Rejects with SpoolError. */
  finish(): Promise<PageRecords>;
  /** Frees everything: the page will not be finished. */
  discard(): Promise<void>;
}

export interface PageSinkOptions {
  /** Where a record has its id: only a record with an id can be the same as another. */
  readonly response: Profile['response'];
  /** Where the temporary file is made; default: the system's folder for such files. */
  readonly folder?: string;
  /** Bytes of text that are held in memory, read; default 8 MiB. */
  readonly memoryBytes?: number;
}

const MEMORY_BYTES = 8 * 2 ** 20;
const BLOCK_BYTES = 2 ** 20;
const BLOCK_RECORDS = 1_000;

export function createPageSink(options: PageSinkOptions): PageSink {
  const { response, memoryBytes = MEMORY_BYTES } = options;
  const store = new Store(options.folder);
  const readId = getter(response.map['interactionId'] ?? 'interactionId');
  const ids = new RepeatedHashes();
  let count = 0;
  let bytes = 0;

  /** Rows that repeat another one, of those whose ids seem to. */
  const repeatedRows = async (): Promise<number> => {
    if (ids.repeated.size === 0) return 0;
    const digests = new Set<string>();
    let suspects = 0;
    let untold = 0;
    for await (const block of store.blocks()) {
      for (const record of block) {
        if (!record.ok || !ids.repeated.has(hashOf(record.value, readId))) continue;
        suspects += 1;
        const text = textOfJson(record.value);
        if (text === undefined) untold += 1;
        else digests.add(hash('sha256', text, 'base64'));
      }
    }
    return suspects - untold - digests.size;
  };

  return {
    async add(records) {
      for (const record of records) {
        count += 1;
        bytes += record.bytes;
        if (record.ok) ids.add(hashOf(record.value, readId));
        if (bytes > memoryBytes) await store.spool(record);
        else store.hold(record);
      }
    },
    async finish() {
      await store.finish();
      return {
        count,
        bytes,
        distinct: count - (await repeatedRows()),
        blocks: () => store.take(),
        discard: () => store.discard(),
      };
    },
    discard: () => store.discard(),
  };
}

/** A page of values that are in memory already, such as those of an answer that was read whole. */
export async function pageOf(
  values: readonly JsonValue[],
  response: Profile['response'],
): Promise<PageRecords> {
  const sink = createPageSink({ response });
  await sink.add(values.map((value) => ({ ok: true, value, bytes: 0 })));
  return sink.finish();
}

/** The first records in memory, the others in a file. */
class Store {
  readonly #folder: string | undefined;
  #held: ScannedRecord[][] = [];
  #room = { records: 0, bytes: 0 };
  #spool: Spool | undefined;
  #isTaken = false;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  hold(record: ScannedRecord): void {
    if (this.#room.records === 0 || this.#room.bytes <= 0) {
      this.#held.push([]);
      this.#room = { records: BLOCK_RECORDS, bytes: BLOCK_BYTES };
    }
    this.#room.records -= 1;
    this.#room.bytes -= record.bytes;
    this.#held.at(-1)?.push(withoutText(record));
  }

  async spool(record: ScannedRecord): Promise<void> {
    this.#spool ??= new Spool(this.#folder);
    await this.#spool.add(record);
  }

  async finish(): Promise<void> {
    await this.#spool?.flush();
  }

  async *blocks(): AsyncGenerator<readonly ScannedRecord[], void, undefined> {
    yield* this.#held;
    if (this.#spool !== undefined) yield* this.#spool.blocks();
  }

  /** The same, and lets go of what was given. */
  async *take(): AsyncGenerator<readonly ScannedRecord[], void, undefined> {
    if (this.#isTaken) throw new Error('A page of records can be read once.');
    this.#isTaken = true;
    try {
      for (let block = this.#held.shift(); block !== undefined; block = this.#held.shift()) yield block;
      for await (const block of this.#spool?.blocks() ?? []) yield block.map(withoutText);
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    this.#isTaken = true;
    this.#held = [];
    await this.#spool?.close();
  }
}

/** The text belongs to whoever cut the record out. */
function withoutText(record: ScannedRecord): ScannedRecord {
  if (!record.ok) return record;
  const { raw: _, ...rest } = record;
  return rest;
}

/** A number for the record's id, 0 where it has none; two ids may have the same, which then is looked into. */
function hashOf(value: JsonValue, readId: Getter): number {
  const id = isObject(value) ? readId(value) : undefined;
  if (typeof id !== 'string' && typeof id !== 'number') return 0;
  const text = String(id);
  let low = 0x9e3779b1;
  let high = 0x85ebca6b;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x27d4eb2d) + (low >>> 15);
  }
  // Under 2^53, and never 0.
  return (high >>> 12) * 2 ** 32 + (low >>> 0) + 1;
}

/** Hashes that were added more than once, in 16 bytes for each: a page may have millions of records. */
class RepeatedHashes {
  readonly repeated = new Set<number>();
  #table = new Float64Array(1024);
  #size = 0;

  /** 0 stands for none. */
  add(value: number): void {
    if (value === 0) return;
    if (!this.#place(value)) {
      this.repeated.add(value);
      return;
    }
    this.#size += 1;
    if (this.#size * 2 <= this.#table.length) return;
    const old = this.#table;
    this.#table = new Float64Array(old.length * 2);
    for (const one of old) if (one !== 0) this.#place(one);
  }

  /** False where it is there already. */
  #place(value: number): boolean {
    const mask = this.#table.length - 1;
    let at = (value % 4_294_967_291) & mask;
    while (this.#table[at] !== 0) {
      if (this.#table[at] === value) return false;
      at = (at + 1) & mask;
    }
    this.#table[at] = value;
    return true;
  }
}
