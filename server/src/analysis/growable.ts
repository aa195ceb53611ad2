/** Columns that grow, and tables that give strings and pairs of integers dense numbers. */

/** From here on a column grows by a quarter: doubled, half of a large one could stand empty. */
const LARGE = 1_000_000;

/** A typed array that grows. `values` may be longer than `length`; it is replaced then. */
export class Column<A extends Float64Array | Int32Array | Uint8Array | Int8Array> {
  values: A;
  length = 0;
  readonly #make: (size: number) => A;

  constructor(make: (size: number) => A) {
    this.#make = make;
    this.values = make(64);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(this.length + 1);
    this.values[this.length] = value;
    this.length += 1;
  }

  /** What is reserved, used or not. */
  get bytes(): number {
    return this.values.byteLength;
  }

  reserve(size: number): void {
    if (size <= this.values.length) return;
    const { length } = this.values;
    const grown = this.#make(Math.max(size, Math.ceil(length * (length < LARGE ? 2 : 1.25))));
    grown.set(this.values);
    this.values = grown;
  }
}

export const float64 = (): Column<Float64Array> => new Column((size) => new Float64Array(size));
export const int32 = (): Column<Int32Array> => new Column((size) => new Int32Array(size));
export const int8 = (): Column<Int8Array> => new Column((size) => new Int8Array(size));

/** What an engine holds of a text beside its characters: its head, its place in a list and in a table. */
const TEXT_BYTES = 64;

/** About what texts take in memory: a byte a character, more where one is beyond Latin-1. */
export function textBytes(count: number, characters: number): number {
  return count * TEXT_BYTES + characters;
}

/** Strings to dense numbers, in order of first sight. */
export class Interned {
  readonly texts: string[] = [];
  readonly #ids = new Map<string, number>();
  #characters = 0;

  /** An estimate. */
  get bytes(): number {
    return textBytes(this.texts.length, this.#characters);
  }

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.#ids.set(text, id);
    this.texts.push(text);
    this.#characters += text.length;
    return id;
  }

  /** -1 where the text was never seen. */
  find(text: string): number {
    return this.#ids.get(text) ?? -1;
  }
}

/** Pairs of 32-bit integers to dense numbers, in order of first sight (open addressing). */
export class PairTable {
  readonly first = int32();
  readonly second = int32();
  #slots = new Int32Array(1024);

  get size(): number {
    return this.first.length;
  }

  get bytes(): number {
    return this.first.bytes + this.second.bytes + this.#slots.byteLength;
  }

  /** -1 where the pair was never seen. */
  find(a: number, b: number): number {
    return (this.#slots[this.#slotOf(a, b)] ?? 0) - 1;
  }

  id(a: number, b: number): number {
    const slot = this.#slotOf(a, b);
    const held = (this.#slots[slot] ?? 0) - 1;
    if (held >= 0) return held;
    const id = this.first.length;
    this.first.push(a);
    this.second.push(b);
    this.#slots[slot] = id + 1;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  /** Where the pair is, or is to be put. */
  #slotOf(a: number, b: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashPair(a, b) & mask;
    for (;;) {
      const held = (this.#slots[slot] ?? 0) - 1;
      if (held < 0 || (this.first.values[held] === a && this.second.values[held] === b)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id += 1) {
      let slot = hashPair(this.first.values[id] ?? 0, this.second.values[id] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

function hashPair(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
