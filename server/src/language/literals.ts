/** Values as they are written: strings, durations, instants. */
import { TZDate } from '@date-fns/tz';
import {
  daysFromDate,
  formatInstant,
  MICROS_PER_DAY,
  MICROS_PER_MILLI,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../protocol/instant.ts';

/** From large to small, the order in which a compound duration has them. */
export const UNITS: readonly (readonly [unit: string, micros: Micros, words: readonly string[]])[] = [
  ['w', 7 * MICROS_PER_DAY, ['week', 'weeks', 'wk', 'wks']],
  ['d', MICROS_PER_DAY, ['day', 'days']],
  ['h', 3_600 * MICROS_PER_SECOND, ['hour', 'hours', 'hr', 'hrs']],
  ['m', 60 * MICROS_PER_SECOND, ['minute', 'minutes', 'min', 'mins']],
  ['s', MICROS_PER_SECOND, ['second', 'seconds', 'sec', 'secs']],
  ['ms', MICROS_PER_MILLI, ['millisecond', 'milliseconds', 'msec', 'msecs', 'millis']],
];

/** A string literal of the language. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** The value of a string token, closed or not. */
export function unquote(image: string): { value: string; quote: "'" | '"'; closed: boolean } {
  const mark = image.startsWith('"') ? '"' : "'";
  const inner = image.slice(1);
  const doubled = mark + mark;
  // An odd number of marks at the end has the closing one among them.
  const marks = inner.length - trimEndMark(inner, mark).length;
  const closed = marks % 2 === 1;
  const body = closed ? inner.slice(0, -1) : inner;
  return { value: body.replaceAll(doubled, mark), quote: mark, closed };
}

function trimEndMark(text: string, mark: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === mark) end--;
  return text.slice(0, end);
}

/** Microseconds of `1h30m`; undefined where a unit is unknown, repeated or out of order, or the sum is too long. */
export function parseDuration(text: string): Micros | undefined {
  const pattern = /(\d+)([a-z]+)/giy;
  let sum = 0;
  let rank = -1;
  let at = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const next = UNITS.findIndex(([unit]) => unit === match?.[2]?.toLowerCase());
    if (next <= rank) return undefined;
    rank = next;
    sum += Number(match[1]) * (UNITS[next]?.[1] ?? 0);
    at = pattern.lastIndex;
  }
  return at === text.length && at > 0 && Number.isSafeInteger(sum) ? sum : undefined;
}

