/** Elements that rows take turns in: a row that comes into view takes the place of one that went. */
export interface Slots {
  /** A key for each index, the same as long as it is in view. */
  take(indexes: readonly number[]): ReadonlyMap<number, number>;
}

export function createSlots(): Slots {
  let slots = new Map<number, number>();
  let made = 0;
  return {
    take(indexes) {
      const wanted = new Set(indexes);
      const free = [...slots].filter(([index]) => !wanted.has(index)).map(([, slot]) => slot);
      const next = new Map<number, number>();
      for (const index of indexes) {
        let slot = slots.get(index) ?? free.pop();
        if (slot === undefined) {
          slot = made;
          made += 1;
        }
        next.set(index, slot);
      }
      // What is over is left to the next rows that come.
      slots = next;
      return next;
    },
  };
}
