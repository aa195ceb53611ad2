/** What a scanner of records gives. */
import type { JsonValue } from '../protocol/history.ts';

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
  /** How many records there were, `last` included. */
  readonly records: number;
  /** Form `file`: those that only the end completed, such as a last line without an end. None of a page. */
  readonly last: readonly ScannedRecord[];
  /** Bytes that are not UTF-8 were replaced by U+FFFD. */
  readonly damaged: boolean;
}
