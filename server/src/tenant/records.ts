/**
 * Records out of the bytes of a body, as they come. Nothing counts before `end` has said that the document was
 * complete: until then it may still break off, or turn out to be something else.
 */
import type { Profile } from '../protocol/profile.ts';
import { EnvelopeScanner } from './envelope-scanner.ts';
import { ARRAY, isSpace, NEWLINE, OBJECT } from './json-bytes.ts';
import { LineScanner } from './line-scanner.ts';
import { notJson, ScanError } from './scan-error.ts';
import type { Envelope, ScannedRecord } from './scanned-record.ts';

export { ScanError } from './scan-error.ts';
export type { Envelope, ScannedRecord } from './scanned-record.ts';

export interface RecordScanner {
  /** Bytes of the (decoded) body, cut anywhere; gives the records that they complete. Throws ScanError. */
  push(bytes: Uint8Array): readonly ScannedRecord[];
  /** After the last byte: what the envelope says. Throws ScanError where the document is not complete. */
  end(): Envelope;
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

const DEFAULTS: ScanLimits = {
  recordBytes: 16 * 2 ** 20,
  decodedBytes: Number.POSITIVE_INFINITY,
  depth: 200,
};

const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/**
 * A scanner of one document. `page`: a bare array, an envelope, null or nothing at all; bytes that are not UTF-8 are
 * replaced. `file`: an array, an envelope, or a record or envelope a line; what is not UTF-8 is set aside, and so is a
 * line that is not JSON. An integer that a double cannot hold comes as its text.
 */
export function createRecordScanner(options: ScanOptions): RecordScanner {
  const { response, form } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const isFile = form === 'file';
  let pushed = 0;
  let marks = 0;
  let line = 1;
  let records = 0;
  let lines: LineScanner | undefined;
  let envelope: EnvelopeScanner | undefined;
  let isBehind = false;
  let failed: ScanError | undefined;

  /** Looks at what the document begins with; gives the index of its first byte, or of the end. */
  const begin = (bytes: Buffer): number => {
    let at = 0;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      const isMark = byte === BYTE_ORDER_MARK[marks] && pushed + at === marks;
      if (isMark) marks += 1;
      else if (marks === 1 || marks === 2 || !isSpace(byte)) break;
      else if (byte === NEWLINE) line += 1;
    }
    if (at === bytes.length) return at;
    const first = bytes[at];
    const offset = pushed + at;
    if (marks === 1 || marks === 2 || (isFile && first !== ARRAY && first !== OBJECT)) throw notJson(offset);
    if (isFile && first === OBJECT) lines = new LineScanner({ response, limits, offset, line });
    else envelope = new EnvelopeScanner({ response, limits, isFile, offset });
    return at;
  };

  const scan = (bytes: Buffer, found: ScannedRecord[]): void => {
    if (pushed + bytes.length > limits.decodedBytes) {
      throw new ScanError('too-large', `it is larger than ${limits.decodedBytes} bytes`, limits.decodedBytes);
    }
    let at = lines === undefined && envelope === undefined ? begin(bytes) : 0;
    if (at === bytes.length) return;
    if (lines !== undefined) {
      lines.push(bytes, at, found);
      return;
    }
    if (!isBehind) {
      at = envelope?.push(bytes, at, found) ?? at;
      if (at < 0) return;
      isBehind = true;
    }
    for (; at < bytes.length; at += 1) {
      if (!isSpace(bytes[at]))
        throw new ScanError('not-json', `it goes on after its end, at byte ${pushed + at}`, pushed + at);
    }
  };

  /** What failed once goes on failing. */
  const guarded = <T>(work: () => T): T => {
    if (failed !== undefined) throw failed;
    try {
      return work();
    } catch (error) {
      if (error instanceof ScanError) failed = error;
      throw error;
    }
  };

  return {
    push: (bytes) =>
      guarded(() => {
        const found: ScannedRecord[] = [];
        scan(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), found);
        pushed += bytes.length;
        records += found.length;
        return found;
      }),
    end: () =>
      guarded(() => {
        if (marks === 1 || marks === 2) throw notJson(pushed);
        const last: ScannedRecord[] = [];
        lines?.end(last);
        records += last.length;
        const said = envelope?.end() ?? { total: null, token: null, damaged: false };
        return { ...said, records, last };
      }),
  };
}
