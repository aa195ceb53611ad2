/** The bytes of a CSV file as UTF-8, whatever they were written in. */
import { isAscii, isUtf8 } from 'node:buffer';

export interface CsvText {
  /** UTF-8, without a byte-order mark; may be empty while a line is still to come. */
  push(bytes: Buffer): Buffer;
  end(): Buffer;
  /** Whether it was no UTF-8, and was read as what spreadsheets of western Europe write. */
  readonly wasWestern: boolean;
  /** Whether bytes that are no UTF-8 came behind some that only UTF-8 can have: they were replaced by U+FFFD. */
  readonly wasDamaged: boolean;
}

const NEWLINE = 0x0a;

/** UTF-16 (what a spreadsheet calls Unicode text) and UTF-8 by their marks; without one UTF-8, or else Windows-1252. */
export function createCsvText(): CsvText {
  let rest: Buffer = Buffer.alloc(0);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isBegun = false;
  let isBeyondAscii = false;
  let wasWestern = false;
  let wasDamaged = false;

  const converted = (bytes: Buffer): Buffer => {
    if (decoder !== undefined) return Buffer.from(decoder.decode(bytes, { stream: true }));
    if (isUtf8(bytes)) {
      isBeyondAscii ||= !isAscii(bytes);
      return bytes;
    }
    // What came until here reads the same in both.
    if (isBeyondAscii) wasDamaged = true;
    else wasWestern = true;
    decoder = new TextDecoder(isBeyondAscii ? 'utf-8' : 'windows-1252', { ignoreBOM: true });
    return converted(bytes);
  };

  /** Cut behind a line end, so that no character is cut; a line end in UTF-8 is no part of another one. */
  const lines = (isEnd: boolean): Buffer => {
    if (!isBegun) {
      if (!isEnd && rest.length < 3) return Buffer.alloc(0);
      isBegun = true;
      if (rest[0] === 0xff && rest[1] === 0xfe) decoder = new TextDecoder('utf-16le');
      else if (rest[0] === 0xef && rest[1] === 0xbb && rest[2] === 0xbf) rest = rest.subarray(3);
    }
    const cut = isEnd || decoder !== undefined ? rest.length : rest.lastIndexOf(NEWLINE) + 1;
    const taken = rest.subarray(0, cut);
    rest = rest.subarray(cut);
    return taken.length === 0 ? taken : converted(taken);
  };

  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      return lines(false);
    },
    end: () => lines(true),
    get wasWestern() {
      return wasWestern;
    },
    get wasDamaged() {
      return wasDamaged;
    },
  };
}
