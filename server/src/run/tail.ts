/** An NDJSON file that may grow: what stands in it, and later what came since. */
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { Line } from './lines.ts';

const LINE_FEED = 0x0a;
/** Taken at a stretch: a few milliseconds. */
const PART_BYTES = 1 << 17;
/** Of what was read last so many bytes are held, to know that they still stand there. */
const HELD_BYTES = 512;

/**
 * Reads whole lines only: what is being written waits for the next look. A line that is no JSON ends it: nothing behind
 * it is read.
 */
export class TailedFile {
  readonly #path: string;
  #inode = 0;
  #offset = 0;
  /** The last bytes before the offset. */
  #held: Buffer = Buffer.alloc(0);
  #isCut = false;

  constructor(path: string) {
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  /** Whether what was read of it still stands there; where it was replaced, cut or is gone, it does not. */
  async isSame(): Promise<boolean> {
    if (this.#offset === 0) return true;
    const handle = await open(this.#path).catch(() => undefined);
    if (handle === undefined) return false;
    try {
      const { ino, size } = await handle.stat();
      if (ino !== this.#inode || size < this.#offset) return false;
      const bytes = Buffer.alloc(this.#held.length);
      await handle.read(bytes, 0, bytes.length, this.#offset - bytes.length);
      return bytes.equals(this.#held);
    } finally {
      await handle.close();
    }
  }

  /** What came since it was last read, some at a time. A file that is not there holds nothing. */
  async *more(): AsyncGenerator<readonly Line[], void> {
    if (this.#isCut) return;
    const handle = await open(this.#path).catch(() => undefined);
    if (handle === undefined) return;
    try {
      this.#inode = (await handle.stat()).ino;
      yield* this.#read(handle);
    } finally {
      await handle.close();
    }
  }

  async *#read(handle: FileHandle): AsyncGenerator<readonly Line[], void> {
    /** Read, but not to the end of its line. */
    let rest: Buffer[] = [];
    let restLength = 0;
    for (;;) {
      // What is handed on points into it: each part has its own.
      const part = Buffer.allocUnsafe(PART_BYTES);
      const { bytesRead } = await handle.read(part, 0, PART_BYTES, this.#offset + restLength);
      if (bytesRead === 0) return;
      const bytes = part.subarray(0, bytesRead);
      const last = bytes.lastIndexOf(LINE_FEED);
      if (last < 0) {
        rest.push(bytes);
        restLength += bytesRead;
        continue;
      }
      const whole = Buffer.concat([...rest, bytes.subarray(0, last + 1)]);
      rest = [];
      restLength = 0;
      yield this.#linesOf(whole);
      if (this.#isCut) return;
      await turn();
    }
  }

  #linesOf(whole: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    while (from < whole.length) {
      const to = whole.indexOf(LINE_FEED, from);
      try {
        const value: unknown = JSON.parse(whole.toString('utf8', from, to));
        lines.push({ value, place: { offset: this.#offset, length: to - from } });
      } catch {
        this.#isCut = true;
        break;
      }
      this.#offset += to + 1 - from;
      from = to + 1;
    }
    if (from > 0) this.#held = Buffer.from(whole.subarray(Math.max(0, from - HELD_BYTES), from));
    return lines;
  }
}
