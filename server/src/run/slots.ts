/**
 * Where a run stands, in a file of four slots that are written in place: to replace a file takes its folder's lock and
 * journal, for each page. A slot is one line: checksum, number, JSON. What is torn is passed over, and the latest is
 * never written over.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Disk } from './growing-file.ts';

const SLOTS = 4;
/** Two in turn for what is then made durable, two for what comes in between. */
const IN_TURN = 2;
const SLOT_BYTES = 8 * 1024;
const NONE: readonly undefined[] = Array.from({ length: SLOTS }, () => undefined);

function lineOf(number: number, value: unknown): Buffer {
  const text = `${number} ${JSON.stringify(value)}`;
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
}

/** The whole file, with room for lines twice as long. */
function fileOf(lines: readonly (Buffer | undefined)[]): Buffer {
  const longest = Math.max(...lines.map((line) => line?.length ?? 0));
  const size = SLOT_BYTES * Math.max(1, Math.ceil((2 * longest) / SLOT_BYTES));
  const file = Buffer.alloc(SLOTS * size, ' ');
  for (const [slot, line] of lines.entries()) line?.copy(file, slot * size);
  return file;
}

/** A file that holds one value, for a run that nobody writes. */
export function slotsWith(value: unknown): string {
  return fileOf([lineOf(1, value)]).toString();
}

/** The values of all whole slots, the latest first. */
export function readSlots(file: Buffer): unknown[] {
  const size = Math.floor(file.length / SLOTS);
  const found: { readonly number: number; readonly value: unknown }[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const bytes = file.subarray(slot * size, (slot + 1) * size);
    const [, sum, text, number, json] =
      /^([0-9a-f]{8}) ((\d+) (.*))$/.exec(bytes.subarray(0, Math.max(0, bytes.indexOf('\n'))).toString()) ??
      [];
    if (sum === undefined || text === undefined || json === undefined) continue;
    if (crc32(text) !== Number.parseInt(sum, 16)) continue;
    found.push({ number: Number(number), value: JSON.parse(json) });
  }
  return found.sort((a, b) => b.number - a.number).map(({ value }) => value);
}

export class SlotFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #disk: Disk;
  /** What each slot holds. */
  #lines: readonly (Buffer | undefined)[] = NONE;
  #handle: FileHandle | undefined;
  #size = 0;
  #number = 0;
  #durable = 0;

  /** Nothing is read of what is there: the first value takes its place. */
  constructor(path: string, temporary: string, disk: Disk) {
    this.#path = path;
    this.#temporary = temporary;
    this.#disk = disk;
  }

  /** `durable`: from now on it is there even if the machine stops. What it is about has to be durable already. */
  async write(value: unknown, durable: boolean): Promise<void> {
    this.#number += 1;
    const line = lineOf(this.#number, value);
    if (durable) this.#durable += 1;
    const slot = durable ? this.#durable % IN_TURN : IN_TURN + ((this.#number - this.#durable) % IN_TURN);
    const lines = this.#lines.with(slot, line);
    if (this.#handle === undefined || line.length > this.#size) {
      const file = fileOf(lines);
      this.#disk.replace(this.#path, this.#temporary, file);
      const before = this.#handle;
      this.#handle = undefined;
      await before?.close();
      this.#handle = await open(this.#path, constants.O_RDWR);
      this.#size = file.length / SLOTS;
    } else {
      this.#disk.put(this.#handle, line, slot * this.#size);
    }
    this.#lines = lines;
    if (durable) await this.#disk.sync(this.#handle);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#lines = NONE;
    await handle?.close();
  }
}
