/** The values of a run's files, one a line, read back whatever their size. */
import { createReadStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { JsonObject } from '../protocol/history.ts';

const LINE_FEED = 0x0a;
/** Taken at a stretch: a few milliseconds. */
const PART_BYTES = 1 << 17;

/** Where a record stands in the file of interactions, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** How far to read: at least one byte. */
interface ReadExtent {
  readonly bytes: number;
  /** Sees what is read. */
  readonly onBytes: (bytes: Buffer) => void;
}

/** A value of an NDJSON file. */
export interface Line {
  readonly value: unknown;
  readonly place: Place;
}

/**
 * The values of an NDJSON file in order, some at a time, whatever its size. Throws where the file cannot be read, and
 * at a line that is cut or is no JSON, after what stands before it.
 */
export async function* readLines(path: string, extent?: ReadExtent): AsyncGenerator<readonly Line[], void> {
  let rest: Buffer[] = [];
  let offset = 0;
  let count = 0;
  const parsed = (bytes: Buffer): Line | undefined => {
    try {
      const line = { value: JSON.parse(bytes.toString()), place: { offset, length: bytes.length } };
      offset += bytes.length + 1;
      count += 1;
      return line;
    } catch {
      return undefined;
    }
  };
  const cut = (): Error => new Error(`line ${count + 1} of ${path} is no record`);
  const end = extent === undefined ? {} : { end: extent.bytes - 1 };
  for await (const chunk of createReadStream(path, { highWaterMark: PART_BYTES, ...end })) {
    const bytes = Buffer.from(chunk);
    extent?.onBytes(bytes);
    const lines: Line[] = [];
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
      const tail = bytes.subarray(from, to);
      const line = parsed(rest.length === 0 ? tail : Buffer.concat([...rest, tail]));
      rest = [];
      from = to + 1;
      if (line === undefined) {
        yield lines;
        throw cut();
      }
      lines.push(line);
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
    yield lines;
    // The next part may be there already: others have their turn before it.
    await turn();
  }
  if (rest.length > 0) throw cut();
}

/** What can be read of it: the last line of a run that was killed may be cut, and what stands before it is whole. */
export async function* readableLines(path: string): AsyncGenerator<readonly Line[], void> {
  try {
    yield* readLines(path);
  } catch {
    // A file that is not there, or no longer, holds nothing more.
  }
}

/** What stands on a line that holds no record keeps its place, so that what belongs to others stays with them. */
export function objectOf(value: unknown): JsonObject {
  const isObject = (one: unknown): one is JsonObject =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  return isObject(value) ? value : {};
}
