/** The marks of a time axis and what they say. Pure. */
import { percent } from '../format.ts';
import type { Line } from './time.ts';

export interface Tick {
  /** Place on the axis. */
  readonly at: number;
  readonly label: string;
}

const NICE = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
];
const DAY = 86_400;
/** Marks of one picture, at most. */
const MOST = 400;

/** The rounded number of seconds between two ticks so that they stand at least `apart` pixels from each other. */
export function tickStep(scale: number, apart: number): number {
  const least = apart / scale;
  if (!Number.isFinite(least) || least <= 0) return 1;
  if (least <= 1) return decimal(least);
  for (const nice of NICE) if (nice >= least) return nice;
  return decimal(least / DAY, 1) * DAY;
}

/** The least of 1, 2, 5 times a power of ten that is not below `least`. */
function decimal(least: number, smallest = 0): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, smallest)));
  for (const factor of [1, 2, 5, 10]) if (power * factor >= least * 0.999) return power * factor;
  return power * 10;
}

/** Seconds after the start, as exact as the marks are close. */
export function offsetLabel(seconds: number, step: number): string {
  if (seconds === 0) return '0';
  const digitsOf = (unit: number): number => Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  if (seconds < 0.9995) {
    const [unit, name] = seconds >= 0.0009995 ? [1e-3, 'ms'] : [1e-6, 'µs'];
    return `+${(seconds / unit).toFixed(digitsOf(unit))} ${name}`;
  }
  const digits = digitsOf(1);
  const exact = Math.round(seconds * 10 ** digits) / 10 ** digits;
  const whole = Math.floor(exact);
  const rest = (exact - Math.floor(whole / 60) * 60).toFixed(digits);
  const parts = [
    [Math.floor(whole / DAY), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [Number(rest) === 0 ? 0 : rest, 's'],
  ].filter(([amount]) => amount !== 0);
  return `+${parts.map((part) => part.join(' ')).join(' ')}`;
}

/** Of seconds from 0, between two places. */
export function offsetTicks(scale: number, from: number, to: number): readonly Tick[] {
  if (!(scale > 0)) return [];
  let step = tickStep(scale, 84);
  const long = offsetLabel(Math.ceil(to / step) * step, step).length * 7 + 14;
  if (long > 84) step = tickStep(scale, long);
  return every(step, from, to).map((at) => ({ at, label: offsetLabel(at, step) }));
}

/** Of an interaction's own duration. */
export function shareTicks(scale: number, from: number, to: number): readonly Tick[] {
  if (!(scale > 0)) return [];
  const step = decimal(64 / scale);
  const digits = Math.max(0, Math.ceil(-Math.log10(step * 100) - 1e-9));
  return every(step, from, Math.min(to, 1)).map((at) => ({
    at,
    label: digits === 0 ? percent(at) : `${(at * 100).toFixed(digits)} %`,
  }));
}

function every(step: number, from: number, to: number): number[] {
  const first = Math.max(0, Math.ceil(from / step - 1e-9));
  const last = Math.min(first + MOST, Math.floor(to / step + 1e-9));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step);
}

/** Milliseconds that the clocks of a zone are ahead of UTC at an instant. */
export type Offset = (millis: number) => number;

const zones = new Map<string, Intl.DateTimeFormat>();

/** Of a zone that this browser does not know: UTC. */
export function offsetOf(timeZone: string): Offset {
  let format = zones.get(timeZone);
  if (format === undefined) {
    const options: Intl.DateTimeFormatOptions = { hourCycle: 'h23', year: 'numeric', month: 'numeric' };
    Object.assign(options, { day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    try {
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
    } catch {
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
    }
    zones.set(timeZone, format);
  }
  const parts = format;
  return (millis) => {
    const of = new Map(parts.formatToParts(millis).map(({ type, value }) => [type, Number(value)]));
    const get = (type: Intl.DateTimeFormatPartTypes): number => of.get(type) ?? 0;
    const wall = Date.UTC(
      ...([get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')] as const),
    );
    return wall - Math.floor(millis / 1000) * 1000;
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Of the clock from `from` (milliseconds) on, between two places of `line`, with the day, and of days the year, where it changes. */
export function clockTicks(
  line: Line,
  from: number,
  scale: number,
  left: number,
  right: number,
  offset: Offset,
): readonly Tick[] {
  if (!(scale > 0)) return [];
  const edges = [left, ...line.breaks.map(({ at }) => at).filter((at) => at > left && at < right), right];
  const ticks: Tick[] = [];
  let day = '';
  let year: number | undefined;
  edges.slice(1).forEach((end, index) => {
    const begin = edges[index] ?? left;
    // Between two breaks there is a mark, too, as long as it is not too near the one before.
    const apart = edges.length > 2 ? Math.min(104, Math.max(12, ((end - begin) * scale) / 2)) : 104;
    const step = tickStep(scale, apart);
    const start = line.seconds(begin + (index > 0 ? 1e-9 : 0));
    const until = start + (end - begin);
    // Round by the clock on the wall, whose distance from UTC may change along the way.
    const zone = offset(from + start * 1000) / 1000;
    const epoch = from / 1000;
    const first = Math.ceil((epoch + start + zone) / step - 1e-9);
    for (let at = first; ticks.length < MOST; at += 1) {
      const guess = at * step - zone;
      const millis = (at * step - offset(guess * 1000) / 1000) * 1000;
      const seconds = millis / 1000 - epoch;
      if (seconds > until) break;
      const place = line.at(seconds);
      const before = ticks.at(-1);
      if (seconds < start - 1e-6 || (before !== undefined && (place - before.at) * scale < 90)) continue;
      const wall = new Date(millis + offset(millis));
      const date = `${wall.getUTCDate()} ${MONTHS[wall.getUTCMonth()] ?? ''}`;
      const isYear = wall.getUTCFullYear() !== year;
      year = wall.getUTCFullYear();
      const ofDays = isYear ? `${date} ${year}` : date;
      const label = step >= DAY ? ofDays : `${date === day ? '' : `${date} `}${clockLabel(wall, step)}`;
      day = date;
      ticks.push({ at: place, label });
    }
  });
  return ticks;
}

function clockLabel(wall: Date, step: number): string {
  const iso = wall.toISOString();
  if (step >= 60) return iso.slice(11, 16);
  return step >= 1 ? iso.slice(11, 19) : iso.slice(11, 23);
}