/** A duration as the language writes it: `1h30m`, `250ms`, `0s`; parts below a millisecond are dropped. */
export function formatDuration(micros: Micros): string {
  let rest = Math.floor(Math.abs(micros) / MICROS_PER_MILLI) * MICROS_PER_MILLI;
  let text = '';
  for (const [unit, size] of UNITS) {
    // Weeks only where nothing remains: 8 days read better as days.
    if (unit === 'w' && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

/** What a malformed duration most likely meant, in normal form; undefined where a unit means nothing. */
export function repairDuration(text: string): string | undefined {
  const pattern = /(\d+(?:\.\d+)?)([a-z]+)/giy;
  const counts = new Map<string, number>();
  let sum = 0;
  let at = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const word = match[2]?.toLowerCase() ?? '';
    const unit = UNITS.find(([name, , words]) => name === word || words.includes(word));
    if (unit === undefined) return undefined;
    const count = Number(match[1]);
    counts.set(unit[0], (counts.get(unit[0]) ?? 0) + count);
    sum += count * unit[1];
    at = pattern.lastIndex;
  }
  if (at !== text.length || !Number.isSafeInteger(Math.round(sum))) return undefined;
  // Whole numbers keep their units (`30m1h` is `1h30m`, `5m30h` is `30h5m`); fractions are counted anew.
  if (![...counts.values()].every(Number.isInteger)) return formatDuration(Math.round(sum));
  return UNITS.flatMap(([unit]) => (counts.has(unit) ? [`${counts.get(unit)}${unit}`] : [])).join('');
}

/**
 * Which instant a date alone means: the start of its day, or (as an upper bound and as the end of BETWEEN) its last
 * microsecond.
 */
export type DateEdge = 'start' | 'end';

export type InstantReading =
  | { readonly ok: true; readonly micros: Micros; readonly dateOnly: boolean }
  | { readonly ok: false; readonly reason: 'format' | 'zone'; readonly repaired: string | undefined };

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?$/;

/** 00:00 of a calendar day in a time zone; an unknown zone is read as UTC. `month` is 1 to 12. */
function startOfDay(year: number, month: number, day: number, timeZone: string): Micros {
  const utc = Date.UTC(year, month - 1, day);
  const millis = timeZone === 'UTC' ? utc : new TZDate(year, month - 1, day, timeZone).getTime();
  return (Number.isNaN(millis) ? utc : millis) * MICROS_PER_MILLI;
}

/** Reads a timestamp as the language has it: RFC 3339 with a zone, or a date alone in `timeZone`. */
export function readInstant(text: string, timeZone: string, edge: DateEdge): InstantReading {
  const date = DATE.exec(text);
  if (date !== null) {
    const [year, month, day] = [Number(date[1]), Number(date[2]), Number(date[3])];
    if (daysFromDate(year, month, day) === undefined)
      return { ok: false, reason: 'format', repaired: undefined };
    if (edge === 'start') return { ok: true, micros: startOfDay(year, month, day, timeZone), dateOnly: true };
    const next = new Date(Date.UTC(year, month - 1, day + 1));
    const following = startOfDay(next.getUTCFullYear(), next.getUTCMonth() + 1, next.getUTCDate(), timeZone);
    return { ok: true, micros: following - 1, dateOnly: true };
  }
  const match = RFC_3339.exec(text);
  // Digits below the microsecond mean nothing here, however many there are.
  const [, whole = '', fraction = '', zone] = match ?? [];
  const parsed = match === null ? undefined : parseInstant(whole + fraction.slice(0, 7) + (zone ?? ''));
  if (match === null || parsed === undefined) {
    return { ok: false, reason: 'format', repaired: repairInstant(text) };
  }
  if (zone === undefined) return { ok: false, reason: 'zone', repaired: `${text}Z` };
  return { ok: true, micros: parsed.micros, dateOnly: false };
}

const LOOSE =
  /^\s*(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[Tt\s]\s*(\d{1,2})(?::?(\d{2}))?(?::?(\d{2})(?:[.,](\d+))?)?)?\s*([Zz]|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?\s*$/;

/** A timestamp completed from what is there, or undefined where too little is. */
function repairInstant(text: string): string | undefined {
  if (text.length > 64) return undefined;
  const match = LOOSE.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '1', day = '1', hour, minute = '0', second = '0', fraction, zone] = match;
  const two = (part: string) => part.padStart(2, '0');
  const date = `${year}-${two(month)}-${two(day)}`;
  if (daysFromDate(Number(year), Number(month), Number(day)) === undefined) return undefined;
  if (hour === undefined) return date;
  const time = `${two(hour)}:${two(minute)}:${two(second)}${fraction === undefined ? '' : `.${fraction.slice(0, 9)}`}`;
  const digits = /^([+-]\d{2}):?(\d{2})?$/.exec(zone ?? '');
  const suffix = digits === null ? 'Z' : `${digits[1]}:${digits[2] ?? '00'}`;
  const repaired = `${date}T${time}${suffix}`;
  return parseInstant(repaired) === undefined ? undefined : repaired;
}

/** 00:00 today in a time zone. */
export function startOfToday(now: Micros, timeZone: string): Micros {
  const millis = Math.floor(now / MICROS_PER_MILLI);
  const here = new TZDate(millis, timeZone);
  const date = Number.isNaN(here.getFullYear()) ? new TZDate(millis, 'UTC') : here;
  return startOfDay(date.getFullYear(), date.getMonth() + 1, date.getDate(), timeZone);
}

/** An instant in UTC with whole milliseconds: `down` for a lower bound, `up` for an upper one. */
export function wireInstant(micros: Micros, rounding: 'down' | 'up'): string {
  const millis =
    rounding === 'down' ? Math.floor(micros / MICROS_PER_MILLI) : Math.ceil(micros / MICROS_PER_MILLI);
  return formatInstant(millis * MICROS_PER_MILLI);
}
