/**
 * Records out of the bytes of a body, as they come. Nothing counts before `end` has said that the document was
 * complete: until then it may still break off, or turn out to be something else.
 */
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { getter, isObject, parseJson } from './json.ts';

/** One record as it came. */
export type ScannedRecord =
  | {
      readonly ok: true;
      readonly value: JsonValue;
      /** Length of its text. */
      readonly bytes: number;
      /** Its text, until the next bytes are pushed; a page that was read again has none. */
      readonly raw?: Uint8Array;
      /** Form `file`, one value a line: its line, from 1. */
      readonly line?: number;
    }
  | {
      readonly ok: false;
      /** Why it cannot be read (“is larger than 16 MB”); the caller sets it aside, and the run goes on. */
      readonly reason: string;
      /** Its first 200 characters. */
      readonly head: string;
      readonly bytes: number;
      readonly line?: number;
    };

/** What a document says beside its records. */
export interface Envelope {
  /** How many rows there are in all, where the tenant says so. */
  readonly total: number | null;
  readonly token: string | null;
  /** Records that `push` gave. */
  readonly records: number;
  /** Bytes that are not UTF-8 were replaced by U+FFFD. */
  readonly damaged: boolean;
}

export interface RecordScanner {
  /** Bytes of the (decoded) body, cut anywhere; gives the records that they complete. Throws ScanError. */
  push(bytes: Uint8Array): readonly ScannedRecord[];
  /** After the last byte: what the envelope says. Throws ScanError where the document is not complete. */
  end(): Envelope;
}

export type ScanErrorCode = 'not-json' | 'truncated' | 'unexpected-answer' | 'too-large';

/** Why a document gives no records. The message is a clause on “it”: “it breaks off after 12 bytes”. */
export class ScanError extends Error {
  readonly code: ScanErrorCode;
  /** Offset of the byte at which it showed. */
  readonly at: number;
  constructor(code: ScanErrorCode, message: string, at: number) {
    super(message);
    this.name = 'ScanError';
    this.code = code;
    this.at = at;
  }
}

export interface ScanLimits {
  /** A record with more bytes is set aside. */
  readonly recordBytes: number;
  /** A document with more bytes is not read on: `too-large`. */
  readonly decodedBytes: number;
  /** A record that nests more levels is set aside. */
  readonly depth: number;
}

export interface ScanOptions {
  readonly response: Profile['response'];
  readonly form: 'page' | 'file';
  readonly limits?: Partial<ScanLimits>;
}

/** A scanner of one document. */
export function createRecordScanner({ response }: ScanOptions): RecordScanner {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let value: JsonValue | undefined;
  let records = 0;
  return {
    push(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (value !== undefined) {
        if (bytes.some((byte) => byte > 0x20))
          throw new ScanError('not-json', 'it goes on after its end', size);
        return [];
      }
      try {
        value = parseJson(Buffer.concat(pieces).toString());
      } catch {
        return [];
      }
      const list = isObject(value) ? getter(response.interactions)(value) : value;
      if (!Array.isArray(list)) return [];
      records = list.length;
      return list.map((record) => {
        const raw = Buffer.from(JSON.stringify(record));
        return { ok: true, value: record, bytes: raw.length, raw };
      });
    },
    end() {
      if (value === undefined && size > 0)
        throw new ScanError('truncated', `it breaks off after ${size} bytes`, size);
      const said = isObject(value) ? value : {};
      const total = getter(response.total)(said);
      const token = getter(response.nextPageToken)(said);
      return {
        total: typeof total === 'number' ? total : null,
        token: typeof token === 'string' ? token : null,
        records,
        damaged: false,
      };
    },
  };
}
