/** Trees and diagnostics moved to another place of a text. */

/** A copy of plain objects and arrays with `by` added to every `start` and `end`; the same value where `by` is 0. */
export function shifted<T>(value: T, by: number): T;
export function shifted(value: unknown, by: number): unknown {
  return by === 0 ? value : moved(value, by);
}

function moved(value: unknown, by: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element: unknown) => moved(element, by));
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const held = copy[key];
    if (typeof held === 'object') {
      if (held !== null) copy[key] = moved(held, by);
    } else if (typeof held === 'number' && (key === 'start' || key === 'end')) copy[key] = held + by;
  }
  return copy;
}
