/** Times and durations of records, read fast: they are most of what a page holds. */
import {
  daysFromDate,
  MICROS_PER_MILLI,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../protocol/instant.ts';

const ZERO = 48;
const NINE = 57;

let lastDate = '';
let lastDays = 0;

function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/**
 * The spelling that nearly every tenant uses, `2026-11-22T07:00:00[.fraction]Z`, without a regular expression;
 * undefined for anything else, right or wrong.
 */
export function fastInstant(text: string): Micros | undefined {
  const end = text.length - 1;
  if (end < 19 || end > 29 || text.charCodeAt(end) !== 90 || text.charCodeAt(10) !== 84) return undefined;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  const hour = pair(text, 11);
  const minute = pair(text, 14);
  const second = pair(text, 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  let micros = 0;
  if (end > 19) {
    if (text.charCodeAt(19) !== 46 || end === 20) return undefined;
    let scale = 100_000;
    for (let at = 20; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) return undefined;
      // Digits after the microsecond are dropped.
      if (scale >= 1) micros += (code - ZERO) * scale;
      scale = scale > 1 ? scale / 10 : 0;
    }
  }
  const date = text.slice(0, 10);
  if (date !== lastDate) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
    const days = daysFromDate(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10)));
    if (days === undefined) return undefined;
    lastDate = date;
    lastDays = days;
  }
  return (lastDays * 86_400 + hour * 3_600 + minute * 60 + second) * MICROS_PER_SECOND + micros;
}

/** An instant in any spelling, with whether it had a zone; undefined where it is none. */
export function readInstant(text: string): { readonly micros: Micros; readonly zoned: boolean } | undefined {
  return parseInstant(text.trim());
}

/** A time that is a number, or why it cannot be told which time that is (a clause on “a number”). */
export type Epoch =
  | { readonly ok: true; readonly micros: Micros; readonly unit: 'milliseconds' | 'seconds' }
  | { readonly ok: false; readonly why: string };

/** Milliseconds that can only be such (1973), to the year 2255, beyond which microseconds are not exact. */
const MILLIS = [1e11, 9.007e12] as const;
/** 2000 to 2100 in seconds: as milliseconds, January and February 1970. */
const SECONDS = [946_684_800, 4_102_444_800] as const;

/**
 * A number as the time that many milliseconds or seconds after 1970 began. What may as well mean something else
 * (a time within its day, microseconds, the digits of a date) is not guessed at.
 */
export function readEpoch(value: number): Epoch {
  if (value >= MILLIS[0] && value <= MILLIS[1]) {
    if (spellsDate(value))
      return { ok: false, why: 'that may be milliseconds since 1970 or the digits of a date' };
    return { ok: true, micros: Math.round(value * MICROS_PER_MILLI), unit: 'milliseconds' };
  }
  if (value >= SECONDS[0] && value < SECONDS[1]) {
    return { ok: true, micros: Math.round(value * MICROS_PER_SECOND), unit: 'seconds' };
  }
  return { ok: false, why: 'that is neither milliseconds nor seconds since 1970' };
}

/** Whether a number is written as a date is, `yyyymmddhhmm`: such milliseconds would be of the 1970s. */
function spellsDate(value: number): boolean {
  const match = /^((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(String(value));
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  return daysFromDate(year, month, day) !== undefined && hour < 24 && minute < 60;
}

const ISO_DURATION =
  /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** A duration in seconds (a number, its text, or ISO 8601) as microseconds; undefined where it is none. */
export function readDuration(value: number | string, unitMicros: number): Micros | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value * unitMicros) : undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * unitMicros);
  const match = ISO_DURATION.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * MICROS_PER_SECOND);
}
