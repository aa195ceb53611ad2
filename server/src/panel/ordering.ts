/** Rows in an order, and the page of them that a request asks for. */
import { ascending } from '../analysis/index.ts';

/** Items by a value of each; equal ones stay in theirs, and those whose value is not known (NaN) come last either way. */
export function ordered(items: Int32Array, keyOf: (item: number) => number, descending = false): Int32Array {
  const values = new Float64Array(items.length);
  for (let k = 0; k < items.length; k += 1) {
    const value = keyOf(items[k] ?? 0);
    // From 0, so that there is no negative zero, which would be less than zero.
    values[k] = descending ? 0 - value : 0 + value;
  }
  const places = ascending(values);
  const sorted = new Int32Array(items.length);
  for (let k = 0; k < places.length; k += 1) sorted[k] = items[places[k] ?? 0] ?? 0;
  let next = places.length;
  for (let k = 0; next < items.length; k += 1) {
    if (!Number.isNaN(values[k])) continue;
    sorted[next] = items[k] ?? 0;
    next += 1;
  }
  return sorted;
}

export interface Page {
  readonly offset: number;
  readonly rows: Int32Array;
}

/** The page that holds an item (its offset a multiple of the count), or the one asked for where it is not there. */
export function pageOf(
  rows: Int32Array,
  { offset, count }: { readonly offset: number; readonly count: number },
  at: number | undefined,
): Page {
  const place = at === undefined ? -1 : rows.indexOf(at);
  const from = place < 0 ? offset : place - (place % count);
  return { offset: from, rows: rows.subarray(from, from + count) };
}

/** A few things that were worked out, by a key; the one that was not asked for longest goes first. */
export class Recent<T> {
  readonly #held = new Map<string, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => T): T {
    const held = this.#held.get(key);
    const value = held ?? make();
    this.#held.delete(key);
    this.#held.set(key, value);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= this.#most) break;
      this.#held.delete(oldest);
    }
    return value;
  }
}
