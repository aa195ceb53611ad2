/** Dates and times as they are written, about now. */
import { TZDate } from '@date-fns/tz';
import { formatInstant, MICROS_PER_MILLI, type Micros } from '../../protocol/instant.ts';
import { startOfToday } from '../literals.ts';

export interface DateSample {
  /** Without quotes. */
  readonly text: string;
  readonly detail: string;
}

const MICROS_PER_MINUTE = 60_000 * MICROS_PER_MILLI;

/** Days as dates of the profile's zone, and instants in UTC, the likeliest first. */
export function dateSamples(now: Micros, timeZone: string): DateSample[] {
  const day = (back: number): string => {
    const start = new TZDate(Math.floor(startOfToday(now, timeZone) / MICROS_PER_MILLI), zoneOf(timeZone));
    return new Date(Date.UTC(start.getFullYear(), start.getMonth(), start.getDate() - back))
      .toISOString()
      .slice(0, 10);
  };
  const minute = (micros: Micros) =>
    formatInstant(Math.floor(micros / MICROS_PER_MINUTE) * MICROS_PER_MINUTE).replace('.000Z', 'Z');
  return [
    { text: day(0), detail: 'today' },
    { text: day(1), detail: 'yesterday' },
    { text: day(7), detail: 'a week ago' },
    { text: minute(startOfToday(now, timeZone)), detail: 'today, 00:00' },
    { text: minute(now), detail: 'now' },
    { text: minute(now - 60 * MICROS_PER_MINUTE), detail: 'an hour ago' },
    { text: minute(now - 24 * 60 * MICROS_PER_MINUTE), detail: 'a day ago' },
  ];
}

function zoneOf(timeZone: string): string {
  return Number.isNaN(new TZDate(0, timeZone).getFullYear()) ? 'UTC' : timeZone;
}
