/** Times as people and spreadsheets write them. */
import type { Micros } from '../protocol/instant.ts';
import { logTime } from './log-times.ts';
import { fastInstant, readEpoch, readInstant } from './times.ts';

export interface CsvTime {
  readonly micros: Micros;
  readonly zoned: boolean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const HALF = /\b(\d{1,2})(:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*([AaPp])\.?[Mm]\.?/;
/** Points are put between day, month and year, in that order, wherever they are used. */
const POINTED = /^(\d{1,2})\.(\d{1,2})\.(\d{4}),?/;
const NAMED = /^(\d{1,2})[-\s/.]([A-Za-z]{3})[a-z]*\.?[-\s/.](\d{4}),?/;
const YEAR_LAST = /^(\d{1,2})[-/](\d{1,2})[-/](\d{4}),?/;

/**
 * Reads a time: RFC 3339 in any spelling, a date alone (its midnight), a number of seconds or milliseconds since
 * 1970, `31.12.2026 14:05`, `31-Dec-2026 14:05`, `2026/12/31 2:05 PM`. `ambiguous` where day and month may be
 * meant in either order and `dates` does not say in which; undefined for anything else.
 */
export function readCsvTime(
  given: string,
  dates: 'day-first' | 'month-first' | undefined,
): CsvTime | 'ambiguous' | undefined {
  const fast = fastInstant(given);
  if (fast !== undefined) return { micros: fast, zoned: true };
  const text = given.trim();
  if (/^\d+(\.\d+)?$/.test(text)) {
    const epoch = readEpoch(Number(text));
    return epoch.ok ? { micros: epoch.micros, zoned: true } : undefined;
  }
  const ordered = yearFirst(text, dates);
  if (ordered === 'ambiguous') return ordered;
  const spelled = logTime(ordered.replace(HALF, wholeHour));
  return spelled === undefined ? undefined : readInstant(spelled);
}

function yearFirst(text: string, dates: 'day-first' | 'month-first' | undefined): string {
  const put = (found: RegExpExecArray, year: number, month: number | string, day: number): string => {
    const at = typeof month === 'number' ? found[month] : month;
    return `${found[year]}-${at}-${found[day]}${text.slice(found[0].length)}`;
  };
  const pointed = POINTED.exec(text);
  if (pointed !== null) return put(pointed, 3, 2, 1);
  const named = NAMED.exec(text);
  if (named !== null) return put(named, 3, String(MONTHS.indexOf((named[2] ?? '').toLowerCase()) + 1), 1);
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast === null) return text;
  if (dates === undefined) return 'ambiguous';
  return dates === 'day-first' ? put(yearLast, 3, 2, 1) : put(yearLast, 3, 1, 2);
}

/** 2:05 PM is 14:05; what is no hour of such a clock stays as it is, and is no time. */
function wholeHour(all: string, hour: string, rest: string, half: string): string {
  const number = Number(hour);
  if (number < 1 || number > 12) return all;
  return `${(number % 12) + (half.toLowerCase() === 'p' ? 12 : 0)}${rest}`;
}
