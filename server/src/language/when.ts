/** Instants and durations in words, for hovers and hints. */
import { tzOffset } from '@date-fns/tz';
import {
  formatInstant,
  isWritable,
  MICROS_PER_DAY,
  MICROS_PER_MILLI,
  type Micros,
} from '../protocol/instant.ts';
import { type DateEdge, UNITS } from './literals.ts';
import { grouped } from './numbers.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `1 hour 30 minutes`; `units` is how many of them at most, from the largest on; the rest is dropped. */
export function durationWords(micros: Micros, units = UNITS.length): string {
  let rest = Math.floor(Math.abs(micros) / MICROS_PER_MILLI) * MICROS_PER_MILLI;
  const parts: string[] = [];
  for (const [unit, size, [one = '', many = '']] of UNITS) {
    // Weeks only where nothing remains, as durations are written.
    if (unit === 'w' && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count === 0 && parts.length === 0) continue;
    if (parts.length === units) break;
    parts.push(count === 0 ? '' : `${grouped(count)} ${count === 1 ? one : many}`);
  }
  const words = parts.filter((part) => part !== '').join(' ');
  return words === '' ? 'no time' : words;
}

/** Where and when an instant is said. */
export interface Here {
  readonly now: Micros;
  /** IANA name; an unknown one is read as UTC. */
  readonly timeZone: string;
}

interface LocalTime {
  /** The fields of the wall clock, as those of a date in UTC. */
  readonly date: Date;
  /** Minutes east of UTC. */
  readonly offset: number;
}

function localTime(micros: Micros, timeZone: string): LocalTime {
  const millis = Math.floor(micros / MICROS_PER_MILLI);
  const offset = timeZone === 'UTC' ? 0 : tzOffset(timeZone, new Date(millis));
  return Number.isFinite(offset)
    ? { date: new Date(millis + offset * 60_000), offset }
    : { date: new Date(millis), offset: 0 };
}

function dayOf(date: Date, withYear: boolean): string {
  const day = `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return withYear ? `${day} ${date.getUTCFullYear()}` : day;
}

/** `07:00`, `07:00:05`, `07:00:05.250`: as fine as it has to be. */
function timeOf(date: Date): string {
  const text = date.toISOString();
  const at = text.indexOf('T') + 1;
  if (date.getUTCMilliseconds() !== 0) return text.slice(at, at + 12);
  return text.slice(at, date.getUTCSeconds() === 0 ? at + 5 : at + 8);
}

/** Seconds and less do not matter to somebody who reads along: to the minute. */
function minuteOf(date: Date): string {
  const text = date.toISOString();
  const at = text.indexOf('T') + 1;
  return text.slice(at, at + 5);
}

/** `UTC+01:00`. */
function offsetText(minutes: number): string {
  const rest = Math.abs(Math.round(minutes));
  const two = (part: number) => String(part).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(rest / 60))}:${two(rest % 60)}`;
}

/** An instant on the clock of its zone, in full: `Sun 22 Nov 2026, 07:00 (Europe/Berlin, UTC+01:00)`. */
export function localText(micros: Micros, { timeZone }: Here): string {
  if (!isWritable(micros)) return formatInstant(micros);
  const { date, offset } = localTime(micros, timeZone);
  const zone = timeZone === 'UTC' ? 'UTC' : `${timeZone}, ${offsetText(offset)}`;
  return `${dayOf(date, true)}, ${timeOf(date)} (${zone})`;
}

/** An instant on the clock of its zone, as short as it can be: the day and year only where they are not today's. */
export function shortText(micros: Micros, { now, timeZone }: Here): string {
  if (!isWritable(micros)) return formatInstant(micros);
  const { date } = localTime(micros, timeZone);
  const today = localTime(now, timeZone).date;
  const time = minuteOf(date);
  if (date.toISOString().slice(0, 10) === today.toISOString().slice(0, 10)) return time;
  return `${dayOf(date, date.getUTCFullYear() !== today.getUTCFullYear())} ${time}`;
}

/** `2026-11-22T07:00` on the clock of the zone. */
export function minuteStamp(micros: Micros, { timeZone }: Here): string {
  return isWritable(micros) ? localTime(micros, timeZone).date.toISOString().slice(0, 16) : '';
}

/** An end of a day: `Fri 00:00`, `Fri 24:00`. */
export function dayEdge(micros: Micros, edge: DateEdge, { timeZone }: Here): string {
  const { date } = localTime(micros, timeZone);
  // Where clocks go forward at midnight, a day begins later.
  return `${DAYS[date.getUTCDay()]} ${edge === 'end' ? '24:00' : minuteOf(date)}`;
}

/** How far from now: `2 hours before now`, `1 day 3 hours from now`, `now`. */
export function distanceText(micros: Micros, now: Micros): string {
  const distance = micros - now;
  if (Math.abs(distance) < MICROS_PER_MILLI) return 'now';
  const far = Math.abs(distance) >= MICROS_PER_DAY ? 2 : 3;
  return `${durationWords(distance, far)} ${distance < 0 ? 'before now' : 'from now'}`;
}
