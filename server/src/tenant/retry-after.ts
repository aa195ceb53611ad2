/** `Retry-After` in each of its forms (RFC 9110, 10.2.3 and 5.6.7). */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const IMF = /^[A-Za-z]{3}, (\d{2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const RFC850 = /^[A-Za-z]{6,9}, (\d{2})-([A-Za-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const ASCTIME = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * An HTTP date in any of its three forms, as epoch milliseconds; undefined for anything else.
 * A two-digit year that looks more than 50 years ahead of `now` is one of the past.
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const imf = IMF.exec(text);
  if (imf !== null) {
    const [, day = '', month = '', year = '', ...time] = imf;
    return instant(Number(year), month, day, time);
  }
  const old = RFC850.exec(text);
  if (old !== null) {
    const [, day = '', month = '', short = '', ...time] = old;
    const thisYear = new Date(now).getUTCFullYear();
    let year = Math.floor(thisYear / 100) * 100 + Number(short);
    if (year > thisYear + 50) year -= 100;
    return instant(year, month, day, time);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, month = '', day = '', hour = '', minute = '', second = '', year = ''] = asctime;
    return instant(Number(year), month, day, [hour, minute, second]);
  }
  return undefined;
}

function instant(year: number, month: string, day: string, time: readonly string[]): number | undefined {
  const index = MONTHS.indexOf(month.toLowerCase());
  const [hour = Number.NaN, minute = Number.NaN, second = Number.NaN] = time.map(Number);
  if (index < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const millis = Date.UTC(year, index, Number(day), hour, minute, second);
  return Number.isNaN(millis) ? undefined : millis;
}

/**
 * Milliseconds that the tenant asks to wait, the longest of several headers; undefined where it asks for
 * nothing that can be understood. A time in the past or a negative number is 0. A date is measured from the
 * answer's own `Date`, so that a wrong clock on either side neither shortens nor stretches it.
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const values = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  let longest: number | undefined;
  for (const value of values) {
    const wait = one(value.trim(), date, now);
    if (wait !== undefined) longest = Math.max(longest ?? 0, wait);
  }
  return longest;
}

function one(text: string, date: string | undefined, now: number): number | undefined {
  // Two headers that something on the way has joined: the longest counts.
  if (/^[-+]?[\d.]+(\s*,\s*[-+]?[\d.]+)+$/.test(text)) {
    return Math.max(...text.split(',').map((part) => one(part.trim(), date, now) ?? 0));
  }
  if (/^[-+]?\d+(\.\d+)?$/.test(text)) return Math.max(0, Number(text) * 1000);
  const at = parseHttpDate(text, now);
  if (at === undefined) return undefined;
  const from = date === undefined ? now : (parseHttpDate(date.trim(), now) ?? now);
  return Math.max(0, at - from);
}
