/** Times as logs of other tools spell them. */
import { readInstant } from './times.ts';

const DATE = String.raw`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d+))?)?`;
const ZONE = String.raw`\s*(Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?`;
const LOOSE = new RegExp(`^${DATE}(?:[Tt\\s]+${TIME}${ZONE}|${ZONE})$`);
const BASIC = /^(\d{4})(\d{2})(\d{2})[Tt](\d{2})(\d{2})(\d{2})(?:[.,](\d+))?(Z|z|[+-]\d{2}:?\d{2})?$/;

/**
 * A time in a spelling that the reader of records knows; undefined where it is none, or where what comes first, the day
 * or the month, would have to be guessed. A time without a zone stays without one, a date alone is its first moment.
 */
export function logTime(text: string): string | undefined {
  const trimmed = text.trim();
  if (readInstant(trimmed) !== undefined) return trimmed;
  const loose = LOOSE.exec(trimmed);
  if (loose !== null) {
    const [, year = '', month = '', day = '', hour = '0', minute = '00', second, fraction, late, alone] =
      loose;
    return known(year, month, day, hour, minute, second, fraction, late ?? alone);
  }
  const basic = BASIC.exec(trimmed);
  if (basic === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second, fraction, zone] = basic;
  return known(year, month, day, hour, minute, second, fraction, zone);
}

function known(
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second = '00',
  fraction = '',
  zone = '',
): string | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const digits = fraction.slice(0, 9);
  const part = digits === '' ? '' : `.${digits}`;
  const made = `${date}T${hour.padStart(2, '0')}:${minute}:${second}${part}${zoneOf(zone)}`;
  return readInstant(made) === undefined ? undefined : made;
}

function zoneOf(zone: string): string {
  if (zone === '') return '';
  if (!/^[+-]/.test(zone)) return 'Z';
  return zone.replace(/^([+-])(\d)(?=:|$)/, '$10$2');
}
