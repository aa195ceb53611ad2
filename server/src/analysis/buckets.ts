/** Hours and days of a time zone, as borders between instants. */
import { TZDate, tzOffset } from '@date-fns/tz';
import { MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from '../protocol/instant.ts';

const HOUR: Micros = 3_600 * MICROS_PER_SECOND;
const MINUTE: Micros = 60 * MICROS_PER_SECOND;
/** Of more than these nobody reads a trend, and a single wrong date must not exhaust the memory. */
export const MAX_BUCKETS = 20_000;

export type BucketUnit = 'HOUR' | 'DAY';

/** µs to be added to UTC. */
function offsetAt(instant: Micros, timeZone: string): Micros {
  if (timeZone === 'UTC') return 0;
  return tzOffset(timeZone, new Date(instant / MICROS_PER_MILLI)) * MINUTE;
}

/** How long the hour of an instant has lasted by the clock. */
function intoHour(instant: Micros, timeZone: string): Micros {
  const local = instant + offsetAt(instant, timeZone);
  return ((local % HOUR) + HOUR) % HOUR;
}

/** Midnight of the day of an instant, or of so many days later; where there is no midnight, the first instant. */
function startOfDay(instant: Micros, timeZone: string, later = 0): Micros {
  const local = new TZDate(Math.floor(instant / MICROS_PER_MILLI), timeZone);
  const start = new TZDate(local.getFullYear(), local.getMonth(), local.getDate() + later, timeZone);
  return start.getTime() * MICROS_PER_MILLI;
}

/**
 * The instants at which the hours or days from `from` to `to` begin, and the one at which the last of them ends. A day
 * of a change to or from daylight saving has 23 or 25 hours; the hour that comes twice is two buckets, and half an hour
 * where the clocks change by half of one. undefined where they would be more than `MAX_BUCKETS`.
 */
export function bucketBorders(
  unit: BucketUnit,
  from: Micros,
  to: Micros,
  timeZone: string,
): Float64Array | undefined {
  const length = unit === 'HOUR' ? HOUR : 24 * HOUR;
  if (!(to >= from) || (to - from) / length > MAX_BUCKETS) return undefined;
  const borders: number[] = [];
  let at = unit === 'HOUR' ? from - intoHour(from, timeZone) : startOfDay(from, timeZone);
  while (at <= to) {
    borders.push(at);
    at = unit === 'HOUR' ? at + HOUR - intoHour(at, timeZone) : startOfDay(at, timeZone, 1);
  }
  return Float64Array.from([...borders, at]);
}

/** The bucket of each instant: -1 for NaN and for what lies outside the borders. */
export function bucketOf(borders: Float64Array, instants: Float64Array, count: number): Int32Array {
  const buckets = new Int32Array(count).fill(-1);
  const last = borders.length - 1;
  let near = 0;
  for (let i = 0; i < count; i += 1) {
    const instant = instants[i] ?? Number.NaN;
    if (!(instant >= (borders[0] ?? 0) && instant < (borders[last] ?? 0))) continue;
    // Steps of one interaction are near each other.
    if (!(instant >= (borders[near] ?? 0) && instant < (borders[near + 1] ?? 0)))
      near = search(borders, instant);
    buckets[i] = near;
  }
  return buckets;
}

/** The last border at or before an instant. */
function search(borders: Float64Array, instant: number): number {
  let [low, high] = [0, borders.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((borders[middle] ?? 0) <= instant) low = middle;
    else high = middle;
  }
  return low;
}

/** 0 for Monday. */
export function weekdayOf(instant: Micros, timeZone: string): number {
  return (new TZDate(Math.floor(instant / MICROS_PER_MILLI), timeZone).getDay() + 6) % 7;
}

/** As a person writes the beginning of a bucket: `2026-11-20`, `2026-11-20 14:00`, with the offset where it is not UTC. */
export function bucketLabel(unit: BucketUnit, start: Micros, timeZone: string): string {
  const offset = offsetAt(start, timeZone);
  const local = new Date((start + offset) / MICROS_PER_MILLI).toISOString();
  if (unit === 'DAY') return local.slice(0, 10);
  const text = `${local.slice(0, 10)} ${local.slice(11, 16)}`;
  if (timeZone === 'UTC') return text;
  const minutes = Math.abs(offset) / MINUTE;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${text}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
