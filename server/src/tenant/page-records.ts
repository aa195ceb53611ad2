/** The records of one page: held in memory while they are few, in a private temporary file beyond. */
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { distinctRows } from './duplicates.ts';
import type { TenantError } from './errors.ts';
import { getter } from './json.ts';
import type { ScannedRecord } from './records.ts';

/** The records of one page, complete and checked. */
export interface PageRecords {
  /** Records, those set aside included. */
  readonly count: number;
  /** Without those that the page gives twice, byte for byte. */
  readonly distinct: number;
  /** In order, in blocks of bounded size; may be read once, and frees what it held at its end. Throws SpoolError. */
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

/** The temporary file cannot be written or read; `error` says so to a person. */
export class SpoolError extends Error {
  readonly error: TenantError;
  constructor(error: TenantError) {
    super(error.message);
    this.name = 'SpoolError';
    this.error = error;
  }
}

export interface PageSinkOptions {
  /** Where a record has its id: only a record with an id can be the same as another. */
  readonly response: Profile['response'];
  /** Where the temporary file is made; default: the system's folder for such files. */
  readonly folder?: string;
  /** Bytes of text that are held in memory; default 8 MiB. */
  readonly memoryBytes?: number;
}

export function createPageSink({ response }: PageSinkOptions): PageSink {
  const readId = getter(response.map['interactionId'] ?? 'interactionId');
  let held: ScannedRecord[] = [];
  return {
    async add(records) {
      for (const record of records) {
        if (record.ok) {
          const { raw: _, ...kept } = record;
          held.push(kept);
        } else held.push(record);
      }
    },
    async finish() {
      const values = held.flatMap((record) => (record.ok ? [record.value] : []));
      return {
        count: held.length,
        distinct: held.length - values.length + distinctRows(values, readId),
        async *blocks() {
          const all = held;
          held = [];
          if (all.length > 0) yield all;
        },
        async discard() {
          held = [];
        },
      };
    },
    async discard() {
      held = [];
    },
  };
}

/** A page of values that are in memory already, such as those of an answer that was read whole. */
export async function pageOf(
  values: readonly JsonValue[],
  response: Profile['response'],
): Promise<PageRecords> {
  const sink = createPageSink({ response, memoryBytes: Number.POSITIVE_INFINITY });
  await sink.add(values.map((value) => ({ ok: true, value, bytes: 0 })));
  return sink.finish();
}
