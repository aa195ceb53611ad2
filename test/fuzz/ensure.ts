/** What properties say when they do not hold. Plain, because a million of them are tried. */
import { isDeepStrictEqual } from 'node:util';
import type { TextChange } from '../../server/src/language/diagnostics.ts';
import type { Span } from '../../server/src/language/index.ts';

/** Throws with what was expected, unless it is so. */
export function ensure(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof what === 'string' ? what : what());
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, held: unknown) =>
    held instanceof Set ? [...held] : held instanceof Map ? [...held] : held,
  );
  return text === undefined ? String(value) : text;
}

/** Where two long texts begin to differ, with some of what stands there. */
function difference(actual: string, expected: string): string {
  let at = 0;
  while (at < actual.length && actual.charAt(at) === expected.charAt(at)) at++;
  const from = Math.max(0, at - 60);
  const piece = (text: string) => `${from > 0 ? '…' : ''}${text.slice(from, at + 200)}`;
  return `\n  is   ${piece(actual)}\n  not  ${piece(expected)}`;
}

export function same(actual: unknown, expected: unknown, what: string): void {
  ensure(isDeepStrictEqual(actual, expected), () => `${what}:${difference(shown(actual), shown(expected))}`);
}

/** A range lies in another one, or from 0 to a length. */
export function inside({ start, end }: Span, outer: Span, what: string): void {
  const whole = Number.isInteger(start) && Number.isInteger(end);
  ensure(
    whole && outer.start <= start && start <= end && end <= outer.end,
    () => `${what}: ${start}–${end} is not inside ${outer.start}–${outer.end}`,
  );
}

export function all(text: string): Span {
  return { start: 0, end: text.length };
}

/** Edits of a text are inside it, in order, and none touches what another changes. */
export function separate(text: string, changes: readonly TextChange[], what: string): void {
  const ordered = [...changes].sort((a, b) => a.start - b.start || a.end - b.end);
  for (const [index, change] of ordered.entries()) {
    inside(change, all(text), what);
    const before = ordered[index - 1];
    if (before === undefined) continue;
    ensure(before.end <= change.start, () => `${what}: two edits overlap at ${change.start}`);
    const sameInsertion = before.start === change.start && before.end === change.end;
    ensure(!sameInsertion, () => `${what}: two edits at ${change.start}`);
  }
}

/** A text that names nothing that a person cannot read. */
export function readable(text: string, what: string): void {
  ensure(text.trim() !== '', () => `${what} is empty`);
  ensure(!/\bundefined\b|\bNaN\b|\[object /.test(text), () => `${what} says ${JSON.stringify(text)}`);
}

/** As long as one thing may take for 64 KiB. */
const MOST_MS = 1_000;

/** Time of the process or of the clock, whichever passed less: a busy machine does not count. */
function timeOf(work: () => unknown): number {
  const [clock, cpu] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(cpu);
  return Math.min(performance.now() - clock, (user + system) / 1_000);
}

/** Does something, and again where it took too long: three times too long is no accident. */
export function bounded<T>(what: string, work: () => T): T {
  const begin = performance.now();
  const value = work();
  if (performance.now() - begin <= MOST_MS) return value;
  const least = Math.min(timeOf(work), timeOf(work), timeOf(work));
  ensure(least <= MOST_MS, () => `${what} took ${Math.round(least)} ms`);
  return value;
}
