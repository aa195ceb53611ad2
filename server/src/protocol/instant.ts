/**
 * Instants on the wire. Inside the product an instant is an integer of microseconds since the Unix epoch
 * in UTC and a duration an integer of microseconds; both fit a double exactly until the year 2255.
 */

/** Microseconds since the epoch in UTC. */
export type Micros = number;

export const MICROS_PER_MILLI = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_DAY = 86_400_000_000;

/** An instant as read from text: `zoned` is false where the text had no zone and UTC was assumed. */
export interface ParsedInstant {
  readonly micros: Micros;
  readonly zoned: boolean;
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;

/** Days since the epoch of a calendar date, or undefined where the calendar has no such day. */
export function daysFromDate(year: number, month: number, day: number): number | undefined {
  const millis = Date.UTC(year, month - 1, day);
  const date = new Date(millis);
  if (year < 100) date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return undefined;
  }
  return Math.round(date.getTime() / 86_400_000);
}

/**
 * Reads a date and time in RFC 3339 (seconds and zone may be missing, as tenants leave them out).
 * Digits after the microsecond are dropped. Returns undefined for anything else, dates alone included.
 */
export function parseInstant(text: string): ParsedInstant | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = match;
  const days = daysFromDate(Number(year), Number(month), Number(day));
  const h = Number(hour);
  const m = Number(minute);
  const s = Number(second);
  if (days === undefined || h > 23 || m > 59 || s > 60) return undefined;
  let offsetMinutes = 0;
  if (zone !== undefined && zone !== 'Z' && zone !== 'z') {
    const digits = zone.slice(1).replace(':', '');
    const offsetHour = Number(digits.slice(0, 2));
    const offsetMinute = Number(digits.slice(2) || '0');
    if (offsetHour > 23 || offsetMinute > 59) return undefined;
    offsetMinutes = (zone.startsWith('-') ? -1 : 1) * (offsetHour * 60 + offsetMinute);
  }
  const seconds = days * 86_400 + h * 3_600 + (m - offsetMinutes) * 60 + s;
  return {
    micros: seconds * MICROS_PER_SECOND + Number(fraction.slice(0, 6).padEnd(6, '0')),
    zoned: zone !== undefined,
  };
}

/** The years that RFC 3339 can write, 0000 to 9999, in milliseconds since the epoch. */
const FIRST_MILLI = -62_167_219_200_000;
const LAST_MILLI = 253_402_300_799_999;

/** Whether an instant has a spelling in RFC 3339. The last day of 9999, which stands for “never”, has one. */
export function isWritable(micros: Micros): boolean {
  return micros >= FIRST_MILLI * MICROS_PER_MILLI && micros <= (LAST_MILLI + 1) * MICROS_PER_MILLI;
}

/**
 * RFC 3339 in UTC with 3 digits, or with 6 where the instant is finer than a millisecond. Beyond the year 2255 a
 * number does not hold microseconds, and beyond 9999 there is no spelling: the last millisecond stands for it.
 */
export function formatInstant(micros: Micros): string {
  const millis = Math.min(LAST_MILLI, Math.max(FIRST_MILLI, Math.floor(micros / MICROS_PER_MILLI)));
  const rest = Number.isSafeInteger(micros) ? micros - millis * MICROS_PER_MILLI : 0;
  const day = Math.floor(millis / MILLIS_PER_DAY);
  if (day !== lastDay) {
    lastDate = new Date(day * MILLIS_PER_DAY).toISOString().slice(0, 11);
    lastDay = day;
  }
  const clock = millis - day * MILLIS_PER_DAY;
  const seconds = Math.floor(clock / 1000);
  const minutes = Math.floor(seconds / 60);
  const text = `${lastDate}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${three(clock % 1000)}`;
  return rest === 0 ? `${text}Z` : `${text}${three(rest)}Z`;
}

const MILLIS_PER_DAY = 86_400_000;
/** Instants that are written one after another are mostly of one day: its date is worked out once. */
let lastDay = Number.NaN;
let lastDate = '';

const PAIRS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

function two(number: number): string {
  return PAIRS[number] ?? '';
}

function three(number: number): string {
  return `${Math.floor(number / 100)}${two(number % 100)}`;
}

/** Microseconds to the seconds that reports give. */
export function toSeconds(micros: Micros): number {
  return micros / MICROS_PER_SECOND;
}
