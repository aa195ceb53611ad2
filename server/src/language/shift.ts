/** Trees and diagnostics moved to another place of a text. */

/** A copy of plain objects and arrays with `by` added to every `start` and `end`; the same value where `by` is 0. */
export function shifted<T>(value: T, by: number): T {
  return by === 0 ? value : mapped(value, (offset) => offset + by);
}

/** A copy of plain objects and arrays with every `start` and `end` replaced by what `place` makes of it. */
export function mapped<T>(value: T, place: (offset: number) => number): T;
export function mapped(value: unknown, place: (offset: number) => number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: unknown) => mapped(element, place));
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const held = copy[key];
    if (typeof held === 'object') {
      if (held !== null) copy[key] = mapped(held, place);
    } else if (typeof held === 'number' && (key === 'start' || key === 'end')) copy[key] = place(held);
  }
  return copy;
}
