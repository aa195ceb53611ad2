/** Steps put together by a key, in the order in which they stand: what a report walks through, a group at a time. */

export interface StepLists {
  /** Where each list begins in `steps`, with one entry more than there are lists. */
  readonly offsets: Int32Array;
  readonly steps: Int32Array;
}

/** `keys` by step; those below 0 are in no list. With `order`, those steps alone, in it. */
export function listSteps(keys: Int32Array, count: number, lists: number, order?: Int32Array): StepLists {
  const offsets = new Int32Array(lists + 1);
  const all = order?.length ?? count;
  const stepAt = (i: number): number => (order === undefined ? i : (order[i] ?? 0));
  for (let i = 0; i < all; i += 1) {
    const key = keys[stepAt(i)] ?? -1;
    if (key >= 0) offsets[key + 1] = (offsets[key + 1] ?? 0) + 1;
  }
  for (let l = 0; l < lists; l += 1) offsets[l + 1] = (offsets[l + 1] ?? 0) + (offsets[l] ?? 0);
  const next = offsets.slice(0, lists);
  const steps = new Int32Array(offsets[lists] ?? 0);
  for (let i = 0; i < all; i += 1) {
    const s = stepAt(i);
    const key = keys[s] ?? -1;
    if (key < 0) continue;
    const place = next[key] ?? 0;
    steps[place] = s;
    next[key] = place + 1;
  }
  return { offsets, steps };
}

export function listOf({ offsets, steps }: StepLists, list: number): Int32Array {
  return steps.subarray(offsets[list] ?? 0, offsets[list + 1] ?? 0);
}
