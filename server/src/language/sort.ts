/** Long lists put in order. */

/** As `toSorted`, in steps: so many are put in order, or brought together with others, at once. */
export function* sortSteps<T>(
  all: readonly T[],
  compare: (a: T, b: T) => number,
  step: number,
): Generator<void, readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += step) {
    runs.push(all.slice(from, from + step).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(yield* merged(runs[at] ?? [], runs[at + 1] ?? [], compare, step));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Of two that are equal the one of the first list comes first. */
function* merged<T>(
  first: readonly T[],
  second: readonly T[],
  compare: (a: T, b: T) => number,
  step: number,
): Generator<void, readonly T[]> {
  const all: T[] = [];
  let other = 0;
  for (const one of first) {
    for (let next = second[other]; next !== undefined && compare(next, one) < 0; next = second[++other]) {
      all.push(next);
      if (all.length % step === 0) yield;
    }
    all.push(one);
    if (all.length % step === 0) yield;
  }
  for (; other < second.length; other++) {
    const next = second[other];
    if (next !== undefined) all.push(next);
    if (all.length % step === 0) yield;
  }
  return all;
}
